/*
 * What stands behind struct np_article, for those who make articles: the parser, and the daemon's
 * wire.
 */
#ifndef LIB_FEED_ARTICLE_H
#define LIB_FEED_ARTICLE_H

#include <stdbool.h>

#include <newspool/article.h>

#include "lib/base/arena.h"
#include "lib/base/sha256.h"

struct np_article {
	struct arena arena; /* owns everything below and nothing else does */
	const char *id;
	const char *url;
	const char *external_url;
	const char *title;
	const char *content_html;
	const char *content_text;
	const char *summary;
	const char *image;
	const char *language;
	int64_t published; /* NP_TIME_NONE: none */
	int64_t modified;
	const struct np_person *authors;
	size_t n_authors;
	const struct np_attachment *attachments;
	size_t n_attachments;
	const struct np_category *categories;
	size_t n_categories;
	const struct np_extension *extensions; /* top level: prefixes */
	size_t n_extensions;
	const char *comments_url;
	const char *rights;
	const char *source_title;
	const char *source_url;
	unsigned char content_hash[NP_HASH_SIZE];
	bool unhashed; /* content_hash is made when it is asked for */
};

/* Deepest nesting of extension nodes that an article may have, the prefix level counted. */
#define ARTICLE_EXTENSION_DEPTH 8

/* An empty article. Returns 0 or -ENOMEM. */
int article_new(struct np_article **ret_article);

/*
 * Sets content_hash from the other fields (title, content_text or else summary, attachments, url).
 * Returns 0 or -ENOMEM.
 */
int article_hash(struct np_article *article);

/* The same with an object that is kept, which spares the making of one; it is left as new. */
int article_hash_with(struct sha256 *hash, struct np_article *article);

#endif
