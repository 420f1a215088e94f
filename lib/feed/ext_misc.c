/*
 * Small extensions: syndication, the Comment API, threads, creativeCommons, FeedBurner, admin. What
 * has no field of its own stays in the extension tree without a row here. Errors: -ENOMEM.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"
#include "lib/feed/link.h"

#define FREQUENCY_MAX 100000

/* Kept apart until both are known: the order is not said. */
static int
sy_update(struct builder *builder)
{
	const struct model_extension *sy = model_prefix_find(builder->feed, "sy");
	const struct model_extension *period = model_extension_find(sy, "updatePeriod");
	const struct model_extension *frequency = model_extension_find(sy, "updateFrequency");
	static const struct {
		const char *name;
		int64_t seconds;
	} periods[] = { { "hourly", 3600 }, { "daily", 86400 }, { "weekly", 604800 },
		{ "monthly", 2592000 }, { "yearly", 31536000 } };
	long times = 1;

	if (frequency && frequency->value)
		times = strtol(frequency->value, NULL, 10);
	if (times < 1 || times > FREQUENCY_MAX)
		times = 1;
	if (!period || !period->value)
		return 0;
	for (size_t i = 0; i < sizeof(periods) / sizeof(*periods); i++)
		if (strcasecmp(period->value, periods[i].name) == 0)
			builder->info.update_interval = periods[i].seconds / times;
	return 0;
}

static int
sy_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	(void)frame;
	(void)text;
	(void)size;
	return sy_update(builder);
}

static const struct element sy_rows[] = {
	{ "updatefrequency", SCOPE_FEED, ELEMENT_EXTENSION, 0, NULL, sy_end },
	{ "updateperiod", SCOPE_FEED, ELEMENT_EXTENSION, 0, NULL, sy_end },
};

const struct element_table sy_elements = ELEMENTS(sy_rows);

/* An extension whose value is an address: it is resolved. */
static int
url_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	if (size == 0 || !frame->extension)
		return 0;
	frame->extension->value = builder_url(builder, frame->node, frame->base, text, size);
	return frame->extension->value ? 0 : -ENOMEM;
}

static const struct element wfw_rows[] = {
	{ "comment", SCOPE_NODE, ELEMENT_EXTENSION, 0, NULL, url_end },
	{ "commentrss", SCOPE_NODE, ELEMENT_EXTENSION, 0, NULL, url_end },
};

const struct element_table wfw_elements = ELEMENTS(wfw_rows);

static const struct element thr_rows[] = {
	{ "total", SCOPE_ENTRY, ELEMENT_EXTENSION, 0, NULL, NULL },
};

const struct element_table thr_elements = ELEMENTS(thr_rows);

static int
license_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *url = tag_attribute_ns(tag, NS_RDF, "resource");

	if (!url)
		return 0;
	return field_link_add(builder, frame, url, strlen(url), "license", NULL, NULL);
}

static int
license_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	return field_link_add(builder, frame, text, size, "license", NULL, NULL);
}

static const struct element cc_rows[] = {
	{ "license", SCOPE_NODE, ELEMENT_EXTENSION, 0, license_start, license_end },
};

const struct element_table cc_elements = ELEMENTS(cc_rows);

static const struct element feedburner_rows[] = {
	{ "browserfriendly", SCOPE_NODE, ELEMENT_GUESS | ELEMENT_WEAK, MODEL_INFO, field_text_start,
		field_text_end },
	{ "origenclosurelink", SCOPE_ENTRY, ELEMENT_EXTENSION, 0, NULL, url_end },
	{ "origlink", SCOPE_ENTRY, ELEMENT_EXTENSION, MODEL_ORIGINAL_LINK, NULL, field_url_end },
};

const struct element_table feedburner_elements = ELEMENTS(feedburner_rows);

static int
agent_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	const char *uri = tag_attribute_ns(tag, NS_RDF, "resource");
	struct model_generator *generator = &frame->node->generator;

	if (!uri || !*uri || generator->name)
		return 0;
	generator->uri = builder_url(builder, frame->node, frame->base, uri, strlen(uri));
	generator->name = generator->uri;
	return generator->uri ? 0 : -ENOMEM;
}

static const struct element admin_rows[] = {
	{ "generatoragent", SCOPE_FEED, 0, 0, agent_start, NULL },
};

const struct element_table admin_elements = ELEMENTS(admin_rows);
