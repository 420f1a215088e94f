/*
 * OPML in and out, for import. A list is copied element by element through the writer, which escapes
 * all of it anew; comments and the white space between elements are not kept.
 *
 * Errors: -errno from the reader; -ENOMEM.
 */
#include "config.h"

#include "tools/import_opml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/conf/opml.h"
#include "lib/base/url.h"
#include "lib/base/weave.h"

struct copying {
	struct weave weave;
	bool (*take)(void *arg);
	void *arg;
	unsigned int open;            /* outlines that are written and not closed */
	bool written[OPML_DEPTH_MAX]; /* the element of each depth was */
	bool body, root;
};

static int
walk(const char *text, size_t size, const char *file, const struct opml_walker *walker,
	struct config_error *err)
{
	FILE *stream;
	int ret;

	if (size == 0) {
		snprintf(err->text, sizeof(err->text), "%s: empty", file);
		return -EINVAL;
	}
	stream = fmemopen((void *)(uintptr_t)text, size, "r");
	if (stream == NULL)
		return -ENOMEM;
	ret = opml_walk(stream, file, walker, err);
	fclose(stream);
	return ret;
}

/* FreshRSS has types such as "HTML+XPath" for pages that it takes apart itself. */
static bool
is_scraped(const char *const *attributes)
{
	const char *type = opml_attribute(attributes, "type");

	return type != NULL && strchr(type, '+') != NULL;
}

static int
hand_on(void *arg, const struct opml_element *element)
{
	const struct import_sink *sink = arg;
	const char *title = opml_attribute(element->attributes, "title");
	struct import_entry entry = { .url = element->url,
		.title = title != NULL ? title : "",
		.home_page_url = "",
		.scraped = is_scraped(element->attributes),
		.line = element->line };

	return *element->url != '\0' ? sink->feed(sink->arg, &entry) : 0;
}

int
import_opml(const char *text, size_t size, const char *file, const struct import_sink *sink,
	struct config_error *err)
{
	struct import_sink copy = *sink;
	const struct opml_walker walker = { hand_on, NULL, &copy };

	return walk(text, size, file, &walker, err);
}

static void
indent(struct copying *copying, unsigned int depth)
{
	static const char tabs[] = "\n\t\t\t\t\t\t\t\t";

	weave_text_n(&copying->weave, tabs, 1 + (depth < 8 ? depth : 8));
}

/* <opml>, with the attributes of the source's: namespaces. */
static void
start_list(struct copying *copying, const char *const *attributes)
{
	struct weave *weave = &copying->weave;

	weave_trusted(weave, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	weave_open(weave, "opml");
	weave_attribute(weave, "version", "2.0");
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
		if (strcasecmp(attributes[0], "version") != 0)
			weave_attribute(weave, attributes[0], attributes[1]);
	indent(copying, 1);
	weave_open(weave, "head");
	weave_element(weave, "title", NULL, "Imported into newspool");
	weave_close(weave);
	indent(copying, 1);
	weave_open(weave, "body");
}

static void
end_list(struct copying *copying)
{
	indent(copying, 1);
	weave_close(&copying->weave);
	weave_text(&copying->weave, "\n");
	weave_close(&copying->weave);
	weave_text(&copying->weave, "\n");
}

static int
copy_start(void *arg, const struct opml_element *element)
{
	struct copying *copying = arg;

	copying->written[element->depth] = false;
	if (element->depth == 0)
		start_list(copying, element->attributes);
	if (strcasecmp(element->name, "body") == 0)
		copying->body = true;
	if (!copying->body || strcasecmp(element->name, "outline") != 0 ||
		(*element->url != '\0' && !copying->take(copying->arg)))
		return 0;
	indent(copying, 2 + copying->open++);
	copying->written[element->depth] = true;
	weave_open(&copying->weave, "outline");
	for (const char *const *at = element->attributes; at[0] != NULL; at += 2)
		weave_attribute(&copying->weave, at[0], at[1]);
	return buf_error(copying->weave.out);
}

static int
copy_end(void *arg, const char *name, unsigned int depth)
{
	struct copying *copying = arg;

	if (strcasecmp(name, "body") == 0)
		copying->body = false;
	if (!copying->written[depth])
		return 0;
	copying->open--;
	if (!copying->weave.in_tag)
		indent(copying, 2 + copying->open);
	weave_close(&copying->weave);
	return 0;
}

/* A feed of a list that has no folders. */
static int
write_entry(void *arg, const struct import_entry *entry)
{
	struct copying *copying = arg;
	struct weave *weave = &copying->weave;
	struct buf category = { 0 }, host = { 0 };

	if (!copying->take(copying->arg))
		return 0;
	/* A comma within a tag would part it. */
	for (size_t i = 0; i < entry->n_categories; i++) {
		if (category.len > 0)
			buf_putc(&category, ',');
		for (const char *at = entry->categories[i]; *at != '\0'; at++)
			buf_putc(&category, *at == ',' ? ' ' : *at);
	}
	url_host(&host, entry->url);
	indent(copying, 2);
	weave_open(weave, "outline");
	weave_attribute(weave, "type", "rss");
	weave_attribute(weave, "text", *entry->title != '\0' ? entry->title : buf_str(&host));
	weave_attribute(weave, "title", *entry->title != '\0' ? entry->title : NULL);
	weave_attribute(weave, "xmlUrl", entry->url);
	weave_attribute(
		weave, "htmlUrl", *entry->home_page_url != '\0' ? entry->home_page_url : NULL);
	weave_attribute(weave, "category", category.len > 0 ? buf_str(&category) : NULL);
	weave_close(weave);
	if (buf_error(&category) < 0)
		weave->out->error = buf_error(&category);
	buf_done(&category);
	buf_done(&host);
	return buf_error(weave->out);
}

static int
pass_over(void *arg, unsigned int line, const char *what, const char *reason)
{
	(void)arg, (void)line, (void)what, (void)reason;
	return 0;
}

int
import_opml_write(enum import_format format, const char *text, size_t size, bool (*take)(void *arg),
	void *arg, struct buf *out)
{
	struct copying copying = { .take = take, .arg = arg };
	const struct import_sink sink = { write_entry, pass_over, &copying };
	const struct opml_walker walker = { copy_start, copy_end, &copying };
	struct config_error err;
	int ret;

	weave_init(&copying.weave, out, WEAVE_XML);
	if (format == IMPORT_OPML) {
		ret = walk(text, size, "", &walker, &err);
	} else {
		start_list(&copying, NULL);
		ret = format == IMPORT_SFEED ? import_sfeed(text, size, &sink)
					     : import_newsboat(text, size, &sink);
	}
	if (ret == 0)
		end_list(&copying);
	return ret < 0 ? ret : buf_error(out);
}
