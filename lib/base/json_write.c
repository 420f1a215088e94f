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

/* U+2028 or U+2029, which end a line in JavaScript; the text is known to be UTF-8. */
static bool
is_line_end(const char *text)
{
	return (unsigned char)text[0] == 0xE2 && (unsigned char)text[1] == 0x80 &&
	       ((unsigned char)text[2] & 0xFE) == 0xA8;
}

/*
 * The character at text that cannot be copied; valid: the text is UTF-8 there. Returns its length.
 */
static size_t
put_other(struct buf *out, const char *text, bool valid)
{
	if (byte_class[(unsigned char)text[0]] != HIGH) {
		put_escape(out, text[0]);
		return 1;
	}
	if (!valid) {
		buf_put_utf8(out, 0xFFFD);
		return 1;
	}
	buf_puts(out, (text[2] & 1) == 0 ? "\\u2028" : "\\u2029");
	return 3;
}

#define EVERY(byte) (UINT64_C(0x0101010101010101) * (byte))

/* True where one of a word's bytes is a control, a quote, a backslash or above ASCII. */
static bool
has_special(uint64_t word)
{
	uint64_t quote = word ^ EVERY('"'), backslash = word ^ EVERY('\\');

	return (((word - EVERY(0x20)) | (quote - EVERY(1)) | (backslash - EVERY(1)) | word |
			(word + EVERY(1))) &
		       EVERY(0x80)) != 0;
}

/* How many bytes of ASCII can be copied. */
static size_t
plain_length(const char *text, size_t size)
{
	size_t at = 0;
	uint64_t word;

	while (size - at >= sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		if (has_special(word))
			break;
		at += sizeof(word);
	}
	while (at < size && byte_class[(unsigned char)text[at]] == PLAIN)
		at++;
	return at;
}

/* How many bytes above ASCII can be copied of a text that is known to be UTF-8. */
static size_t
high_length(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size && (unsigned char)text[at] >= 0x80 && !is_line_end(text + at))
		at++;
	return at;
}

static void
put_text(struct buf *out, const char *text, size_t size)
{
	size_t start = 0, at = 0, valid_end = 0;

	buf_putc(out, '"');
	while ((at += plain_length(text + at, size - at)) < size) {
		size_t high = 0;

		if ((unsigned char)text[at] >= 0x80) {
			if (at >= valid_end)
				valid_end = at + utf8_valid(text + at, size - at);
			high = high_length(text + at, valid_end - at);
		}
		if (high > 0) {
			at += high;
			continue;
		}
		buf_append(out, text + start, at - start);
		at += put_other(out, text + at, at < valid_end);
		start = at;
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
	/* Whole numbers as such: %g would write 110 as 1.1e+02. */
	if (fabs(number) < 1e15 && number == trunc(number))
		snprintf(text, sizeof(text), "%.0f", number);
	else
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
