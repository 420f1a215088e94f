/*
 * A small world around delivery: a keeper that follows a script of batches, a store that remembers
 * across the keeper's death, consumers that delete what they take from the queues, and a judge.
 */
#ifndef TESTS_CRASH_WORLD_H
#define TESTS_CRASH_WORLD_H

#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/keep/delivery.h"
#include "lib/spool/layout.h"
#include "tests/crash/steps.h"

#define WORLD_SEQS 64
#define WORLD_PENDING 256
#define WORLD_QUEUES 3 /* the last two get a file of their own, as mail is */

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
	struct world_store next;   /* what the transaction under way would make of it */
	struct delivery *delivery; /* of the keeper that runs; NULL: none */
	unsigned int seen[WORLD_QUEUES][WORLD_SEQS]; /* by the queues' consumers */
	unsigned int n_broken;                       /* files they took that were not whole */
	unsigned int n_calls;                        /* of the consumers, who come now and then */
	unsigned int recovery_steps; /* counted steps until the last keeper had recovered */
	char reason[2048];           /* why the keeper gave up, or the judge's */
};

/* A world with an empty spool. NULL when there is no memory or no directory. */
struct world *world_new(const unsigned int *batches, enum config_sync sync);
void world_free(struct world *world);

/* How a keeper ended. */
enum world_end { WORLD_DONE, WORLD_GAVE_UP, WORLD_DIED };

/*
 * Runs a keeper to the end of the script, from what the store has. A call that fails is tried
 * again, as the keeper does; the fault goes away (steps->lasting) after a few tries. At its death,
 * or its end, its memory and its lock go and nothing else; a reason says why it gave up.
 */
enum world_end world_keep(struct world *world, struct steps *steps);

/* For steps.meanwhile: consumers take what is in the queues, now and then. */
void world_consume(void *world);

/*
 * Judges after the script's end: each article at each destination exactly once, whole, and nothing
 * else anywhere; tmp/ empty. Returns true, or false with a reason.
 */
bool world_judge(struct world *world);

#endif
