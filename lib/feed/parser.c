/*
 * The public parser: bytes → character set → JSON or XML → builder → articles. Owns the pipeline's
 * order, what is kept of a document until it is known to be a feed, and the reasons in words. A
 * failure sticks: what comes after it is not looked at. Errors: as newspool/feed.h says.
 */
#include "config.h" /* strcasestr() */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <newspool/feed.h>

#include "lib/feed/builder.h"
#include "lib/feed/charset.h"
#include "lib/feed/document.h"
#include "lib/feed/html.h"
#include "lib/feed/jsonfeed.h"
#include "lib/feed/xml.h"

/* Text kept from the beginning, to name a page that is no feed and to look at the DOCTYPE. */
#define HEAD_MAX ((size_t)16 * 1024)

/* What a tag may have however small the cap on texts is. */
#define TOKEN_MIN ((size_t)64 * 1024)

enum parser_kind {
	PARSER_UNKNOWN, /* nothing but white space so far */
	PARSER_XML,
	PARSER_JSON,
	PARSER_PAGE, /* no feed: read on for the page's title alone */
};

struct np_feed_parser {
	struct builder builder;
	struct charset *charset;
	struct xml_reader *xml;
	struct jsonfeed *json;
	enum parser_kind kind;
	struct buf text; /* decoded, not yet read */
	struct buf head;
	bool finished;
	int error;
	const char *reason;
};

int
np_feed_parser_new(const struct np_feed_options *options, struct np_feed_parser **ret_parser)
{
	struct np_feed_parser *parser = calloc(1, sizeof(*parser));
	struct xml_handler handler = {
		.start = builder_start, .end = builder_end, .text = builder_text
	};
	struct np_feed_limits limits;
	int error;

	if (!parser)
		return -ENOMEM;
	error = builder_init(&parser->builder, options);
	if (error) {
		free(parser);
		return error;
	}
	handler.arg = &parser->builder;
	error = charset_new(parser->builder.options.content_type, &parser->charset);
	/* Texts are cut by the builder: XML's reader caps tags and comments by it too. */
	limits = parser->builder.limits;
	if (limits.max_text < TOKEN_MIN)
		limits.max_text = TOKEN_MIN;
	if (error == 0)
		error = xml_new(&handler, &limits, &parser->xml);
	if (error == 0)
		error = jsonfeed_new(&parser->builder, &parser->json);
	if (error) {
		np_feed_parser_free(parser);
		return error;
	}
	parser->builder.xml = parser->xml;
	*ret_parser = parser;
	return 0;
}

void
np_feed_parser_free(struct np_feed_parser *parser)
{
	if (!parser)
		return;
	xml_free(parser->xml);
	jsonfeed_free(parser->json);
	charset_free(parser->charset);
	builder_done(&parser->builder);
	buf_done(&parser->text);
	buf_done(&parser->head);
	free(parser);
}

static bool
is_blank(char c)
{
	return c == '\0' || isspace((unsigned char)c);
}

/*
 * NULs become blanks, so that the head can be searched as a string. It is kept of what may be a feed
 * as well: what is refused later is explained by it.
 */
static void
keep_head(struct np_feed_parser *parser)
{
	size_t from = parser->head.len, size = parser->text.len;
	char *nul;

	if (size > HEAD_MAX - from)
		size = HEAD_MAX - from;
	buf_append(&parser->head, buf_str(&parser->text), size);
	while (from < parser->head.len) {
		nul = memchr(parser->head.data + from, '\0', parser->head.len - from);
		if (nul == NULL)
			break;
		*nul = ' ';
		from = (size_t)(nul - parser->head.data) + 1;
	}
}

/*
 * The first character that is neither blank nor a NUL tells JSON from XML. Until it is there the text
 * is kept, so that blanks are handed on alike however they were cut; so many of them are no JSON's.
 */
static void
sniff(struct np_feed_parser *parser)
{
	const char *text = buf_str(&parser->text);
	size_t size = parser->text.len < HEAD_MAX ? parser->text.len : HEAD_MAX, i = 0;

	while (i < size && is_blank(text[i]))
		i++;
	if (i < size)
		parser->kind = text[i] == '{' || text[i] == '[' ? PARSER_JSON : PARSER_XML;
	else if (size == HEAD_MAX)
		parser->kind = PARSER_XML;
}

