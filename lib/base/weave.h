/*
 * Writes markup (HTML or XML) into a buffer, left to right: elements, attributes, text. It escapes
 * all that it is given and closes what it opened, so that whatever is put in, well-formed markup
 * comes out. What is not UTF-8, and characters that must not stand in markup, become U+FFFD.
 * Nesting is bounded by WEAVE_DEPTH; going beyond, or an attribute where no tag is open, is our own
 * bug and asserts.
 */
#ifndef LIB_BASE_WEAVE_H
#define LIB_BASE_WEAVE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

#define WEAVE_DEPTH 96u

enum weave_language {
	WEAVE_XML,
	WEAVE_HTML, /* empty elements of HTML have no end tag, all others have one */
};

struct weave {
	struct buf *out; /* errors stick there */
	enum weave_language language;
	bool in_tag; /* a start tag that is not ended */
	bool empty;  /* nothing was put into the innermost element */
	unsigned int depth;
	const char *names[WEAVE_DEPTH];
};

void weave_init(struct weave *weave, struct buf *out, enum weave_language language);

/* name: a name as the language has it; it must live until the element is closed. */
void weave_open(struct weave *weave, const char *name);
void weave_close(struct weave *weave);

/* Right after weave_open(). Nothing at all for a value of NULL. */
void weave_attribute(struct weave *weave, const char *name, const char *value);
void weave_attribute_printf(struct weave *weave, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Nothing for NULL. */
void weave_text(struct weave *weave, const char *text);
void weave_text_n(struct weave *weave, const char *text, size_t size);
void weave_printf(struct weave *weave, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An element with a text and, where it is not NULL, a class. */
void weave_element(struct weave *weave, const char *name, const char *class, const char *text);

/* Markup that is known to be whole and harmless, as it is: what our own sanitiser wrote, or a constant. */
void weave_trusted(struct weave *weave, const char *text);

#endif
