/*
 * JSON Feed documents, with a dictionary and seeds of their own: the feed target's mutations seldom
 * leave JSON that can be read. The first byte chooses caps and the character set that HTTP said, the
 * second how the document is cut.
 */
#include <stdint.h>

#include <newspool/feed.h>

#include "tests/fuzz/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum choice {
	CHOICE_CAPS = 1 << 0,
	CHOICE_NO_HTML = 1 << 1,
	CHOICE_NO_TYPE = 1 << 2,
	CHOICE_LATIN = 1 << 3,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct np_feed_options options = { .keep_document = true,
		.content_type = "application/feed+json",
		.url = "https://example.org/a/feed.json" };

	if (size < 2)
		return 0;
	if (data[0] & CHOICE_CAPS)
		options.limits =
			(struct np_feed_limits){ .max_items = 2, .max_text = 40, .max_depth = 6 };
	options.no_html = (data[0] & CHOICE_NO_HTML) != 0;
	if (data[0] & CHOICE_NO_TYPE)
		options.content_type = NULL;
	else if (data[0] & CHOICE_LATIN)
		options.content_type = "application/json; charset=latin1";
	chunked_check(&options, data + 2, size - 2, data[1]);
	return 0;
}
