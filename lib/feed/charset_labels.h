/* The character sets that documents may be in, and the labels that name them. */
#ifndef LIB_FEED_CHARSET_LABELS_H
#define LIB_FEED_CHARSET_LABELS_H

#include <stdbool.h>
#include <stddef.h>

enum charset_kind {
	CHARSET_UTF8,
	CHARSET_UTF16LE,
	CHARSET_UTF16BE,
	CHARSET_UTF32LE,
	CHARSET_UTF32BE,
	CHARSET_SINGLE,   /* a byte a character, ASCII as it is */
	CHARSET_EBCDIC,   /* a byte a character, ASCII elsewhere */
	CHARSET_MULTI,    /* several bytes a character, ASCII as it is */
	CHARSET_STATEFUL, /* escape sequences */
	CHARSET_USER,     /* x-user-defined */
};

struct charset_info {
	const char *name;   /* lower case, as IANA prefers it */
	const char *whatwg; /* the encoding that the WHATWG has for it, or its own name */
	const char *iconv;  /* iconv's name; NULL where we decode it ourselves */
	enum charset_kind kind;
	const char *labels; /* separated by blanks, lower case, letters and digits alone */
};

/*
 * The character set that the label names: case, blanks around it and everything but letters and
 * digits are ignored. NULL when unknown.
 */
const struct charset_info *charset_find(const char *label, size_t size);

/* Whether bytes below 0x80 are ASCII wherever they stand alone. */
bool charset_is_ascii(const struct charset_info *info);

#endif
