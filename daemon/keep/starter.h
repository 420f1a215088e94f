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
 * When the next falls due that a run at the time now did not see: so what falls due between two
 * looks at the clock is waited for. INT64_MAX: nothing is.
 */
int64_t starter_next(struct starter *starter, int64_t now);

#endif
