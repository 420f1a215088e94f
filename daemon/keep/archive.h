/*
 * A feed's archives (RFC 5005), followed back from document to document: where a document shares no
 * article with the last one, until one does; or because the operator asked, as far as they go.
 *
 * At most ARCHIVE_DOCUMENTS_MAX a walk, one after the other, ARCHIVE_SPACING apart and no sooner than
 * the host's own spacing and holds allow. Each is a poll of its own, without validators, by the
 * rules of any redirect, and says nothing to the feed's validators and schedule. Where a walk stands
 * is a row of the store, and outlives a restart.
 */
#ifndef DAEMON_KEEP_ARCHIVE_H
#define DAEMON_KEEP_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/keep/ingest.h"
#include "daemon/keep/store.h"
#include "daemon/wire/message.h"

#define ARCHIVE_DOCUMENTS_MAX 20
#define ARCHIVE_SPACING 2000 /* ms between an answer and the next question */
#define ARCHIVE_TRIES 3      /* of one document */

/*
 * The operator asks for a feed's whole history, beginning with its own document. Inside a
 * transaction of the caller's, who then has polling_wake() called. Returns 0; -ENOENT: no such feed;
 * -EAGAIN: its first poll comes first, or its archives are being followed already; -errno.
 */
int archive_request(struct store *store, int64_t feed, int64_t now);

/*
 * A good document shares nothing with the last one. Inside the poll's transaction. *ret_begun: its
 * archives will be asked for what is missing. Returns 0 or -errno.
 */
int archive_begin(struct store *store, const struct store_feed *feed,
	const struct message_done *done, int64_t now, bool *ret_begun);

/* How a walk stands after one of its documents. */
struct archive_report {
	bool over;
	int64_t documents, found; /* so far: documents that came, new articles in them */
	const char *why;          /* where it is over; in the arena, or for ever */
};

/*
 * One of the documents was asked, and what it had is stored: where the walk goes from here. retry:
 * when to ask again where it failed. Inside the same transaction. Returns 0 or -errno.
 */
int archive_follow(struct store *store, const struct store_archive *walk,
	const struct message_done *done, const struct ingest_result *result, int64_t now,
	int64_t retry, struct arena *arena, struct archive_report *ret_report);

#endif
