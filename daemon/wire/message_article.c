/*
 * MESSAGE_ARTICLE: the poll's number and every field of an article. Owns nothing; a decoded article
 * is the caller's.
 *
 * Lists have their count before them, extension nodes stand in document order with their children
 * after them. A count is checked against the bytes that are left (each member takes at least
 * MEMBER_MIN of them) before memory is asked for it, so a short payload never asks for much.
 */
#include "daemon/wire/message.h"

#include <errno.h>
#include <string.h>

#include "daemon/wire/wire.h"
#include "lib/feed/article.h"

#define MEMBER_MIN 8u /* the lengths of two texts, or of one and a count */

static const size_t text_fields[] = {
	offsetof(struct np_article, id),
	offsetof(struct np_article, url),
	offsetof(struct np_article, external_url),
	offsetof(struct np_article, title),
	offsetof(struct np_article, content_html),
	offsetof(struct np_article, content_text),
	offsetof(struct np_article, summary),
	offsetof(struct np_article, image),
	offsetof(struct np_article, language),
	offsetof(struct np_article, comments_url),
	offsetof(struct np_article, rights),
	offsetof(struct np_article, source_title),
	offsetof(struct np_article, source_url),
};

#define N_TEXT_FIELDS (sizeof(text_fields) / sizeof(text_fields[0]))

static const char **
text_field(struct np_article *article, size_t field)
{
	return (const char **)(void *)((char *)article + text_fields[field]);
}

static void
put_text(struct buf *out, const char *text)
{
	wire_put_text(out, text, MESSAGE_TEXT_MAX);
}

/* Writes the count, at most MESSAGE_LIST_MAX, and gives it back. */
static size_t
put_count(struct buf *out, size_t n)
{
	if (n > MESSAGE_LIST_MAX)
		n = MESSAGE_LIST_MAX;
	wire_put_u32(out, (uint32_t)n);
	return n;
}

/* left: how many more nodes the message may hold. */
static void
put_extensions(struct buf *out, const struct np_extension *nodes, size_t n, int depth, size_t *left)
{
	if (depth > ARTICLE_EXTENSION_DEPTH)
		n = 0;
	if (n > *left)
		n = *left;
	*left -= n;
	wire_put_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		put_text(out, nodes[i].name);
		put_text(out, nodes[i].value);
		put_extensions(out, nodes[i].children, nodes[i].n_children, depth + 1, left);
	}
}

static void
put_lists(struct buf *out, const struct np_article *article)
{
	size_t left = MESSAGE_LIST_MAX;
	size_t n;

	n = put_count(out, article->n_authors);
	for (size_t i = 0; i < n; i++) {
		put_text(out, article->authors[i].name);
		put_text(out, article->authors[i].url);
		put_text(out, article->authors[i].avatar);
		put_text(out, article->authors[i].email);
	}
	n = put_count(out, article->n_attachments);
	for (size_t i = 0; i < n; i++) {
		put_text(out, article->attachments[i].url);
		put_text(out, article->attachments[i].mime_type);
		put_text(out, article->attachments[i].title);
		wire_put_hint(out, article->attachments[i].size_in_bytes);
		wire_put_double(out, article->attachments[i].duration);
	}
	n = put_count(out, article->n_categories);
	for (size_t i = 0; i < n; i++) {
		put_text(out, article->categories[i].term);
		put_text(out, article->categories[i].scheme);
		put_text(out, article->categories[i].label);
	}
	put_extensions(out, article->extensions, article->n_extensions, 1, &left);
}

void
message_article_encode(struct buf *out, uint64_t poll, const struct np_article *article)
{
	struct np_article fields = *article;

	wire_put_u64(out, poll);
	for (size_t i = 0; i < N_TEXT_FIELDS; i++)
		put_text(out, *text_field(&fields, i));
	wire_put_i64(out, article->published);
	wire_put_i64(out, article->modified);
	buf_append(out, article->content_hash, NP_HASH_SIZE);
	put_lists(out, article);
}

