/*
 * Atom 1.0 (RFC 4287), 0.3 and the drafts before it, entry documents, and the Atom elements that
 * stand in RSS. Owns Atom's table. Errors: -ENOMEM.
 */
#include <errno.h>
#include <string.h>

#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"
#include "lib/feed/link.h"

enum { PERSON_AUTHOR, PERSON_CONTRIBUTOR };
enum { PERSON_NAME, PERSON_EMAIL, PERSON_URI };

int
person_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	struct model_person *person = arena_alloc(frame->node->arena, sizeof(*person));

	(void)builder;
	(void)tag;
	if (!person)
		return -ENOMEM;
	frame->object = person;
	frame->scope = SCOPE_PERSON;
	return 0;
}

int
person_field_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_person *person = builder_parent(builder)->object;
	const char **const slots[] = { &person->name, &person->email, &person->uri };
	int slot = frame->element->slot;
	const char *value;

	if (size == 0)
		return 0;
	value = slot == PERSON_URI ? builder_url(builder, frame->node, frame->base, text, size)
				   : builder_copy(frame->node, text, size);
	if (!value)
		return -ENOMEM;
	*slots[slot] = value;
	return 0;
}

/* Persons have elements in Atom; those that have text alone are RSS's. */
int
person_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_person *person = frame->object;
	bool author = frame->element->slot == PERSON_AUTHOR;

	if (!person->name && !person->email && !person->uri)
		return author ? field_author_end(builder, frame, text, size)
			      : field_contributor_end(builder, frame, text, size);
	if (author)
		MODEL_APPEND(&frame->node->authors, person);
	else
		MODEL_APPEND(&frame->node->contributors, person);
	return 0;
}

static int
category_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *term = tag_attribute(tag, "term"), *label = tag_attribute(tag, "label");
	const char *scheme = tag_attribute(tag, "scheme");

	(void)builder;
	if (!term || !*term)
		term = label;
	if (!term || !*term)
		return field_copy(frame->node, scheme, (const char **)&frame->object);
	frame->capture = FRAME_IGNORE;
	return field_category_add(frame->node, term, strlen(term),
		scheme && *scheme ? scheme : NULL, label && *label ? label : NULL);
}

static int
generator_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	struct model_generator *generator = &frame->node->generator;
	const char *uri = tag_attribute(tag, "uri");
	int error;

	if (!uri)
		uri = tag_attribute(tag, "url");
	error = field_copy(frame->node, tag_attribute(tag, "version"), &generator->version);
	if (error || !uri)
		return error;
	generator->uri = builder_url(builder, frame->node, frame->base, uri, strlen(uri));
	return generator->uri ? 0 : -ENOMEM;
}

int
source_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	struct model_node *source;
	int error;

	(void)builder;
	(void)tag;
	error = model_node_new(MODEL_SOURCE, frame->node->arena, &source);
	if (error)
		return error;
	source->base = frame->base;
	source->lang = frame->lang;
	frame->node->source = source;
	frame->node = source;
	frame->scope = SCOPE_SOURCE;
	return 0;
}

static const struct element atom_rows[] = {
	{ "author", SCOPE_NODE, 0, PERSON_AUTHOR, person_start, person_end },
	{ "category", SCOPE_NODE, 0, 0, category_start, field_category_end },
	{ "content", SCOPE_ENTRY, 0, 0, field_text_start, field_content_end },
	{ "contributor", SCOPE_NODE, 0, PERSON_CONTRIBUTOR, person_start, person_end },
	{ "copyright", SCOPE_NODE, 0, MODEL_RIGHTS, field_text_start, field_text_end },
	{ "created", SCOPE_NODE, 0, MODEL_CREATED, NULL, field_date_end },
	{ "email", SCOPE_PERSON, 0, PERSON_EMAIL, NULL, person_field_end },
	{ "entry", SCOPE_ITEMS, ELEMENT_ENTRY, 0, entry_start, entry_end },
	{ "feed", SCOPE_FEED, 0, 0, channel_start, NULL },
	{ "generator", SCOPE_FEED | SCOPE_SOURCE, 0, 0, generator_start, field_generator_end },
	{ "homepage", SCOPE_PERSON, 0, PERSON_URI, NULL, person_field_end },
	{ "icon", SCOPE_NODE, 0, MODEL_ICON, NULL, field_url_end },
	{ "id", SCOPE_NODE, 0, MODEL_ID, NULL, field_string_end },
	{ "info", SCOPE_NODE, 0, MODEL_INFO, field_text_start, field_text_end },
	{ "issued", SCOPE_NODE, 0, MODEL_PUBLISHED, NULL, field_date_end },
	{ "link", SCOPE_NODE, 0, 0, link_start, link_end },
	{ "logo", SCOPE_NODE, 0, MODEL_LOGO, NULL, field_url_end },
	{ "modified", SCOPE_NODE, 0, MODEL_UPDATED, NULL, field_date_end },
	{ "name", SCOPE_PERSON, 0, PERSON_NAME, NULL, person_field_end },
	{ "published", SCOPE_NODE, 0, MODEL_PUBLISHED, NULL, field_date_end },
	{ "rights", SCOPE_NODE, 0, MODEL_RIGHTS, field_text_start, field_text_end },
	{ "source", SCOPE_ENTRY, 0, 0, source_start, NULL },
	{ "subtitle", SCOPE_NODE, 0, MODEL_SUMMARY, field_text_start, field_text_end },
	{ "summary", SCOPE_NODE, 0, MODEL_SUMMARY, field_text_start, field_text_end },
	{ "tagline", SCOPE_NODE, 0, MODEL_SUMMARY, field_text_start, field_text_end },
	{ "title", SCOPE_NODE, 0, MODEL_TITLE, field_text_start, field_text_end },
	{ "updated", SCOPE_NODE, 0, MODEL_UPDATED, NULL, field_date_end },
	{ "uri", SCOPE_PERSON, 0, PERSON_URI, NULL, person_field_end },
	{ "url", SCOPE_PERSON, 0, PERSON_URI, NULL, person_field_end },
};

const struct element_table atom_elements = ELEMENTS(atom_rows);
