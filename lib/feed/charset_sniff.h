/* What the first bytes of a document say of its character set. */
#ifndef LIB_FEED_CHARSET_SNIFF_H
#define LIB_FEED_CHARSET_SNIFF_H

#include <stdbool.h>
#include <stddef.h>

#define CHARSET_HEAD_MAX 1024 /* a declaration that begins later is not looked for */
#define CHARSET_LABEL_SIZE 41 /* with its NUL; longer ones are no label */

enum charset_shape {
	CHARSET_SHAPE_MORE, /* the bytes do not suffice to tell */
	CHARSET_SHAPE_BOM,  /* label says which */
	CHARSET_SHAPE_WIDE, /* UTF-16 or UTF-32 by where the zero bytes stand; likewise */
	CHARSET_SHAPE_EBCDIC,
	CHARSET_SHAPE_ASCII,
};

struct charset_sniff {
	enum charset_shape shape;
	char label[CHARSET_LABEL_SIZE]; /* the XML declaration's, BOM's or shape's; "" for none */
	size_t bom;                     /* its length */
	size_t declaration;             /* in EBCDIC: where it ends */
	bool json;                      /* begins like JSON */
};

/* Looks at the first bytes of a document; last: there are no others. */
void charset_sniff(const char *head, size_t size, bool last, struct charset_sniff *ret_sniff);

/* The charset parameter of a Content-Type, "" for none. content_type may be NULL. */
void charset_from_http(const char *content_type, char ret_label[CHARSET_LABEL_SIZE]);

/* The encoding that the XML declaration in an ASCII text names, "" for none. */
void charset_from_declaration(const char *text, size_t size, char ret_label[CHARSET_LABEL_SIZE]);

#endif
