/*
 * JSON Feed: its members into the same model that XML's dialects fill, so that the same conversion
 * makes the articles. Owns jansson, which reads one item or member at a time. A member of the wrong
 * type is as good as absent; an item that is no JSON, its texts repaired, is left out; both make
 * the document bozo.
 * Errors: -ENOMEM, -EBADMSG.
 */
#include "lib/feed/jsonfeed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/base/utf8.h"
#include "lib/feed/date.h"
#include "lib/feed/fields.h"
#include "lib/feed/json_repair.h"
#include "lib/feed/json_split.h"

#define VALUE_SLACK ((size_t)1 << 20) /* beside an item's longest text */
#define EXTENSION_DEPTH 8
#define LOAD_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL)

struct jsonfeed {
	struct builder *builder;
	struct json_split split;
	const char *bozo;
};

/* A member of an object into a slot of the node. */
struct json_member {
	const char *key;
	int (*read)(struct builder *builder, struct model_node *node, json_t *value, int slot);
	int slot;
};

/* A string of the document, without controls and no longer than a text may be. */
static int
copy_text(struct builder *builder, struct model_node *node, json_t *value, const char **ret_text)
{
	const char *text = json_string_value(value);
	size_t size = json_string_length(value);
	struct buf *clean = &builder->scratch;
	const char *copy;
	int error;

	if (!text || size == 0)
		return 0;
	if (size > builder->limits.max_text)
		size = utf8_cut(text, size, builder->limits.max_text);
	buf_reset(clean);
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] >= ' ' || text[i] == '\t' || text[i] == '\n')
			buf_putc(clean, text[i]);
	error = buf_error(clean);
	copy = error ? NULL : builder_copy(node, buf_str(clean), clean->len);
	buf_reset(clean);
	if (!copy)
		return -ENOMEM;
	if (*copy)
		*ret_text = copy;
	return 0;
}

static int
copy_url(struct builder *builder, struct model_node *node, json_t *value, const char **ret_url)
{
	const char *text = NULL;
	int error = copy_text(builder, node, value, &text);

	if (error || !text)
		return error;
	*ret_url = builder_url(builder, node, node->base, text, strlen(text));
	return *ret_url ? 0 : -ENOMEM;
}

static int
read_url(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	return copy_url(builder, node, value, &node->strings[slot]);
}

/* An id is a string; some write a number. */
static int
read_id(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	char text[32];

	if (!json_is_integer(value))
		return copy_text(builder, node, value, &node->strings[slot]);
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	node->strings[slot] = arena_strdup(node->arena, text);
	return node->strings[slot] ? 0 : -ENOMEM;
}

static int
read_plain(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	struct model_text *text = &node->texts[slot];
	int error = copy_text(builder, node, value, &text->value);

	text->size = text->value ? strlen(text->value) : 0;
	text->lang = node->lang;
	text->base = node->base;
	return error;
}

static int
read_content(struct builder *builder, struct model_node *node, json_t *value, int type)
{
	struct model_text *content = arena_alloc(node->arena, sizeof(*content));
	int error;

	if (!content)
		return -ENOMEM;
	error = copy_text(builder, node, value, &content->value);
	if (error || !content->value)
		return error;
	content->size = strlen(content->value);
	content->type = (enum model_text_type)type;
	content->lang = node->lang;
	content->base = node->base;
	MODEL_APPEND(&node->contents, content);
	return 0;
}

static int
read_language(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	int error = copy_text(builder, node, value, &node->strings[slot]);

	if (error == 0 && node->strings[slot])
		node->lang = node->strings[slot];
	return error;
}

static int
read_date(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	struct model_date *date = &node->dates[slot];
	int64_t seconds;
	int error = copy_text(builder, node, value, &date->raw);

	if (error == 0 && date->raw && feed_date_parse(date->raw, strlen(date->raw), &seconds) == 0)
		date->seconds = seconds;
	return error;
}

