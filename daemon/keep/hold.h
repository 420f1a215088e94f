/*
 * Hosts that answered 429: all their feeds wait, not only the one that was told. When the wait is
 * over they come back one after the other, so that a host that is still not well says so to one.
 */
#ifndef DAEMON_KEEP_HOLD_H
#define DAEMON_KEEP_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/keep/group.h"
#include "daemon/wire/message.h"

#define HOLD_SPREAD_MAX (INT64_C(10) * 60 * 1000) /* ms over which held feeds come back */

/*
 * Inside a transaction, after a poll: where the answer was 429, the host that gave it is left alone
 * until that time. Returns 0 or -errno.
 */
int hold_host(struct store *store, const struct message_done *done, const char *url, int64_t until);

/* Feeds that are put off on the way through what is due; they share a transaction. */
struct hold {
	struct store *store;
	bool reading; /* a transaction for reading is open, as hold_begin() has it */
	bool writing; /* a transaction is open */
};

/*
 * Many feeds will be looked at: what is read from now on is read in one transaction, for the look
 * into the log and the locks cost as much as a row. Returns 0 or -errno.
 */
int hold_begin(struct hold *hold);

/*
 * Puts a due feed off where the host that it would ask is held. Returns 1 where it did, 0 where it
 * may be polled, -errno.
 */
int hold_feed(struct hold *hold, const struct group_member *member, int64_t now);

/*
 * The same for a walk through archives, whose next document is at url.
 */
int hold_archive(struct hold *hold, const struct store_archive *walk,
	const struct config_settings *settings, const char *url, int64_t now);

/* Ends the transaction, if there is one: error is what has gone wrong so far. Returns 0 or -errno. */
int hold_end(struct hold *hold, int error);

#endif
