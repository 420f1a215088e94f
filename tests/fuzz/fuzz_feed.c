/*
 * Feed documents. The first byte chooses how the document is read (caps, HTML passed through, what
 * HTTP said of it), the second how it is cut. Cut or whole, the same articles, the same document
 * and the same end come out.
 */
#include <stdbool.h>
#include <stdint.h>

#include <newspool/feed.h>

#include "tests/fuzz/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum choice {
	CHOICE_CAPS = 1 << 0,
	CHOICE_NO_HTML = 1 << 1,
	CHOICE_TYPE = 1 << 2,
	CHOICE_LATIN = 1 << 3,
	CHOICE_URL = 1 << 4,
};

static struct np_feed_options
choose(uint8_t choices)
{
	struct np_feed_options options = { .keep_document = true };

	if (choices & CHOICE_CAPS)
		options.limits = (struct np_feed_limits){ .max_items = 3,
			.max_text = 50,
			.max_depth = 12,
			.max_attributes = 4,
			.max_entities = 100 };
	options.no_html = (choices & CHOICE_NO_HTML) != 0;
	if (choices & CHOICE_TYPE)
		options.content_type = choices & CHOICE_LATIN ? "text/xml; charset=latin1"
							      : "application/xml; charset=utf-8";
	if (choices & CHOICE_URL)
		options.url = "https://example.org/a/feed";
	return options;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct np_feed_options options;

	if (size < 2)
		return 0;
	options = choose(data[0]);
	chunked_check(&options, data + 2, size - 2, data[1]);
	return 0;
}
