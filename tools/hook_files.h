/* The files of a queue with a hook: how often an article has failed, and the dead. */
#ifndef TOOLS_HOOK_FILES_H
#define TOOLS_HOOK_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/spool/layout.h"

/* What tmp/NAME.tries holds. */
struct hook_tries {
	unsigned int n;     /* runs that failed */
	int64_t not_before; /* ms since 1970 */
};

/* Opens a queue's folder in the spool directory. Returns 0 or -errno. */
int hook_open(const char *directory, const char *queue, int *ret_dir);

/* Whether the two descriptors are of one folder. */
bool hook_is_same(int one, int other);

/* dir is the queue's folder in all of these; they return 0 or -errno. No file: none has failed. */
int hook_tries_read(int dir, const char *name, struct hook_tries *ret_tries);
int hook_tries_write(int dir, const char *name, const struct hook_tries *tries);
void hook_tries_forget(int dir, const char *name);

/* Locks the queue for one process. -EBUSY: another has it. The lock goes with the descriptor. */
int hook_lock(int dir, int *ret_fd);

/*
 * Moves the claimed file, cur/FILE, to dead/NAME, with the reason, a line of JSON, beside it. The
 * reason is there first: what is dead is never without one.
 */
int hook_bury(int dir, const char *file, const char *name, const struct buf *reason);

/* The reverse for all of them, into new/; the number to *ret_n. */
int hook_revive(int dir, unsigned int *ret_n);

#endif
