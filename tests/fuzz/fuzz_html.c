/*
 * HTML: whatever goes in, what comes out is valid UTF-8 of bounded length, sanitising it again
 * changes nothing, and each "<" in it begins a tag that is closed. The first byte chooses the
 * options.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/feed/html.h"

#define GROWTH_MAX \
	24 /* bytes out for one in: "<td>" in a table gains a row, U+FFFD three for one */
#define GROWTH_FREE 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const struct buf *text, size_t size)
{
	if (buf_error(text) != 0)
		abort();
	if (utf8_valid(buf_str(text), text->len) < text->len)
		abort();
	if (text->len > GROWTH_MAX * size + GROWTH_FREE)
		abort();
}

static void
check_markup(const struct buf *html)
{
	const char *pos = buf_str(html);

	while ((pos = strchr(pos, '<'))) {
		bool quoted = false;

		for (pos++; quoted || *pos != '>'; pos++) {
			if (*pos == '\0' || *pos == '<')
				abort();
			if (*pos == '"')
				quoted = !quoted;
		}
	}
}

static void
check_sanitised(const char *text, size_t size, const struct html_options *options)
{
	struct buf once = { 0 }, twice = { 0 };

	html_sanitise(&once, text, size, options);
	check_text(&once, size);
	check_markup(&once);
	html_sanitise(&twice, buf_str(&once), once.len, options);
	if (strcmp(buf_str(&once), buf_str(&twice)) != 0)
		abort();
	buf_done(&once);
	buf_done(&twice);
}

static void
check_texts(const char *text, size_t size)
{
	static void (*const convert[])(
		struct buf *, const char *, size_t) = { html_to_text, html_to_line, html_unescape };
	struct buf title = { 0 }, feed = { 0 };

	for (size_t i = 0; i < sizeof(convert) / sizeof(convert[0]); i++) {
		struct buf out = { 0 };

		convert[i](&out, text, size);
		if (buf_error(&out) != 0)
			abort();
		if (utf8_valid(text, size) == size)
			check_text(&out, size);
		buf_done(&out);
	}
	html_looks_like(text, size);
	html_page_scan(text, size, &title, &feed);
	if (title.len > 200)
		abort();
	buf_done(&title);
	buf_done(&feed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct html_options options = { .base = NULL };
	const char *text = (const char *)data + 1;

	if (size == 0)
		return 0;
	options.xhtml = data[0] & 1;
	options.base = data[0] & 2 ? "http://e.example/a/b?c" : NULL;
	check_sanitised(text, size - 1, &options);
	check_texts(text, size - 1);
	return 0;
}
