/*
 * The store: what newspool remembers, behind one small interface, so that another database can take
 * SQLite's place. The life of a row stands in schema.sql. Times are milliseconds since 1970 (wall
 * clock). Functions return 0 or -errno (-EIO for the database's own errors, which store_error()
 * words; -ENOSPC where the disk is full); those that find return 1 found, 0 not.
 *
 * One writer: the keeper's process holds a lock. All changes happen between store_begin() and
 * store_commit(). After a failure inside a transaction, the caller rolls back.
 */
#ifndef DAEMON_KEEP_STORE_H
#define DAEMON_KEEP_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/wire/message.h"
#include "lib/base/arena.h"
#include "lib/base/sha256.h"

#define STORE_KEY_SIZE 16      /* of what feeds share that are polled as one */
#define STORE_IDENTITY_SIZE 16 /* the first bytes of a SHA-256 over the identity's kind and text */

struct store;

/*
 * Opens or makes the database and brings it to this schema version; now dates what it makes.
 * -EBUSY: another daemon has it (FILE.lock is locked); -ENOTSUP: it is from a newer version and was
 * not touched; err says for each failure what to do.
 */
int store_open(const char *file, int64_t now, struct store **ret_store, struct config_error *err);
void store_close(struct store *store);
const char *store_error(const struct store *store);
/* The file was removed, or another stands in its place: what is committed now is lost at the end. */
bool store_has_moved(const struct store *store);

int store_begin(struct store *store);
int store_commit(struct store *store);
/*
 * A transaction that changes no feed but those that were polled, each by the outcome of its poll.
 * While store_version() is the same there were no others: what was read of a feed when its poll
 * began is what its row says. store_touch() makes it another one.
 */
int store_begin_outcomes(struct store *store);
uint64_t store_version(const struct store *store);
void store_touch(struct store *store);
/* One transaction for many reads, in which nothing is changed. */
int store_begin_read(struct store *store);
int store_end_read(struct store *store);
void store_rollback(struct store *store);

/* What a feed publishes, watched over time; schedule.h says how it is read. */
struct store_rhythm {
	double items; /* new articles, decaying */
	double span;  /* ms watched, decaying */
};

/* A feed as the schedule and a poll need it. Texts live in the arena given. */
struct store_feed {
	int64_t id;
	const char *name, *url, *title, *tags, *settings; /* as configured */
	const char *moved_url;                            /* NULL: not moved for good */
	struct bytes etag, last_modified, body_hash;      /* absent: none */
	const char *validators_url;                       /* that gave them */
	int64_t next_poll, last_poll, last_success;       /* 0: never */
	const char *why_next;
	enum message_result result; /* of the last poll, with its HTTP status and reason */
	int status;
	const char *reason; /* NULL: it went well */
	int64_t failures;   /* in a row */
	int64_t crashes;    /* of fetchers over it, since the last success */
	bool stopped;       /* 410, quarantined, or paused; not polled */
	bool paused;        /* by hand */
	int64_t polls;      /* ever */
	int64_t not_before; /* a Retry-After; 0: none */
	const char *document_title, *home_page_url; /* as the last good document said */
	int64_t synced; /* when the first good document came; 0: never */
	int64_t parsed; /* when the last one came */
	int64_t ttl;    /* seconds, as the last one said; -1 */
	uint32_t skip_hours, skip_days;
	struct store_rhythm rhythm;
	int64_t followers;      /* feeds that it is polled for beside itself */
	const char *self_url;   /* as the last document said; NULL */
	const char *undone_url; /* a move to it was taken back; NULL */
	int64_t leader;         /* the feed that is polled for this one; 0: itself */
};

/*
 * Configured feeds: begin (inside a transaction), feed for each, end. A new feed, or a new URL for
 * one that was there, gets its first poll time from first_poll (then *ret_new is true); what did
 * not change is not written. Feeds that were not named leave the schedule at the end, and their
 * memory is kept for `remember`. A new URL drops the validators and the move of the old one; what
 * the feed has had is still known. A new name with the URL of a feed that is no longer named is that
 * feed, renamed: it keeps all that is known of it. -EEXIST for a name had before.
 *
 * Feeds of one key (NULL: of none) are polled as one: the one that was polled last, else the first,
 * leads; the others follow it, and are never due themselves.
 */
int store_feeds_begin(struct store *store, int64_t now);
int store_feeds_put(struct store *store, const struct config_feed *feed,
	const unsigned char key[STORE_KEY_SIZE], int64_t first_poll, bool *ret_new);
int store_feeds_end(struct store *store);
/*
 * What the rows were last made of, noted inside of the load's transaction after its end; each begin
 * forgets it. 1 where it was this digest, and then how many feeds there are; 0 not.
 */
