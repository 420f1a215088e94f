/*
 * The JSON writer. `comma` says that a value stands before the next one at this level; opening a
 * level clears it, closing one sets it. Texts are copied in runs of bytes that need no care; U+2028
 * and U+2029 are escaped as well, so that a record is one line to every reader and valid
 * JavaScript.
 *
 * Errors: stick in the buffer. Wrong nesting is our own bug and asserts.
 */
#include "lib/base/json_write.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"

#define PLAIN 0 /* copied as it is */
#define HIGH 1  /* above ASCII: decoded first */

/* PLAIN, HIGH, or the letter of the escape: 'u' for the one with four digits. */
static const char byte_class[256] = {
	[0x00 ... 0x07] = 'u',
	[0x0B] = 'u',
	[0x0E ... 0x1F] = 'u',
	['\b'] = 'b',
	['\t'] = 't',
	['\n'] = 'n',
	['\f'] = 'f',
	['\r'] = 'r',
	['"'] = '"',
	['\\'] = '\\',
	[0x7F] = 'u',
	[0x80 ... 0xFF] = HIGH,
};

void
json_write_init(struct json_writer *writer, struct buf *out)
{
	*writer = (struct json_writer){ .out = out };
}

/* The ASCII character that cannot be copied. */
static void
put_escape(struct buf *out, char byte)
{
	char letter = byte_class[(unsigned char)byte];

	if (letter == 'u') {
		buf_printf(out, "\\u%04x", (unsigned char)byte);
	} else {
		buf_putc(out, '\\');
		buf_putc(out, letter);
	}
}

/* The character above ASCII that cannot be copied: not UTF-8, or a line end to JavaScript. */
static void
put_special(struct buf *out, unsigned int codepoint)
{
	if (codepoint == 0xFFFD)
		buf_put_utf8(out, codepoint);
	else
		buf_printf(out, "\\u%04x", codepoint);
}

static void
put_text(struct buf *out, const char *text, size_t size)
{
	size_t start = 0, at = 0;

	buf_putc(out, '"');
	while (at < size) {
		char class = byte_class[(unsigned char)text[at]];
		unsigned int codepoint = 0;
		size_t len = 1;

		if (class == HIGH) {
			len = utf8_decode(text + at, size - at, &codepoint);
			if (len > 1 && codepoint != 0x2028 && codepoint != 0x2029)
				class = PLAIN;
		}
		if (class != PLAIN) {
			buf_append(out, text + start, at - start);
			start = at + len;
			if (class == HIGH)
				put_special(out, codepoint);
			else
				put_escape(out, text[at]);
		}
		at += len;
	}
	buf_append(out, text + start, at - start);
	buf_putc(out, '"');
}

/* What stands before a value: a comma where needed, the key. */
static void
begin(struct json_writer *writer, const char *key)
{
	if (writer->comma)
		buf_putc(writer->out, ',');
	writer->comma = true;
	if (key == NULL)
		return;
	put_text(writer->out, key, strlen(key));
	buf_putc(writer->out, ':');
}

static void
open_level(struct json_writer *writer, const char *key, char bracket)
{
	assert(writer->depth < JSON_WRITE_DEPTH);
	begin(writer, key);
	buf_putc(writer->out, bracket);
	writer->depth++;
	writer->comma = false;
}

static void
close_level(struct json_writer *writer, char bracket)
{
	assert(writer->depth > 0);
	writer->depth--;
	buf_putc(writer->out, bracket);
	writer->comma = true;
}

void
json_write_object(struct json_writer *writer, const char *key)
{
	open_level(writer, key, '{');
}

void
json_write_object_end(struct json_writer *writer)
{
	close_level(writer, '}');
}

void
json_write_array(struct json_writer *writer, const char *key)
{
	open_level(writer, key, '[');
}

void
json_write_array_end(struct json_writer *writer)
{
	close_level(writer, ']');
}

void
json_write_string(struct json_writer *writer, const char *key, const char *text)
{
	if (text != NULL)
		json_write_string_n(writer, key, text, strlen(text));
}

void
json_write_string_n(struct json_writer *writer, const char *key, const char *text, size_t size)
{
	if (text == NULL)
		return;
	begin(writer, key);
	put_text(writer->out, text, size);
}

void
json_write_int(struct json_writer *writer, const char *key, int64_t number)
{
	begin(writer, key);
	buf_printf(writer->out, "%" PRId64, number);
}

/*
 * The decimal point is the locale's in printf() and strtod(), and a program that links the library
 * may have set one: whatever stands for it becomes a dot.
 */
void
json_write_double(struct json_writer *writer, const char *key, double number)
{
	char text[64];
	int precision = 0;
	size_t digits;

	if (!isfinite(number)) {
		json_write_null(writer, key);
		return;
	}
	do
		snprintf(text, sizeof(text), "%.*g", ++precision, number);
	while (precision < 17 && strtod(text, NULL) != number);
	begin(writer, key);
	digits = strspn(text, "+-0123456789e");
	buf_append(writer->out, text, digits);
	if (text[digits] != '\0') {
		buf_putc(writer->out, '.');
		buf_puts(writer->out, text + digits + strcspn(text + digits, "0123456789"));
	}
}

void
json_write_bool(struct json_writer *writer, const char *key, bool value)
{
	begin(writer, key);
	buf_puts(writer->out, value ? "true" : "false");
}

void
json_write_null(struct json_writer *writer, const char *key)
{
	begin(writer, key);
	buf_puts(writer->out, "null");
}
