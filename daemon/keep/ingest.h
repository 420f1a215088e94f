/*
 * What becomes of a document's articles: for each, whether it is new, and if so its place in the
 * store and the spool (newspool-spool(5), "Which article is new").
 *
 *   identity seen  content seen            what happens
 *   no             no                      new: spooled
 *   no             yes, from this feed     the publisher changed its ids: remembered
 *   no             yes, from another feed  the same article: remembered, and the spooled file
 *                                          linked where this feed's tags want it as well
 *   yes            yes                     known
 *   yes            no                      a revision: remembered; spooled where updates = emit
 *   yes            yes, from another feed  the same revision: remembered; linked, or spooled where
 *                                          the other feed has ignored it, where updates = emit
 *
 * A content that was had but never spooled (first-sync left it out, a rule dropped it) counts as
 * seen from its own feed alone: what one feed was told to leave out may be news in another.
 *
 * What would be spooled or linked is shown to the rules first: they change its tags, or drop it.
 */
#ifndef DAEMON_KEEP_INGEST_H
#define DAEMON_KEEP_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <newspool/article.h>

#include "daemon/conf/config.h"
#include "daemon/keep/delivery.h"
#include "daemon/keep/near.h"
#include "daemon/keep/queue_limits.h"
#include "daemon/keep/rules.h"
#include "daemon/keep/store.h"
#include "lib/base/clock.h"

/* Where articles go. One lives as long as the keeper; ingest_begin() starts each transaction. */
struct metrics;

struct ingest {
	struct store *store;
	struct delivery *delivery;
	const struct config *config;
	struct queue_limits *queues; /* NULL: none is full */
	struct rules *rules;         /* of the configuration; NULL: none */
	struct metrics *metrics;     /* NULL: nothing is counted */
	struct near *near;           /* near duplicates; NULL: they are not looked for */
	uint64_t first_seq;       /* of this transaction; what is below is in its place already */
	bool staged;              /* something waits for delivery_flush() */
	char day[CLOCK_DAY_SIZE]; /* of the folder of this transaction's articles; "": not known yet */
};

void ingest_begin(struct ingest *ingest);

/* After the commit. Where it is not called, near duplicates are read anew from the store. */
void ingest_committed(struct ingest *ingest);

/* Before the commit: what was counted on the way is written down. Returns 0 or -errno. */
int ingest_end(struct ingest *ingest, int64_t now);

/* A document that a feed gave. */
struct ingest_document {
	const struct store_feed *feed;
	const struct config_settings *settings;
	const char *title, *home_page_url; /* its own, or NULL */
	struct np_article *const *articles;
	size_t n_articles;
	int64_t now;        /* ms */
	int64_t fetched_at; /* ms; 0: now */
	const char *tags; /* a list of slugs that articles get; NULL: as their feed and words say */
};

struct ingest_result {
	uint32_t n_new;     /* spooled */
	uint32_t n_known;   /* had before */
	uint32_t n_linked;  /* the same in another feed */
	uint32_t n_renamed; /* the same under another id */
	uint32_t n_revised;
	uint32_t n_left_out; /* by first-sync */
	uint32_t n_dropped;  /* by a rule; known from here on */
	uint32_t n_held;     /* by the flood limit, until an operator releases or drops them */
	uint32_t n_refused;  /* the same, with no room to hold them: then nothing was done */
	uint32_t n_reserved; /* held as n_held are, but by a rule: nothing is wrong with the feed */
	bool gap;            /* nothing in it was known: something may have been missed */
};

/*
 * Takes a document in, inside a store transaction: rows are written, files staged. On a failure
 * (-errno) the caller rolls back and aborts the delivery.
 *
 * More new articles, and revisions to be spooled, than flood-limit, in a feed that has been taken in
 * before: these are held (held.h). Where too much is held already, nothing of the document is
 * remembered; n_refused says so, and the caller must not keep its validators, so that it comes again.
 */
int ingest_document(struct ingest *ingest, const struct ingest_document *document,
	struct ingest_result *ret_result);

#endif
