/*
 * One run of a hook: a process of its own, with an end. It has the article on standard input, where
 * it comes from in its environment, and what it writes is read, and kept as far as its last line.
 */
#ifndef TOOLS_HOOK_RUN_H
#define TOOLS_HOOK_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/wire/loop.h"

struct hook_run;

/* What to do; everything outlives the run. */
struct hook_job {
	const struct config_queue *queue;
	const char *secret;     /* that signs a webhook; NULL: none */
	const char *user_agent; /* of a webhook */
	const char *file;       /* the article's, absolute */
	const char *name;       /* its name in new/ */
	uint64_t seq;
	unsigned int attempt; /* from 1 */
};

/*
 * Called once, from the loop, unless the run is freed before: good, or why not ("exit status 1:
 * last line"). The run is gone then.
 */
typedef void hook_run_done(void *arg, bool good, const char *reason);

/* Returns 0 or -errno. */
int hook_run_start(struct loop *loop, const struct hook_job *job, hook_run_done *done, void *arg,
	struct hook_run **ret_run);

/* Kills it with all that it started, and waits for that. NULL is fine. */
void hook_run_free(struct hook_run *run);

#endif
