/*
 * The parts that mail is made of: header fields whose text may be anybody's, folded so that no line
 * has more than MAIL_COLUMNS columns, and bodies in a transfer encoding. All that comes out is ASCII
 * with newlines alone between lines; no text can begin a line, end a field or pass for an encoded
 * word. Errors stick in the buffer.
 */
#ifndef LIB_SPOOL_MAIL_TEXT_H
#define LIB_SPOOL_MAIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

#define MAIL_COLUMNS 76     /* of a line, the newline not counted; RFC 2045 and RFC 2047 */
#define MAIL_TEXT_MAX 1000u /* bytes of one text in a field; what is longer is cut */
#define MAIL_WORD_MAX 900u  /* the longest word that is not encoded (a URL): lines end at 998 */

/* A field that is being written. */
struct mail_field {
	struct buf *out;
	size_t column;
};

/* "Name:" */
void mail_field_begin(struct mail_field *field, struct buf *out, const char *name);

/* The newline. */
void mail_field_end(struct mail_field *field);

/* A word of our own (ASCII without blanks): a blank and the word, on a new line where it must. */
void mail_field_word(struct mail_field *field, const char *word);

/*
 * A text (RFC 5322 unstructured): as it is where that is safe, else encoded words (RFC 2047) in
 * which no character is split. Controls count as white space, which is folded.
 */
void mail_field_text(struct mail_field *field, const char *text);

/*
 * A text as a phrase: a name before an address, a keyword. Says whether it could be followed by a
 * comma at once; after an encoded word a blank must come first.
 */
bool mail_field_phrase(struct mail_field *field, const char *text);

/*
 * True for what may stand as a word of its own in a field: visible ASCII, none of "<>", not
 * long, nothing that reads as an encoded word.
 */
bool mail_is_word(const char *text);

/* True for an address that needs no quoting: local@domain, dot-atoms, RFC 5321's lengths. */
bool mail_is_address(const char *text);

/*
 * A body, with the fields that say how it is encoded, the blank line before it and a newline at its
 * end: quoted-printable, or base64 where much of it is not ASCII. type is "text/plain" or so; text
 * is UTF-8 with newlines.
 */
void mail_part(struct buf *out, const char *type, const struct buf *text);

#endif