int store_feeds_note(
	struct store *store, const unsigned char digest[SHA256_SIZE], uint64_t n_feeds);
int store_feeds_noted(
	struct store *store, const unsigned char digest[SHA256_SIZE], uint64_t *ret_n_feeds);
/* How many of the new ones of the last load were known feeds under new names. */
size_t store_feeds_renamed(const struct store *store);
/* The feeds that follow this one, at most max. */
int store_followers(
	struct store *store, int64_t leader, size_t max, int64_t *ret_ids, size_t *ret_n);

/*
 * The numbers of the feeds that fell due after `after` (INT64_MIN: whenever), longest due first, at
 * most max, into ret_ids. Those under way are among them until their outcome is stored: the caller
 * knows them.
 */
int store_due(struct store *store, int64_t after, int64_t now, size_t max, int64_t *ret_ids,
	size_t *ret_n);
/* When the next feed after the time `after` is due; INT64_MAX where none ever is. */
int store_next_due(struct store *store, int64_t after, int64_t *ret_when);
int store_feed_get(
	struct store *store, int64_t id, struct arena *arena, struct store_feed *ret_feed);
/* The number of a configured feed; 1 found, 0 not. */
int store_feed_find(struct store *store, const char *name, int64_t *ret_id);

/* Configured feeds in the order of their names, those behind `after` ("" for all), at most max. */
struct store_name {
	int64_t id;
	const char *name;
};
int store_feed_names(struct store *store, const char *after, size_t max, struct arena *arena,
	struct store_name *ret_names, size_t *ret_n);
/*
 * By hand, inside a transaction: not polled any more; polled again, also where its answers had
 * stopped it; forget what the last answers said (validators, a move, failures) and ask at once.
 */
int store_feed_pause(struct store *store, int64_t id);
int store_feed_resume(struct store *store, int64_t id, int64_t now);
int store_feed_reset(struct store *store, int64_t id, int64_t now);

/* A poll that was, as its feed's history has it. */
struct store_past {
	int64_t when;
	enum message_result result;
	int status;
	int64_t bytes_wire, bytes_body, n_new, n_known, elapsed; /* elapsed in ms */
	const char *reason;                                      /* NULL: it went well */
};
/* A feed's last polls, newest first, at most max. */
int store_history(struct store *store, int64_t feed, size_t max, struct arena *arena,
	struct store_past *ret_polls, size_t *ret_n);

/*
 * How many feeds are due beyond the first `skip` (those under way), counted up to max, and since
 * when the first of them is (0: none is).
 */
int store_overdue(struct store *store, int64_t now, int64_t skip, int64_t max, int64_t *ret_n,
	int64_t *ret_first);

/*
 * For status: configured feeds; of these stopped by their answers, failing and asked again, never
 * polled, polled and not due, paused.
 */
struct store_counts {
	int64_t feeds, stopped, failing, unpolled, later, paused;
};
int store_feed_counts(struct store *store, int64_t now, struct store_counts *ret_counts);
/*
 * The same in steps: adds the next max feeds behind the number *place to *counts, and moves *place
 * on. Returns 1 where there are more, 0 at the end, -errno.
 */
int store_feed_counts_on(
	struct store *store, int64_t now, size_t max, int64_t *place, struct store_counts *counts);

/* What a poll changes in its feed's row. */
struct store_poll {
	int64_t id;
	int64_t when; /* when the poll ended */
	int64_t next_poll;
	const char *why_next; /* "interval 1h", "Retry-After 3600 from 429" */
	enum message_result result;
	int status;
	const char *reason; /* NULL where it went well */
	int64_t failures;   /* in a row, this one counted; 0: it went well */
	int64_t crashes;    /* of fetchers, in this poll */
	bool stop;
	bool keep_validators; /* as they are; else those below replace them, absent ones included */
	struct bytes etag, last_modified, body_hash;
	const char *validators_url;
	const char *moved_url; /* NULL: as it is; "": forget */
	bool parsed;           /* a document was taken in: the next members replace what was */
	const char *document_title, *home_page_url;
	int64_t ttl;
	uint32_t skip_hours, skip_days;
	const char *self_url;
	struct store_rhythm rhythm;
	int64_t not_before; /* 0: whenever it is wanted */
	/* for the history, of so many polls; 0: none is kept */
	uint32_t history;
	uint64_t bytes_wire, bytes_body;
	uint32_t n_new, n_known, elapsed;
};
/* before: the feed as store_feed_get() gave it in this transaction. */
int store_feed_polled(
	struct store *store, const struct store_feed *before, const struct store_poll *poll);

