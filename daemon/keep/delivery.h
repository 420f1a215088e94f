/*
 * Puts articles into the spool, each into every destination exactly once (newspool-spool(5),
 * "Delivered once").
 *
 * The order, which the caller and this module keep together:
 *   delivery_stage() for each article      tmp/NAME and a further link in tmp/ for each further destination
 *   delivery_flush()                       files and tmp/ are durable
 *   store transaction commits              destinations are pending, validators advance
 *   delivery_publish()                     tmp links are renamed to their destinations in sequence order, directories made durable
 *   the next store transaction             delivered
 * A batch that is not committed is undone with delivery_abort().
 */
#ifndef DAEMON_KEEP_DELIVERY_H
#define DAEMON_KEEP_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/keep/files.h"

struct delivery;

/*
 * Opens the spool directory (it must exist, be writable and ours; the folders in it are made).
 * Takes a lock on it. ops NULL: file_ops_posix. Returns 0 or -errno; err says what to do about it.
 */
int delivery_open(const char *directory, enum config_sync sync, const struct file_ops *ops,
	struct delivery **ret_delivery, struct config_error *err);
void delivery_close(struct delivery *delivery);

/*
 * A destination: a path relative to the spool ("tags/x/2026-11-23/NAME"), with its number within
 * the article.
 */
struct delivery_target {
	const char *path;
	unsigned int index; /* 0: the link named tmp/NAME; N: tmp/NAME.N */
};

/*
 * Stages a new file: data under tmp/NAME for index 0, and links for the others. Returns 0 or
 * -errno, with nothing of this article left.
 */
int delivery_stage(struct delivery *delivery, const char *name, const void *data, size_t size,
	const struct delivery_target *targets, size_t n_targets);

/*
 * Stages further links to a file that is spooled already (at from, or not any more: -ENOENT).
 */
int delivery_stage_link(struct delivery *delivery, const char *name, const char *from,
	const struct delivery_target *targets, size_t n_targets);

/* Makes what was staged durable. Returns 0 or -errno; the batch must then be aborted. */
int delivery_flush(struct delivery *delivery);

/* Removes everything staged since the last publish. */
void delivery_abort(struct delivery *delivery);

/*
 * Moves everything staged to its destination and makes the directories durable. Returns 0 or
 * -errno; it may be called again, and what has been moved stays so.
 */
int delivery_publish(struct delivery *delivery);

/*
 * At start: one pending destination from the store. If its tmp link exists the move did not happen
 * and is done now; if not, it did. Returns 0 or -errno.
 */
int delivery_recover(
	struct delivery *delivery, const char *name, const struct delivery_target *target);

/*
 * At start, after all pending: syncs what was recovered and empties tmp/ of everything else.
 * Returns 0 or -errno.
 */
int delivery_recover_end(struct delivery *delivery);

/* True while free space and inodes are above the floor (share 0 to 1, bytes). */
bool delivery_has_room(const struct delivery *delivery, double min_free, int64_t min_free_bytes);

#endif
