/*
 * Articles of the spool of which the database does not know, because it was lost or is an old copy:
 * they are made known from their records, so that nothing that readers have is delivered again.
 */
#ifndef DAEMON_KEEP_ADOPT_H
#define DAEMON_KEEP_ADOPT_H

#include <stdint.h>

#include <newspool/spool.h>

#include "daemon/conf/config.h"
#include "daemon/keep/store.h"

struct adopt_result {
	uint64_t n_known; /* made known */
	uint64_t
		n_passed; /* unreadable, or of a feed that is not configured: its feed may bring it again */
};

/*
 * All articles above a sequence, none of which the store has, in transactions of its own: a run that
 * is cut short is gone on with by the next. The store's count goes up with them. An article's content
 * is known as its feed's, and that it is linked under its record's tags; no queue gets it again,
 * whoever else lists it. Which identity an item had a record does not say: the feed's next document
 * does. Returns 0 or -errno.
 */
int adopt_articles(struct store *store, const char *spool, uint64_t after,
	const struct config *config, int64_t now, struct adopt_result *ret_result);

/*
 * One of them, in the caller's transaction, wherever it stands in the count. Returns 1 when the store
 * knows it now, 0 where its file is no record, or another article's; or -errno (-EEXIST: the store has
 * one of that sequence).
 */
int adopt_article(struct store *store, struct np_spool *spool, const struct config *config,
	const struct np_spool_entry *entry, int64_t now);

#endif
