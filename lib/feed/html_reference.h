/* Character references by the WHATWG rules (HTML Standard, section 13.2.5.72 and following). */
#ifndef LIB_FEED_HTML_REFERENCE_H
#define LIB_FEED_HTML_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

/* The table (html_entities.c); its form is described there. */
extern const char html_entities[];
extern const size_t html_entities_size;

struct html_reference {
	size_t size;   /* bytes of the reference in the text, its ";" included where it has one */
	bool closed;   /* it has its ";" */
	char text[12]; /* what it stands for: UTF-8, NUL-terminated */
};

/*
 * Reads the reference at text, which begins with "&". attribute: by the rule for attribute values,
 * where "&copy=1" is none. False where this is an ampersand and no more. A number that is no
 * character gives U+FFFD, one of 0x80 to 0x9F what windows-1252 has there.
 */
bool html_reference_read(
	const char *text, size_t size, bool attribute, struct html_reference *ret_reference);

#endif
