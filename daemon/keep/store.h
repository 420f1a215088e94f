/*
 * The store: what newspool remembers, behind one small interface, so that another database can take
 * SQLite's place. The life of a row stands in schema.sql. Times are milliseconds since 1970 (wall
 * clock). Functions return 0 or -errno (-EIO for the database's own errors, which store_error()
 * words; -ENOSPC where the disk is full); those that find return 1 found, 0 not.
 *
 * One writer: the keeper's process holds a lock. All changes happen between store_begin() and
 * store_commit().
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

#define STORE_IDENTITY_SIZE 16 /* the first bytes of a SHA-256 over the identity's kind and text */

struct store;

/*
 * Opens or makes the database and brings it to this schema version. -EBUSY: another daemon has it;
 * -ENOTSUP: it is from a newer version and was not touched; err says so in words.
 */
int store_open(const char *file, struct store **ret_store, struct config_error *err);
void store_close(struct store *store);
const char *store_error(const struct store *store);

int store_begin(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);

/* A feed as the schedule and a poll need it. Texts live in the arena given. */
struct store_feed {
	int64_t id;
	const char *name, *url, *title, *tags, *settings; /* as configured */
	const char *moved_url;                            /* NULL: not moved for good */
	struct bytes etag, last_modified, body_hash;      /* absent: none */
	int64_t next_poll, last_poll, last_success;       /* 0: never */
	int64_t failures;                                 /* in a row */
	int64_t crashes;
	bool stopped;                               /* 410, or quarantined; not polled */
	const char *document_title, *home_page_url; /* as the last good document said */
	int64_t synced;                             /* when the first good poll was; 0: never */
};

/*
 * Configured feeds: begin (inside a transaction), feed for each, end: new rows get their first poll
 * time from first_poll, feeds that were not named are removed from the schedule, and their memory
 * kept for `remember`. -EEXIST for a name had before.
 */
int store_feeds_begin(struct store *store, int64_t now);
int store_feeds_put(struct store *store, const struct config_feed *feed, int64_t first_poll);
int store_feeds_end(struct store *store);

/*
 * The due feeds, oldest due first, at most max, handed to the callback (which must not change the
 * store); a poll under way is marked by store_feed_started.
 */
int store_due(struct store *store, int64_t now, size_t max,
	int (*feed)(void *arg, const struct store_feed *feed), void *arg);
/* When the next feed is due; 0 and INT64_MAX where none ever is. */
int store_next_due(struct store *store, int64_t *ret_when);
int store_feed_get(
	struct store *store, int64_t id, struct arena *arena, struct store_feed *ret_feed);

/* What a poll changes in its feed's row. */
struct store_poll {
	int64_t id;
	int64_t when; /* when the poll ended */
	int64_t next_poll;
	const char *why_next; /* "interval 1h", "Retry-After 3600 from 429" */
	enum message_result result;
	int status;
	const char *reason; /* NULL where it went well */
	bool good;          /* resets failures; else they grow */
	bool stop;
	bool keep_validators; /* as they are; else those below replace them, absent ones included */
	struct bytes etag, last_modified, body_hash;
	const char *moved_url;                      /* NULL: as it is; "": forget */
	const char *document_title, *home_page_url; /* NULL: as it is */
	uint32_t n_new;
};
int store_feed_polled(struct store *store, const struct store_poll *poll);

/* Identities and hashes. */
int store_identity_find(struct store *store, int64_t feed,
	const unsigned char identity[STORE_IDENTITY_SIZE], unsigned char ret_hash[SHA256_SIZE],
	uint64_t *ret_seq);
int store_identity_put(struct store *store, int64_t feed,
	const unsigned char identity[STORE_IDENTITY_SIZE], const unsigned char hash[SHA256_SIZE],
	uint64_t seq, int64_t now);
struct store_hash {
	int64_t feed;
	uint64_t seq; /* 0: known but never spooled */
};
int store_hash_find(
	struct store *store, const unsigned char hash[SHA256_SIZE], struct store_hash *ret_hash);
int store_hash_feed_has(struct store *store, const unsigned char hash[SHA256_SIZE],
	int64_t feed); /* 1 when this feed had it */
int store_hash_put(struct store *store, const unsigned char hash[SHA256_SIZE], int64_t feed,
	uint64_t seq, int64_t now);

/* Articles and what is pending. */
int store_next_seq(
	struct store *store, uint64_t *ret_seq); /* inside the transaction; rolled back with it */
struct store_article {
	uint64_t seq;
	const unsigned char *hash;
	int64_t feed;
	const char *day;  /* of its folder */
	const char *tags; /* slugs, each followed by a blank */
	int64_t when;
};
int store_article_put(struct store *store, const struct store_article *article);
int store_article_get(
	struct store *store, uint64_t seq, struct arena *arena, struct store_article *ret_article);
int store_article_set_tags(struct store *store, uint64_t seq, const char *tags);
/* A destination of an article: -EEXIST when it was one already (then and ever). */
int store_target_put(
	struct store *store, uint64_t seq, unsigned int index, const char *name, const char *path);
/* The lowest index that no target of the article has had. */
int store_target_next(struct store *store, uint64_t seq, unsigned int *ret_index);
int store_pending(struct store *store,
	int (*target)(void *arg, const char *name, unsigned int index, const char *path),
	void *arg);
int store_pending_clear(struct store *store); /* all that is pending has been delivered */

#endif