/*
 * Takes a permanent move back, in a transaction: the feed's own URL is asked again, without
 * validators. While it leads to the same place, the move is followed and not remembered, until the
 * feed gets another URL. Returns 1, or 0 where there is none.
 */
int store_feed_undo_move(struct store *store, int64_t id);

/*
 * The wall clock as the last commit that noted it had it (0: none did), and what is to be done
 * where it was set back or forth: every time of the schedule is moved by delta.
 */
int store_clock_get(struct store *store, int64_t *ret_clock);
int store_clock_put(struct store *store, int64_t now);
int store_shift(struct store *store, int64_t delta);

/*
 * Hosts that are left alone until some time; the later of two counts. Inside a transaction, but for
 * finding (1 found, 0 not). store_may_hold(): false where surely none is.
 */
int store_hold_put(struct store *store, const char *host, int64_t until);
int store_hold_find(struct store *store, const char *host, int64_t now, int64_t *ret_until);
bool store_may_hold(const struct store *store);
int store_hold_drop(struct store *store, const char *host);
/* The feed is due later, without having been polled. */
int store_feed_put_off(struct store *store, int64_t id, int64_t next_poll, const char *why);

/*
 * A feed's archives, that are being followed back; see archive.h. One walk a feed; a new URL for the
 * feed, or its end, ends it. All but the finding inside a transaction.
 */
struct store_archive {
	int64_t feed;
	const char *url;    /* the document to ask next; "": the feed's own */
	bool whole;         /* as far as they go; else until something is known */
	const char *walked; /* URLs of the documents had, each with a newline behind it */
	int64_t documents;  /* that came */
	int64_t found;      /* new articles in them */
	int64_t failures;   /* of this one, in a row */
	int64_t due;
};
int store_archive_put(struct store *store, const struct store_archive *walk);
int store_archive_drop(struct store *store, int64_t feed);
int store_archive_get(
	struct store *store, int64_t feed, struct arena *arena, struct store_archive *ret_walk);
/* The feeds whose walks are due, longest due first, at most max; when the next falls due (INT64_MAX). */
int store_archives_due(
	struct store *store, int64_t now, size_t max, int64_t *ret_feeds, size_t *ret_n);
int store_archives_next(struct store *store, int64_t after, int64_t *ret_when);

/* What was decided about an item; in brackets what is evidence for it. Numbers are never reused. */
enum store_decision {
	STORE_DECISION_UNKNOWN = 0,          /* by version 1, which did not write it down */
	STORE_DECISION_NEW = 1,              /* spooled: neither item nor content was had */
	STORE_DECISION_RENAMED = 2,          /* its feed had that content under another identity */
	STORE_DECISION_LINKED = 3,           /* another feed had it [that feed] */
	STORE_DECISION_REVISION_IGNORED = 4, /* updates = ignore [the article that stands] */
	STORE_DECISION_REVISION_EMITTED = 5, /* updates = emit [the article that it revises] */
	STORE_DECISION_REVISION_LINKED = 6,  /* the same, spooled for another feed [that feed] */
	STORE_DECISION_RETURNED = 7,         /* back to a content that it had before */
	STORE_DECISION_LEFT_OUT = 8,         /* by first-sync [which was N] */
	STORE_DECISION_HELD = 9,             /* [new ones in its document; 0: by a rule] */
	STORE_DECISION_RELEASED = 10,        /* spooled because an operator said so [when held] */
	STORE_DECISION_DROPPED = 11,      /* not spooled because an operator said so [when held] */
	STORE_DECISION_RULE_DROPPED = 12, /* by a rule */
};

/* An item that a feed has had. */
struct store_identity {
	unsigned char hash[SHA256_SIZE]; /* of its last content */
	uint64_t seq;                    /* of its last spooled article; 0: never spooled */
	int64_t listed;                  /* when a document showed it, about */
	enum store_decision decision;    /* the last one but that it was known */
	int64_t decided;                 /* when that was */
	int64_t evidence;
	int64_t revisions; /* how often its content has changed */
	int64_t url;       /* remember_url() of its URL; 0: none */
};
int store_identity_find(struct store *store, int64_t feed,
	const unsigned char identity[STORE_IDENTITY_SIZE], struct store_identity *ret_identity);
int store_identity_put(struct store *store, int64_t feed,
	const unsigned char identity[STORE_IDENTITY_SIZE], const struct store_identity *what);

/* A content that was had: by this feed (1 found, 0 not), or by any, one that was spooled first. */
int store_hash_feed_has(struct store *store, const unsigned char hash[SHA256_SIZE], int64_t feed,
	uint64_t *ret_seq);
