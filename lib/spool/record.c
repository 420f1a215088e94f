/*
 * Writes the article record. The order of the fields is fixed, so that a record can be compared as
 * text. Own state none; errors stick in the buffer.
 *
 * Extensions: a node with a value alone is a string; one with children is an object, its value under
 * "#text" (which is no XML name); nodes that share a name become an array. Members stand in the
 * order of their names.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "lib/base/sha256.h"
#include "lib/feed/article.h"
#include "lib/spool/record.h"

/* Children of one node that are sorted without asking for memory. */
#define FEW 16

static void
write_time(struct json_writer *json, const char *key, int64_t seconds)
{
	char text[CLOCK_RFC3339_SIZE];

	if (seconds == NP_TIME_NONE)
		return;
	clock_rfc3339(seconds, text);
	json_write_string(json, key, text);
}

static void
write_tags(struct json_writer *json, const struct record_meta *meta)
{
	if (!meta || meta->n_tags == 0)
		return;
	json_write_array(json, "tags");
	for (size_t i = 0; i < meta->n_tags; i++)
		json_write_string(json, NULL, meta->tags[i]);
	json_write_array_end(json);
}

/* JSON Feed has no member for an address; it allows a mailto: URL. */
static void
write_author_url(struct json_writer *json, const struct np_person *author)
{
	struct buf url = { 0 };

	if (author->url || !author->email) {
		json_write_string(json, "url", author->url);
		return;
	}
	buf_printf(&url, "mailto:%s", author->email);
	if (buf_error(&url) == 0)
		json_write_string(json, "url", buf_str(&url));
	else
		json->out->error = buf_error(&url);
	buf_done(&url);
}

static void
write_authors(struct json_writer *json, const struct np_article *article)
{
	if (article->n_authors == 0)
		return;
	json_write_array(json, "authors");
	for (size_t i = 0; i < article->n_authors; i++) {
		const struct np_person *author = &article->authors[i];

		json_write_object(json, NULL);
		json_write_string(json, "name", author->name);
		write_author_url(json, author);
		json_write_string(json, "avatar", author->avatar);
		json_write_object_end(json);
	}
	json_write_array_end(json);
}

static void
write_attachments(struct json_writer *json, const struct np_article *article)
{
	if (article->n_attachments == 0)
		return;
	json_write_array(json, "attachments");
	for (size_t i = 0; i < article->n_attachments; i++) {
		const struct np_attachment *attachment = &article->attachments[i];

		json_write_object(json, NULL);
		json_write_string(json, "url", attachment->url);
		json_write_string(json, "mime_type", attachment->mime_type);
		json_write_string(json, "title", attachment->title);
		if (attachment->size_in_bytes >= 0)
			json_write_int(json, "size_in_bytes", attachment->size_in_bytes);
		if (attachment->duration >= 0)
			json_write_double(json, "duration_in_seconds", attachment->duration);
		json_write_object_end(json);
	}
	json_write_array_end(json);
}

static void
write_hash(struct json_writer *json, const unsigned char *hash)
{
	static const char prefix[] = "sha256:";
	char text[sizeof(prefix) + 2 * NP_HASH_SIZE];

	if (hash == NULL)
		return;
	memcpy(text, prefix, sizeof(prefix) - 1);
	hex_encode(hash, NP_HASH_SIZE, text + sizeof(prefix) - 1);
	json_write_string(json, "content_hash", text);
}

static void
write_feed(struct json_writer *json, const struct record_meta *meta)
{
	if (!meta->feed_name && !meta->feed_title && !meta->feed_url && !meta->feed_home_page_url)
		return;
	json_write_object(json, "feed");
	json_write_string(json, "name", meta->feed_name);
	json_write_string(json, "title", meta->feed_title);
	json_write_string(json, "url", meta->feed_url);
	json_write_string(json, "home_page_url", meta->feed_home_page_url);
	json_write_object_end(json);
}

static void
write_categories(struct json_writer *json, const struct np_article *article)
{
	if (article->n_categories == 0)
		return;
	json_write_array(json, "categories");
	for (size_t i = 0; i < article->n_categories; i++) {
		const struct np_category *category = &article->categories[i];

		json_write_object(json, NULL);
		json_write_string(json, "term", category->term);
		json_write_string(json, "scheme", category->scheme);
		json_write_string(json, "label", category->label);
		json_write_object_end(json);
	}
	json_write_array_end(json);
}

static void
write_source(struct json_writer *json, const struct np_article *article)
{
	if (!article->source_title && !article->source_url)
		return;
	json_write_object(json, "source");
	json_write_string(json, "title", article->source_title);
	json_write_string(json, "url", article->source_url);
	json_write_object_end(json);
}

