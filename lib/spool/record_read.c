/*
 * Reads a record back: JSON to the article and what newspool said about it, all in the article's
 * arena. A member of another type than the schema's counts as absent, an unknown one is passed
 * over; what must be there is the object _newspool with a schema that is known. Running out of
 * memory sticks in the reader and is looked at once.
 */
#include <newspool/spool.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/base/clock.h"
#include "lib/base/sha256.h"
#include "lib/feed/article.h"
#include "lib/spool/record.h"

struct np_record {
	struct np_article *article;
	struct record_meta meta;
	uint64_t simhash; /* that meta points to */
};

struct reader {
	struct arena *arena;
	int error;
};

static void *
make(struct reader *reader, size_t n, size_t size)
{
	void *array = n ? arena_alloc_array(reader->arena, n, size) : NULL;

	if (n && !array)
		reader->error = -ENOMEM;
	return array;
}

/* The text of a value; NULL where it is none or empty. */
static const char *
text(struct reader *reader, const json_t *value)
{
	const char *copy;

	if (!json_is_string(value) || json_string_length(value) == 0)
		return NULL;
	copy = arena_strdup(reader->arena, json_string_value(value));
	if (!copy)
		reader->error = -ENOMEM;
	return copy;
}

static const char *
member(struct reader *reader, const json_t *object, const char *key)
{
	return text(reader, json_object_get(object, key));
}

static int64_t
time_member(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));
	int64_t seconds = NP_TIME_NONE;

	if (value && clock_parse_rfc3339(value, &seconds) < 0)
		return NP_TIME_NONE;
	return seconds;
}

static uint64_t
seq_member(const json_t *object, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(object, key));

	return number > 0 ? (uint64_t)number : 0;
}

static void
read_tags(struct reader *reader, const json_t *array, struct record_meta *meta)
{
	const char **tags = make(reader, json_array_size(array), sizeof(*tags));

	for (size_t i = 0; tags && i < json_array_size(array); i++) {
		tags[meta->n_tags] = text(reader, json_array_get(array, i));
		meta->n_tags += tags[meta->n_tags] != NULL;
	}
	meta->tags = tags;
}

static void
read_authors(struct reader *reader, const json_t *array, struct np_article *article)
{
	struct np_person *authors = make(reader, json_array_size(array), sizeof(*authors));

	for (size_t i = 0; authors && i < json_array_size(array); i++) {
		const json_t *object = json_array_get(array, i);

		authors[i].name = member(reader, object, "name");
		authors[i].url = member(reader, object, "url");
		authors[i].avatar = member(reader, object, "avatar");
	}
	article->authors = authors;
	article->n_authors = authors ? json_array_size(array) : 0;
}

static void
read_attachments(struct reader *reader, const json_t *array, struct np_article *article)
{
	struct np_attachment *list = make(reader, json_array_size(array), sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; list && i < json_array_size(array); i++) {
		const json_t *object = json_array_get(array, i);
		const json_t *size = json_object_get(object, "size_in_bytes");
		const json_t *duration = json_object_get(object, "duration_in_seconds");

		list[n] = (struct np_attachment){
			.url = member(reader, object, "url"),
			.mime_type = member(reader, object, "mime_type"),
			.title = member(reader, object, "title"),
			.size_in_bytes = json_is_integer(size) ? json_integer_value(size) : -1,
			.duration = json_is_number(duration) ? json_number_value(duration) : -1,
		};
		n += list[n].url != NULL;
	}
	article->attachments = list;
	article->n_attachments = n;
}

static void
read_categories(struct reader *reader, const json_t *array, struct np_article *article)
{
	struct np_category *list = make(reader, json_array_size(array), sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; list && i < json_array_size(array); i++) {
		const json_t *object = json_array_get(array, i);

		list[n] = (struct np_category){
			.term = member(reader, object, "term"),
			.scheme = member(reader, object, "scheme"),
			.label = member(reader, object, "label"),
		};
		n += list[n].term != NULL;
	}
	article->categories = list;
	article->n_categories = n;
}

/* Members of an object, those of an array under one name counted each. */
static size_t
count_nodes(const json_t *object)
{
	size_t n = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		n += json_is_array(value) ? json_array_size(value) : 1;
	}
	return n;
}

static const struct np_extension *read_nodes(
	struct reader *reader, const json_t *object, unsigned int depth, size_t *ret_n);

static void
read_node(struct reader *reader, const char *name, const json_t *value, unsigned int depth,
	struct np_extension *ret_node)
{
	ret_node->name = arena_strdup(reader->arena, name);
	if (!ret_node->name)
		reader->error = -ENOMEM;
	ret_node->value = text(
		reader, json_is_object(value) ? json_object_get(value, "#text") : value);
	ret_node->children = read_nodes(reader, value, depth + 1, &ret_node->n_children);
}

static const struct np_extension *
read_nodes(struct reader *reader, const json_t *object, unsigned int depth, size_t *ret_n)
{
	size_t n = 0, size = json_is_object(object) ? count_nodes(object) : 0;
	struct np_extension *nodes;
	const char *key;
	json_t *value;

	*ret_n = 0;
	if (depth > ARTICLE_EXTENSION_DEPTH)
		return NULL;
	nodes = make(reader, size, sizeof(*nodes));
	if (!nodes)
		return NULL;
	json_object_foreach((json_t *)object, key, value)
	{
		if (strcmp(key, "#text") == 0)
			continue;
		if (!json_is_array(value))
			read_node(reader, key, value, depth, &nodes[n++]);
		else
			for (size_t i = 0; i < json_array_size(value); i++)
				read_node(
					reader, key, json_array_get(value, i), depth, &nodes[n++]);
	}
	*ret_n = n;
	return n ? nodes : NULL;
}

