/*
 * Group commit: polls that are done are stored together, in one transaction and with one flush of
 * the spool, in the order that delivery.h asks for.
 *
 * A batch is closed after BATCH_POLLS polls, BATCH_BYTES of articles or BATCH_DELAY ms. One of polls
 * that found nothing changed alone has time: a flush of the disk costs more than all of them, and
 * what a crash can lose of them is one question asked once more.
 *
 * Where storing fails, the transaction is rolled back and the staging undone. What is wrong with
 * the machine (no space, I/O errors, no descriptors) fails the whole batch: its feeds are due as
 * they were, with their old validators, so the next poll brings everything again. Otherwise each
 * poll is tried alone, so that one that cannot be stored stands in nobody's way.
 *
 * Where publishing fails, everything is committed and the moves are tried again, until they
 * succeed: until then the batch is stuck, and nothing else is stored.
 */
#ifndef DAEMON_KEEP_BATCH_H
#define DAEMON_KEEP_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/keep/ingest.h"
#include "daemon/keep/poll.h"
#include "daemon/wire/loop.h"

#define BATCH_POLLS 64
#define BATCH_BYTES (4u * 1024 * 1024)
#define BATCH_DELAY 50
#define BATCH_QUIET_POLLS 1024
#define BATCH_QUIET_DELAY 500

struct batch;

struct batch_callbacks {
	/*
	 * Once for each poll that was added, when it is stored and its articles are in their place,
	 * or when it was dropped or failed (its state says which). The callee owns it.
	 */
	void (*poll)(void *arg, struct poll *poll);
	/* After the last poll of a batch; error: 0, or -errno where the machine is in trouble. */
	void (*end)(void *arg, int error);
	/* Publishing failed, or goes on: no results should be read meanwhile. */
	void (*stuck)(void *arg, bool stuck);
	void *arg;
};

/* ingest stays the caller's; its config may be changed between two calls. Returns 0 or -errno. */
int batch_new(struct loop *loop, struct ingest *ingest, const struct batch_callbacks *callbacks,
	struct batch **ret_batch);

/* Takes over a poll that is done. Callbacks come from the loop, not from here. */
void batch_add(struct batch *batch, struct poll *poll);

/* Nothing more is to be waited for: what is urgent is stored when the loop turns. */
void batch_hurry(struct batch *batch);

/*
 * Something else that stages articles, in a transaction of its own with flush, commit and publish
 * as polls have it, now. run is called once, before this returns, or not at all; where it fails all
 * of it is undone. Returns 0 when it is committed, -EAGAIN while stuck, or -errno.
 */
int batch_work(
	struct batch *batch, int (*run)(struct ingest *ingest, int64_t now, void *arg), void *arg);

/* Polls added and not called back for. */
size_t batch_size(const struct batch *batch);

/* Stores what there is, now, with its callbacks. For a clean stop. */
void batch_finish(struct batch *batch);

/* Calls back for the polls that are left, as failed, and frees the batch. NULL is fine. */
void batch_free(struct batch *batch);

#endif