static int
read_author(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	struct model_person *person;
	int error;

	(void)slot;
	if (!json_is_object(value))
		return 0;
	person = arena_alloc(node->arena, sizeof(*person));
	if (!person)
		return -ENOMEM;
	error = copy_text(builder, node, json_object_get(value, "name"), &person->name);
	if (error == 0)
		error = copy_url(builder, node, json_object_get(value, "url"), &person->uri);
	if (error == 0)
		error = copy_url(builder, node, json_object_get(value, "avatar"), &person->avatar);
	if (error == 0 && (person->name || person->uri || person->avatar))
		MODEL_APPEND(&node->authors, person);
	return error;
}

static int
read_authors(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	size_t i;
	json_t *author;

	if (!json_is_array(value) || json_array_size(value) == 0)
		return 0;
	/* 1.1's array goes before 1.0's one author, wherever it stands */
	memset(&node->authors, 0, sizeof(node->authors));
	json_array_foreach(value, i, author)
	{
		int error = read_author(builder, node, author, slot);

		if (error)
			return error;
	}
	return 0;
}

static int
read_old_author(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	return node->authors.n > 0 ? 0 : read_author(builder, node, value, slot);
}

static int
read_tags(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	size_t i;
	json_t *tag;

	(void)slot;
	json_array_foreach(value, i, tag)
	{
		const char *term = NULL;
		int error = copy_text(builder, node, tag, &term);

		if (error == 0 && term)
			error = field_category_add(node, term, strlen(term), NULL, NULL);
		if (error)
			return error;
	}
	return 0;
}

static int
read_image(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	struct model_image *image = node->image;

	(void)slot;
	if (!image)
		image = arena_alloc(node->arena, sizeof(*image));
	if (!image)
		return -ENOMEM;
	node->image = image;
	return image->url ? 0 : copy_url(builder, node, value, &image->url);
}

static int
add_link(struct builder *builder, struct model_node *node, json_t *url, const char *rel,
	struct model_link **ret_link)
{
	const char *href = NULL;
	int error = copy_url(builder, node, url, &href);

	*ret_link = NULL;
	if (error || !href)
		return error;
	*ret_link = model_link_add(node);
	if (!*ret_link)
		return -ENOMEM;
	(*ret_link)->href = href;
	(*ret_link)->rel = rel;
	return 0;
}

static const char *const rels[] = { "self", "next", "hub" };

static int
read_link(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	struct model_link *link;

	return add_link(builder, node, value, rels[slot], &link);
}

static int
read_hubs(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	size_t i;
	json_t *hub;

	json_array_foreach(value, i, hub)
	{
		int error = read_link(builder, node, json_object_get(hub, "url"), slot);

		if (error)
			return error;
	}
	return 0;
}

static int
read_attachment(struct builder *builder, struct model_node *node, json_t *value)
{
	json_t *size = json_object_get(value, "size_in_bytes");
	json_t *duration = json_object_get(value, "duration_in_seconds");
	struct model_link *link;
	char number[32];
	int error;

	error = add_link(builder, node, json_object_get(value, "url"), "enclosure", &link);
	if (error || !link)
		return error;
	error = copy_text(builder, node, json_object_get(value, "mime_type"), &link->type);
	if (error == 0)
		error = copy_text(builder, node, json_object_get(value, "title"), &link->title);
	if (json_is_number(duration) && json_number_value(duration) >= 0)
		link->duration = json_number_value(duration);
	if (error == 0 && json_is_number(size) && json_number_value(size) >= 0 &&
		json_number_value(size) < 1e18) {
		snprintf(number, sizeof(number), "%lld", (long long)json_number_value(size));
		link->length = arena_strdup(node->arena, number);
		error = link->length ? 0 : -ENOMEM;
	}
	return error;
}

static int
read_attachments(struct builder *builder, struct model_node *node, json_t *value, int slot)
{
	size_t i;
	json_t *attachment;

	(void)slot;
	json_array_foreach(value, i, attachment)
	{
		int error = read_attachment(builder, node, attachment);

		if (error)
			return error;
	}
	return 0;
}

