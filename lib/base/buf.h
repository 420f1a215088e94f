/*
 * A growing buffer of bytes. Errors stick: once memory ran out (or the cap was reached) every
 * further append does nothing, and buf_error() tells; so a writer checks once, at its end. The
 * content is always NUL-terminated, the NUL not counted.
 */
#ifndef LIB_BASE_BUF_H
#define LIB_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until something was appended; buf_str() is never NULL */
	size_t len;
	size_t size; /* allocated */
	size_t max;  /* cap on len; 0: none */
	int error;   /* 0, -ENOMEM or -E2BIG */
};

/* An empty buffer without a cap; { 0 } is one as well. */
void buf_init(struct buf *buf);

/* Frees the content. The buffer may be used again, empty. */
void buf_done(struct buf *buf);

/* Empties the buffer and forgets an error; keeps its memory. */
void buf_reset(struct buf *buf);

/* Shortens the content to len bytes (no more than it has). */
void buf_truncate(struct buf *buf, size_t len);

void buf_append(struct buf *buf, const void *data, size_t size);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char byte);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* Appends the character's UTF-8; U+FFFD for a surrogate or a number above 0x10FFFF. */
void buf_put_utf8(struct buf *buf, unsigned int codepoint);

/*
 * Makes room for size more bytes. Returns where they may be written (buf_add() counts them), or
 * NULL.
 */
char *buf_reserve(struct buf *buf, size_t size);
void buf_add(struct buf *buf, size_t size);

/*
 * Replaces size bytes at a place (both within the content) by others, which are not the buffer's
 * own. On an error the content stays as it was.
 */
void buf_splice(struct buf *buf, size_t at, size_t size, const void *with, size_t with_size);

/* The content as a text; "" when empty. Valid until the next append. */
const char *buf_str(const struct buf *buf);

/* 0, -ENOMEM or -E2BIG. */
int buf_error(const struct buf *buf);

/* Hands the content over as a text for free(), leaving the buffer empty; NULL on an error. */
char *buf_steal(struct buf *buf);

#endif
