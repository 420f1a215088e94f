/*
 * newspool/article.h: one article, as a feed's document gave it.
 *
 * An article is made by the feed parser (newspool/feed.h) and is immutable. Every pointer that an
 * accessor returns belongs to the article and lives as long as it does; a text that the publisher
 * did not give is NULL, never "". Texts are valid UTF-8 without NUL or other C0 controls but tab
 * and newline. URLs are absolute where the document allowed to resolve them.
 */
#ifndef NEWSPOOL_ARTICLE_H
#define NEWSPOOL_ARTICLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct np_article;

/* What np_article_published() and np_article_modified() give where there is no usable date. */
#define NP_TIME_NONE INT64_MIN

/* Bytes of a content hash (SHA-256). */
#define NP_HASH_SIZE 32

/*
 * The structures below are only ever allocated by the library; later versions add fields at the
 * end.
 */

struct np_person {
	const char *name;
	const char *url;
	const char *avatar; /* URL of a picture */
	const char *email;
};

struct np_attachment {
	const char *url; /* never NULL */
	const char *mime_type;
	const char *title;
	int64_t size_in_bytes; /* -1: not said */
	double duration;       /* seconds; below 0: not said */
};

struct np_category {
	const char *term; /* never NULL */
	const char *scheme;
	const char *label;
};

/*
 * What a publisher said in an extension namespace, as a tree. The top level's names are the usual
 * prefixes ("itunes", "media", "slash"); below, one node for each element, whose attributes are its
 * first children. A node has a value, children or both; siblings may share a name.
 */
struct np_extension {
	const char *name;  /* never NULL */
	const char *value; /* NULL: none */
	const struct np_extension *children;
	size_t n_children;
};

/* Fields of a JSON Feed 1.1 item (https://www.jsonfeed.org/version/1.1/). */
const char *np_article_id(const struct np_article *article);
const char *np_article_url(const struct np_article *article);
const char *np_article_external_url(const struct np_article *article);
const char *np_article_title(const struct np_article *article);        /* plain text, one line */
const char *np_article_content_html(const struct np_article *article); /* sanitised, balanced */
const char *np_article_content_text(const struct np_article *article); /* plain text */
const char *np_article_summary(const struct np_article *article);      /* plain text */
const char *np_article_image(const struct np_article *article);
const char *np_article_language(const struct np_article *article); /* BCP 47 */

/* Seconds since 1970-01-01T00:00Z, or NP_TIME_NONE where absent, absurd or unreadable. */
int64_t np_article_published(const struct np_article *article);
int64_t np_article_modified(const struct np_article *article);

/* Arrays: the number goes to *ret_n; NULL where it is 0. */
const struct np_person *np_article_authors(const struct np_article *article, size_t *ret_n);
const struct np_attachment *np_article_attachments(const struct np_article *article, size_t *ret_n);
const struct np_category *np_article_categories(const struct np_article *article, size_t *ret_n);
const struct np_extension *np_article_extensions(const struct np_article *article, size_t *ret_n);

const char *np_article_comments_url(const struct np_article *article);
const char *np_article_rights(const struct np_article *article);
const char *np_article_source_title(const struct np_article *article);
const char *np_article_source_url(const struct np_article *article);

/*
 * The content hash: SHA-256 of the plain-text title, the plain-text body with white space folded,
 * the attachments' URLs, and the canonical link where the body has fewer than 64 characters.
 * NP_HASH_SIZE bytes. Of an article whose HTML was passed through (no_html) it is made when it is
 * first asked for, from that HTML: NULL where memory runs out then.
 */
const unsigned char *np_article_content_hash(const struct np_article *article);

/* Frees the article and all that was reached through it. NULL is fine. */
void np_article_free(struct np_article *article);

#ifdef __cplusplus
}
#endif

#endif
