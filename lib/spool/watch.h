/*
 * Watching folders with inotify(7), as far as it can be had. It is asked through /proc, for folders
 * are known below a descriptor.
 */
#ifndef LIB_SPOOL_WATCH_H
#define LIB_SPOOL_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#define WATCH_EVENTS 4096
#define WATCH_NONE (-1)

struct watch {
	int fd; /* -1: there is none */
	size_t at, size;
	char events[WATCH_EVENTS] __attribute__((aligned(8)));
};

/* What has happened. */
struct watch_event {
	int folder;       /* as watch_add() said */
	const char *name; /* "" for the folder itself; lives until the next call */
	bool arrived;     /* the name was moved there, or a folder of this name made */
	bool is_folder;
	bool gone; /* the folder is watched no more, or one in it has gone (watch_add_holder()) */
	bool lost; /* there was more than the kernel keeps; nothing else is said */
};

/* Never fails: without inotify fd is -1 and nothing else does anything. */
void watch_init(struct watch *watch);
void watch_done(struct watch *watch);

/*
 * Watches a folder, relative to dir, or absolute. Returns its number; WATCH_NONE: there is no such folder, or
 * inotify cannot be had for it, and fd is -1 from now on.
 */
int watch_add(struct watch *watch, int dir, const char *path);
void watch_remove(struct watch *watch, int folder);

/* The same, and `gone` is said too when a folder in it is removed or moved away. */
int watch_add_holder(struct watch *watch, int dir, const char *path);

/* The next event. Returns 1, 0 when there is none now, or -errno. */
int watch_next(struct watch *watch, struct watch_event *ret_event);

/*
 * Waits for an event, milliseconds, -1 for ever; where there is no inotify, or it would not tell,
 * for pause at most. Returns 1 (there may be something), 0 (the time is over) or -errno.
 */
int watch_wait(struct watch *watch, bool tells, int timeout, int pause);

#endif
