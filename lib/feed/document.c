/*
 * The document model as JSON: everything that was understood, the feed's own level included. Texts
 * are objects of value, type, language and base; dates stand as RFC 3339 and, beside it, as
 * written. HTML is sanitised here, as it is in articles. Errors stick in the buffer.
 */
#include "lib/feed/document.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clock.h"
#include "lib/base/url.h"
#include "lib/feed/convert.h"
#include "lib/feed/link.h"

struct writer {
	struct json_writer json;
	struct builder *builder;
};

static const char *const members[] = { "author", "authors", "base", "categories", "cloud",
	"comments", "content", "contributors", "copyright", "created", "description", "docs",
	"enclosures", "expired", "external_url", "generator", "icon", "id", "id_is_permalink",
	"image", "info", "language", "link", "links", "logo", "newlocation", "published",
	"publisher", "rating", "rights", "skip_days", "skip_hours", "source", "subtitle", "summary",
	"tags", "textinput", "title", "ttl", "updated", "validity", "validity_end",
	"validity_start", "where" };

bool
document_has_member(const char *name)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (strcmp(name, members[i]) == 0)
			return true;
	return false;
}

static const char *
type_name(const struct model_text *text)
{
	switch (text->type) {
	case MODEL_TEXT_PLAIN:
		return "text/plain";
	case MODEL_TEXT_HTML:
		return text->mime ? text->mime : "text/html";
	case MODEL_TEXT_XHTML:
		return "application/xhtml+xml";
	case MODEL_TEXT_OTHER:
		break;
	}
	return text->mime ? text->mime : "application/octet-stream";
}

static void
write_text(struct writer *writer, const char *key, const struct model_text *text)
{
	struct json_writer *json = &writer->json;
	struct arena arena = { 0 };
	const char *value = "";
	int error = 0;

	if (!text->value)
		return;
	if (text->type == MODEL_TEXT_PLAIN)
		value = text->value;
	else
		error = convert_html(
			writer->builder, &arena, text, !writer->builder->options.no_html, &value);
	json_write_object(json, key);
	json_write_string(json, "value", value ? value : "");
	json_write_string(json, "type", type_name(text));
	if (text->lang)
		json_write_string(json, "lang", text->lang);
	else
		json_write_null(json, "lang");
	json_write_string(json, "base", text->base ? text->base : "");
	json_write_string(json, "src", text->src);
	json_write_object_end(json);
	if (error)
		json->out->error = error;
	arena_done(&arena);
}

static void
write_person(struct json_writer *json, const char *key, const struct model_person *person)
{
	json_write_object(json, key);
	json_write_string(json, "name", person->name);
	json_write_string(json, "email", person->email);
	json_write_string(json, "uri", person->uri);
	json_write_string(json, "avatar", person->avatar);
	json_write_object_end(json);
}

static void
write_persons(struct json_writer *json, const char *key, const struct model_person *first)
{
	if (!first)
		return;
	json_write_array(json, key);
	for (const struct model_person *p = first; p; p = p->next)
		write_person(json, NULL, p);
	json_write_array_end(json);
}

/* What the link is of where it does not say; an address of the feed itself is of its own kind. */
static const char *
link_type(const struct model_link *link)
{
	if (link->type || strcasecmp(link->rel, "enclosure") == 0 ||
		strcasecmp(link->rel, "license") == 0)
		return link->type;
	return strcasecmp(link->rel, "self") == 0 ? "application/atom+xml" : "text/html";
}

static void
write_links(struct json_writer *json, const struct model_node *node)
{
	if (!node->links.first)
		return;
	json_write_array(json, "links");
	for (const struct model_link *link = node->links.first; link; link = link->next) {
		json_write_object(json, NULL);
		json_write_string(json, "rel", link->rel);
		json_write_string(json, "type", link_type(link));
		json_write_string(json, "href", link->href);
		json_write_string(json, "hreflang", link->hreflang);
		json_write_string(json, "title", link->title);
		json_write_string(json, "length", link->length);
		json_write_string(json, "thr:count", link->count);
		json_write_string(json, "thr:updated", link->updated);
		json_write_object_end(json);
	}
	json_write_array_end(json);
}

static void
write_categories(struct json_writer *json, const struct model_node *node)
{
	if (!node->categories.first)
		return;
	json_write_array(json, "categories");
	for (const struct model_category *c = node->categories.first; c; c = c->next) {
		json_write_object(json, NULL);
		json_write_string(json, "term", c->term);
		json_write_string(json, "scheme", c->scheme);
		json_write_string(json, "label", c->label);
		json_write_object_end(json);
	}
	json_write_array_end(json);
}

static void
write_date(struct json_writer *json, const char *key, const char *raw_key,
	const struct model_date *date)
{
	char text[CLOCK_RFC3339_SIZE];

	if (!date->raw)
		return;
	if (date->seconds != NP_TIME_NONE) {
		clock_rfc3339(date->seconds, text);
		json_write_string(json, key, text);
	}
	json_write_string(json, raw_key, date->raw);
}

