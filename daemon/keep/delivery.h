/*
 * Puts articles into the spool, each into every destination exactly once (newspool-spool(5),
 * "Delivered once").
 *
 * The order, which the caller and this module keep together:
 *
 *   delivery_stage() for each   tmp/NAME, and one further link in tmp/ for each further destination
 *   delivery_flush()            files and tmp/ are durable
 *   store transaction commits   destinations are pending, validators advance
 *   delivery_publish()          tmp links are moved to their destinations in the order of staging,
 *                               folders made durable
 *   next store transaction      delivered
 *
 * A batch that is not committed is undone with delivery_abort(). What was published once is
 * committed: after a failed delivery_publish() it stays, whatever is staged or aborted later, until
 * a later call has moved all of it. At start nothing can be staged before delivery_recover_end().
 *
 * What sync = promises, of articles that the store calls pending or delivered:
 *   batch   whatever happens: a batch shares its flushes
 *   each    the same, each file flushed by itself, each destination durable before the next is moved
 *   none    a killed daemon loses and repeats nothing; a power cut may lose articles
 */
#ifndef DAEMON_KEEP_DELIVERY_H
#define DAEMON_KEEP_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/keep/files.h"
#include "lib/base/buf.h"

struct delivery;

/*
 * Opens the spool directory (it must exist, be writable and ours; the folders in it are made).
 * Takes a lock on it. ops NULL: file_ops_posix; else it must outlive the delivery. Returns 0;
 * -EBUSY: another keeper has the lock; or -errno. err says what to do about it.
 */
int delivery_open(const char *directory, enum config_sync sync, const struct file_ops *ops,
	struct delivery **ret_delivery, struct config_error *err);

/* Lets go of the lock. What is staged stays in tmp/ for recovery. NULL is fine. */
void delivery_close(struct delivery *delivery);

/* The directory that it was opened with. */
const char *delivery_directory(const struct delivery *delivery);

/* Whether the directory still stands at its path. */
enum delivery_place {
	DELIVERY_THERE,
	DELIVERY_ELSEWHERE, /* it was moved, or something is mounted over it */
	DELIVERY_GONE,      /* it was removed */
};
enum delivery_place delivery_place(const struct delivery *delivery);

/*
 * Goes on in what stands at the path now, which is looked at as delivery_open() does. What was
 * staged is dropped; what was committed and had not been moved is lost with the old directory:
 * *ret_lost destinations. Returns 0, or -errno with err and everything as it was.
 */
int delivery_reopen(struct delivery *delivery, size_t *ret_lost, struct config_error *err);

/* What the last call that failed was about: "rename queues/x/new/NAME: No space left …". */
const char *delivery_error(const struct delivery *delivery);

/*
 * Makes a queue's folders, so that its consumer can watch new/ before the first article. Returns 0
 * or -errno.
 */
int delivery_make_queue(struct delivery *delivery, const char *queue);

/*
 * A destination: a path relative to the spool as lib/spool/layout.h makes it
 * ("tags/x/2026-11-23/NAME"), with its number within the article.
 */
struct delivery_target {
	const char *path;
	unsigned int index; /* 0: the link named tmp/NAME; N: tmp/NAME.N */
};

/*
 * Stages a new file: data under the tmp link of the first target, and links to it for the others. An
 * article may have more than one file, each with targets of its own (its mail message).
 * Strings are copied. Returns 0 or -errno, with nothing of this article left; -EINVAL for a name or
 * path that is not of the spool, or where there is no target, or the batch can only be aborted.
 */
int delivery_stage(struct delivery *delivery, const char *name, const void *data, size_t size,
	const struct delivery_target *targets, size_t n_targets);

/*
 * Stages further links to a file that is spooled already, at the path from (-ENOENT: it is there no
 * more), or staged in this batch and still at tmp/NAME. -ESTALE: tmp/ is not there.
 */
int delivery_stage_link(struct delivery *delivery, const char *name, const char *from,
	const struct delivery_target *targets, size_t n_targets);

/*
 * Reads the file of an article back: spooled, at the path from (-ENOENT: it is there no more), or
 * staged in this batch and still at tmp/NAME.
 */
int delivery_read(struct delivery *delivery, const char *name, const char *from, struct buf *out);

/*
 * Makes what was staged durable. Returns 0 or -errno; the batch must then be aborted (a flush that
 * is repeated may succeed without having written).
 */
int delivery_flush(struct delivery *delivery);

/* Removes everything staged since the last publish. */
void delivery_abort(struct delivery *delivery);

/*
 * Moves everything staged to its destination and makes the folders durable. Returns 0 or -errno; it
 * may then be called again, and what has been moved stays so. -EINVAL: what is staged was not
 * flushed. -EEXIST: something else stands at a destination; it is never replaced, and nothing after
 * it is moved before it is out of the way.
 */
int delivery_publish(struct delivery *delivery);

/* Links that are staged or published and not yet durable at their destination. */
size_t delivery_waiting(const struct delivery *delivery);

/*
 * At start: one pending destination from the store, in the order of their sequences. If its tmp
 * link exists the move did not happen and is done now; if not, it did. Returns 0 or -errno.
 */
int delivery_recover(
	struct delivery *delivery, const char *name, const struct delivery_target *target);

/*
 * At start, after all pending: makes durable what was recovered and empties tmp/ of everything
 * else. Returns 0 or -errno; then, or after a delivery_recover() that failed, nothing of tmp/ is
 * lost and all pending can be gone through again.
 */
int delivery_recover_end(struct delivery *delivery);

/*
 * True while free space and inodes are above the floor: a share of the file system (0 to 1) or,
 * where min_free_bytes is above 0, bytes. True as well where the file system cannot say.
 */
bool delivery_has_room(const struct delivery *delivery, double min_free, int64_t min_free_bytes);

#endif
