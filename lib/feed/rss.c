/*
 * RSS: 0.90 to 0.94, 2.0, and what RSS 1.0 and 1.1 have beside RDF's own elements, which stand here
 * too. Owns the two tables. Channel and item fields are told apart by the frame they stand in, not
 * by nesting alone, since RSS 1.0 puts items beside the channel and 2.0 into it. Errors: -ENOMEM.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"
#include "lib/feed/link.h"
#include "lib/feed/root.h"

int
channel_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	root_note_rdf(builder, tag);
	frame->scope = SCOPE_FEED;
	frame->capture = FRAME_IGNORE;
	builder->feed->base = frame->base;
	builder->feed->lang = frame->lang;
	return cdf_note(builder, frame, tag);
}

int
wrapper_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	(void)tag;
	frame->scope = builder_parent(builder)->scope;
	frame->capture = FRAME_IGNORE;
	return 0;
}

int
entry_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *about = tag_attribute_ns(tag, NS_RDF, "about");
	struct model_node *node;
	int error;

	root_note_rdf(builder, tag);
	error = builder_entry_begin(builder, &node);
	frame->capture = FRAME_IGNORE;
	if (error || !node)
		return error;
	frame->node = node;
	frame->scope = SCOPE_ENTRY;
	error = builder_inherit(builder, frame, tag);
	node->base = frame->base;
	node->lang = frame->lang;
	if (error == 0)
		error = field_copy(node, about && *about ? about : NULL, &node->strings[MODEL_ID]);
	return error ? error : cdf_note(builder, frame, tag);
}

int
entry_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	(void)text;
	(void)size;
	return frame->node == builder->entry ? builder_entry_end(builder) : 0;
}

int
image_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	struct model_image *image = arena_alloc(frame->node->arena, sizeof(*image));
	const char *url = tag_attribute(tag, "href");

	if (!image)
		return -ENOMEM;
	frame->object = image;
	frame->scope = SCOPE_IMAGE;
	if (!url)
		url = tag_attribute(tag, "url");
	if (url && *url) {
		image->url = builder_url(builder, frame->node, frame->base, url, strlen(url));
		if (!image->url)
			return -ENOMEM;
	}
	return 0;
}

int
image_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_image *image = frame->object, **slot;
	bool input = frame->element->slot == 1;

	if (!image->url && size > 0 && !input && !memchr(text, ' ', size)) {
		image->url = builder_url(builder, frame->node, frame->base, text, size);
		if (!image->url)
			return -ENOMEM;
	}
	if (!image->url && !image->title && !image->link && !image->name && !image->description)
		return 0;
	slot = input ? &frame->node->text_input : &frame->node->image;
	if (!*slot || !(*slot)->url || image->url)
		*slot = image;
	return 0;
}

enum image_slot {
	IMAGE_URL,
	IMAGE_TITLE,
	IMAGE_LINK,
	IMAGE_WIDTH,
	IMAGE_HEIGHT,
	IMAGE_DESCRIPTION,
	IMAGE_NAME
};

static int
image_field_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_image *image = builder_parent(builder)->object;
	const char **const slots[] = { &image->url, &image->title, &image->link, &image->width,
		&image->height, &image->description, &image->name };
	int slot = frame->element->slot;
	const char *value;

	if (size == 0)
		return 0;
	if (slot == IMAGE_URL || slot == IMAGE_LINK)
		value = builder_url(builder, frame->node, frame->base, text, size);
	else
		value = builder_copy(frame->node, text, size);
	if (!value)
		return -ENOMEM;
	*slots[slot] = value;
	return 0;
}

static int
category_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *domain = tag_attribute(tag, "domain"), *term = tag_attribute(tag, "term");
	const char *scheme = NULL;
	int error;

	(void)builder;
	if (!domain)
		domain = tag_attribute(tag, "scheme");
	error = field_copy(frame->node, domain && *domain ? domain : NULL, &scheme);
	frame->object = (void *)scheme;
	if (error == 0 && term && *term) {
		/* Atom's category in RSS */
		frame->capture = FRAME_IGNORE;
		error = field_category_add(
			frame->node, term, strlen(term), scheme, tag_attribute(tag, "label"));
	}
	return error;
}

