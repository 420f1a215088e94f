/*
 * Polls what is due, when it is due: from the store's schedule to the fetchers, and from there to
 * the batch.
 *
 * At most max-connections polls are under way. A poll that is under way is remembered here and not
 * in the store: a feed whose answer was not stored when the daemon was killed is asked once more at
 * the next start, and then at its interval.
 *
 * While the machine is in trouble (no space, I/O errors) or there is less room than min-free, no
 * poll is started but, now and then, one that tries whether it is over.
 *
 * Where the wall clock was set, every time in the schedule is moved by as much: nothing is polled
 * before its interval, nothing stays silent for longer.
 */
#ifndef DAEMON_KEEP_POLLING_H
#define DAEMON_KEEP_POLLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/keep/delivery.h"
#include "daemon/keep/held.h"
#include "daemon/keep/metrics.h"
#include "daemon/keep/pool.h"
#include "daemon/keep/rules.h"
#include "daemon/keep/store.h"
#include "daemon/wire/loop.h"

struct polling;

/*
 * Starts the fetchers, and polling when the loop runs. Everything given stays the caller's. Returns
 * 0 or -errno.
 */
int polling_new(struct loop *loop, const struct config *config, struct rules *rules,
	struct store *store, struct delivery *delivery, struct polling **ret_polling);

/*
 * Another configuration is in effect with its rules, and the store's feeds with it. The number of
 * fetchers and their sandbox stay as they are.
 */
void polling_reload(struct polling *polling, const struct config *config, struct rules *rules);

/* What this process and the fetchers log from now on, until the next reload. */
void polling_set_log_level(struct polling *polling, enum log_level level);

/* Looks for what is due now: the store's schedule has changed. */
void polling_wake(struct polling *polling);

/* A feed whose last outcome could not be stored need not wait for its least interval: an operator asks. */
void polling_ask_again(struct polling *polling, int64_t feed);

/* A poll of this feed is under way, or done and not stored yet. */
bool polling_has(const struct polling *polling, int64_t feed);

/* How it is now. */
struct polling_look {
	size_t under_way; /* polls that fetchers have */
	size_t to_store;  /* polls that are done and wait for their commit or their moves */
	size_t bytes;     /* of articles that wait in memory */
	const struct metrics *metrics;
	const struct pool *pool; /* for what pool.h tells of the fetchers */
	int trouble;             /* -errno of the machine, where outcomes cannot be stored; 0 */
	bool cramped;            /* less room than min-free: polling pauses */
	bool moved;              /* the database's file is not at its place: polling pauses */
	bool spool_moved;        /* the spool's directory is not at its place: polling pauses */
	bool stuck;              /* articles cannot be moved to their place: polling pauses */
};
void polling_look(const struct polling *polling, struct polling_look *ret_look);

/*
 * Releases or drops held articles, at most max: held.h. Returns 0; -EAGAIN where articles cannot be
 * moved to their place just now; or -errno.
 */
int polling_held(struct polling *polling, enum held_action action, const struct held_choice *choice,
	size_t max, struct held_result *ret_result);

/* Ends: what is done is stored, what is under way is forgotten. NULL is fine. */
void polling_free(struct polling *polling);

#endif
