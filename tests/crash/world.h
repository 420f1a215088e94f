/*
 * A small world around delivery: a keeper that follows a script of batches, a store that remembers
 * across the keeper's death, consumers that delete what they take from the queues, and a judge. It
 * lies in memory that a process shares with the keepers that it forks.
 */
#ifndef TESTS_CRASH_WORLD_H
#define TESTS_CRASH_WORLD_H

#include <stdint.h>

#include "daemon/conf/config.h"
#include "lib/spool/layout.h"
#include "tests/crash/steps.h"

#define WORLD_SEQS 64
#define WORLD_PENDING 256
#define WORLD_QUEUES 2

struct world_pending {
	char name[SPOOL_NAME_SIZE];
	char path[SPOOL_PATH_SIZE];
	unsigned int index;
};

/* What the store keeps; replaced as a whole by a commit. */
struct world_store {
	unsigned int n_batches; /* done */
	uint64_t last_seq;
	struct world_pending pending[WORLD_PENDING];
	unsigned int n_pending;
};

struct world {
	char directory[64];          /* the spool */
	const unsigned int *batches; /* their sizes, ended by 0 */
	enum config_sync sync;
	struct world_store store;
	unsigned int seen[WORLD_QUEUES][WORLD_SEQS]; /* by the queues' consumers */
	unsigned int n_broken;                       /* files they took that were not whole */
	unsigned int n_calls;                        /* of the consumers, who come now and then */
	unsigned int recovery_steps; /* counted steps until the last keeper had recovered */
	char reason[2048];           /* why the keeper gave up, or the judge's */
};

/* A world with an empty spool. NULL when there is no memory or no directory. */
struct world *world_new(const unsigned int *batches, enum config_sync sync);
void world_free(struct world *world);

/*
 * Runs the keeper to the end of the script, from what the store has. A call that fails is tried
 * again, as the keeper does; the fault goes away (steps->lasting) after a few tries. Returns 0 or
 * -errno with a reason.
 */
int world_keep(struct world *world, struct steps *steps);

/* The same in a process of its own. Returns its exit status: 0, 1, STEPS_EXIT; -1: killed. */
int world_fork(struct world *world, struct steps *steps);

/* For steps.meanwhile: consumers take what is in the queues, now and then. */
void world_consume(void *world);

/*
 * Judges after the script's end: each article at each destination exactly once, whole, and nothing
 * else anywhere; tmp/ empty. Returns true, or false with a reason.
 */
bool world_judge(struct world *world);

#endif