static const char *
get_text(struct wire_reader *reader)
{
	return wire_get_text(reader, MESSAGE_TEXT_MAX);
}

static const char *
get_text_required(struct wire_reader *reader)
{
	return wire_get_text_required(reader, MESSAGE_TEXT_MAX);
}

static size_t
get_count(struct wire_reader *reader)
{
	size_t n = wire_get_count(reader, MESSAGE_LIST_MAX);

	if (n <= reader->left / MEMBER_MIN)
		return n;
	wire_reader_fail(reader, -EPROTO);
	return 0;
}

static void
get_authors(struct wire_reader *reader, struct np_article *article)
{
	size_t n = get_count(reader);
	struct np_person *authors = wire_get_array(reader, n, sizeof(*authors));

	for (size_t i = 0; authors != NULL && i < n; i++) {
		authors[i].name = get_text(reader);
		authors[i].url = get_text(reader);
		authors[i].avatar = get_text(reader);
		authors[i].email = get_text(reader);
	}
	article->authors = authors;
	article->n_authors = n;
}

static void
get_attachments(struct wire_reader *reader, struct np_article *article)
{
	size_t n = get_count(reader);
	struct np_attachment *attachments = wire_get_array(reader, n, sizeof(*attachments));

	for (size_t i = 0; attachments != NULL && i < n; i++) {
		attachments[i].url = get_text_required(reader);
		attachments[i].mime_type = get_text(reader);
		attachments[i].title = get_text(reader);
		attachments[i].size_in_bytes = wire_get_hint(reader);
		attachments[i].duration = wire_get_double(reader);
	}
	article->attachments = attachments;
	article->n_attachments = n;
}

static void
get_categories(struct wire_reader *reader, struct np_article *article)
{
	size_t n = get_count(reader);
	struct np_category *categories = wire_get_array(reader, n, sizeof(*categories));

	for (size_t i = 0; categories != NULL && i < n; i++) {
		categories[i].term = get_text_required(reader);
		categories[i].scheme = get_text(reader);
		categories[i].label = get_text(reader);
	}
	article->categories = categories;
	article->n_categories = n;
}

static const struct np_extension *
get_extensions(struct wire_reader *reader, int depth, size_t *left, size_t *ret_n)
{
	size_t n = get_count(reader);
	struct np_extension *nodes;

	if (n > *left || (n > 0 && depth > ARTICLE_EXTENSION_DEPTH)) {
		wire_reader_fail(reader, -EPROTO);
		n = 0;
	}
	*left -= n;
	nodes = wire_get_array(reader, n, sizeof(*nodes));
	for (size_t i = 0; nodes != NULL && i < n && reader->error == 0; i++) {
		nodes[i].name = get_text_required(reader);
		nodes[i].value = get_text(reader);
		nodes[i].children = get_extensions(reader, depth + 1, left, &nodes[i].n_children);
	}
	*ret_n = n;
	return nodes;
}

int
message_article_decode(const unsigned char *payload, size_t size, uint64_t *ret_poll,
	struct np_article **ret_article)
{
	struct np_article *article;
	struct wire_reader reader;
	size_t left = MESSAGE_LIST_MAX;
	uint64_t poll;
	int r = article_new(&article);

	if (r < 0)
		return r;
	wire_reader_init(&reader, payload, size, &article->arena);
	poll = wire_get_u64(&reader);
	for (size_t i = 0; i < N_TEXT_FIELDS; i++)
		*text_field(article, i) = get_text(&reader);
	article->published = wire_get_i64(&reader);
	article->modified = wire_get_i64(&reader);
	wire_get_raw(&reader, article->content_hash, NP_HASH_SIZE);
	get_authors(&reader, article);
	get_attachments(&reader, article);
	get_categories(&reader, article);
	article->extensions = get_extensions(&reader, 1, &left, &article->n_extensions);
	r = wire_reader_finish(&reader);
	if (r < 0) {
		np_article_free(article);
		return r;
	}
	*ret_poll = poll;
	*ret_article = article;
	return 0;
}
