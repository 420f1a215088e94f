/*
 * Extensions in the document's JSON: simple elements as members "prefix_name", in lower case; those
 * that have attributes or may stand more than once as arrays of objects; flags and chapters as what
 * they mean. Errors stick in the writer's buffer.
 */
#include <ctype.h>
#include <string.h>

#include "lib/feed/document.h"
#include "lib/feed/fields.h"

#define KEY_MAX 128 /* longer names are left out */

/* "prefix_name" in lower case. False where it is too long. */
static bool
make_key(char key[KEY_MAX], const char *prefix, const char *name)
{
	size_t at = 0;

	if (strlen(prefix) + strlen(name) + 2 > KEY_MAX)
		return false;
	for (; *prefix; prefix++)
		key[at++] = (char)tolower((unsigned char)*prefix);
	key[at++] = '_';
	for (; *name; name++)
		key[at++] = (char)(*name == '-' ? '-' : tolower((unsigned char)*name));
	key[at] = '\0';
	return true;
}

static bool
is_first(const struct model_extension *parent, const struct model_extension *child)
{
	for (const struct model_extension *e = parent->children.first; e != child; e = e->next)
		if (strcasecmp(e->name, child->name) == 0)
			return false;
	return true;
}

/* iTunes' flags are what its own words for them are, nothing else. */
static void
write_block(struct json_writer *json, const char *key, const char *value)
{
	json_write_int(json, key, strcmp(value, "yes") == 0 || strcmp(value, "Yes") == 0);
}

static void
write_explicit(struct json_writer *json, const char *key, const char *value)
{
	static const char *const yes[] = { "yes", "true", "explicit", "Yes", "True" };
	static const char *const no[] = { "clean", "false", "no", "No", "False" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		if (strcmp(value, yes[i]) == 0) {
			json_write_bool(json, key, true);
			return;
		}
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		if (strcmp(value, no[i]) == 0) {
			json_write_bool(json, key, false);
			return;
		}
	json_write_null(json, key);
}

static const struct {
	const char *key;
	void (*write)(struct json_writer *json, const char *key, const char *value);
} flags[] = {
	{ "itunes_block", write_block },
	{ "itunes_explicit", write_explicit },
};

static void
write_simple(struct json_writer *json, const char *key, const struct model_extension *extension)
{
	const char *value = extension->value;

	/* A flag with blanks around it is none: that is how Apple's own reader was said to be. */
	if (extension->padded &&
		(strcmp(key, "itunes_block") == 0 || strcmp(key, "itunes_explicit") == 0))
		value = "";
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (strcmp(key, flags[i].key) == 0) {
			flags[i].write(json, key, value);
			return;
		}
	json_write_string(json, key, value);
}

#define NESTED_MAX 8 /* deeper elements are left out */

/* Elements below that have something below themselves; of several with one name the first. */
static void
write_nested(struct json_writer *json, const struct model_extension *extension, unsigned int depth)
{
	if (depth == NESTED_MAX)
		return;
	for (const struct model_extension *e = extension->children.first; e; e = e->next) {
		if (!e->children.first || !is_first(extension, e))
			continue;
		json_write_object(json, e->name);
		document_write_attributes(json, e);
		write_nested(json, e, depth + 1);
		json_write_string(json, "content", e->value);
		json_write_object_end(json);
	}
}

static void
write_object(struct json_writer *json, const char *key, const struct model_extension *extension)
{
	json_write_object(json, key);
	document_write_attributes(json, extension);
	write_nested(json, extension, 1);
	json_write_string(json, "content", extension->value);
	json_write_object_end(json);
}

/* One element as an object, several as an array of them. */
static void
write_all(struct json_writer *json, const char *key, const struct model_extension *first)
{
	const struct model_extension *e = first->next;

	while (e && strcasecmp(e->name, first->name) != 0)
		e = e->next;
	if (!e) {
		write_object(json, key, first);
		return;
	}
	json_write_array(json, key);
	for (e = first; e; e = e->next)
		if (strcasecmp(e->name, first->name) == 0)
			write_object(json, NULL, e);
	json_write_array_end(json);
}

static void
write_chapters(struct json_writer *json, const struct model_extension *chapters)
{
	json_write_object(json, "psc_chapters");
	document_write_attributes(json, chapters);
	json_write_array(json, "chapters");
	for (const struct model_extension *c = chapters->children.first; c; c = c->next) {
		const struct model_extension *start = model_extension_find(c, "start");

		if (strcmp(c->name, "chapter") != 0)
			continue;
		json_write_object(json, NULL);
		document_write_attributes(json, c);
		if (start && start->value && field_duration(start->value) >= 0) {
			json_write_object(json, "start_parsed");
			json_write_double(json, "$timedelta", field_duration(start->value));
			json_write_object_end(json);
		}
		json_write_object_end(json);
	}
	json_write_array_end(json);
	json_write_object_end(json);
}

static void
write_extension(
	struct json_writer *json, const char *prefix, const struct model_extension *extension)
{
	char key[KEY_MAX];

	if (!make_key(key, prefix, extension->name))
		return;
	if (strcmp(key, "admin_errorreportsto") == 0)
		json_write_string(json, "errorreportsto", extension->value);
	else if (strcmp(key, "psc_chapters") == 0)
		write_chapters(json, extension);
	else if (extension->children.first)
		write_all(json, key, extension);
	else if (extension->value)
		write_simple(json, key, extension);
}

/* The first of that name in a group or a content of Media RSS, or in those that stand in it. */
static const struct model_extension *
find_grouped(const struct model_extension *parent, const char *name)
{
	for (const struct model_extension *g = parent->children.first; g; g = g->next) {
		const struct model_extension *found;

		if (strcasecmp(g->name, "group") != 0 && strcasecmp(g->name, "content") != 0)
			continue;
		found = model_extension_find(g, name);
		if (!found)
			found = find_grouped(g, name);
		if (found)
			return found;
	}
	return NULL;
}

/* What stands in groups and contents alone is shown as if it stood beside them. */
static void
write_grouped(struct json_writer *json, const struct model_extension *media)
{
	static const char *const names[] = { "title", "description", "keywords", "copyright",
		"hash", "text", "embed", "price", "peerLink", "status", "subTitle", "location",
		"comments", "responses", "backLinks", "scenes", "rights", "adult" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct model_extension *found;

		if (model_extension_find(media, names[i]))
			continue;
		found = find_grouped(media, names[i]);
		if (found)
			write_extension(json, media->name, found);
	}
}

static void
write_prefix(struct json_writer *json, const struct model_extension *prefix)
{
	bool media = strcmp(prefix->name, "media") == 0;

	if (media)
		document_write_media(json, prefix);
	for (const struct model_extension *e = prefix->children.first; e; e = e->next)
		if (!(media && document_is_media(e->name)) && is_first(prefix, e))
			write_extension(json, prefix->name, e);
	if (media)
		write_grouped(json, prefix);
}

static void
write_unknown(struct json_writer *json, const struct model_node *node)
{
	for (const struct model_extension *e = node->unknown.first; e; e = e->next) {
		bool first = !document_has_member(e->name);

		for (const struct model_extension *f = node->unknown.first; f != e && first;
			f = f->next)
			first = strcmp(f->name, e->name) != 0;
		if (first)
			json_write_string(json, e->name, e->value);
	}
}

void
document_write_extensions(struct json_writer *json, const struct model_node *node)
{
	for (const struct model_extension *e = node->extensions.first; e; e = e->next)
		write_prefix(json, e);
	write_unknown(json, node);
}