static void write_nodes(
	struct json_writer *json, const struct np_extension *nodes, size_t n, unsigned int depth);

static void
write_node(struct json_writer *json, const char *key, const struct np_extension *node,
	unsigned int depth)
{
	if (node->n_children == 0) {
		json_write_string(json, key, node->value ? node->value : "");
		return;
	}
	json_write_object(json, key);
	json_write_string(json, "#text", node->value);
	write_nodes(json, node->children, node->n_children, depth + 1);
	json_write_object_end(json);
}

/* By name, and in the document's order where the names are the same. */
static int
compare_nodes(const void *a, const void *b)
{
	const struct np_extension *one = *(const struct np_extension *const *)a;
	const struct np_extension *other = *(const struct np_extension *const *)b;
	int order = strcmp(one->name, other->name);

	if (order != 0)
		return order;
	return one < other ? -1 : one > other;
}

/* The nodes from sorted[first] that share its name. Returns where the next name begins. */
static size_t
write_group(struct json_writer *json, const struct np_extension *const *sorted, size_t first,
	size_t n, unsigned int depth)
{
	const char *name = sorted[first]->name;
	size_t end = first + 1;

	while (end < n && strcmp(sorted[end]->name, name) == 0)
		end++;
	if (end == first + 1) {
		write_node(json, name, sorted[first], depth);
		return end;
	}
	json_write_array(json, name);
	for (size_t i = first; i < end; i++)
		write_node(json, NULL, sorted[i], depth);
	json_write_array_end(json);
	return end;
}

static void
write_nodes(
	struct json_writer *json, const struct np_extension *nodes, size_t n, unsigned int depth)
{
	const struct np_extension *few[FEW], **sorted = few;

	if (depth > ARTICLE_EXTENSION_DEPTH)
		return;
	if (n > FEW) {
		sorted = reallocarray(NULL, n, sizeof(*sorted));
		if (!sorted) {
			json->out->error = -ENOMEM;
			return;
		}
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = &nodes[i];
	qsort(sorted, n, sizeof(*sorted), compare_nodes);
	for (size_t i = 0; i < n;)
		i = write_group(json, sorted, i, n, depth);
	if (sorted != few)
		free(sorted);
}

static void
write_extensions(struct json_writer *json, const struct np_article *article)
{
	if (article->n_extensions == 0)
		return;
	json_write_object(json, "extensions");
	write_nodes(json, article->extensions, article->n_extensions, 1);
	json_write_object_end(json);
}

static void
write_simhash(struct json_writer *json, const uint64_t *simhash)
{
	unsigned char bytes[8];
	char text[2 * sizeof(bytes) + 1];

	if (simhash == NULL)
		return;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(*simhash >> (56 - 8 * i));
	hex_encode(bytes, sizeof(bytes), text);
	json_write_string(json, "simhash", text);
}

static void
write_newspool(
	struct json_writer *json, const struct np_article *article, const struct record_meta *meta)
{
	json_write_object(json, "_newspool");
	json_write_int(json, "schema", RECORD_SCHEMA);
	if (meta && meta->seq > 0)
		json_write_int(json, "seq", (int64_t)meta->seq);
	write_hash(json, np_article_content_hash(article));
	if (meta) {
		write_simhash(json, meta->simhash);
		write_feed(json, meta);
		write_time(json, "fetched_at", meta->fetched_at);
	}
	write_categories(json, article);
	json_write_string(json, "comments_url", article->comments_url);
	json_write_string(json, "rights", article->rights);
	write_source(json, article);
	if (meta && meta->revises > 0)
		json_write_int(json, "revises", (int64_t)meta->revises);
	if (meta && meta->cluster > 0)
		json_write_int(json, "cluster", (int64_t)meta->cluster);
	write_extensions(json, article);
	json_write_object_end(json);
}

void
record_write(struct buf *out, const struct np_article *article, const struct record_meta *meta)
{
	struct json_writer json;

	json_write_init(&json, out);
	json_write_object(&json, NULL);
	json_write_string(&json, "id", article->id);
	json_write_string(&json, "url", article->url);
	json_write_string(&json, "external_url", article->external_url);
	json_write_string(&json, "title", article->title);
	json_write_string(&json, "content_html", article->content_html);
	json_write_string(&json, "content_text", article->content_text);
	json_write_string(&json, "summary", article->summary);
	json_write_string(&json, "image", article->image);
	json_write_string(&json, "language", article->language);
	write_tags(&json, meta);
	write_time(&json, "date_published", article->published);
	write_time(&json, "date_modified", article->modified);
	write_authors(&json, article);
	write_attachments(&json, article);
	write_newspool(&json, article, meta);
	json_write_object_end(&json);
	buf_putc(out, '\n');
}
