/*
 * URLs: the first line is the base, the rest the reference. Resolving a result again changes
 * nothing, nor does making a canonical form canonical.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_bytes(const struct buf *url)
{
	for (size_t i = 0; i < url->len; i++) {
		unsigned char byte = (unsigned char)url->data[i];

		if (byte <= ' ' || byte == '"' || byte == '<' || byte == '>' || byte == '`')
			abort();
	}
}

static void
check_canonical(const char *text)
{
	struct buf once = { 0 }, twice = { 0 };

	url_canonical(&once, text);
	url_canonical(&twice, buf_str(&once));
	if (strcmp(buf_str(&once), buf_str(&twice)) != 0)
		abort();
	buf_done(&once);
	buf_done(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t base_len = end == NULL ? 0 : (size_t)(end - data);
	const char *reference = (const char *)(end == NULL ? data : end + 1);
	size_t len = end == NULL ? size : size - base_len - 1;
	struct buf base = { 0 }, once = { 0 }, twice = { 0 };

	buf_append(&base, data, base_len);
	url_resolve(&once, end == NULL ? NULL : buf_str(&base), reference, len);
	check_bytes(&once);
	url_resolve(&twice, end == NULL ? NULL : buf_str(&base), buf_str(&once), once.len);
	if (url_is_http(buf_str(&once)) && strcmp(buf_str(&once), buf_str(&twice)) != 0)
		abort();
	check_canonical(buf_str(&once));
	check_canonical(buf_str(&base));
	buf_reset(&twice);
	if (url_origin(&twice, buf_str(&once)) && !url_is_http(buf_str(&twice)))
		abort();
	buf_done(&base);
	buf_done(&once);
	buf_done(&twice);
	return 0;
}
