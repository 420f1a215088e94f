/*
 * OPML by expat's push interface. Owns the parser and a stack of folders. Lists are often exported
 * from other people's programs, so they are read as hostile: depth, size of a tag and size of the
 * list are capped, entity declarations end the reading, and nothing external is ever opened. The
 * first error ends the reading, with its line.
 */
#include "daemon/conf/opml.h"

#include <errno.h>
#include <expat.h>
#include <string.h>
#include <strings.h>

#include "daemon/conf/ini.h"
#include "lib/base/utf8.h"

#define CHUNK 65536

struct reading {
	XML_Parser parser;
	const char *file;
	opml_handler *handler;
	const struct opml_walker *walker; /* in the handler's stead */
	void *arg;
	struct config_error *err;
	int status; /* 0, or why the reading ends */
	unsigned int depth;
	bool is_opml;
	/* The folder at each depth, "" for what is none; each text its own buffer, kept. */
	struct buf folders[OPML_DEPTH_MAX];
	struct buf url, title, categories, name;
};

/* The attributes of an outline that say something here; NULL where absent. */
struct outline {
	const char *url, *title, *text, *type, *categories, *name;
};

static void
stop(struct reading *reading, int status)
{
	reading->status = status;
	XML_StopParser(reading->parser, XML_FALSE);
}

static unsigned int
current_line(const struct reading *reading)
{
	return (unsigned int)XML_GetCurrentLineNumber(reading->parser);
}

static void
complain(struct reading *reading, const char *key, const char *reason)
{
	stop(reading, config_error_set(reading->err, reading->file, current_line(reading), key,
			      "%s", reason));
}

/* Names of attributes come in any case: xmlUrl, xmlurl, XMLURL. */
static void
take_attributes(const XML_Char **attributes, struct outline *ret_outline)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "xmlUrl", &ret_outline->url },
		{ "title", &ret_outline->title },
		{ "text", &ret_outline->text },
		{ "type", &ret_outline->type },
		{ "category", &ret_outline->categories },
		{ OPML_NAME, &ret_outline->name },
	};

	for (; attributes[0]; attributes += 2)
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcasecmp(attributes[0], known[i].name) == 0)
				*known[i].value = attributes[1];
}

/* White space folded; true where something is left. */
static bool
fold(struct buf *out, const char *text)
{
	buf_reset(out);
	if (text)
		utf8_fold_space(out, text, strlen(text));
	return out->len > 0;
}

