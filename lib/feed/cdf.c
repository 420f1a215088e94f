/*
 * CDF, Microsoft's Channel Definition Format: channels and items that keep their address and date
 * in attributes. Its elements share RSS's names; what differs stands here. Errors: -ENOMEM.
 */
#include <string.h>

#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"

int
cdf_note(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *href = tag_attribute(tag, "href"), *date = tag_attribute(tag, "lastmod");
	int error = 0;

	if (builder->info.format != NP_FEED_CDF)
		return 0;
	if (href)
		error = field_link_add(builder, frame, href, strlen(href), NULL, "text/html", NULL);
	if (error == 0 && date)
		error = field_date_set(builder, frame, MODEL_UPDATED, date, strlen(date));
	return error;
}

static int
logo_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *url = tag_attribute(tag, "href");

	return url && *url ? field_picture(builder, frame, url, strlen(url)) : 0;
}

static const struct element cdf_rows[] = {
	{ "abstract", SCOPE_NODE, ELEMENT_GUESS, MODEL_SUMMARY, field_text_start, field_text_end },
	{ "logo", SCOPE_NODE, 0, 0, logo_start, NULL },
};

const struct element_table cdf_elements = ELEMENTS(cdf_rows);
