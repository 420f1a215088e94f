/*
 * Which dialect a document is in. Owns the table of root elements; a feed inside of an unknown
 * wrapper is found as well, to a small depth. Errors: -EBADMSG for a document that is a page,
 * -ENOMEM.
 */
#include "config.h" /* strcasestr() */

#include "lib/feed/root.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define WRAPPERS_MAX 4 /* unknown elements around a feed */

static const char *
rss_version(const struct builder *builder, const char *version)
{
	static const struct {
		const char *prefix;
		const char *version;
	} versions[] = {
		{ "0.90", "rss090" },
		{ "0.91", "rss091u" },
		{ "0.92", "rss092" },
		{ "0.93", "rss093" },
		{ "0.94", "rss094" },
		{ "2", "rss20" },
	};

	if (!version)
		return builder->version_hint ? builder->version_hint : "rss";
	while (*version == ' ')
		version++;
	if (builder->version_hint && strncmp(version, "0.91", 4) == 0)
		return builder->version_hint;
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (strncmp(version, versions[i].prefix, strlen(versions[i].prefix)) == 0)
			return versions[i].version;
	return "rss";
}

static int
start_rss(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	(void)frame;
	return builder_feed(
		builder, NP_FEED_RSS, rss_version(builder, tag_attribute(tag, "version")));
}

static int
start_rdf(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	(void)frame;
	(void)tag;
	return builder_feed(builder, NP_FEED_RDF, "rss10");
}

static const char *
atom_version(const struct tag *tag)
{
	const char *version = tag_attribute(tag, "version");

	if (strcasestr(tag->name->uri, "www.w3.org/2005/atom"))
		return "atom10";
	if (version && strcmp(version, "0.1") == 0)
		return "atom01";
	if (version && strcmp(version, "0.2") == 0)
		return "atom02";
	if ((version && strcmp(version, "0.3") == 0) || strstr(tag->name->uri, "purl.org/atom/ns"))
		return "atom03";
	return "atom";
}

static int
start_feed(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	(void)frame;
	return builder_feed(builder, NP_FEED_ATOM, atom_version(tag));
}

/* An entry document: a feed of one. */
static int
start_entry(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	int error;

	if (tag->ns != NS_ATOM)
		return -EBADMSG;
	error = builder_feed(builder, NP_FEED_ATOM, atom_version(tag));
	if (error == 0)
		error = builder_entry_begin(builder, &frame->node);
	frame->scope = SCOPE_ENTRY;
	frame->element = names_element(tag->ns, tag->local, SCOPE_FEED, NP_FEED_ATOM);
	return error;
}

/* RSS 1.1, CDF, or RSS whose outermost element was lost. */
static int
start_channel(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *uri = tag->name->uri;
	bool cdf = strcmp(tag->name->local, "CHANNEL") == 0 || tag_attribute(tag, "lastmod") ||
		   tag_attribute(tag, "href");
	int error;

	if (strstr(uri, "rss1.1"))
		error = builder_feed(builder, NP_FEED_RDF, "rss11");
	else if (cdf)
		error = builder_feed(builder, NP_FEED_CDF, "cdf");
	else
		error = builder_feed(builder, NP_FEED_RSS, rss_version(builder, NULL));
	if (error)
		return error;
	frame->element = names_element(tag->ns, tag->local, SCOPE_FEED, builder->info.format);
	if (frame->element && frame->element->start)
		error = frame->element->start(builder, frame, tag);
	return error;
}

static const struct {
	const char *name;
	int (*start)(struct builder *builder, struct frame *frame, const struct tag *tag);
} roots[] = {
	{ "channel", start_channel },
	{ "entry", start_entry },
	{ "feed", start_feed },
	{ "rdf", start_rdf },
	{ "rss", start_rss },
};

static bool
may_be_root(const struct tag *tag)
{
	switch (tag->ns) {
	case NS_NONE:
	case NS_RSS:
	case NS_ATOM:
	case NS_RDF:
	case NS_OTHER:
		return true;
	default:
		return false;
	}
}

static int
start_other(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	/* What a server adds behind a feed, a banner or a counter, is no root. */
	if (builder->info.format != NP_FEED_UNKNOWN) {
		frame->scope = SCOPE_LEAF;
		return 1;
	}
	if (builder->n_frames == 1) {
		builder->root = arena_strdup(&builder->arena, tag->name->local);
		if (!builder->root)
			return -ENOMEM;
		if (strcmp(tag->local, "html") == 0)
			return -EBADMSG;
	}
	frame->scope = builder->n_frames <= WRAPPERS_MAX ? SCOPE_ROOT : SCOPE_LEAF;
	return 1;
}

int
root_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	int error;

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		if (strcmp(tag->local, roots[i].name) != 0 || !may_be_root(tag))
			continue;
		if (builder->info.format != NP_FEED_UNKNOWN)
			break; /* a second feed in one document */
		frame->node = builder->feed;
		frame->scope = SCOPE_FEED;
		builder->feed->base = frame->base;
		builder->feed->lang = frame->lang;
		error = roots[i].start(builder, frame, tag);
		if (error == -EBADMSG)
			break;
		return error ? error : 1;
	}
	return start_other(builder, frame, tag);
}

void
root_note_rdf(struct builder *builder, const struct tag *tag)
{
	if (builder->info.format != NP_FEED_RDF || tag->ns != NS_RSS)
		return;
	if (strstr(tag->name->uri, "netscape.com/rdf/simple/0.9"))
		builder->info.version = "rss090";
	else if (strstr(tag->name->uri, "rss1.1"))
		builder->info.version = "rss11";
}
