/*
 * The builder's own life, and the entries that it opens, closes and makes articles of. Owns the
 * queue of articles that nobody took, the kept entries and the defaults of the caps. An entry's
 * node is freed as soon as its article was made, unless the whole document is kept. Errors: -errno.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/url.h"
#include "lib/feed/builder.h"
#include "lib/feed/convert.h"

#define URL_MAX_BYTES 65536 /* longer references are cut off: no URL is that long */
#define BASE_MAX 2048       /* longer bases are none: each relative reference costs as much */

static const struct np_feed_limits default_limits = {
	.max_items = 100000,
	.max_text = (size_t)4 << 20,
	.max_depth = 256,
	.max_attributes = 256,
	.max_entities = (size_t)1 << 20,
};

static void
set_limits(struct np_feed_limits *limits)
{
	if (limits->max_items == 0)
		limits->max_items = default_limits.max_items;
	if (limits->max_text == 0)
		limits->max_text = default_limits.max_text;
	if (limits->max_depth == 0)
		limits->max_depth = default_limits.max_depth;
	if (limits->max_attributes == 0)
		limits->max_attributes = default_limits.max_attributes;
	if (limits->max_entities == 0)
		limits->max_entities = default_limits.max_entities;
}

static int
copy_option(struct builder *builder, const char **option)
{
	if (!*option)
		return 0;
	*option = arena_strdup(&builder->arena, *option);
	return *option ? 0 : -ENOMEM;
}

static int
copy_options(struct builder *builder, const struct np_feed_options *options)
{
	struct np_feed_options *own = &builder->options;

	if (options)
		*own = *options;
	set_limits(&own->limits);
	builder->limits = own->limits;
	if (copy_option(builder, &own->url) || copy_option(builder, &own->content_type) ||
		copy_option(builder, &own->content_location) ||
		copy_option(builder, &own->content_language))
		return -ENOMEM;
	return 0;
}

/* What HTTP says of base and language, where the document does not. */
static int
set_context(struct builder *builder)
{
	const struct np_feed_options *options = &builder->options;
	const char *location = options->content_location, *language = options->content_language;

	builder->feed->base = options->url;
	if (location && *location) {
		builder->feed->base = builder_base(builder, builder->feed, options->url, location);
		if (!builder->feed->base)
			return -ENOMEM;
	}
	if (language)
		builder->feed->lang = builder_lang(
			builder->feed, language, strcspn(language, ", ;"));
	return 0;
}

int
builder_init(struct builder *builder, const struct np_feed_options *options)
{
	int error;

	memset(builder, 0, sizeof(*builder));
	arena_init(&builder->arena);
	buf_init(&builder->text);
	buf_init(&builder->scratch);
	builder->info.version = "";
	builder->now = (int64_t)time(NULL);
	builder->info.ttl = -1;
	builder->info.update_interval = -1;
	error = copy_options(builder, options);
	if (error == 0)
		error = model_node_new(MODEL_FEED, &builder->arena, &builder->feed);
	if (error == 0)
		error = set_context(builder);
	if (error)
		builder_done(builder);
	return error;
}

void
builder_done(struct builder *builder)
{
	struct model_node *node = builder->entries.first, *next;

	for (; node; node = next) {
		next = node->next;
		model_node_free(node);
	}
	model_node_free(builder->entry);
	for (size_t i = builder->queue_first; i < builder->queue_end; i++)
		np_article_free(builder->queue[i]);
	free(builder->queue);
	free(builder->frames);
	buf_done(&builder->text);
	buf_done(&builder->scratch);
	sha256_free(builder->hash);
	arena_done(&builder->arena);
}

int
builder_feed(struct builder *builder, enum np_feed_format format, const char *version)
{
	if (builder->info.format != NP_FEED_UNKNOWN)
		return 0;
	builder->info.format = format;
	builder->info.version = version;
	return 0;
}

int
builder_entry_begin(struct builder *builder, struct model_node **ret_node)
{
	struct model_node *node;
	int error = builder_entry_end(builder);

	if (error)
		return error;
	builder->info.n_items++;
	if (builder->info.n_items > builder->limits.max_items) {
		*ret_node = NULL;
		return 0;
	}
	error = model_node_new(MODEL_ENTRY, NULL, &node);
	if (error)
		return error;
	builder->entry = node;
	*ret_node = node;
	return 0;
}

/*
 * Frames that still point to the entry belong to one that lost its end tag (or is about to end):
 * entries alone mean something below them now.
 */
static void
forget_entry(struct builder *builder)
{
	const char *base = builder->feed->base, *lang = builder->feed->lang;

	for (size_t i = 0; i < builder->n_frames; i++) {
		struct frame *frame = &builder->frames[i];

		if (frame->node == builder->feed) {
			base = frame->base;
			lang = frame->lang;
			continue;
		}
		*frame = (struct frame){ .scope = SCOPE_WRAPPER,
			.node = builder->feed,
			.base = base,
			.lang = lang,
			.text = frame->text };
	}
}

static void
keep_entry(struct builder *builder, struct model_node *entry)
{
	entry->next = NULL;
	if (builder->entries.last)
		builder->entries.last->next = entry;
	else
		builder->entries.first = entry;
	builder->entries.last = entry;
	builder->entries.n++;
}

