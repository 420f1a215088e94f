/*
 * Articles of the spool of which the database does not know, because it was lost or is an old copy:
 * they are made known from their records, so that nothing that readers have is delivered again.
 */
#ifndef DAEMON_KEEP_ADOPT_H
#define DAEMON_KEEP_ADOPT_H

#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/keep/store.h"

struct adopt_result {
	uint64_t n_known; /* made known */
	uint64_t
		n_passed; /* unreadable, or of a feed that is not configured: its feed may bring it again */
};

/*
 * All articles above the store's sequence, which goes up with them, in transactions of its own: a run
 * that is cut short is gone on with by the next. An article's content is known as its feed's, and that
 * it is linked under its record's tags; no queue gets it again, whoever else lists it. Which identity
 * an item had a record does not say: the feed's next document does. Returns 0 or -errno.
 */
int adopt_articles(struct store *store, const char *spool, const struct config *config, int64_t now,
	struct adopt_result *ret_result);

#endif
