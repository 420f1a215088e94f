/*
 * What the sanitiser lets through, as tables: elements, attributes, URL schemes. What is not in
 * them is not written.
 */
#ifndef LIB_FEED_HTML_POLICY_H
#define LIB_FEED_HTML_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/feed/html_token.h"

enum html_space {
	HTML_SPACE_HTML = 1,
	HTML_SPACE_SVG = 2,
	HTML_SPACE_MATH = 4,
};

enum {
	HTML_ALLOWED = 1,  /* the tag is written */
	HTML_VOID = 2,     /* has no content and no end tag */
	HTML_BLOCK = 4,    /* ends a paragraph; a line of its own in plain text */
	HTML_DROPPED = 8,  /* its content goes with it */
	HTML_BARRIER = 16, /* end tags of elements inside do not reach out of it */
	HTML_TEXTUAL = 32, /* svg and math: holds text alone */
	HTML_FORMAT = 64,  /* is opened again where a block ended the paragraph around it */
};

/* What the nesting rules and the plain text have to tell apart. */
enum html_kind {
	HTML_KIND_OTHER,
	HTML_KIND_A,
	HTML_KIND_BR,
	HTML_KIND_P,
	HTML_KIND_DIV, /* div, address: what a list item's end may cross */
	HTML_KIND_HEADING,
	HTML_KIND_PRE,
	HTML_KIND_HR,
	HTML_KIND_IMG,
	HTML_KIND_UL,
	HTML_KIND_OL,
	HTML_KIND_LI,
	HTML_KIND_DT, /* dt, dd */
	HTML_KIND_RUBY,
	HTML_KIND_RT, /* rt, rp */
	HTML_KIND_OPTION,
	HTML_KIND_OPTGROUP,
	/* from here on inwards, what stands in a table */
	HTML_KIND_TABLE,
	HTML_KIND_CAPTION,
	HTML_KIND_COLGROUP,
	HTML_KIND_COL,
	HTML_KIND_SECTION,
	HTML_KIND_ROW,
	HTML_KIND_CELL,
	HTML_KIND_TITLE,
	HTML_KIND_ROOT, /* svg, math */
};

struct html_element {
	const char *name;
	unsigned char size; /* of the name */
	unsigned char kind; /* enum html_kind */
	unsigned char mode; /* enum html_mode */
	unsigned char flags;
	unsigned char space; /* enum html_space */
};

/* True where a name as written is the known one, in any case. */
static inline bool
html_is_name(const char *name, size_t size, const char *known, size_t known_size)
{
	if (size != known_size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (html_lower(name[i]) != html_lower(known[i]))
			return false;
	return true;
}

/* 0 to 25 for what begins with a letter, in any case; 26 for what does not. */
static inline unsigned int
html_initial(const char *name, size_t size)
{
	unsigned int letter = size > 0 ? (unsigned char)html_lower(*name) - (unsigned int)'a' : 26;

	return letter < 26 ? letter : 26;
}

/*
 * The element of that name, in any case, in that vocabulary; NULL when nothing is known of it.
 */
const struct html_element *html_element_find(enum html_space space, const char *name, size_t size);

enum html_value {
	HTML_VALUE_TEXT,
	HTML_VALUE_LOWER, /* written in lower case */
	HTML_VALUE_URL,
	HTML_VALUE_SRCSET,
	HTML_VALUE_FRAGMENT, /* "#name" alone */
	HTML_VALUE_STYLE,
	HTML_VALUE_PAINT, /* svg: may say url(#name) and no other url() */
	HTML_VALUE_XMLNS,
	HTML_VALUE_XLINK, /* the namespace declaration of xlink */
};

struct html_attribute_rule {
	const char *name;
	unsigned char size;   /* of the name */
	unsigned char spaces; /* of the elements that may have it */
	unsigned char value;  /* enum html_value */
};

/*
 * The rule for an attribute, NULL where it is not let through. Rules stand in the order of their
 * names, so they may be compared by address.
 */
const struct html_attribute_rule *html_attribute_find(
	enum html_space space, const char *name, size_t size);

/* True for a scheme (without ":", in any case) that a link may have. */
bool html_scheme_allowed(const char *scheme, size_t size);

#endif