/* Where the first start tag begins; the end of the text where there is none. */
static const char *
find_root(const char *text)
{
	while ((text = strchr(text, '<')) != NULL && !isalpha((unsigned char)text[1]))
		text++;
	return text;
}

/* RSS 0.91 was two formats; the one that Netscape wrote says so before its root element. */
static void
look_at_doctype(struct np_feed_parser *parser)
{
	static const char netscape[] = "rss-0.91.dtd";
	const char *head = buf_str(&parser->head), *doctype = strstr(head, "<!DOCTYPE");
	const char *name, *root;

	if (!doctype || parser->builder.version_hint ||
		parser->builder.info.format != NP_FEED_UNKNOWN)
		return;
	name = strstr(doctype, netscape);
	root = find_root(head);
	if (name && (!root || name < root))
		parser->builder.version_hint = "rss091n";
}

/*
 * Where XML's reader gives up, the head is still read to its end: a page may say its title there, and
 * the reason is not to depend on how the bytes were cut.
 */
static int
read_xml(struct np_feed_parser *parser)
{
	int error = 0;

	keep_head(parser);
	look_at_doctype(parser);
	if (parser->kind == PARSER_XML)
		error = xml_push(parser->xml, buf_str(&parser->text), parser->text.len);
	if (error == -EBADMSG)
		parser->kind = PARSER_PAGE;
	if (parser->kind == PARSER_PAGE)
		error = parser->head.len < HEAD_MAX ? 0 : -EBADMSG;
	return error;
}

static int
read_text(struct np_feed_parser *parser)
{
	int error = 0;

	if (parser->kind == PARSER_UNKNOWN)
		sniff(parser);
	if (parser->text.len == 0 || parser->kind == PARSER_UNKNOWN)
		return 0;
	if (parser->kind == PARSER_JSON)
		error = jsonfeed_push(parser->json, buf_str(&parser->text), parser->text.len);
	else
		error = read_xml(parser);
	buf_reset(&parser->text);
	return error;
}

static int
decode(struct np_feed_parser *parser, const void *data, size_t size, bool last)
{
	int error = charset_push(parser->charset, data, size, last, &parser->text);

	return error ? error : buf_error(&parser->text);
}

static int
read_rest(struct np_feed_parser *parser)
{
	int error = decode(parser, "", 0, true);

	if (error == 0)
		error = read_text(parser);
	if (error)
		return error;
	switch (parser->kind) {
	case PARSER_JSON:
		return jsonfeed_finish(parser->json);
	case PARSER_XML:
		error = xml_finish(parser->xml);
		if (error == 0 && parser->builder.info.format == NP_FEED_UNKNOWN)
			error = -EBADMSG;
		return error;
	case PARSER_PAGE:
		return -EBADMSG;
	case PARSER_UNKNOWN:
		break;
	}
	parser->reason = "empty document";
	return -EBADMSG;
}

/* HTML by its root element, or by its words where there is nothing that is one. */
static bool
is_page(const struct np_feed_parser *parser)
{
	const char *head = buf_str(&parser->head);

	if (parser->builder.root)
		return strcasecmp(parser->builder.root, "html") == 0;
	return strcasestr(head, "<!doctype html") || strcasestr(head, "<html") ||
	       strcasestr(head, "<head>") || strcasestr(head, "<body");
}