static const struct json_member item_members[] = {
	{ "attachments", read_attachments, 0 },
	{ "author", read_old_author, 0 },
	{ "authors", read_authors, 0 },
	{ "content_html", read_content, MODEL_TEXT_HTML },
	{ "content_text", read_content, MODEL_TEXT_PLAIN },
	{ "date_modified", read_date, MODEL_UPDATED },
	{ "date_published", read_date, MODEL_PUBLISHED },
	{ "external_url", read_url, MODEL_EXTERNAL_LINK },
	{ "id", read_id, MODEL_ID },
	{ "image", read_image, 0 },
	{ "summary", read_plain, MODEL_SUMMARY },
	{ "tags", read_tags, 0 },
	{ "title", read_plain, MODEL_TITLE },
	{ "url", read_url, MODEL_LINK },
};

static const struct json_member feed_members[] = {
	{ "author", read_old_author, 0 },
	{ "authors", read_authors, 0 },
	{ "description", read_plain, MODEL_SUMMARY },
	{ "favicon", read_url, MODEL_ICON },
	{ "feed_url", read_link, 0 },
	{ "home_page_url", read_url, MODEL_LINK },
	{ "hubs", read_hubs, 2 },
	{ "icon", read_url, MODEL_LOGO },
	{ "language", read_language, MODEL_LANGUAGE },
	{ "next_url", read_link, 1 },
	{ "title", read_plain, MODEL_TITLE },
};

static const struct json_member *
find_member(const struct json_member *members, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(members[i].key, key) == 0)
			return &members[i];
	return NULL;
}