static int
cloud_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	struct model_cloud *cloud = arena_alloc(frame->node->arena, sizeof(*cloud));
	struct model_node *node = frame->node;
	int error;

	(void)builder;
	if (!cloud)
		return -ENOMEM;
	error = field_copy(node, tag_attribute(tag, "domain"), &cloud->domain);
	if (error == 0)
		error = field_copy(node, tag_attribute(tag, "port"), &cloud->port);
	if (error == 0)
		error = field_copy(node, tag_attribute(tag, "path"), &cloud->path);
	if (error == 0)
		error = field_copy(node, tag_attribute(tag, "protocol"), &cloud->protocol);
	if (error == 0)
		error = field_copy(
			node, tag_attribute(tag, "registerProcedure"), &cloud->procedure);
	node->cloud = cloud;
	return error;
}

static int
guid_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *permalink = tag_attribute(tag, "isPermaLink");

	(void)builder;
	frame->node->id_is_permalink = !permalink || strcasecmp(permalink, "false") != 0;
	return 0;
}

static int
guid_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	if (size == 0) {
		frame->node->id_is_permalink = false;
		return 0;
	}
	return field_string_end(builder, frame, text, size);
}

static int
skip_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	(void)builder;
	(void)tag;
	frame->scope = SCOPE_SKIP;
	frame->capture = FRAME_IGNORE;
	return 0;
}

static int
skip_hour_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	long hour = strtol(text, NULL, 10);

	(void)frame;
	/* Some count from 1 to 24: RSS 0.91 did. */
	if (size > 0 && hour >= 0 && hour <= 24)
		builder->info.skip_hours |= UINT32_C(1) << (hour % 24);
	return 0;
}

static int
skip_day_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	static const char days[][4] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

	(void)frame;
	if (size < 3)
		return 0;
	for (unsigned int i = 0; i < 7; i++)
		if (strncasecmp(text, days[i], 3) == 0)
			builder->info.skip_days |= UINT32_C(1) << i;
	return 0;
}

/* <source url="…">title</source>; Atom's has elements below it. */
static int
rss_source_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *url = tag_attribute(tag, "url");
	int error;

	error = model_node_new(MODEL_SOURCE, frame->node->arena, &frame->node->source);
	if (error)
		return error;
	if (!url)
		return 0;
	frame->node->source->strings[MODEL_LINK] = builder_url(
		builder, frame->node, frame->base, url, strlen(url));
	return frame->node->source->strings[MODEL_LINK] ? 0 : -ENOMEM;
}

static int
rss_source_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_text *title = &frame->node->source->texts[MODEL_TITLE];

	(void)builder;
	if (size == 0)
		return 0;
	title->value = builder_copy(frame->node, text, size);
	if (!title->value)
		return -ENOMEM;
	title->size = strlen(title->value);
	title->lang = frame->lang;
	title->base = frame->base;
	return 0;
}

