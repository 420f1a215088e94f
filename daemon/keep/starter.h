/*
 * From what is due in the store to polls in the table and with the fetchers: feeds, and documents of
 * their archives. For polling.c alone.
 */
#ifndef DAEMON_KEEP_STARTER_H
#define DAEMON_KEEP_STARTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/keep/poll_table.h"
#include "daemon/keep/pool.h"
#include "daemon/keep/unstored.h"

struct starter {
	struct store *store;
	const struct config *config;
	struct pool *pool;
	struct poll_table *table;
	struct unstored *unstored; /* feeds that wait although they are due */
	int64_t monotonic;         /* the time, set before each run */
	uint64_t last_number;      /* of a poll */
	int64_t next;              /* as starter_look() has it */
	/* All that was due at `seen` is under way, while no other version of the store says more. */
	int64_t seen;
	uint64_t version;
	/* A poll that is in the table fails before a fetcher has it; takes it over. */
	void (*failed)(void *arg, struct poll *poll, const char *reason);
	void *arg;
};

/*
 * Starts what is due at the time now and not under way, up to n; what a 429 holds back is put off,
 * and *ret_held says so. Returns 0, -EAGAIN where the fetchers have no room now, or -errno.
 */
int starter_run(struct starter *starter, int64_t now, size_t n, bool *ret_held);

/*
 * Sets `next`, as a run does: when the next falls due that a run at the time now did not see, so
 * that what falls due between two looks at the clock is waited for. INT64_MAX: nothing is.
 */
void starter_look(struct starter *starter, int64_t now);

/* A poll leaves the table; where its feed is still due, or again already, it is looked for. */
void starter_ended(struct starter *starter, const struct poll *poll);

#endif
