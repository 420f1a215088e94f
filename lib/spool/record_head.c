/*
 * A record without its body, for who lists many and wants titles: parsing the body is most of what
 * a record costs. Only what is surely a well-formed string is left out, so that the parser judges
 * what is left as it would have judged the whole.
 *
 * A raw quote cannot stand within a string. So where a key is found behind "{", "," or white space
 * it is a key, or the line is not JSON with or without what follows it.
 */
#define _GNU_SOURCE /* memmem */
#include <stdbool.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/spool/record.h"

static const char white_space[] = " \t\r\n";

/* How long the string is that begins behind a quote, without the quote that ends it; -1: unsure. */
static ptrdiff_t
string_length(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size && text[at] != '"') {
		if ((unsigned char)text[at] < ' ')
			return -1;
		if (text[at] == '\\') {
			at++;
			if (at == size || text[at] == '\0' || !strchr("\"\\/bfnrt", text[at]))
				return -1; /* a number of a character too: rare enough */
		}
		at++;
	}
	return at < size && utf8_valid(text, at) == at ? (ptrdiff_t)at : -1;
}

static size_t
skip_space(const char *line, size_t size, size_t at)
{
	while (at < size && line[at] != '\0' && strchr(white_space, line[at]))
		at++;
	return at;
}

/* Where the string begins that is the value of the key that ends at this place; 0: it is none. */
static size_t
value_of(const char *line, size_t size, size_t at)
{
	at = skip_space(line, size, at);
	if (at == size || line[at] != ':')
		return 0;
	at = skip_space(line, size, at + 1);
	return at < size && line[at] == '"' ? at + 1 : 0;
}

static bool
is_key(const char *line, size_t at)
{
	return at > 0 && (line[at - 1] == '{' || line[at - 1] == ',' ||
				 (line[at - 1] != '\0' && strchr(white_space, line[at - 1])));
}

/* The first body from a place on: where its text begins, and its length. False: there is none. */
static bool
find_body(const char *line, size_t size, size_t from, size_t *ret_at, size_t *ret_length)
{
	static const char prefix[] = "\"content_", *const rests[] = { "html\"", "text\"" };
	const char *found;

	while ((found = memmem(line + from, size - from, prefix, sizeof(prefix) - 1)) != NULL) {
		size_t key = (size_t)(found - line), end = key + sizeof(prefix) - 1;

		from = end;
		for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
			size_t rest = strlen(rests[i]), at;
			ptrdiff_t length;

			if (size - end < rest || memcmp(line + end, rests[i], rest) != 0)
				continue;
			at = is_key(line, key) ? value_of(line, size, end + rest) : 0;
			length = at ? string_length(line + at, size - at) : -1;
			if (length < 0)
				continue;
			*ret_at = at;
			*ret_length = (size_t)length;
			return true;
		}
	}
	return false;
}

void
record_head(struct buf *out, const char *line, size_t size)
{
	size_t from = 0, at, length;

	while (find_body(line, size, from, &at, &length)) {
		buf_append(out, line + from, at - from);
		from = at + length;
	}
	buf_append(out, line + from, size - from);
}
