/*
 * What can be told about a text before it is known what it is: whether a text that claims to be
 * plain is HTML, and what feeds an HTML page points to. Both read tokens and stop early.
 */
#include <string.h>
#include <strings.h>

#include "lib/base/utf8.h"
#include "lib/feed/html.h"
#include "lib/feed/html_policy.h"
#include "lib/feed/html_reference.h"
#include "lib/feed/html_token.h"
#include "lib/feed/html_value.h"

#define TITLE_MAX 200
#define LOOK_MAX 65536 /* bytes of a text that are looked at */

static bool
has_reference(const char *text, size_t size)
{
	const char *end = text + size;
	struct html_reference reference;

	for (; (text = memchr(text, '&', (size_t)(end - text))); text++)
		if (html_reference_read(text, (size_t)(end - text), false, &reference) &&
			reference.closed)
			return true;
	return false;
}

/* "a<b && c>d" reads as a tag, but nobody meant one. */
static bool
is_meant(const struct html_token *token)
{
	for (size_t i = 0; i < token->n_attributes; i++) {
		struct html_slice name = token->attributes[i].name;

		for (size_t j = 0; j < name.size; j++)
			if (!html_is_letter(name.ptr[j]) && !strchr("-_:.0123456789", name.ptr[j]))
				return false;
	}
	return html_element_find(HTML_SPACE_HTML, token->text.ptr, token->text.size) != NULL;
}

bool
html_looks_like(const char *text, size_t size)
{
	struct html_tokens tokens;
	struct html_token token;

	if (size > LOOK_MAX)
		size = LOOK_MAX;
	if (has_reference(text, size))
		return true;
	html_tokens_init(&tokens, text, size);
	while (html_tokens_next(&tokens, &token)) {
		if (token.kind == HTML_END)
			return true;
		if (token.kind == HTML_START && is_meant(&token))
			return true;
	}
	return false;
}

static bool
is_named(struct html_slice name, const char *text)
{
	return name.size == strlen(text) && strncasecmp(name.ptr, text, name.size) == 0;
}

/* The attribute's decoded value, appended. */
static void
get(const struct html_token *token, const char *name, struct buf *value)
{
	const struct html_attribute *attribute = html_token_attribute(token, name);

	buf_reset(value);
	if (attribute)
		html_value_decode(value, attribute->value);
}

/* True where word is one of the blank-separated words of list. */
static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list) {
		size_t length;

		list += strspn(list, " \t\n\r\f");
		length = strcspn(list, " \t\n\r\f");
		if (length == n && strncasecmp(list, word, n) == 0)
			return true;
		list += length;
	}
	return false;
}

static bool
is_feed_type(const char *type)
{
	static const char *const types[] = { "application/atom+xml", "application/feed+json",
		"application/rdf+xml", "application/rss+xml", "text/xml" };
	size_t n;

	type += strspn(type, " \t\n");
	n = strcspn(type, "; \t\n");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i]) == n && strncasecmp(type, types[i], n) == 0)
			return true;
	return false;
}

static bool
is_feed_link(const struct html_token *token, struct buf *value)
{
	get(token, "rel", value);
	if (!has_word(buf_str(value), "alternate"))
		return false;
	get(token, "type", value);
	return is_feed_type(buf_str(value));
}

/* The title's text, folded, up to TITLE_MAX bytes of whole characters. */
static void
put_title(struct buf *title, struct html_slice raw)
{
	struct buf text, folded;

	buf_init(&text);
	buf_init(&folded);
	html_value_decode(&text, raw);
	utf8_fold_space(&folded, buf_str(&text), text.len);
	buf_append(title, buf_str(&folded), utf8_cut(buf_str(&folded), folded.len, TITLE_MAX));
	buf_done(&folded);
	buf_done(&text);
}

/* A browser leaves line breaks and tabs out of a URL. */
static void
put_link(struct buf *feeds, const struct buf *href)
{
	for (size_t i = 0; i < href->len; i++)
		if (strchr("\n\r\t", href->data[i]) == NULL)
			buf_putc(feeds, href->data[i]);
	buf_putc(feeds, '\n');
}

/* Reads the start tag; true where the next token is the title. feeds NULL: enough were found. */
static bool
scan_tag(struct html_tokens *tokens, const struct html_token *token, struct buf *feeds,
	size_t *n_feeds)
{
	const struct html_element *element = html_element_find(
		HTML_SPACE_HTML, token->text.ptr, token->text.size);
	struct buf value;

	if (element && element->mode != HTML_MODE_DATA)
		html_tokens_enter(tokens, (enum html_mode)element->mode, token);
	if (!is_named(token->text, "link") || !feeds)
		return element && element->kind == HTML_KIND_TITLE;
	buf_init(&value);
	if (is_feed_link(token, &value)) {
		get(token, "href", &value);
		put_link(feeds, &value);
		(*n_feeds)++;
	}
	buf_done(&value);
	return false;
}

void
html_page_scan(const char *text, size_t size, struct buf *title, struct buf *feeds)
{
	struct html_tokens tokens;
	struct html_token token;
	bool in_title = false;
	size_t n_feeds = 0;

	html_tokens_init(&tokens, text, size);
	while (html_tokens_next(&tokens, &token)) {
		if (token.kind == HTML_TEXT && in_title && title) {
			put_title(title, token.text);
			title = NULL;
		}
		in_title = token.kind == HTML_START && scan_tag(&tokens, &token, feeds, &n_feeds);
		if (n_feeds == HTML_PAGE_FEEDS_MAX)
			feeds = NULL;
		if (!title && !feeds)
			break;
	}
}
