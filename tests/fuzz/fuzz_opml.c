/* A list of feeds from bytes: what comes out is UTF-8, capped, and never without a URL. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/opml.h"
#include "lib/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text)
{
	if (utf8_valid(text, strlen(text)) != strlen(text))
		abort();
}

static int
check(void *arg, const struct opml_feed *feed)
{
	(void)arg;
	if (!*feed->url || feed->line == 0 || feed->n_terms > OPML_DEPTH_MAX + OPML_TERMS_MAX)
		abort();
	check_text(feed->url);
	check_text(feed->title);
	for (size_t i = 0; i < feed->n_terms; i++) {
		if (!*feed->terms[i])
			abort();
		check_text(feed->terms[i]);
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_error err = { "" };
	FILE *stream;

	if (size == 0)
		return 0;
	stream = fmemopen((void *)(uintptr_t)data, size, "r");
	if (!stream)
		abort();
	if (opml_read(stream, "list", check, NULL, &err) < 0 && !err.text[0])
		abort();
	fclose(stream);
	return 0;
}
