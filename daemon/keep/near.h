/*
 * Near duplicates: which article of the last NEAR_WINDOW says about the same as a new one, by their
 * similarity hashes (lib/spool/simhash.h). Kept in memory, read from the store when it is first
 * asked and after a transaction that was undone; so what it answers follows from what was committed
 * alone.
 *
 * Bounds: NEAR_MAX articles (about 90 bytes each), the oldest forgotten first; NEAR_INDEX_LOOKS of
 * them looked at for one answer.
 */
#ifndef DAEMON_KEEP_NEAR_H
#define DAEMON_KEEP_NEAR_H

#include <stdint.h>

#include "daemon/keep/store.h"

#define NEAR_WINDOW (INT64_C(72) * 3600 * 1000) /* ms */
#define NEAR_MAX (1u << 20)
#define NEAR_DISTANCE_MAX 7u /* bits */

struct near;

/* An article as it is remembered. */
struct near_article {
	uint64_t seq, simhash;
	uint64_t cluster; /* as it was answered; 0: none */
	int64_t when;     /* ms */
};

/* Returns 0 or -ENOMEM. Nothing is read yet. */
int near_new(struct near **ret_near);
void near_free(struct near *near);

/* A transaction begins: what was added in the last one counts only if near_commit() was called. */
void near_begin(struct near *near);
void near_commit(struct near *near);

/* Forgets all, to be read anew when it is needed. */
void near_reset(struct near *near);

/*
 * The cluster of a new article: the first one of the last NEAR_WINDOW whose hash differs in no more
 * than distance bits (up to NEAR_DISTANCE_MAX); where that one is in a cluster whose first is no
 * older either, that. 0 where there is none. Returns 0 or -errno of the store or memory.
 */
int near_find(struct near *near, struct store *store, uint64_t simhash, unsigned int distance,
	int64_t now, uint64_t *ret_cluster);

/* Remembers an article, of a higher sequence than all before. Returns 0 or -ENOMEM. */
int near_add(struct near *near, const struct near_article *article);

#endif
