/* Opening a spool for delivery: what has to be right about the directory, and the lock on it. */
#ifndef DAEMON_KEEP_DELIVERY_OPEN_H
#define DAEMON_KEEP_DELIVERY_OPEN_H

#include "daemon/conf/config.h"
#include "daemon/keep/delivery.h"
#include "daemon/keep/files.h"

#define DELIVERY_LOCK ".lock" /* in tmp/ */

/*
 * Checks the directory, takes the lock and makes the folders. Returns 0 and two descriptors, or
 * -errno with err set; -EBUSY: another keeper has the lock.
 */
int delivery_open_directory(const char *directory, const struct file_ops *ops, int *ret_dir,
	int *ret_lock, struct config_error *err);

/* Whether the open directory is the one at its path. */
enum delivery_place delivery_place_of(const char *directory, int dir);

void delivery_close_directory(int dir, int lock);

#endif
