/*
 * The folders of a batch of deliveries: made where they are missing, and each flushed once. Paths
 * are relative to the spool directory.
 */
#ifndef DAEMON_KEEP_FOLDERS_H
#define DAEMON_KEEP_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/keep/files.h"
#include "lib/base/arena.h"

struct folder;

struct folders {
	const struct file_ops *ops;
	int dir;
	struct arena arena;
	struct folder *list; /* the first is the spool directory itself */
	size_t n, size;
	unsigned int *table; /* hash table of index + 1; 0: free */
	size_t table_size;   /* power of two */
};

void folders_init(struct folders *folders, const struct file_ops *ops, int dir);
void folders_done(struct folders *folders);

/* Forgets all folders. */
void folders_reset(struct folders *folders);

/*
 * Gives the number of the folder that path stands in; it need not exist. All memory that the calls
 * below could want is had here. Returns 0 or -ENOMEM.
 */
int folders_of(struct folders *folders, const char *path, unsigned int *ret_folder);

/* Says that something in the folder has changed. */
void folders_touch(struct folders *folders, unsigned int folder);

/*
 * Makes a folder with those above it. A queue's new/ comes with its cur/ and tmp/. Returns 0, also
 * where it was there, or -errno.
 */
int folders_make(struct folders *folders, unsigned int folder);

/*
 * Flushes one folder, or all that have changed, and those above that were given a new folder.
 * Returns 0 or -errno; what could not be flushed stays to be.
 */
int folders_sync(struct folders *folders, unsigned int folder);
int folders_sync_all(struct folders *folders);

#endif
