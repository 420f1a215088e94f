/* What is known of the names that feeds use: tables. */
#ifndef LIB_FEED_XML_NAMES_H
#define LIB_FEED_XML_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* What a name is to the repair of a document; bits. Local names, in lower case. */
enum xml_kind {
	XML_KIND_ITEM = 1, /* item, entry: never inside one of its own name */
	XML_KIND_HOLDER =
		2, /* what may hold items, and may itself stand inside an item (atom:content) */
	XML_KIND_LEAF = 4,   /* holds text alone: title, guid, … */
	XML_KIND_FIELD = 8,  /* stands beside leaves, never in them */
	XML_KIND_VOID = 16,  /* HTML that is never closed: br, img, … */
	XML_KIND_PAGE = 32,  /* an HTML page's root */
	XML_KIND_JUNK = 64,  /* HTML that error messages before a feed are made of */
	XML_KIND_CORE = 128, /* a field whose name HTML does not have: it stands in no text */
	XML_KIND_BOX = 256,  /* holds fields of its own, and no item */
};

/* The kind of an element of this local name, in any case of letters: bits of enum xml_kind. */
unsigned int xml_name_kind(const char *local, size_t len);

/* Whether elements of this prefix hold no elements of the core: a core field ends them. */
bool xml_prefix_is_text(const char *prefix, size_t len);

/* The namespace that feeds bind this prefix to; "" for an unknown one. */
const char *xml_name_uri(const char *prefix);

#endif
