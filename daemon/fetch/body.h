/*
 * The body of one response on its way into the parser: hashed as it comes, counted against its cap,
 * and not parsed at all when it is the body that the feed sent last time.
 */
#ifndef DAEMON_FETCH_BODY_H
#define DAEMON_FETCH_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <newspool/feed.h>

#include "daemon/fetch/fetcher.h"
#include "daemon/fetch/page.h"
#include "daemon/wire/loop.h"
#include "lib/base/buf.h"
#include "lib/base/sha256.h"

/*
 * How much of a body is held back until its hash tells whether it is to be parsed. A longer one is
 * parsed as it comes, and what came of it is dropped if the hash is the old one after all.
 */
#define BODY_HELD_MAX (4u * 1024 * 1024)

struct body_options {
	uint64_t poll;                 /* for the page */
	uint64_t max_size;             /* bytes, decoded */
	const unsigned char *old_hash; /* SHA256_SIZE bytes, NULL: none; must outlive the body */
	struct np_feed_options feed;   /* its texts must outlive the body */
	struct page *no_feed;          /* takes what is no feed; must outlive the body */
};

struct body {
	struct loop *loop;
	struct fetcher_page *page; /* NULL: none */
	struct body_options options;
	struct sha256 *hash;
	struct np_feed_parser *parser; /* NULL until there is something to parse */
	struct buf held;
	bool holding;
	int error; /* of the parser: what comes after it is read for no_feed alone */
	uint64_t size;
	unsigned char digest[SHA256_SIZE]; /* after body_finish() */
	int64_t parse_began, parse_time;   /* ns */
};

/* Returns 0 or -ENOMEM. body_done() may be called either way. */
int body_init(struct body *body, struct loop *loop, struct fetcher_page *page,
	const struct body_options *options);
void body_done(struct body *body);

/*
 * The next piece. Returns 0; -EFBIG above max_size; else what np_feed_parser_new() or
 * np_feed_parser_push() returned, for what is no feed as soon as no_feed has enough of it.
 */
int body_push(struct body *body, const void *data, size_t size);

/*
 * The body is complete. Returns 1 where it is the old one, and 0 where it is a feed whose articles
 * wait in the parser; else what np_feed_parser_finish() returned, or -ENODATA for an empty body.
 */
int body_finish(struct body *body);

/* Why the parser failed, in words; NULL where it did not. */
const char *body_error(const struct body *body);

/* Microseconds that the parser has had so far; 0: it has had nothing. */
uint32_t body_parse_time(const struct body *body);

/* As np_feed_parser_take(). */
int body_take(struct body *body, struct np_article **ret_article);

#endif
