/*
 * Extensions of podcasts: itunes, googleplay, podcast, psc. What RSS has elements for fills the
 * same fields where the feed does not; all of it stays in the extension tree. Errors: -ENOMEM.
 */
#include <string.h>
#include <strings.h>

#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"

#define ITUNES_SCHEME "http://www.itunes.com/"

static int
category_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *text = tag_attribute(tag, "text");

	(void)builder;
	frame->scope = SCOPE_CATEGORY;
	if (!text || !*text)
		return 0;
	frame->capture = FRAME_IGNORE;
	return field_category_add(frame->node, text, strlen(text), ITUNES_SCHEME, NULL);
}

static int
category_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	(void)builder;
	if (size == 0 || frame->capture == FRAME_IGNORE)
		return 0;
	return field_category_add(frame->node, text, size, ITUNES_SCHEME, NULL);
}

static int
keywords_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	(void)builder;
	(void)tag;
	frame->object = (void *)ITUNES_SCHEME;
	return 0;
}

static int
owner_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_person *person = frame->object;

	(void)builder;
	(void)text;
	(void)size;
	if (person->name || person->email)
		frame->node->publisher = person;
	return 0;
}

/* The address of the picture; an <image> of the feed's own goes before it. */
static int
picture_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *url = tag_attribute(tag, "href");
	const char *rel = tag_attribute(tag, "rel");

	if (!url)
		url = tag_attribute(tag, "url");
	if (!url || !*url || (rel && strcasecmp(rel, "image") != 0))
		return 0;
	return field_picture(builder, frame, url, strlen(url));
}

static int
picture_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	return size == 0 ? 0 : field_picture(builder, frame, text, size);
}

#define NODE_EXTENSION SCOPE_NODE, ELEMENT_EXTENSION
#define NODE_WEAK SCOPE_NODE, ELEMENT_EXTENSION | ELEMENT_WEAK

static const struct element itunes_rows[] = {
	{ "author", NODE_WEAK, 0, NULL, field_author_end },
	{ "category", SCOPE_NODE | SCOPE_CATEGORY, 0, 0, category_start, category_end },
	{ "email", SCOPE_PERSON, 0, 1, NULL, person_field_end },
	{ "image", NODE_EXTENSION, 0, picture_start, picture_end },
	{ "keywords", SCOPE_NODE, 0, 0, keywords_start, field_keywords_end },
	{ "link", NODE_EXTENSION, 0, picture_start, NULL },
	{ "name", SCOPE_PERSON, 0, 0, NULL, person_field_end },
	{ "new-feed-url", NODE_EXTENSION, MODEL_NEW_LOCATION, NULL, field_url_end },
	{ "owner", SCOPE_NODE, 0, 0, person_start, owner_end },
	{ "subtitle", SCOPE_FEED, ELEMENT_GUESS | ELEMENT_WEAK, MODEL_SUMMARY, field_text_start,
		field_text_end },
	{ "summary", SCOPE_ENTRY, ELEMENT_HTML | ELEMENT_WEAK, MODEL_SUMMARY, field_text_start,
		field_text_end },
	{ "title", SCOPE_NODE, ELEMENT_EXTENSION | ELEMENT_GUESS | ELEMENT_WEAK, MODEL_TITLE,
		field_text_start, field_text_end },
};

const struct element_table itunes_elements = ELEMENTS(itunes_rows);

static const struct element googleplay_rows[] = {
	{ "author", NODE_WEAK, 0, NULL, field_author_end },
	{ "category", SCOPE_NODE | SCOPE_CATEGORY, 0, 0, category_start, category_end },
	{ "description", SCOPE_NODE, ELEMENT_HTML | ELEMENT_WEAK, MODEL_SUMMARY, field_text_start,
		field_text_end },
	{ "image", NODE_EXTENSION, 0, picture_start, picture_end },
};

const struct element_table googleplay_elements = ELEMENTS(googleplay_rows);

const struct element_table podcast_elements = { NULL, 0 };
const struct element_table psc_elements = { NULL, 0 };