/* A number or a word as text; NULL for what is neither. */
static const char *
scalar(json_t *value, char text[32])
{
	switch (json_typeof(value)) {
	case JSON_INTEGER:
		snprintf(text, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return text;
	case JSON_REAL:
		snprintf(text, 32, "%.17g", json_real_value(value));
		return text;
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	default:
		return NULL;
	}
}

/* What publishers add under a name of their own, "_name": to the extension tree. */
static int
read_extension(struct builder *builder, struct model_node *node, struct model_extension *parent,
	const char *name, json_t *value, unsigned int depth)
{
	struct model_extension *extension;
	const char *key;
	char number[32];
	json_t *child;
	size_t i;
	int error = 0;

	if (depth > EXTENSION_DEPTH || json_is_null(value))
		return 0;
	if (json_is_array(value)) {
		json_array_foreach(value, i, child)
		{
			error = read_extension(builder, node, parent, name, child, depth + 1);
			if (error)
				return error;
		}
		return 0;
	}
	extension = parent ? model_extension_add(node, parent, name, scalar(value, number))
			   : model_prefix(node, name);
	if (!extension)
		return 0;
	json_object_foreach(value, key, child)
	{
		error = read_extension(builder, node, extension, key, child, depth + 1);
		if (error)
			return error;
	}
	return copy_text(builder, node, value, &extension->value);
}

static int
fill_item(struct jsonfeed *feed, struct model_node *node, json_t *item)
{
	const struct json_member *member;
	json_t *value, *language = json_object_get(item, "language");
	const char *key;
	int error = read_language(feed->builder, node, language, MODEL_LANGUAGE);

	json_object_foreach(item, key, value)
	{
		if (error)
			return error;
		member = find_member(
			item_members, sizeof(item_members) / sizeof(*item_members), key);
		if (member)
			error = member->read(feed->builder, node, value, member->slot);
		else if (strcmp(key, "banner_image") == 0)
			error = read_image(feed->builder, node, value, 0);
		else if (key[0] == '_' && key[1])
			error = read_extension(feed->builder, node, NULL, key + 1, value, 1);
	}
	return error;
}

static bool
is_item(json_t *item)
{
	return json_object_get(item, "id") || json_object_get(item, "url") ||
	       json_object_get(item, "content_html") || json_object_get(item, "content_text");
}

static json_t *
load_repaired(const char *text, size_t size)
{
	struct buf repaired = { 0 };
	json_t *value = NULL;

	json_repair(&repaired, text, size);
	if (buf_error(&repaired) == 0)
		value = json_loadb(buf_str(&repaired), repaired.len, LOAD_FLAGS, NULL);
	buf_done(&repaired);
	return value;
}

static json_t *
load(struct jsonfeed *feed, const char *text, size_t size)
{
	json_t *value = json_loadb(text, size, LOAD_FLAGS, NULL);

	if (value)
		return value;
	value = load_repaired(text, size);
	feed->bozo = value ? "a text in the document is not JSON"
			   : "a part of the document is not JSON";
	return value;
}

static int
read_item(void *arg, const char *text, size_t size)
{
	struct jsonfeed *feed = arg;
	struct builder *builder = feed->builder;
	struct model_node *node;
	json_t *item = load(feed, text, size);
	int error = 0;

	if (!item || !json_is_object(item) || !is_item(item))
		goto out;
	error = builder_feed(builder, NP_FEED_JSON, "json");
	if (error == 0)
		error = builder_entry_begin(builder, &node);
	if (error || !node)
		goto out;
	node->base = builder->feed->base;
	node->lang = builder->feed->lang;
	error = fill_item(feed, node, item);
	if (error == 0)
		error = builder_entry_end(builder);
out:
	json_decref(item);
	return error;
}

static int
read_version(struct builder *builder, json_t *value)
{
	const char *version = json_string_value(value);

	if (!version || !strstr(version, "jsonfeed.org/version/"))
		return 0;
	builder_feed(builder, NP_FEED_JSON, "json");
	version = strstr(version, "/version/") + 9;
	if (strcmp(version, "1.1") == 0)
		builder->info.version = "json11";
	else if (strcmp(version, "1") == 0 || strcmp(version, "1.0") == 0)
		builder->info.version = "json1";
	return 0;
}

static int
read_member(void *arg, const char *key, const char *text, size_t size)
{
	struct jsonfeed *feed = arg;
	struct builder *builder = feed->builder;
	const struct json_member *member;
	json_t *value;
	int error = 0;

	member = find_member(feed_members, sizeof(feed_members) / sizeof(*feed_members), key);
	if (!member && strcmp(key, "version") != 0)
		return 0;
	value = load(feed, text, size);
	if (!value)
		return 0;
	if (member)
		error = member->read(builder, builder->feed, value, member->slot);
	else
		error = read_version(builder, value);
	json_decref(value);
	return error;
}

int
jsonfeed_new(struct builder *builder, struct jsonfeed **ret_feed)
{
	struct jsonfeed *feed = calloc(1, sizeof(*feed));
	struct json_split_handler handler = {
		.member = read_member, .item = read_item, .arg = feed
	};

	if (!feed)
		return -ENOMEM;
	feed->builder = builder;
	json_split_init(&feed->split, &handler, builder->limits.max_text + VALUE_SLACK);
	*ret_feed = feed;
	return 0;
}

void
jsonfeed_free(struct jsonfeed *feed)
{
	if (!feed)
		return;
	json_split_done(&feed->split);
	free(feed);
}

int
jsonfeed_push(struct jsonfeed *feed, const char *text, size_t size)
{
	return json_split_push(&feed->split, text, size);
}

int
jsonfeed_finish(struct jsonfeed *feed)
{
	if (feed->builder->info.format != NP_FEED_JSON)
		return -EBADMSG;
	if (feed->split.step != JSON_SPLIT_END)
		feed->bozo = "the document is cut off";
	else if (feed->split.left_out)
		feed->bozo = "an item was larger than the cap and was left out";
	return 0;
}

const char *
jsonfeed_bozo(const struct jsonfeed *feed)
{
	return feed->bozo;
}
