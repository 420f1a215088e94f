/* The lock that keeps a second daemon away from a spool or a database. */
#ifndef DAEMON_KEEP_LOCK_H
#define DAEMON_KEEP_LOCK_H

/*
 * Locks an open file with flock(2), which goes with its holder, however that ends. A process that
 * was killed while it started another may still be held by that one, for the moment until it runs
 * its program; so what is locked is waited for: a second at most where the process whose number
 * stands in the file lives, half a minute where it does not. Returns 0, with our number in the file
 * if it can be written; -EBUSY, or -errno.
 */
int lock_take(int fd);

#endif
