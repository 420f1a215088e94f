/*
 * Extensions that say in another namespace what RSS and Atom have elements for: content:encoded,
 * XHTML bodies, Dublin Core (elements and terms). Errors: -ENOMEM.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"
#include "lib/feed/link.h"

static const struct element content_rows[] = {
	{ "encoded", SCOPE_ENTRY, ELEMENT_HTML, 0, field_text_start, field_content_end },
};

const struct element_table content_elements = ELEMENTS(content_rows);

static int
body_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	(void)tag;
	frame->capture = FRAME_MARKUP;
	builder->markup = (struct markup){ .type = MODEL_TEXT_XHTML, .inlined = true };
	return 0;
}

static const struct element xhtml_rows[] = {
	{ "body", SCOPE_ENTRY, 0, 0, body_start, field_content_end },
	{ "div", SCOPE_ENTRY, 0, 0, body_start, field_content_end },
};

const struct element_table xhtml_elements = ELEMENTS(xhtml_rows);

static int
identifier_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	if (frame->node->kind != MODEL_ENTRY)
		return 0;
	return field_string_end(builder, frame, text, size);
}

static const struct element dc_rows[] = {
	{ "author", SCOPE_NODE, 0, 0, NULL, field_author_end },
	{ "contributor", SCOPE_NODE, 0, 0, NULL, field_contributor_end },
	{ "creator", SCOPE_NODE, 0, 0, NULL, field_author_end },
	{ "date", SCOPE_NODE, 0, MODEL_UPDATED, NULL, field_date_end },
	{ "description", SCOPE_NODE, ELEMENT_HTML | ELEMENT_WEAK, MODEL_SUMMARY, field_text_start,
		field_text_end },
	{ "identifier", SCOPE_NODE, ELEMENT_WEAK | ELEMENT_EXTENSION, MODEL_ID, NULL,
		identifier_end },
	{ "language", SCOPE_NODE, 0, MODEL_LANGUAGE, NULL, field_language_end },
	{ "publisher", SCOPE_NODE, 0, 0, NULL, field_publisher_end },
	{ "rights", SCOPE_NODE, ELEMENT_GUESS | ELEMENT_WEAK, MODEL_RIGHTS, field_text_start,
		field_text_end },
	{ "subject", SCOPE_NODE, 0, 0, NULL, field_category_end },
	{ "title", SCOPE_NODE, ELEMENT_GUESS | ELEMENT_WEAK, MODEL_TITLE, field_text_start,
		field_text_end },
};

const struct element_table dc_elements = ELEMENTS(dc_rows);

/* "start=…;end=…;scheme=…", a period of the DCMI */
static int
valid_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	size_t begin = 0;
	int error = field_copy(
		frame->node, size > 0 ? text : NULL, &frame->node->strings[MODEL_VALID]);

	for (size_t i = 0; i <= size && error == 0; i++) {
		if (i < size && text[i] != ';')
			continue;
		while (begin < i && text[begin] == ' ')
			begin++;
		if (i - begin > 6 && strncasecmp(text + begin, "start=", 6) == 0)
			error = field_date_set(
				builder, frame, MODEL_VALID_FROM, text + begin + 6, i - begin - 6);
		else if (i - begin > 4 && strncasecmp(text + begin, "end=", 4) == 0)
			error = field_date_set(
				builder, frame, MODEL_VALID_UNTIL, text + begin + 4, i - begin - 4);
		begin = i + 1;
	}
	return error;
}

static const struct element dcterms_rows[] = {
	{ "abstract", SCOPE_NODE, ELEMENT_HTML | ELEMENT_WEAK, MODEL_SUMMARY, field_text_start,
		field_text_end },
	{ "created", SCOPE_NODE, 0, MODEL_CREATED, NULL, field_date_end },
	{ "creator", SCOPE_NODE, 0, 0, NULL, field_author_end },
	{ "issued", SCOPE_NODE, 0, MODEL_PUBLISHED, NULL, field_date_end },
	{ "modified", SCOPE_NODE, 0, MODEL_UPDATED, NULL, field_date_end },
	{ "subject", SCOPE_NODE, 0, 0, NULL, field_category_end },
	{ "title", SCOPE_NODE, ELEMENT_GUESS | ELEMENT_WEAK, MODEL_TITLE, field_text_start,
		field_text_end },
	{ "valid", SCOPE_NODE, 0, MODEL_VALID_UNTIL, NULL, valid_end },
};

const struct element_table dcterms_elements = ELEMENTS(dcterms_rows);
