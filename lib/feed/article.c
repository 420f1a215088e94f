/*
 * Articles: making, reading, hashing, freeing. An article is one arena and the struct itself;
 * everything that it points to is in the arena. Errors: -ENOMEM.
 */
#include "lib/feed/article.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/sha256.h"
#include "lib/base/url.h"
#include "lib/base/utf8.h"

#define SHORT_BODY 64 /* characters, below which the link is part of what an article is */

_Static_assert(NP_HASH_SIZE == SHA256_SIZE, "the content hash is a SHA-256");

int
article_new(struct np_article **ret_article)
{
	struct np_article *article = calloc(1, sizeof(*article));

	if (!article)
		return -ENOMEM;
	arena_init(&article->arena);
	article->published = NP_TIME_NONE;
	article->modified = NP_TIME_NONE;
	*ret_article = article;
	return 0;
}

void
np_article_free(struct np_article *article)
{
	if (!article)
		return;
	arena_done(&article->arena);
	free(article);
}

/* Fields are parted by a byte that none of them holds. */
static void
hash_field(struct sha256 *hash, const char *text, size_t size)
{
	sha256_update(hash, text, size);
	sha256_update(hash, "", 1);
}

static int
hash_body(struct sha256 *hash, const struct np_article *article)
{
	const char *body = article->content_text;
	struct buf text = { 0 };
	bool is_short;
	int error;

	if (!body)
		body = article->content_html ? article->content_html : article->summary;
	if (body)
		utf8_fold_space(&text, body, strlen(body));
	is_short = text.len < 4 * SHORT_BODY && utf8_length(buf_str(&text), text.len) < SHORT_BODY;
	hash_field(hash, buf_str(&text), text.len);
	for (size_t i = 0; i < article->n_attachments; i++)
		hash_field(hash, article->attachments[i].url, strlen(article->attachments[i].url));
	error = buf_error(&text);
	buf_reset(&text);
	if (is_short && article->url) {
		url_canonical(&text, article->url);
		hash_field(hash, buf_str(&text), text.len);
	}
	if (error == 0)
		error = buf_error(&text);
	buf_done(&text);
	return error;
}

int
article_hash_with(struct sha256 *hash, struct np_article *article)
{
	const char *title = article->title ? article->title : "";
	int error;

	hash_field(hash, title, strlen(title));
	error = hash_body(hash, article);
	sha256_finish(hash, article->content_hash);
	return error;
}

int
article_hash(struct np_article *article)
{
	struct sha256 *hash;
	int error = sha256_new(&hash);

	if (error)
		return error;
	error = article_hash_with(hash, article);
	sha256_free(hash);
	return error;
}

const char *
np_article_id(const struct np_article *article)
{
	return article->id;
}

const char *
np_article_url(const struct np_article *article)
{
	return article->url;
}

const char *
np_article_external_url(const struct np_article *article)
{
	return article->external_url;
}

const char *
np_article_title(const struct np_article *article)
{
	return article->title;
}

const char *
np_article_content_html(const struct np_article *article)
{
	return article->content_html;
}

const char *
np_article_content_text(const struct np_article *article)
{
	return article->content_text;
}

const char *
np_article_summary(const struct np_article *article)
{
	return article->summary;
}

const char *
np_article_image(const struct np_article *article)
{
	return article->image;
}

const char *
np_article_language(const struct np_article *article)
{
	return article->language;
}

int64_t
np_article_published(const struct np_article *article)
{
	return article->published;
}

int64_t
np_article_modified(const struct np_article *article)
{
	return article->modified;
}

const struct np_person *
np_article_authors(const struct np_article *article, size_t *ret_n)
{
	*ret_n = article->n_authors;
	return article->authors;
}

const struct np_attachment *
np_article_attachments(const struct np_article *article, size_t *ret_n)
{
	*ret_n = article->n_attachments;
	return article->attachments;
}

const struct np_category *
np_article_categories(const struct np_article *article, size_t *ret_n)
{
	*ret_n = article->n_categories;
	return article->categories;
}

const struct np_extension *
np_article_extensions(const struct np_article *article, size_t *ret_n)
{
	*ret_n = article->n_extensions;
	return article->extensions;
}

const char *
np_article_comments_url(const struct np_article *article)
{
	return article->comments_url;
}

const char *
np_article_rights(const struct np_article *article)
{
	return article->rights;
}

const char *
np_article_source_title(const struct np_article *article)
{
	return article->source_title;
}

const char *
np_article_source_url(const struct np_article *article)
{
	return article->source_url;
}

const unsigned char *
np_article_content_hash(const struct np_article *article)
{
	struct np_article *late = (struct np_article *)(uintptr_t)article; /* a cache, no change */

	if (late->unhashed && article_hash(late) == 0)
		late->unhashed = false;
	return article->unhashed ? NULL : article->content_hash;
}