/* Why it is no feed, in words; not having the memory for them is not worth an error of its own. */
static void
explain(struct np_feed_parser *parser)
{
	struct buf words = { 0 }, title = { 0 };
	const char *root = parser->builder.root;

	if (parser->reason)
		return;
	if (parser->error != -EBADMSG) {
		parser->reason = parser->error == -E2BIG ? "the document exceeds a cap"
							 : "out of memory";
		return;
	}
	parser->reason = "not a feed";
	if (parser->kind == PARSER_JSON) {
		parser->reason = "a JSON document that is not a feed";
		return;
	}
	if (is_page(parser)) {
		html_page_scan(buf_str(&parser->head), parser->head.len, &title, NULL);
		if (title.len > 0)
			buf_printf(&words, "an HTML page titled '%s'", buf_str(&title));
		else
			buf_puts(&words, "an HTML page");
	} else if (root) {
		buf_printf(&words, "root element <%s> is not a feed", root);
	} else {
		buf_puts(&words, "no element was found");
	}
	if (buf_error(&words) == 0) {
		const char *copy = arena_strdup(&parser->builder.arena, buf_str(&words));

		if (copy)
			parser->reason = copy;
	}
	buf_done(&title);
	buf_done(&words);
}

int
np_feed_parser_push(struct np_feed_parser *parser, const void *data, size_t size)
{
	if (parser->error)
		return parser->error;
	if (parser->finished)
		return -EINVAL;
	parser->error = decode(parser, data, size, false);
	if (parser->error == 0)
		parser->error = read_text(parser);
	if (parser->error)
		explain(parser);
	return parser->error;
}

/* A type that no program would take for a feed's. */
static bool
is_text_plain(const struct np_feed_parser *parser)
{
	const char *type = parser->builder.options.content_type;

	return type && parser->kind == PARSER_XML &&
	       strncasecmp(type + strspn(type, " \t"), "text/plain", 10) == 0;
}

/*
 * What was repaired, and the character set. A refused document has its reason instead: how far it
 * had been decoded by then depends on how its bytes were cut.
 */
static void
set_info(struct np_feed_parser *parser)
{
	struct np_feed_info *info = &parser->builder.info;
	const char *bozo = parser->kind == PARSER_XML    ? xml_bozo(parser->xml)
			   : parser->kind == PARSER_JSON ? jsonfeed_bozo(parser->json)
							 : NULL;

	info->encoding = charset_name(parser->charset);
	info->bozo_reason = bozo ? bozo : charset_repaired(parser->charset);
	if (!info->bozo_reason && is_text_plain(parser))
		info->bozo_reason = "served as text/plain";
	if (!info->bozo_reason && info->n_items > parser->builder.limits.max_items)
		info->bozo_reason = "more items than the cap: the rest was left out";
	info->bozo = info->bozo_reason != NULL;
	info->cut_off = parser->kind == PARSER_XML && xml_is_cut(parser->xml);
}

static void
set_refused(struct np_feed_parser *parser)
{
	parser->builder.info.bozo = true;
	parser->builder.info.bozo_reason = parser->reason;
	parser->builder.info.encoding = NULL;
}

int
np_feed_parser_finish(struct np_feed_parser *parser)
{
	int error;

	if (parser->finished)
		return parser->error;
	parser->finished = true;
	if (parser->error == 0)
		parser->error = read_rest(parser);
	if (parser->error == 0)
		set_info(parser);
	error = builder_finish(&parser->builder, parser->error == 0);
	if (parser->error == 0)
		parser->error = error;
	if (parser->error) {
		explain(parser);
		set_refused(parser);
	}
	buf_done(&parser->text);
	return parser->error;
}

int
np_feed_parser_take(struct np_feed_parser *parser, struct np_article **ret_article)
{
	struct builder *builder = &parser->builder;

	if (builder->queue_first == builder->queue_end)
		return 0;
	*ret_article = builder->queue[builder->queue_first++];
	return 1;
}

const struct np_feed_info *
np_feed_parser_info(const struct np_feed_parser *parser)
{
	return &parser->builder.info;
}

const char *
np_feed_parser_error(const struct np_feed_parser *parser)
{
	return parser->error ? parser->reason : NULL;
}

int
np_feed_parser_document(struct np_feed_parser *parser, char **ret_json)
{
	struct buf out = { 0 };
	int error;

	if (!parser->builder.options.keep_document || !parser->finished)
		return -EINVAL;
	document_write(&out, &parser->builder);
	error = buf_error(&out);
	if (error == 0) {
		*ret_json = buf_steal(&out);
		error = *ret_json ? 0 : -ENOMEM;
	}
	buf_done(&out);
	return error;
}
