/* UTF-8 (RFC 3629): checking, decoding, folding white space. No locale. */
#ifndef LIB_BASE_UTF8_H
#define LIB_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

/*
 * Decodes one character at text (size > 0 bytes left). Gives its length, 1 to 4, and the code
 * point; for a byte that begins nothing valid: 1 and U+FFFD.
 */
size_t utf8_decode(const char *text, size_t size, unsigned int *ret_codepoint);

/*
 * How many bytes of the text are valid UTF-8 from its beginning; size when all are. Fast on ASCII.
 */
size_t utf8_valid(const char *text, size_t size);

/* How many bytes of the text are ASCII from its beginning. */
size_t utf8_ascii(const char *text, size_t size);

/* True for what Unicode calls White_Space, and U+FEFF and U+200B. */
bool utf8_is_space(unsigned int codepoint);

/*
 * Appends the text with every run of white space made one blank and none at the ends.
 */
void utf8_fold_space(struct buf *out, const char *text, size_t size);

/* The number of characters. */
size_t utf8_length(const char *text, size_t size);

/* The largest length up to max at which the text can be cut between two characters. */
size_t utf8_cut(const char *text, size_t size, size_t max);

#endif