int
builder_entry_end(struct builder *builder)
{
	struct model_node *entry = builder->entry;
	struct np_article *article;
	int error;

	if (!entry)
		return 0;
	builder->entry = NULL;
	forget_entry(builder);
	if (builder->xml && xml_is_cut(builder->xml)) {
		/* Half an item is none: the whole one comes with the whole document. */
		builder->info.n_items--;
		model_node_free(entry);
		return 0;
	}
	error = convert_entry(builder, entry, &article);
	if (error == 0)
		error = builder_queue(builder, article);
	if (error == 0 && builder->options.keep_document)
		keep_entry(builder, entry);
	else
		model_node_free(entry);
	return error;
}

int
builder_queue(struct builder *builder, struct np_article *article)
{
	if (builder->queue_first == builder->queue_end)
		builder->queue_first = builder->queue_end = 0;
	if (builder->queue_end == builder->queue_size) {
		size_t size = builder->queue_size ? builder->queue_size * 2 : 64;
		struct np_article **queue = realloc(builder->queue, size * sizeof(*queue));

		if (!queue) {
			np_article_free(article);
			return -ENOMEM;
		}
		builder->queue = queue;
		builder->queue_size = size;
	}
	builder->queue[builder->queue_end++] = article;
	return 0;
}

char *
builder_copy(struct model_node *node, const char *text, size_t size)
{
	while (size > 0 && isspace((unsigned char)*text)) {
		text++;
		size--;
	}
	while (size > 0 && isspace((unsigned char)text[size - 1]))
		size--;
	return arena_strndup(node->arena, text, size);
}

char *
builder_url(struct builder *builder, struct model_node *node, const char *base, const char *text,
	size_t size)
{
	struct buf *url = &builder->scratch;
	char *copy = NULL;

	buf_reset(url);
	url_resolve(url, base, text, size < URL_MAX_BYTES ? size : URL_MAX_BYTES);
	if (buf_error(url) == 0)
		copy = arena_strndup(node->arena, buf_str(url), url->len);
	buf_reset(url);
	return copy;
}

/* Schemes that a document may be at. */
static bool
is_base(const char *url)
{
	static const char *const schemes[] = { "http", "https", "ftp", "ftps", "file", "gopher",
		"feed", "ipfs", "gemini" };
	size_t size = strcspn(url, ":/?#");

	if (url[size] != ':')
		return true;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strlen(schemes[i]) == size && strncasecmp(url, schemes[i], size) == 0)
			return true;
	return false;
}

const char *
builder_base(
	struct builder *builder, struct model_node *node, const char *base, const char *reference)
{
	size_t scheme = strcspn(reference, ":/?#");
	struct buf mended = { 0 };
	const char *url;

	/* "http:///host/" has a slash too many */
	if (strncmp(reference + scheme, ":///", 4) == 0 && scheme >= 4 &&
		strncasecmp(reference, "http", 4) == 0) {
		buf_append(&mended, reference, scheme + 3);
		buf_puts(&mended, reference + scheme + 3 + strspn(reference + scheme + 3, "/"));
		reference = buf_str(&mended);
	}
	url = builder_url(builder, node, base, reference, strlen(reference));
	buf_done(&mended);
	if (url && (!is_base(url) || strlen(url) > BASE_MAX))
		return base ? base : "";
	return url;
}

const char *
builder_lang(struct model_node *node, const char *value, size_t size)
{
	char *lang = builder_copy(node, value, size);

	if (!lang || !*lang)
		return NULL;
	for (char *c = lang; *c; c++)
		if (*c == '_')
			*c = '-';
	return lang;
}

/* Attribute names as the tree has them: with the prefix where they have one. */
static int
extend_attributes(struct frame *frame, const struct tag *tag)
{
	for (size_t i = 0; i < tag->n_attributes; i++) {
		const struct xml_attribute *a = &tag->attributes[i];
		struct model_extension *child;

		if (*a->value && names_namespace(&a->name) == NS_RDF &&
			strcmp(a->name.local, "resource") == 0) {
			/* RDF's way to have an address for a value */
			frame->extension->value = builder_copy(
				frame->node, a->value, strlen(a->value));
			if (!frame->extension->value)
				return -ENOMEM;
		}
		if (*a->name.prefix || !*a->value)
			continue;
		child = model_extension_add(frame->node, frame->extension, a->name.local, NULL);
		if (!child)
			return 0;
		child->value = builder_copy(frame->node, a->value, strlen(a->value));
		if (!child->value)
			return -ENOMEM;
	}
	return 0;
}

int
builder_extend(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	struct frame *parent = builder->n_frames > 1 ? builder_parent(builder) : NULL;
	struct model_extension *above = parent ? parent->extension : NULL;

	if (!above)
		above = model_prefix(frame->node, tag->prefix);
	if (above)
		frame->extension = model_extension_add(frame->node, above, tag->name->local, NULL);
	if (!frame->extension)
		return 0; /* enough of them: what is below is skipped */
	if (!frame->element || !frame->element->end)
		frame->capture = FRAME_TEXT;
	frame->scope = SCOPE_EXTENSION;
	return extend_attributes(frame, tag);
}
