/*
 * newspool/feed.h: from the bytes of a feed document to articles.
 *
 * The parser reads RSS, Atom, RDF and JSON Feed documents, pushed in pieces of any size; it does no
 * I/O, keeps no global state and may be used by several threads, one parser each. The result does
 * not depend on how the bytes were cut. Input is hostile: every dimension has a cap (struct
 * np_feed_limits).
 */
#ifndef NEWSPOOL_FEED_H
#define NEWSPOOL_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <newspool/article.h>

#ifdef __cplusplus
extern "C" {
#endif

struct np_feed_parser;

/* Caps on one document. A member that is 0 takes the default. */
struct np_feed_limits {
	size_t max_items;      /* 100,000; what comes after is left out and said in the warning */
	size_t max_text;       /* bytes of one text (a body, a title): 4 MiB; longer ones are cut */
	size_t max_depth;      /* nested elements: 256 */
	size_t max_attributes; /* of one element: 256 */
	size_t max_entities;   /* bytes that internal entities may expand to: 1 MiB */
};

/* How to read a document. All members may be 0. Strings are copied. */
struct np_feed_options {
	const char *url;          /* where it came from, after redirects: the base of its links */
	const char *content_type; /* the HTTP header's value, charset parameter included */
	const char *content_location; /* likewise */
	const char *content_language; /* likewise */
	bool no_html;       /* pass HTML through as it is: neither sanitised nor made into text */
	bool keep_document; /* keep the whole document model for np_feed_parser_document() */
	struct np_feed_limits limits;
};

enum np_feed_format {
	NP_FEED_UNKNOWN,
	NP_FEED_RSS,  /* 0.9x, 2.0 */
	NP_FEED_RDF,  /* 0.90, 1.0, 1.1 */
	NP_FEED_ATOM, /* 0.3, 1.0 */
	NP_FEED_CDF,
	NP_FEED_JSON, /* JSON Feed */
};

/*
 * What the document said of itself. Belongs to the parser; complete after np_feed_parser_finish().
 * Strings are NULL where the document is silent.
 */
struct np_feed_info {
	enum np_feed_format format;
	const char *version; /* "rss20", "rss10", "atom10", "json11", … ; never NULL ("" unknown) */
	const char *encoding; /* NULL where it was refused */
	const char *title;
	const char *home_page_url;
	const char *description;
	const char *language;
	const char *self_url;         /* link rel=self, feed_url */
	const char *next_url;         /* JSON Feed's next_url, rel=next (RFC 5005) */
	const char *prev_archive_url; /* rel=prev-archive (RFC 5005) */
	const char *hub_url;
	const char *new_url;     /* itunes:new-feed-url */
	int64_t ttl;             /* seconds; -1: not said */
	int64_t update_interval; /* seconds, from sy:updatePeriod and sy:updateFrequency; -1 */
	uint32_t skip_hours;     /* bit H: hour H (UTC, 0 to 23) is to be skipped */
	uint32_t skip_days;      /* bit D: day D is to be skipped, 0 = Sunday */
	size_t n_items;          /* items seen */
	bool bozo;               /* the document had to be repaired, or was refused */
	const char *bozo_reason; /* why; NULL when it was not */
	bool cut_off;            /* the document ended before its root element did */
};

/*
 * Makes a parser. options may be NULL. Returns 0 or -ENOMEM.
 */
int np_feed_parser_new(const struct np_feed_options *options, struct np_feed_parser **ret_parser);

/*
 * Gives the parser the next size bytes. Returns 0; -EBADMSG when this can no longer become a feed
 * (an HTML page, say); -E2BIG when a cap that cannot be cut at was passed; -ENOMEM. After a failure
 * the parser takes nothing more and np_feed_parser_finish() gives the same code.
 */
int np_feed_parser_push(struct np_feed_parser *parser, const void *data, size_t size);

/*
 * Says that the document is complete. Returns 0 where it was a feed, even one without items;
 * -EBADMSG where it was not; or what push returned. np_feed_parser_error() has the reason in words.
 */
int np_feed_parser_finish(struct np_feed_parser *parser);

/*
 * Takes the next article that is complete, in document order, and makes the caller its owner. May
 * be called between pushes and after finish. Returns 1 and the article; 0 when there is none (yet);
 * -ENOMEM.
 */
int np_feed_parser_take(struct np_feed_parser *parser, struct np_article **ret_article);

/* What the document says of itself. Never NULL. Owned by the parser. */
const struct np_feed_info *np_feed_parser_info(const struct np_feed_parser *parser);

/*
 * Why the document is not a feed, in words for an operator, such as "an HTML page titled 'Sign
 * in'". NULL where nothing failed. Owned by the parser.
 */
const char *np_feed_parser_error(const struct np_feed_parser *parser);

/*
 * The whole document model as one JSON object in UTF-8, after finish, for a parser made with
 * keep_document. The caller frees the text with free(). Returns 0, -EINVAL without keep_document,
 * or
 * -ENOMEM.
 */
int np_feed_parser_document(struct np_feed_parser *parser, char **ret_json);

/* Frees the parser and the articles that nobody took. NULL is fine. */
void np_feed_parser_free(struct np_feed_parser *parser);

#ifdef __cplusplus
}
#endif

#endif
