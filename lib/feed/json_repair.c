/*
 * Repairs strings in JSON. JavaScript's own strings are of 16-bit units: who takes the first 100 of
 * them for a summary may keep half of an emoji, which JSON writes as \ud83d, and which is no Unicode
 * text. Knows where strings begin and end, and no more of the grammar. Errors: those of the buffer.
 */
#include "lib/feed/json_repair.h"

#include <stdbool.h>
#include <string.h>

#define ESCAPE 6 /* \uXXXX */

/* The number of the escape \uXXXX that stands here; -1: none does. */
static long
unit_at(const char *text, size_t size)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	long unit = 0;

	if (size < ESCAPE || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (size_t i = 2; i < ESCAPE; i++) {
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

		if (!digit)
			return -1;
		unit = unit * 16 + (digit - digits) % 16;
	}
	return unit;
}

static bool
is_within(long unit, long first)
{
	return unit >= first && unit < first + 0x400;
}

/* What begins with a backslash. Returns how many bytes it takes. */
static size_t
put_escape(struct buf *out, const char *text, size_t size)
{
	long unit = unit_at(text, size);
	size_t used = unit < 0 ? 2 : ESCAPE;

	if (unit < 0 && (size < 2 || text[1] == '\0' || !strchr("\"\\/bfnrt", text[1])))
		return 1;
	if (is_within(unit, 0xD800) && is_within(unit_at(text + used, size - used), 0xDC00))
		used += ESCAPE;
	else if (is_within(unit, 0xD800) || is_within(unit, 0xDC00)) {
		buf_puts(out, "\\ufffd");
		return used;
	}
	buf_append(out, text, used);
	return used;
}

void
json_repair(struct buf *out, const char *text, size_t size)
{
	bool string = false;
	size_t used;

	for (size_t i = 0; i < size; i += used) {
		unsigned char c = (unsigned char)text[i];

		used = 1;
		if (string && c == '\\') {
			used = put_escape(out, text + i, size - i);
			continue;
		}
		string = string != (c == '"');
		if (string && c < ' ')
			buf_printf(out, "\\u%04x", c);
		else
			buf_putc(out, (char)c);
	}
}