static const struct element rss_rows[] = {
	{ "abstract", SCOPE_ENTRY, ELEMENT_HTML | ELEMENT_WEAK, MODEL_SUMMARY, field_text_start,
		field_text_end },
	{ "author", SCOPE_NODE, 0, 0, person_start, person_end },
	{ "body", SCOPE_ENTRY, ELEMENT_HTML, 0, field_text_start, field_content_end },
	{ "category", SCOPE_NODE, 0, 0, category_start, field_category_end },
	{ "channel", SCOPE_FEED, 0, 0, channel_start, NULL },
	{ "cloud", SCOPE_FEED, 0, 0, cloud_start, NULL },
	{ "comments", SCOPE_NODE, 0, MODEL_COMMENTS, NULL, field_url_end },
	{ "copyright", SCOPE_NODE, ELEMENT_GUESS, MODEL_RIGHTS, field_text_start, field_text_end },
	{ "date", SCOPE_NODE, ELEMENT_WEAK, MODEL_UPDATED, NULL, field_date_end },
	{ "day", SCOPE_SKIP, 0, 0, NULL, skip_day_end },
	{ "description", SCOPE_IMAGE, 0, IMAGE_DESCRIPTION, NULL, image_field_end },
	{ "description", SCOPE_NODE, ELEMENT_HTML, MODEL_SUMMARY, field_text_start,
		field_text_end },
	{ "docs", SCOPE_FEED, 0, MODEL_DOCS, NULL, field_url_end },
	{ "enclosure", SCOPE_ENTRY, 0, 0, enclosure_start, NULL },
	{ "expirationdate", SCOPE_NODE, 0, MODEL_EXPIRED, NULL, field_date_end },
	{ "fullitem", SCOPE_ENTRY, ELEMENT_HTML, 0, field_text_start, field_content_end },
	{ "generator", SCOPE_FEED, 0, 0, NULL, field_generator_end },
	{ "guid", SCOPE_ENTRY, 0, MODEL_ID, guid_start, guid_end },
	{ "height", SCOPE_IMAGE, 0, IMAGE_HEIGHT, NULL, image_field_end },
	{ "hour", SCOPE_SKIP, 0, 0, NULL, skip_hour_end },
	{ "icon", SCOPE_FEED, 0, MODEL_ICON, NULL, field_url_end },
	{ "image", SCOPE_NODE, 0, 0, image_start, image_end },
	{ "item", SCOPE_ITEMS, ELEMENT_ENTRY, 0, entry_start, entry_end },
	{ "keywords", SCOPE_NODE, 0, 0, NULL, field_keywords_end },
	{ "language", SCOPE_NODE, 0, MODEL_LANGUAGE, NULL, field_language_end },
	{ "lastbuilddate", SCOPE_NODE, 0, MODEL_UPDATED, NULL, field_date_end },
	{ "link", SCOPE_IMAGE, 0, IMAGE_LINK, NULL, image_field_end },
	{ "link", SCOPE_NODE, 0, 0, link_start, link_end },
	{ "managingeditor", SCOPE_NODE, 0, 0, NULL, field_author_end },
	{ "name", SCOPE_IMAGE, 0, IMAGE_NAME, NULL, image_field_end },
	{ "newlocation", SCOPE_FEED, 0, MODEL_NEW_LOCATION, NULL, field_url_end },
	{ "pubdate", SCOPE_NODE, 0, MODEL_PUBLISHED, NULL, field_date_end },
	{ "publisher", SCOPE_NODE, ELEMENT_WEAK, 0, NULL, field_publisher_end },
	{ "rating", SCOPE_FEED, 0, MODEL_RATING, NULL, field_string_end },
	{ "skipdays", SCOPE_FEED, 0, 0, skip_start, NULL },
	{ "skiphours", SCOPE_FEED, 0, 0, skip_start, NULL },
	{ "source", SCOPE_ENTRY, 0, 0, rss_source_start, rss_source_end },
	{ "tagline", SCOPE_FEED, ELEMENT_GUESS, MODEL_SUMMARY, field_text_start, field_text_end },
	{ "tags", SCOPE_NODE, 0, 0, NULL, field_keywords_end },
	{ "textinput", SCOPE_FEED, 0, 1, image_start, image_end },
	{ "title", SCOPE_IMAGE, 0, IMAGE_TITLE, NULL, image_field_end },
	{ "title", SCOPE_NODE, ELEMENT_GUESS, MODEL_TITLE, field_text_start, field_text_end },
	{ "ttl", SCOPE_FEED, 0, MODEL_TTL, NULL, field_string_end },
	{ "url", SCOPE_IMAGE, 0, IMAGE_URL, NULL, image_field_end },
	{ "webmaster", SCOPE_NODE, 0, 0, NULL, field_publisher_end },
	{ "width", SCOPE_IMAGE, 0, IMAGE_WIDTH, NULL, image_field_end },
};

const struct element_table rss_elements = ELEMENTS(rss_rows);

/* RSS 1.0 inside of RDF's own elements; some write all of it in that namespace. */
static const struct element rdf_rows[] = {
	{ "channel", SCOPE_FEED, 0, 0, channel_start, NULL },
	{ "item", SCOPE_ITEMS, ELEMENT_ENTRY, 0, entry_start, entry_end },
	{ "rdf", SCOPE_FEED, 0, 0, wrapper_start, NULL },
};

const struct element_table rdf_elements = ELEMENTS(rdf_rows);