static void
read_item(struct reader *reader, const json_t *root, struct np_article *article)
{
	article->id = member(reader, root, "id");
	article->url = member(reader, root, "url");
	article->external_url = member(reader, root, "external_url");
	article->title = member(reader, root, "title");
	article->content_html = member(reader, root, "content_html");
	article->content_text = member(reader, root, "content_text");
	article->summary = member(reader, root, "summary");
	article->image = member(reader, root, "image");
	article->language = member(reader, root, "language");
	article->published = time_member(root, "date_published");
	article->modified = time_member(root, "date_modified");
	read_authors(reader, json_object_get(root, "authors"), article);
	read_attachments(reader, json_object_get(root, "attachments"), article);
}

static void
read_hash(const json_t *newspool, struct np_article *article)
{
	static const char prefix[] = "sha256:";
	const char *value = json_string_value(json_object_get(newspool, "content_hash"));

	if (value && strncmp(value, prefix, sizeof(prefix) - 1) == 0)
		hex_decode(value + sizeof(prefix) - 1, article->content_hash, NP_HASH_SIZE);
}

static void
read_simhash(const json_t *newspool, struct np_record *record)
{
	const char *value = json_string_value(json_object_get(newspool, "simhash"));
	unsigned char bytes[8];

	if (!value || strlen(value) != 2 * sizeof(bytes) ||
		hex_decode(value, bytes, sizeof(bytes)) != 0)
		return;
	for (size_t i = 0; i < sizeof(bytes); i++)
		record->simhash = record->simhash << 8 | bytes[i];
	record->meta.simhash = &record->simhash;
}

static void
read_newspool(struct reader *reader, const json_t *newspool, struct np_record *record)
{
	const json_t *feed = json_object_get(newspool, "feed");
	const json_t *source = json_object_get(newspool, "source");
	struct np_article *article = record->article;
	struct record_meta *meta = &record->meta;

	meta->seq = seq_member(newspool, "seq");
	meta->revises = seq_member(newspool, "revises");
	meta->cluster = seq_member(newspool, "cluster");
	read_simhash(newspool, record);
	meta->fetched_at = time_member(newspool, "fetched_at");
	meta->feed_name = member(reader, feed, "name");
	meta->feed_title = member(reader, feed, "title");
	meta->feed_url = member(reader, feed, "url");
	meta->feed_home_page_url = member(reader, feed, "home_page_url");
	read_hash(newspool, article);
	read_categories(reader, json_object_get(newspool, "categories"), article);
	article->comments_url = member(reader, newspool, "comments_url");
	article->rights = member(reader, newspool, "rights");
	article->source_title = member(reader, source, "title");
	article->source_url = member(reader, source, "url");
	article->extensions = read_nodes(
		reader, json_object_get(newspool, "extensions"), 1, &article->n_extensions);
}

static int
read_root(const json_t *root, struct np_record *record)
{
	const json_t *newspool = json_object_get(root, "_newspool");
	struct reader reader = { .error = 0 };
	int error;

	if (json_integer_value(json_object_get(newspool, "schema")) != RECORD_SCHEMA)
		return -EBADMSG;
	error = article_new(&record->article);
	if (error)
		return error;
	reader.arena = &record->article->arena;
	read_item(&reader, root, record->article);
	read_newspool(&reader, newspool, record);
	read_tags(&reader, json_object_get(root, "tags"), &record->meta);
	return reader.error;
}

int
np_record_parse(const char *line, size_t size, struct np_record **ret_record)
{
	struct np_record *record = calloc(1, sizeof(*record));
	json_error_t why;
	json_t *root;
	int error;

	if (!record)
		return -ENOMEM;
	root = json_loadb(line, size, 0, &why);
	if (!root)
		error = json_error_code(&why) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	else
		error = read_root(root, record);
	json_decref(root);
	if (error) {
		np_record_free(record);
		return error;
	}
	*ret_record = record;
	return 0;
}

void
np_record_free(struct np_record *record)
{
	if (!record)
		return;
	np_article_free(record->article);
	free(record);
}

const struct np_article *
np_record_article(const struct np_record *record)
{
	return record->article;
}

const struct record_meta *
record_meta_of(const struct np_record *record)
{
	return &record->meta;
}

uint64_t
np_record_seq(const struct np_record *record)
{
	return record->meta.seq;
}

uint64_t
np_record_revises(const struct np_record *record)
{
	return record->meta.revises;
}

uint64_t
np_record_cluster(const struct np_record *record)
{
	return record->meta.cluster;
}

bool
np_record_simhash(const struct np_record *record, uint64_t *ret_simhash)
{
	if (!record->meta.simhash)
		return false;
	*ret_simhash = record->simhash;
	return true;
}

int64_t
np_record_fetched_at(const struct np_record *record)
{
	return record->meta.fetched_at;
}

const char *
np_record_feed_name(const struct np_record *record)
{
	return record->meta.feed_name;
}

const char *
np_record_feed_title(const struct np_record *record)
{
	return record->meta.feed_title;
}

const char *
np_record_feed_url(const struct np_record *record)
{
	return record->meta.feed_url;
}

const char *
np_record_feed_home_page_url(const struct np_record *record)
{
	return record->meta.feed_home_page_url;
}

const char *const *
np_record_tags(const struct np_record *record, size_t *ret_n)
{
	*ret_n = record->meta.n_tags;
	return record->meta.tags;
}