struct store_hash {
	int64_t feed;
	uint64_t seq; /* 0: known but never spooled */
};
int store_hash_find(
	struct store *store, const unsigned char hash[SHA256_SIZE], struct store_hash *ret_hash);
int store_hash_put(struct store *store, const unsigned char hash[SHA256_SIZE], int64_t feed,
	uint64_t seq, int64_t now);

/*
 * Articles and what is pending. The next sequence, inside the transaction and rolled back with it;
 * -EOVERFLOW: the highest that a name has room for was given out.
 */
int store_next_seq(struct store *store, uint64_t *ret_seq);
/* The last one given out, as committed. */
int store_seq_get(struct store *store, uint64_t *ret_seq);
/* Counts on from seq where that is above what was given out; then *ret_raised is true. */
int store_seq_raise(struct store *store, uint64_t seq, bool *ret_raised);
struct store_article {
	uint64_t seq;
	const unsigned char *hash;
	int64_t feed;
	const char *day;      /* of its folder */
	const char *tags;     /* slugs that it is linked under, each followed by a blank */
	const char *queues;   /* that it went to, likewise */
	unsigned int targets; /* destinations so far: the index that the next one gets */
	int64_t when;
	const uint64_t *simhash; /* put: NULL for none */
	uint64_t cluster;        /* put: 0 for none */
};
int store_article_put(struct store *store, const struct store_article *article);
int store_article_get(
	struct store *store, uint64_t seq, struct arena *arena, struct store_article *ret_article);
/* It is there no more. What was had of it stays known. */
int store_article_drop(struct store *store, uint64_t seq);
/* The article of the highest sequence below this one. */
int store_article_before(
	struct store *store, uint64_t seq, struct arena *arena, struct store_article *ret_article);
/*
 * The articles since some time that have a similarity hash, the highest sequence first, to a
 * callback; ends where it returns other than 0, and returns that.
 */
struct near_article;
int store_near(struct store *store, int64_t since,
	int (*article)(void *arg, const struct near_article *article), void *arg);
/* The day of the article of the highest sequence, and when it came; 1 found, 0 there is none. */
int store_last_day(struct store *store, struct arena *arena, const char **ret_day, int64_t *ret_at);
/* More destinations: tags, queues and targets of the article replace what was. */
int store_article_grow(struct store *store, const struct store_article *article);

/* A destination that an article is on its way to. -EEXIST when the index was given out before. */
int store_pending_put(
	struct store *store, uint64_t seq, unsigned int index, const char *name, const char *path);
/*
 * All of them, in sequence order, to a callback that must not change the store; it ends where that
 * returns other than 0, and returns that.
 */
int store_pending(struct store *store,
	int (*target)(void *arg, const char *name, unsigned int index, const char *path),
	void *arg);
int store_pending_clear(struct store *store); /* all that is pending has been delivered */

/* What a rule did: articles that it matched, patterns that were given up, and when last. */
struct store_rule_hits {
	const char *rule;
	uint64_t hits, gave_up;
	int64_t last;
};
/* Adds to what is counted; inside a transaction. */
int store_rule_hits_add(struct store *store, const struct store_rule_hits *hits);
/* All of them by name, to a callback; ends where it returns other than 0, and returns that. */
int store_rule_hits(
	struct store *store, int (*rule)(void *arg, const struct store_rule_hits *hits), void *arg);

#define STORE_DROPPED_URL_MAX 2048u /* bytes that are kept */
#define STORE_DROPPED_TITLE_MAX 512u

/* An article that a rule dropped. */
struct store_dropped {
	const unsigned char *hash;
	int64_t feed;                   /* put */
	const char *feed_name;          /* found */
	const char *rule, *url, *title; /* url and title: NULL where it has none */
	int64_t when;
};
int store_dropped_put(struct store *store, const struct store_dropped *dropped);
/* Those with this URL, the last first, at most 100, to a callback as above. */
int store_dropped_find(struct store *store, const char *url,
	int (*found)(void *arg, const struct store_dropped *dropped), void *arg);

/*
 * How old `listed` of an item may grow before it is written anew, where things are remembered for
 * `remember` ms. An item is still listed when it was listed no longer than this before the feed's
 * last document.
 */
int64_t store_listed_slack(int64_t remember);

/*
 * One step of forgetting: looks at no more than max rows of each kind, going round, and drops what
 * its feed does not list any more and what was last listed more than remember ms before now. Inside
 * a transaction. *ret_dropped: how many rows went.
 */
int store_forget(
	struct store *store, int64_t now, int64_t remember, size_t max, size_t *ret_dropped);

/* Gives a bounded part (1 MiB) of what is free in the file back to the disk; in no transaction. */
int store_vacuum(struct store *store);

#endif
