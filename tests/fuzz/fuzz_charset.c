/*
 * Character sets: the first line is the Content-Type, the rest the document. Decoded in pieces
 * whose sizes come from the data it gives the same as in one piece, and what comes out is UTF-8.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/feed/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	struct buf text;
	struct buf name;
	bool repaired;
};

/* seed 0: in one piece. */
static void
decode(const char *content_type, const uint8_t *data, size_t size, uint32_t seed,
	struct result *ret_result)
{
	struct charset *charset;
	size_t at = 0;

	if (charset_new(content_type, &charset) != 0)
		abort();
	while (at < size) {
		size_t piece = seed == 0 ? size : 1 + (seed >> 16) % 7;

		if (piece > size - at)
			piece = size - at;
		if (charset_push(charset, data + at, piece, false, &ret_result->text) != 0)
			abort();
		at += piece;
		seed = seed * 1103515245 + 12345;
	}
	if (charset_push(charset, NULL, 0, true, &ret_result->text) != 0)
		abort();
	buf_puts(&ret_result->name, charset_name(charset));
	ret_result->repaired = charset_repaired(charset) != NULL;
	charset_free(charset);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	struct buf type = { 0 };
	struct result whole = { 0 }, pieces = { 0 };

	if (end == NULL)
		return 0;
	buf_append(&type, data, (size_t)(end - data));
	size -= (size_t)(end + 1 - data);
	data = end + 1;
	decode(buf_str(&type), data, size, 0, &whole);
	decode(buf_str(&type), data, size, (uint32_t)size * 2654435761U + 1, &pieces);
	if (utf8_valid(buf_str(&whole.text), whole.text.len) != whole.text.len)
		abort();
	if (whole.text.len != pieces.text.len || whole.repaired != pieces.repaired ||
		memcmp(buf_str(&whole.text), buf_str(&pieces.text), whole.text.len) != 0 ||
		strcmp(buf_str(&whole.name), buf_str(&pieces.name)) != 0)
		abort();
	buf_done(&type);
	buf_done(&whole.text);
	buf_done(&whole.name);
	buf_done(&pieces.text);
	buf_done(&pieces.name);
	return 0;
}
