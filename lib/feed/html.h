/*
 * HTML from feeds: sanitised, and as plain text.
 *
 * A tokenizer by the WHATWG rules drives two writers. Time is linear in the input, memory bounded;
 * any bytes give an output. What is written is balanced, quoted, escaped UTF-8 and holds
 * allow-listed elements, attributes, URL schemes and CSS properties only. Sanitising what was
 * sanitised changes nothing.
 */
#ifndef LIB_FEED_HTML_H
#define LIB_FEED_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

struct html_options {
	const char *base; /* relative URLs are resolved against it; NULL: left as they are */
	bool xhtml;       /* the input is the serialised content of an XHTML text construct */
};

/* Appends text sanitised. Errors stick in out. options may be NULL. */
void html_sanitise(
	struct buf *out, const char *text, size_t size, const struct html_options *options);

/*
 * Appends the plain text: paragraphs apart by an empty line, list items on lines of their own ("- "
 * or "1. "), alt texts of images in brackets, script and style left out, white space folded outside
 * of pre.
 */
void html_to_text(struct buf *out, const char *text, size_t size);

/* Appends the text on one line, with all white space folded: for titles. */
void html_to_line(struct buf *out, const char *text, size_t size);

/*
 * True where a text that claims to be plain is likely HTML: it has a closing tag, a known element's
 * tag, or a character reference.
 */
bool html_looks_like(const char *text, size_t size);

/* Appends the text with its character references replaced, tags untouched. */
void html_unescape(struct buf *out, const char *text, size_t size);

/*
 * The character or characters of a named reference ("amp", "nbsp", with or without the ";"), as
 * UTF-8; NULL for an unknown name. Static storage. Shared with the XML repair (undeclared HTML
 * entities).
 */
const char *html_entity(const char *name, size_t size);

/*
 * For a document that is no feed: finds the page's <title> (appended, folded, up to 200 bytes) and the
 * first HTML_PAGE_FEEDS_MAX of <link rel="alternate"> to a feed (appended to feeds as they stand
 * there, each ended by a newline). Either buffer may be NULL.
 */
#define HTML_PAGE_FEEDS_MAX 8
void html_page_scan(const char *text, size_t size, struct buf *title, struct buf *feeds);

#endif
