/*
 * Numbers go into the HTML as text behind each end tag of a link, and then all of it is made plain
 * as any article is. The input is our sanitiser's, so links do not nest and are closed.
 */
#include "tools/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/feed/html.h"
#include "lib/feed/html_token.h"

/* The number of a URL, which is taken over; 0: it gets none. */
static size_t
number_of(struct links *links, char *url)
{
	for (size_t i = 0; url && i < links->n; i++) {
		if (strcmp(links->list[i], url) != 0)
			continue;
		free(url);
		return i + 1;
	}
	if (!url || links->n == LINKS_MAX) {
		free(url);
		return 0;
	}
	links->list[links->n++] = url;
	return links->n;
}

/* What a start tag leads to: 0 where it is no link to elsewhere. */
static size_t
link_of(struct links *links, const struct html_token *token)
{
	const struct html_attribute *href;
	struct buf url = { 0 };

	if (token->kind != HTML_START || token->text.size != 1 ||
		html_lower(token->text.ptr[0]) != 'a')
		return 0;
	href = html_token_attribute(token, "href");
	if (!href || href->value.size == 0 || href->value.ptr[0] == '#')
		return 0;
	html_unescape(&url, href->value.ptr, href->value.size);
	return number_of(links, buf_steal(&url));
}

void
links_to_text(struct links *links, struct buf *out, const char *html)
{
	struct buf numbered = { 0 };
	struct html_tokens tokens;
	struct html_token token;
	const char *begin = html;
	size_t open = 0;

	html_tokens_init(&tokens, html, strlen(html));
	while (html_tokens_next(&tokens, &token)) {
		buf_append(&numbered, begin, (size_t)(tokens.pos - begin));
		begin = tokens.pos;
		if (token.kind == HTML_END && token.text.size == 1 &&
			html_lower(token.text.ptr[0]) == 'a') {
			if (open > 0)
				buf_printf(&numbered, "[%zu]", open);
			open = 0;
		} else if (token.kind == HTML_START && open == 0) {
			open = link_of(links, &token);
		}
	}
	html_to_text(out, buf_str(&numbered), numbered.len);
	if (buf_error(&numbered))
		out->error = buf_error(&numbered);
	buf_done(&numbered);
}

void
links_done(struct links *links)
{
	for (size_t i = 0; i < links->n; i++)
		free(links->list[i]);
	links->n = 0;
}
