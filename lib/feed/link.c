/*
 * Links. RSS writes the address of the page as text, Atom as an attribute beside its relation; both
 * are found in feeds of either kind, so one pair of handlers reads them all. Errors: -ENOMEM.
 */
#include "config.h" /* strcasestr() */

#include "lib/feed/link.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/feed/fields.h"

/* IANA's registry as a prefix is the same as none. */
static const char *
short_rel(const char *rel)
{
	static const char iana[] = "http://www.iana.org/assignments/relation/";

	if (rel && strncmp(rel, iana, sizeof(iana) - 1) == 0)
		return rel + sizeof(iana) - 1;
	return rel;
}

static int
copy_attributes(struct model_node *node, struct model_link *link, const struct tag *tag)
{
	int error = field_copy(node, tag_attribute(tag, "type"), &link->type);

	if (error == 0)
		error = field_copy(node, tag_attribute(tag, "hreflang"), &link->hreflang);
	if (error == 0)
		error = field_copy(node, tag_attribute(tag, "title"), &link->title);
	if (error == 0)
		error = field_copy(node, tag_attribute(tag, "length"), &link->length);
	if (error == 0)
		error = field_copy(node, tag_attribute_ns(tag, NS_THR, "count"), &link->count);
	if (error == 0)
		error = field_copy(node, tag_attribute_ns(tag, NS_THR, "updated"), &link->updated);
	return error;
}

int
link_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *href = tag_attribute(tag, "href"), *rel = short_rel(tag_attribute(tag, "rel"));
	struct model_link *link;
	int error;

	if (!href)
		href = tag_attribute_ns(tag, NS_RDF, "resource");
	if (!href) {
		/* The address is the text: the link waits for it. */
		link = arena_alloc(frame->node->arena, sizeof(*link));
		if (!link)
			return -ENOMEM;
		link->duration = -1;
		link->rel = "alternate";
		frame->object = link;
		error = field_copy(frame->node, rel && *rel ? rel : NULL, &link->rel);
		return error ? error : copy_attributes(frame->node, link, tag);
	}
	/* An empty reference is the document itself. */
	if (!*href && frame->base && rel && strcasecmp(rel, "self") == 0)
		href = frame->base;
	error = field_link_add(builder, frame, href, strlen(href), rel, NULL, &link);
	if (error || !link)
		return error;
	return copy_attributes(frame->node, link, tag);
}

int
link_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_link *link = frame->object;

	if (!link || size == 0)
		return 0;
	link->href = builder_url(builder, frame->node, frame->base, text, size);
	if (!link->href)
		return -ENOMEM;
	MODEL_APPEND(&frame->node->links, link);
	return 0;
}

int
enclosure_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *url = tag_attribute(tag, "url");
	struct model_link *link;
	int error;

	if (!url)
		url = tag_attribute(tag, "href");
	if (!url)
		url = tag_attribute_ns(tag, NS_RDF, "resource");
	if (!url)
		return 0;
	error = field_link_add(builder, frame, url, strlen(url), "enclosure", NULL, &link);
	if (error || !link)
		return error;
	return copy_attributes(frame->node, link, tag);
}

/* How likely a link is the page: one that says it is HTML before one that says nothing. */
static int
rank(const struct model_link *link)
{
	if (strcasecmp(link->rel, "alternate") != 0)
		return 0;
	if (!link->type)
		return 2;
	return strcasestr(link->type, "html") ? 3 : 1;
}

void
link_choose(struct model_node *node)
{
	int best = 0;

	if (node->strings[MODEL_LINK])
		return;
	for (const struct model_link *link = node->links.first; link; link = link->next)
		if (rank(link) > best) {
			best = rank(link);
			node->strings[MODEL_LINK] = link->href;
		}
}
