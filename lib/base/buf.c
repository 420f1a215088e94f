/*
 * Growing buffers: capacity doubles, one byte is always kept for the NUL.
 * Invariant: data == NULL, or len < size and data[len] == '\0'.
 *
 * Errors: kept in the buffer, the first one stays; the piece that did not fit is left out whole.
 */
#include "lib/base/buf.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 64

void
buf_init(struct buf *buf)
{
	*buf = (struct buf){ 0 };
}

void
buf_done(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ .max = buf->max };
}

void
buf_reset(struct buf *buf)
{
	buf->error = 0;
	buf_truncate(buf, 0);
}

void
buf_truncate(struct buf *buf, size_t len)
{
	if (buf->data == NULL || len > buf->len)
		return;
	buf->len = len;
	buf->data[len] = '\0';
}

static void
grow(struct buf *buf, size_t need)
{
	size_t size = buf->size == 0 ? SIZE_FIRST : buf->size;
	char *data;

	while (size < need)
		size = size > SIZE_MAX / 2 ? need : size * 2;
	data = realloc(buf->data, size);
	if (data == NULL) {
		buf->error = -ENOMEM;
		return;
	}
	if (buf->data == NULL)
		data[0] = '\0';
	buf->data = data;
	buf->size = size;
}

char *
buf_reserve(struct buf *buf, size_t size)
{
	if (buf->error != 0)
		return NULL;
	if (buf->max > 0 && (buf->len > buf->max || size > buf->max - buf->len)) {
		buf->error = -E2BIG;
		return NULL;
	}
	if (size >= buf->size - buf->len) {
		if (size > SIZE_MAX - 1 - buf->len)
			buf->error = -ENOMEM;
		else
			grow(buf, buf->len + size + 1);
		if (buf->error != 0)
			return NULL;
	}
	return buf->data + buf->len;
}

void
buf_add(struct buf *buf, size_t size)
{
	buf->len += size;
	buf->data[buf->len] = '\0';
}

/* Most pieces fit: told without a call. */
static inline bool
has_room(struct buf *buf, size_t size)
{
	if (buf->error == 0 && size < buf->size - buf->len &&
		(buf->max == 0 || (buf->len <= buf->max && size <= buf->max - buf->len)))
		return true;
	return buf_reserve(buf, size) != NULL;
}

void
buf_append(struct buf *buf, const void *data, size_t size)
{
	if (size == 0 || !has_room(buf, size))
		return;
	memcpy(buf->data + buf->len, data, size);
	buf_add(buf, size);
}

void
buf_puts(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void
buf_putc(struct buf *buf, char byte)
{
	if (!has_room(buf, 1))
		return;
	buf->data[buf->len] = byte;
	buf_add(buf, 1);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

void
buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	char text[256];
	va_list again;
	char *room;
	int len;

	va_copy(again, args);
	len = vsnprintf(text, sizeof(text), format, args);
	if (len < 0) {
		if (buf->error == 0)
			buf->error = -ENOMEM;
	} else if ((size_t)len < sizeof(text)) {
		buf_append(buf, text, (size_t)len);
	} else {
		room = buf_reserve(buf, (size_t)len);
		if (room != NULL) {
			vsnprintf(room, (size_t)len + 1, format, again);
			buf_add(buf, (size_t)len);
		}
	}
	va_end(again);
}

void
buf_put_utf8(struct buf *buf, unsigned int codepoint)
{
	char text[4];
	size_t len;

	if (codepoint > 0x10FFFF || (codepoint >= 0xD800 && codepoint <= 0xDFFF))
		codepoint = 0xFFFD;
	if (codepoint < 0x80) {
		buf_putc(buf, (char)codepoint);
		return;
	}
	len = codepoint < 0x800 ? 2 : codepoint < 0x10000 ? 3 : 4;
	for (size_t i = len - 1; i > 0; i--) {
		text[i] = (char)(0x80 | (codepoint & 0x3F));
		codepoint >>= 6;
	}
	text[0] = (char)((0xF00 >> len) | codepoint);
	buf_append(buf, text, len);
}

const char *
buf_str(const struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}

int
buf_error(const struct buf *buf)
{
	return buf->error;
}

char *
buf_steal(struct buf *buf)
{
	char *text;

	if (buf->error == 0)
		buf_reserve(buf, 0);
	text = buf->error == 0 ? buf->data : NULL;
	if (text != NULL)
		*buf = (struct buf){ .max = buf->max };
	else
		buf_done(buf);
	return text;
}

void
buf_splice(struct buf *buf, size_t at, size_t size, const void *with, size_t with_size)
{
	size_t behind = buf->len - at - size;

	assert(at <= buf->len && size <= buf->len - at);
	if (with_size > size && buf_reserve(buf, with_size - size) == NULL)
		return;
	if (buf->data == NULL || buf->error != 0)
		return;
	memmove(buf->data + at + with_size, buf->data + at + size, behind);
	if (with_size > 0)
		memcpy(buf->data + at, with, with_size);
	buf->len = at + with_size + behind;
	buf->data[buf->len] = '\0';
}
