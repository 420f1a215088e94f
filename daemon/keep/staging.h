/* tmp/ of a spool: what names stand for in it, and how it is emptied. For delivery alone. */
#ifndef DAEMON_KEEP_STAGING_H
#define DAEMON_KEEP_STAGING_H

#include "daemon/keep/files.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/* "tmp/NAME", for further links "tmp/NAME.INDEX", in the arena; NULL when memory is out. */
const char *staging_path(struct arena *arena, const char *name, unsigned int index);

/*
 * Removes everything in tmp/ but the lock. Returns 0, or -errno with what failed in ret_what
 * ("remove tmp/X: …").
 */
int staging_empty(const struct file_ops *ops, int dir, struct buf *ret_what);

#endif