/* "/Boston/Weather" → "Weather" */
static char *
last_part(char *path)
{
	size_t length = strlen(path);
	char *slash;

	while (length > 0 && (path[length - 1] == '/' || path[length - 1] == ' '))
		path[--length] = '\0';
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* The folders around the feed and then its categories, each where it lies. */
static size_t
collect_terms(struct reading *reading, const char *categories, const char *ret_terms[])
{
	char *text = NULL, *part;
	size_t n = 0;

	for (unsigned int i = 0; i < reading->depth; i++)
		if (reading->folders[i].len)
			ret_terms[n++] = buf_str(&reading->folders[i]);
	if (fold(&reading->categories, categories))
		text = reading->categories.data;
	while (n < OPML_TERMS_MAX && (part = strsep(&text, ","))) {
		part = last_part(part);
		part += *part == ' ';
		if (*part)
			ret_terms[n++] = part;
	}
	return n;
}

static void
fail_memory(struct reading *reading)
{
	config_error_set(
		reading->err, reading->file, current_line(reading), NULL, "%s", strerror(ENOMEM));
	stop(reading, -ENOMEM);
}

static void
hand_on(struct reading *reading, const struct outline *outline)
{
	const char *terms[OPML_DEPTH_MAX + OPML_TERMS_MAX];
	struct opml_feed feed = { .terms = terms, .line = current_line(reading) };
	int ret;

	if (!fold(&reading->title, outline->title))
		fold(&reading->title, outline->text);
	feed.n_terms = collect_terms(reading, outline->categories, terms);
	fold(&reading->name, outline->name);
	feed.name = buf_str(&reading->name);
	feed.url = buf_str(&reading->url);
	feed.title = buf_str(&reading->title);
	if (buf_error(&reading->title) || buf_error(&reading->categories) ||
		buf_error(&reading->name)) {
		fail_memory(reading);
		return;
	}
	ret = reading->handler(reading->arg, &feed);
	if (ret < 0)
		stop(reading, ret);
}

static void
start_folder(struct reading *reading, const struct outline *outline)
{
	struct buf *folder = &reading->folders[reading->depth];

	/* type=include and type=link point elsewhere and hold no feeds: no folders. */
	if (outline->type && (strcasecmp(outline->type, "include") == 0 ||
				     strcasecmp(outline->type, "link") == 0))
		return;
	if (!fold(folder, outline->text))
		fold(folder, outline->title);
	if (buf_error(folder))
		fail_memory(reading);
}

static void
start_outline(struct reading *reading, const XML_Char **attributes)
{
	struct outline outline = { 0 };

	take_attributes(attributes, &outline);
	if (fold(&reading->url, outline.url))
		hand_on(reading, &outline);
	else if (buf_error(&reading->url))
		fail_memory(reading);
	else
		start_folder(reading, &outline);
}

const char *
opml_attribute(const char *const *attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (strcasecmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

static void
show_element(struct reading *reading, const XML_Char *name, const XML_Char **attributes)
{
	XML_Index at = XML_GetCurrentByteIndex(reading->parser);
	struct opml_element element = {
		.name = name,
		.attributes = (const char *const *)attributes,
		.depth = reading->depth,
		.line = current_line(reading),
		.offset = at > 0 ? (size_t)at : 0,
		.size = (size_t)XML_GetCurrentByteCount(reading->parser),
	};
	int ret;

	buf_reset(&reading->url);
	if (strcasecmp(name, "outline") == 0)
		fold(&reading->url, opml_attribute(element.attributes, "xmlUrl"));
	if (buf_error(&reading->url)) {
		fail_memory(reading);
		return;
	}
	element.url = buf_str(&reading->url);
	ret = reading->walker->start(reading->walker->arg, &element);
	if (ret < 0)
		stop(reading, ret);
}

static void
start_element(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *reading = arg;

	if (reading->status < 0)
		return;
	if (reading->depth == OPML_DEPTH_MAX) {
		complain(reading, NULL, "elements more than 64 deep");
		return;
	}
	buf_reset(&reading->folders[reading->depth]);
	if (reading->depth == 0 && strcasecmp(name, "opml") != 0) {
		char key[80];

		snprintf(key, sizeof(key), "<%.64s>", name);
		complain(reading, key, "not an OPML list, which begins with <opml>");
		return;
	}
	if (reading->walker)
		show_element(reading, name, attributes);
	else if (strcasecmp(name, "outline") == 0)
		start_outline(reading, attributes);
	reading->depth++;
}

static void
end_element(void *arg, const XML_Char *name)
{
	struct reading *reading = arg;
	int ret = 0;

	if (reading->status < 0)
		return;
	if (reading->depth > 0)
		reading->depth--;
	if (reading->walker && reading->walker->end)
		ret = reading->walker->end(reading->walker->arg, name, reading->depth);
	if (ret < 0)
		stop(reading, ret);
}

static void
refuse_entity(void *arg, const XML_Char *name, int is_parameter, const XML_Char *value, int length,
	const XML_Char *base, const XML_Char *system, const XML_Char *public,
	const XML_Char *notation)
{
	struct reading *reading = arg;

	(void)is_parameter, (void)value, (void)length, (void)base, (void)system, (void)public,
		(void)notation;
	if (reading->status == 0)
		complain(reading, name, "a list may not declare entities");
}

/* Feeds one chunk; a tag that does not end is refused before expat keeps all of it. */
static void
parse_chunk(struct reading *reading, const char *data, size_t size, size_t total, bool last)
{
	XML_Index at;

	if (XML_Parse(reading->parser, data, (int)size, last) == XML_STATUS_OK) {
		at = XML_GetCurrentByteIndex(reading->parser);
		if (!last && at >= 0 && total - (size_t)at > OPML_TAG_MAX)
			complain(reading, NULL, "one piece of markup of more than 1 MiB");
	} else if (reading->status == 0) {
		enum XML_Error error = XML_GetErrorCode(reading->parser);

		complain(reading, NULL, XML_ErrorString(error));
		if (error == XML_ERROR_NO_MEMORY)
			reading->status = -ENOMEM;
	}
}

static void
read_chunks(struct reading *reading, FILE *stream)
{
	char chunk[CHUNK];
	size_t total = 0, size;

	do {
		size = fread(chunk, 1, sizeof(chunk), stream);
		total += size;
		if (ferror(stream)) {
			config_error_set(reading->err, reading->file, 0, NULL, "%s", strerror(EIO));
			reading->status = -EIO;
		} else if (total > OPML_FILE_MAX) {
			complain(reading, NULL, "a list of more than 1 GiB");
		} else {
			parse_chunk(reading, chunk, size, total, size < sizeof(chunk));
		}
	} while (reading->status == 0 && size == sizeof(chunk));
}

static int
read_list(struct reading *reading, FILE *stream)
{
	reading->parser = XML_ParserCreate(NULL);
	if (!reading->parser) {
		config_error_set(reading->err, reading->file, 0, NULL, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	XML_SetUserData(reading->parser, reading);
	XML_SetElementHandler(reading->parser, start_element, end_element);
	XML_SetEntityDeclHandler(reading->parser, refuse_entity);
	read_chunks(reading, stream);
	XML_ParserFree(reading->parser);
	for (size_t i = 0; i < OPML_DEPTH_MAX; i++)
		buf_done(&reading->folders[i]);
	buf_done(&reading->url);
	buf_done(&reading->title);
	buf_done(&reading->categories);
	buf_done(&reading->name);
	return reading->status;
}

int
opml_read(
	FILE *stream, const char *file, opml_handler *handler, void *arg, struct config_error *err)
{
	struct reading reading = { .file = file, .handler = handler, .arg = arg, .err = err };

	return read_list(&reading, stream);
}

int
opml_walk(
	FILE *stream, const char *file, const struct opml_walker *walker, struct config_error *err)
{
	struct reading reading = { .file = file, .walker = walker, .err = err };

	return read_list(&reading, stream);
}