/* The civil date as nine numbers: year to second, day of the week (Monday 0) and of the year. */
static void
write_tuple(struct json_writer *json, const char *key, const struct model_date *date)
{
	struct clock_civil civil;

	if (date->seconds == NP_TIME_NONE)
		return;
	clock_civil(date->seconds, &civil);
	json_write_array(json, key);
	json_write_int(json, NULL, civil.year);
	json_write_int(json, NULL, civil.month);
	json_write_int(json, NULL, civil.day);
	json_write_int(json, NULL, civil.hour);
	json_write_int(json, NULL, civil.minute);
	json_write_int(json, NULL, civil.second);
	json_write_int(json, NULL, (civil.weekday + 6) % 7);
	json_write_int(json, NULL,
		clock_days(civil.year, civil.month, civil.day) - clock_days(civil.year, 1, 1) + 1);
	json_write_int(json, NULL, 0);
	json_write_array_end(json);
}

static void
write_dates(struct json_writer *json, const struct model_node *node)
{
	static const struct {
		const char *key, *raw;
	} keys[] = {
		[MODEL_PUBLISHED] = { "published", "published_raw" },
		[MODEL_UPDATED] = { "updated", "updated_raw" },
		[MODEL_CREATED] = { "created", "created_raw" },
		[MODEL_EXPIRED] = { "expired", "expired_raw" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		write_date(json, keys[i].key, keys[i].raw, &node->dates[i]);
	/* The ends of a period are often less than a day's date: they stand as they were written. */
	json_write_string(json, "validity", node->strings[MODEL_VALID]);
	json_write_string(json, "validity_start", node->dates[MODEL_VALID_FROM].raw);
	json_write_string(json, "validity_end", node->dates[MODEL_VALID_UNTIL].raw);
	write_tuple(json, "validity_start_parsed", &node->dates[MODEL_VALID_FROM]);
	write_tuple(json, "validity_end_parsed", &node->dates[MODEL_VALID_UNTIL]);
}

static void
write_image(struct json_writer *json, const char *key, const struct model_image *image)
{
	if (!image)
		return;
	json_write_object(json, key);
	json_write_string(json, "url", image->url);
	json_write_string(json, "title", image->title);
	json_write_string(json, "link", image->link);
	json_write_string(json, "width", image->width);
	json_write_string(json, "height", image->height);
	json_write_string(json, "description", image->description);
	json_write_string(json, "name", image->name);
	json_write_object_end(json);
}

static void
write_cloud(struct json_writer *json, const struct model_cloud *cloud)
{
	if (!cloud)
		return;
	json_write_object(json, "cloud");
	json_write_string(json, "domain", cloud->domain);
	json_write_string(json, "port", cloud->port);
	json_write_string(json, "path", cloud->path);
	json_write_string(json, "protocol", cloud->protocol);
	json_write_string(json, "registerprocedure", cloud->procedure);
	json_write_object_end(json);
}

static void
write_generator(struct json_writer *json, const struct model_generator *generator)
{
	if (!generator->name && !generator->uri && !generator->version)
		return;
	json_write_object(json, "generator");
	json_write_string(json, "name", generator->name);
	json_write_string(json, "uri", generator->uri);
	json_write_string(json, "version", generator->version);
	json_write_object_end(json);
}

/* Atom's id, and a guid that is an address, are references; a resolved one is shown. */
static void
write_id(struct writer *writer, const struct model_node *node)
{
	const char *id = node->strings[MODEL_ID];
	bool address = writer->builder->info.format == NP_FEED_ATOM || node->id_is_permalink;
	struct buf url = { 0 };
	struct url parts;

	if (!id)
		return;
	url_split(id, strlen(id), &parts);
	if (address && !parts.scheme.ptr && node->base) {
		url_resolve(&url, node->base, id, strlen(id));
		if (buf_error(&url) == 0)
			id = buf_str(&url);
	}
	json_write_string(&writer->json, "id", id);
	if (node->kind == MODEL_ENTRY && writer->builder->info.format != NP_FEED_ATOM)
		json_write_bool(&writer->json, "id_is_permalink", node->id_is_permalink);
	buf_done(&url);
}

static void
open_tuple(struct json_writer *json, const char *key)
{
	json_write_object(json, key);
	json_write_array(json, "$tuple");
}

static void
close_tuple(struct json_writer *json)
{
	json_write_array_end(json);
	json_write_object_end(json);
}

/* A point is one position, a line and a box several, a polygon a ring of them. */
static void
write_positions(struct json_writer *json, const struct model_place *place)
{
	bool nested = place->shape != MODEL_POINT, ring = place->shape == MODEL_POLYGON;

	if (nested)
		open_tuple(json, "coordinates");
	if (ring)
		open_tuple(json, NULL);
	for (size_t i = 0; i + place->dimensions <= place->n_numbers; i += place->dimensions) {
		if (!nested && i > 0)
			break;
		open_tuple(json, nested ? NULL : "coordinates");
		for (size_t d = 0; d < place->dimensions; d++)
			json_write_double(json, NULL, place->numbers[i + d]);
		close_tuple(json);
	}
	if (ring)
		close_tuple(json);
	if (nested)
		close_tuple(json);
}

static void
write_place(struct json_writer *json, const struct model_place *place)
{
	static const char *const names[] = { NULL, "Point", "LineString", "Polygon", "Box" };

	if (!place)
		return;
	json_write_object(json, "where");
	if (place->shape != MODEL_NOWHERE && place->n_numbers > 0) {
		json_write_string(json, "type", names[place->shape]);
		write_positions(json, place);
		json_write_string(json, "srsName", place->srs);
		if (place->gml)
			json_write_int(json, "srsDimension", place->dimensions);
	}
	json_write_object_end(json);
}

static void
write_texts(struct writer *writer, const struct model_node *node)
{
	bool entry = node->kind == MODEL_ENTRY;

	write_text(writer, "title", &node->texts[MODEL_TITLE]);
	write_text(writer, entry ? "summary" : "subtitle", &node->texts[MODEL_SUMMARY]);
	write_text(writer, "rights", &node->texts[MODEL_RIGHTS]);
	write_text(writer, "info", &node->texts[MODEL_INFO]);
	if (!node->contents.first)
		return;
	json_write_array(&writer->json, "content");
	for (const struct model_text *t = node->contents.first; t; t = t->next)
		write_text(writer, NULL, t);
	json_write_array_end(&writer->json);
}

static void
write_strings(struct json_writer *json, const struct model_node *node)
{
	const char *language = node->strings[MODEL_LANGUAGE];

	json_write_string(json, "link", node->strings[MODEL_LINK]);
	json_write_string(json, "comments", node->strings[MODEL_COMMENTS]);
	json_write_string(json, "language", language ? language : node->lang);
	json_write_string(json, "icon", node->strings[MODEL_ICON]);
	json_write_string(json, "logo", node->strings[MODEL_LOGO]);
	json_write_string(json, "docs", node->strings[MODEL_DOCS]);
	json_write_string(json, "ttl", node->strings[MODEL_TTL]);
	json_write_string(json, "rating", node->strings[MODEL_RATING]);
	json_write_string(json, "newlocation", node->strings[MODEL_NEW_LOCATION]);
	json_write_string(json, "external_url", node->strings[MODEL_EXTERNAL_LINK]);
}

static void
write_members(struct writer *writer, struct model_node *node)
{
	struct json_writer *json = &writer->json;

	link_choose(node);
	write_texts(writer, node);
	write_id(writer, node);
	write_strings(json, node);
	write_links(json, node);
	write_persons(json, "authors", node->authors.first);
	write_persons(json, "contributors", node->contributors.first);
	if (node->publisher)
		write_person(json, "publisher", node->publisher);
	write_categories(json, node);
	write_dates(json, node);
	write_generator(json, &node->generator);
	write_image(json, "image", node->image);
	write_image(json, "textinput", node->text_input);
	write_cloud(json, node->cloud);
	write_place(json, node->place);
	document_write_extensions(json, node);
}

/* Hours of the day and days of the week in which the feed asks not to be read. */
static void
write_skips(struct json_writer *json, const struct np_feed_info *info)
{
	static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
		"Friday", "Saturday" };

	if (info->skip_hours) {
		json_write_array(json, "skip_hours");
		for (unsigned int i = 0; i < 24; i++)
			if (info->skip_hours & UINT32_C(1) << i)
				json_write_int(json, NULL, i);
		json_write_array_end(json);
	}
	if (info->skip_days) {
		json_write_array(json, "skip_days");
		for (unsigned int i = 0; i < 7; i++)
			if (info->skip_days & UINT32_C(1) << i)
				json_write_string(json, NULL, days[i]);
		json_write_array_end(json);
	}
}

static void
write_entry(struct writer *writer, struct model_node *entry)
{
	json_write_object(&writer->json, NULL);
	write_members(writer, entry);
	if (entry->source) {
		json_write_object(&writer->json, "source");
		write_members(writer, entry->source);
		json_write_string(&writer->json, "href", entry->source->strings[MODEL_LINK]);
		json_write_object_end(&writer->json);
	}
	json_write_object_end(&writer->json);
}

void
document_write(struct buf *out, struct builder *builder)
{
	struct writer writer = { .builder = builder };
	struct json_writer *json = &writer.json;

	json_write_init(json, out);
	json_write_object(json, NULL);
	json_write_bool(json, "bozo", builder->info.bozo);
	json_write_string(json, "bozo_reason", builder->info.bozo_reason);
	json_write_string(json, "version", builder->info.version);
	json_write_string(json, "encoding", builder->info.encoding);
	json_write_object(json, "feed");
	write_members(&writer, builder->feed);
	write_skips(json, &builder->info);
	json_write_object_end(json);
	json_write_array(json, "entries");
	for (struct model_node *entry = builder->entries.first; entry; entry = entry->next)
		write_entry(&writer, entry);
	json_write_array_end(json);
	json_write_object_end(json);
}
