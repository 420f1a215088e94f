/*
 * Media RSS in the document's JSON: groups and contents are transparent, as most readers have them,
 * so that a picture is found under the same name wherever it stands. Errors stick in the writer's
 * buffer.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/feed/document.h"

#define NAME_MAX_BYTES 64

enum media_shape {
	MEDIA_LIST,   /* objects of the attributes, in an array */
	MEDIA_OBJECT, /* the first one alone */
	MEDIA_COUNTRIES,
	MEDIA_WEIGHTS
};

static const struct {
	const char *name;
	const char *key;
	enum media_shape shape;
} rows[] = {
	{ "content", "media_content", MEDIA_LIST },
	{ "credit", "media_credit", MEDIA_LIST },
	{ "license", "media_license", MEDIA_OBJECT },
	{ "player", "media_player", MEDIA_OBJECT },
	{ "rating", "media_rating", MEDIA_OBJECT },
	{ "restriction", "media_restriction", MEDIA_COUNTRIES },
	{ "starRating", "media_starrating", MEDIA_OBJECT },
	{ "statistics", "media_statistics", MEDIA_OBJECT },
	{ "tags", "media_tags", MEDIA_WEIGHTS },
	{ "thumbnail", "media_thumbnail", MEDIA_LIST },
};

bool
document_is_media(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcasecmp(rows[i].name, name) == 0)
			return true;
	return strcasecmp(name, "group") == 0 || strcasecmp(name, "community") == 0;
}

void
document_write_attributes(struct json_writer *json, const struct model_extension *extension)
{
	char name[NAME_MAX_BYTES];

	for (const struct model_extension *e = extension->children.first; e; e = e->next) {
		size_t size = strlen(e->name);

		if (!e->value || e->children.first || size >= sizeof(name))
			continue;
		for (size_t i = 0; i <= size; i++)
			name[i] = (char)tolower((unsigned char)e->name[i]);
		json_write_string(json, name, e->value);
	}
}

/* "au us" as an array */
static void
write_countries(struct json_writer *json, const char *text)
{
	json_write_array(json, "content");
	while (*text) {
		size_t size = strcspn(text, " ");

		if (size > 0)
			json_write_string_n(json, NULL, text, size);
		text += size + strspn(text + size, " ");
	}
	json_write_array_end(json);
}

/* "news: 5, abc:3" as names and weights */
static void
write_weights(struct json_writer *json, const char *text)
{
	while (*text) {
		size_t size = strcspn(text, ","), name = strcspn(text, ":,"), begin = name + 1;

		json_write_object(json, NULL);
		json_write_string_n(json, "name", text, name);
		while (begin < size && text[begin] == ' ')
			begin++;
		if (begin < size)
			json_write_string_n(json, "weight", text + begin, size - begin);
		json_write_object_end(json);
		text += size + strspn(text + size, ", ");
	}
}

static void
write_one(struct json_writer *json, const char *key, const struct model_extension *e,
	enum media_shape shape)
{
	if (shape == MEDIA_WEIGHTS) {
		write_weights(json, e->value ? e->value : "");
		return;
	}
	json_write_object(json, key);
	document_write_attributes(json, e);
	if (shape == MEDIA_COUNTRIES && e->value)
		write_countries(json, e->value);
	else if (e->value || strcmp(e->name, "player") == 0)
		json_write_string(json, "content", e->value ? e->value : "");
	json_write_object_end(json);
}

/* All of that name in the order of the document. */
static size_t
write_named(struct json_writer *json, const struct model_extension *parent, size_t row, size_t n)
{
	bool list = rows[row].shape == MEDIA_LIST || rows[row].shape == MEDIA_WEIGHTS;

	for (const struct model_extension *e = parent->children.first; e; e = e->next) {
		bool named = strcasecmp(e->name, rows[row].name) == 0;

		if (named && (list || n == 0)) {
			if (list && n == 0)
				json_write_array(json, rows[row].key);
			write_one(json, list ? NULL : rows[row].key, e, rows[row].shape);
			n++;
		}
		if (e->children.first && document_is_media(e->name))
			n = write_named(json, e, row, n);
	}
	return n;
}

void
document_write_media(struct json_writer *json, const struct model_extension *media)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = write_named(json, media, i, 0);

		if (n > 0 && (rows[i].shape == MEDIA_LIST || rows[i].shape == MEDIA_WEIGHTS))
			json_write_array_end(json);
	}
}
