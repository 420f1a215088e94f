/*
 * Media RSS. Titles, descriptions, categories and pictures fill the entry's fields where nothing
 * else did, sounds and films become enclosures; the whole of it stays in the extension tree, groups
 * and contents with what is in them. Errors: -ENOMEM.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"

#define MEDIA_SCHEME "http://search.yahoo.com/mrss/category_schema"
#define LINK_SEARCH 100 /* enclosures that a media:content is compared with */

/* What the element says in attributes; its text is the term. */
static int
category_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *scheme = tag_attribute(tag, "scheme"), *label = tag_attribute(tag, "label");
	struct model_category *category = arena_alloc(frame->node->arena, sizeof(*category));
	int error;

	(void)builder;
	if (!category)
		return -ENOMEM;
	category->scheme = MEDIA_SCHEME;
	frame->object = category;
	error = field_copy(frame->node, scheme && *scheme ? scheme : NULL, &category->scheme);
	if (error)
		return error;
	return field_copy(frame->node, label && *label ? label : NULL, &category->label);
}

static int
category_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	const struct model_category *category = frame->object;

	(void)builder;
	if (size == 0)
		return 0;
	return field_category_add(frame->node, text, size, category->scheme, category->label);
}

static int
thumbnail_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *url = tag_attribute(tag, "url");

	return url && *url ? field_picture(builder, frame, url, strlen(url)) : 0;
}

static bool
is_kind(const char *type, const char *medium, const char *kind)
{
	if (medium && *medium)
		return strcasecmp(medium, kind) == 0;
	return type && strncasecmp(type, kind, strlen(kind)) == 0;
}

static bool
has_enclosure(const struct model_node *node, const char *href)
{
	unsigned int searched = 0;

	for (const struct model_link *l = node->links.first; l && searched < LINK_SEARCH;
		l = l->next, searched++)
		if (strcmp(l->href, href) == 0 && strcasecmp(l->rel, "enclosure") == 0)
			return true;
	return false;
}

static int
add_enclosure(struct builder *builder, struct frame *frame, const struct tag *tag, const char *url)
{
	const char *duration = tag_attribute(tag, "duration");
	struct model_link *link;
	const char *href;
	int error;

	href = builder_url(builder, frame->node, frame->base, url, strlen(url));
	if (!href)
		return -ENOMEM;
	if (has_enclosure(frame->node, href))
		return 0;
	error = field_link_add(
		builder, frame, url, strlen(url), "enclosure", tag_attribute(tag, "type"), &link);
	if (error || !link)
		return error;
	if (duration)
		link->duration = field_duration(duration);
	return field_copy(frame->node, tag_attribute(tag, "fileSize"), &link->length);
}

static int
content_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *url = tag_attribute(tag, "url"), *type = tag_attribute(tag, "type");
	const char *medium = tag_attribute(tag, "medium");

	if (!url || !*url || frame->node->kind != MODEL_ENTRY)
		return 0;
	if (is_kind(type, medium, "image"))
		return field_picture(builder, frame, url, strlen(url));
	if (is_kind(type, medium, "audio") || is_kind(type, medium, "video"))
		return add_enclosure(builder, frame, tag, url);
	return 0;
}

#define ANYWHERE (SCOPE_NODE | SCOPE_EXTENSION)

static const struct element media_rows[] = {
	{ "category", ANYWHERE, ELEMENT_EXTENSION, 0, category_start, category_end },
	{ "content", ANYWHERE, ELEMENT_EXTENSION, 0, content_start, NULL },
	{ "description", ANYWHERE, ELEMENT_EXTENSION | ELEMENT_GUESS | ELEMENT_WEAK, MODEL_SUMMARY,
		field_text_start, field_text_end },
	{ "keywords", ANYWHERE, ELEMENT_EXTENSION, 0, NULL, field_keywords_end },
	{ "thumbnail", ANYWHERE, ELEMENT_EXTENSION, 0, thumbnail_start, NULL },
	{ "title", ANYWHERE, ELEMENT_EXTENSION | ELEMENT_GUESS | ELEMENT_WEAK, MODEL_TITLE,
		field_text_start, field_text_end },
};

const struct element_table media_elements = ELEMENTS(media_rows);
