/* The schemes that pages and programs make links to feeds of. Stateless; errors stick in the buffer. */
#include <string.h>
#include <strings.h>

#include "lib/base/url.h"

static const char *const schemes[] = { "feed:", "itpc:", "pcast:", "podcast:", "rss:" };

static size_t
scheme_of(const char *text)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0)
			return strlen(schemes[i]);
	return 0;
}

void
url_subscribe(struct buf *out, const char *text)
{
	const char *rest;

	text += strspn(text, " \t\r\n");
	rest = text + scheme_of(text);
	if (rest > text && strncmp(rest, "//", 2) == 0)
		buf_puts(out, "http:");
	else if (rest > text && strncasecmp(rest, "http://", 7) != 0 &&
		 strncasecmp(rest, "https://", 8) != 0)
		rest = text;
	url_tidy(out, rest, strlen(rest));
}
