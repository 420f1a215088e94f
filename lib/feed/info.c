/*
 * What a document says of itself, from the feed's node into struct np_feed_info. Its strings live
 * in the document's arena. Errors: -ENOMEM.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/feed/builder.h"
#include "lib/feed/convert.h"
#include "lib/feed/link.h"

#define TTL_MAX_MINUTES 5256000 /* ten years */

static void
set_links(struct np_feed_info *info, const struct model_node *feed)
{
	const struct {
		const char *rel;
		const char **slot;
	} rels[] = {
		{ "self", &info->self_url },
		{ "hub", &info->hub_url },
		{ "next", &info->next_url },
		{ "prev-archive", &info->prev_archive_url },
	};

	for (const struct model_link *link = feed->links.first; link; link = link->next)
		for (size_t i = 0; i < sizeof(rels) / sizeof(*rels); i++)
			if (!*rels[i].slot && strcasecmp(link->rel, rels[i].rel) == 0)
				*rels[i].slot = link->href;
}

static void
set_ttl(struct np_feed_info *info, const struct model_node *feed)
{
	const char *text = feed->strings[MODEL_TTL];
	char *end;
	long minutes;

	if (!text)
		return;
	minutes = strtol(text, &end, 10);
	if (end != text && minutes > 0 && minutes <= TTL_MAX_MINUTES)
		info->ttl = (int64_t)minutes * 60;
}

int
builder_finish(struct builder *builder, bool complete)
{
	struct np_feed_info *info = &builder->info;
	struct model_node *feed = builder->feed;
	int error = 0;

	if (complete)
		error = builder_entry_end(builder);
	link_choose(feed);
	info->home_page_url = feed->strings[MODEL_LINK];
	info->language = feed->strings[MODEL_LANGUAGE] ? feed->strings[MODEL_LANGUAGE] : feed->lang;
	info->new_url = feed->strings[MODEL_NEW_LOCATION];
	set_links(info, feed);
	set_ttl(info, feed);
	if (error == 0)
		error = convert_line(
			builder, &builder->arena, &feed->texts[MODEL_TITLE], &info->title);
	if (error == 0)
		error = convert_line(
			builder, &builder->arena, &feed->texts[MODEL_SUMMARY], &info->description);
	return error;
}
