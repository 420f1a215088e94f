/*
 * Held articles: they are in the store, durably, and not in the spool, until an operator releases
 * or drops them. Each is spooled at most once, whatever happens meanwhile: releasing makes its row
 * go in the transaction that makes its destinations pending.
 *
 * An article is held with its identity and its content remembered, so a poll that lists it again
 * knows it. Another feed that has the same article does not wait for it, and what is released then
 * is linked under the first feed's tags as in any second feed.
 */
#ifndef DAEMON_KEEP_HELD_H
#define DAEMON_KEEP_HELD_H

#include "daemon/keep/identity.h"
#include "daemon/keep/ingest.h"
#include "daemon/keep/store_held.h"
#include "daemon/keep/tags.h"

#define HELD_FLOOD "flood-limit" /* why, of a flood */

/* So much may be held in all; a feed that floods beyond it is asked for again. */
#define HELD_MAX 100000
#define HELD_BYTES_MAX (INT64_C(256) * 1024 * 1024)

struct held_reason {
	const char *why;                     /* HELD_FLOOD, "rule NAME" */
	const struct tags *tags;             /* that it gets when it is released */
	int64_t evidence;                    /* how many were new at once; 0: that is not why */
	uint64_t revises;                    /* 0: nothing */
	const struct store_identity *before; /* the item's row; NULL: not seen before */
};

/* Inside a poll's transaction. 1: there is room to hold more; 0: there is none. */
int held_has_room(struct store *store);
/* Holds an article; what is held of the item already is replaced. Returns 0 or -errno. */
int held_article(struct ingest *ingest, const struct ingest_document *document,
	const struct item *item, const struct held_reason *reason);

enum held_action { HELD_RELEASE, HELD_DROP };

/* Which ones; all members 0: every one. */
struct held_choice {
	int64_t feed;  /* its number */
	int64_t id;    /* of one article */
	int64_t after; /* those above it: where the last call has ended */
};

struct held_result {
	uint32_t n_done;    /* spooled, linked or dropped */
	uint32_t n_known;   /* of these: released, but spooled or revised away meanwhile */
	uint32_t n_skipped; /* their feed is not in the configuration: they stay */
	int64_t last;       /* the number of the last one looked at; 0: there was none */
	bool more;          /* there may be more above it */
};

/*
 * Releases or drops at most max of them, in the order in which they were held, inside a transaction
 * that ingest_begin() began; the caller flushes, commits and publishes as for polls (batch.h).
 */
int held_act(struct ingest *ingest, enum held_action action, const struct held_choice *choice,
	int64_t now, size_t max, struct held_result *ret_result);

/* The same in a transaction of its own, for who has no batch: nothing else may be on its way. */
int held_act_alone(struct ingest *ingest, enum held_action action, const struct held_choice *choice,
	int64_t now, size_t max, struct held_result *ret_result);

#endif
