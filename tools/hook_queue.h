/*
 * A queue that has a hook: takes its articles, has a bounded number of runs at a time, tries again
 * what failed, later and later, and puts away what has failed too often.
 *
 * In the spool, beside the queue's new/ and cur/: tmp/NAME.tries says how often an article has
 * failed and when it is to be tried next, so that it counts over restarts; dead/NAME is an article
 * that was given up, dead/NAME.reason why, as JSON; tmp/.hooks is locked while somebody does this.
 */
#ifndef TOOLS_HOOK_QUEUE_H
#define TOOLS_HOOK_QUEUE_H

#include <newspool/spool.h>

#include "daemon/conf/config.h"
#include "daemon/wire/loop.h"

struct hook_queue;

struct hook_options {
	struct loop *loop;
	struct np_spool *spool;
	const char *directory; /* of the spool */
	const char *user_agent;
	bool once; /* what is there now, each once; then it is idle */
	/* Called whenever it has become idle: nothing runs, and nothing is to be done now. */
	void (*idle)(void *arg);
	void *arg;
};

struct hook_counts {
	uint64_t good, failed, dead; /* runs; runs; articles */
};

/*
 * Opens the queue and takes over what a predecessor who died had claimed. Returns 0; -EBUSY: another
 * process serves it; -ENOENT: it is not in the spool (yet); -EKEYREJECTED: its secret cannot be had;
 * -errno. Everything that options and config name outlives it.
 */
int hook_queue_open(const struct hook_options *options, const struct config_queue *config,
	struct hook_queue **ret_queue);

/* Starts what there is to start; from then on it goes on by itself. */
void hook_queue_pump(struct hook_queue *queue);

/* Claims nothing any more, and becomes idle when the last run has ended. */
void hook_queue_stop(struct hook_queue *queue);

bool hook_queue_is_idle(const struct hook_queue *queue);
void hook_queue_counts(const struct hook_queue *queue, struct hook_counts *ret_counts);

/* Kills the runs; what is claimed goes back to new/. NULL is fine. */
void hook_queue_close(struct hook_queue *queue);

/* Puts what is in dead/ back into new/, as if it had never failed; how many. 0 or -errno. */
int hook_queue_revive(
	const struct hook_options *options, const struct config_queue *config, unsigned int *ret_n);

#endif
