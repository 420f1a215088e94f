/*
 * Runs of text. One table says which bytes end a run. Nothing fails.
 */
#include "lib/feed/xml_run.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BLOCK 16

typedef unsigned char vector __attribute__((vector_size(BLOCK)));

enum { STOP_CONTROL = 1, STOP_MARKUP = 2, STOP_BRACKET = 4, STOP_HIGH = 8 };

/* clang-format off */
static const unsigned char stops[256] = {
	1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['<'] = STOP_MARKUP, ['&'] = STOP_MARKUP, [']'] = STOP_BRACKET,
	[0xef] = STOP_HIGH, /* U+FFFE and U+FFFF begin with it */
	[0xf8] = 1, 1, 1, 1, 1, 1, 1, 1,
};
/* clang-format on */

/* True for a character that XML forbids, or may be one that has not come as a whole. */
static bool
is_forbidden(const char *text, size_t size)
{
	return size < 3 || (text[1] == '\xbf' && (unsigned char)text[2] >= 0xbe);
}

/* True where "]]>" stands, or may come to stand. */
static bool
is_section_end(const char *text, size_t size)
{
	return memcmp(text, "]]>", size < 3 ? size : 3) == 0;
}

/* True where none of the next BLOCK bytes may be a stop: the table, as comparisons side by side. */
static bool
is_plain_block(const char *text, unsigned int mask)
{
	vector bytes, found;
	uint64_t parts[BLOCK / 8];

	memcpy(&bytes, text, BLOCK);
	found = (vector)(bytes < 0x20) & (vector)(bytes != '\n') & (vector)(bytes != '\t');
	found |= (vector)(bytes == ']') | (vector)(bytes == 0xef) | (vector)(bytes >= 0xf8);
	if (mask & STOP_MARKUP)
		found |= (vector)(bytes == '<') | (vector)(bytes == '&');
	memcpy(parts, &found, BLOCK);
	return (parts[0] | parts[1]) == 0;
}

/* True where the run ends at this byte. */
static bool
is_stop(const char *text, size_t size, unsigned int mask)
{
	unsigned int stop = stops[(unsigned char)*text] & mask;

	if (stop == STOP_BRACKET)
		return is_section_end(text, size);
	if (stop == STOP_HIGH)
		return is_forbidden(text, size);
	return stop != 0;
}

static size_t
run(const char *text, size_t size, unsigned int mask)
{
	size_t i = 0;

	while (i < size) {
		size_t end = size - i < BLOCK ? size : i + BLOCK;

		if (end - i == BLOCK && is_plain_block(text + i, mask)) {
			i = end;
			continue;
		}
		for (; i < end; i++) {
			if (is_stop(text + i, size - i, mask))
				return i;
		}
	}
	return size;
}

size_t
xml_run_text(const char *text, size_t size)
{
	return run(text, size, STOP_CONTROL | STOP_MARKUP | STOP_BRACKET | STOP_HIGH);
}

size_t
xml_run_cdata(const char *text, size_t size)
{
	return run(text, size, STOP_CONTROL | STOP_BRACKET | STOP_HIGH);
}
