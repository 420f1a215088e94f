/*
 * An article's own HTML, written anew. It was sanitised when it came; here it is read once more by
 * the same tokenizer and goes through the page's writer, so that what reaches the browser is made of
 * the elements of this table alone, with no attribute but a link's, and is balanced whatever came.
 *
 * Errors: stick in the call's buffer. What does not fit the table is left out, its text kept.
 */
#include "daemon/control/view.h"

#include <string.h>
#include <strings.h>

#include "lib/feed/html.h"
#include "lib/feed/html_token.h"

#define OPEN_MAX 48u                /* elements within elements */
#define CONTENT_MAX (1024u * 1024u) /* bytes that are shown */

enum content_kind {
	CONTENT_KEPT,
	CONTENT_EMPTY,   /* br, hr */
	CONTENT_LINK,    /* a */
	CONTENT_HEADING, /* h1 to h6: one level below the page's own */
	CONTENT_MEDIA,   /* becomes a link */
	CONTENT_RAW,     /* dropped with its text */
};

static const struct {
	const char *name;
	enum content_kind kind;
	const char *word; /* of a medium's link */
} elements[] = {
	{ "p", CONTENT_KEPT, NULL },
	{ "br", CONTENT_EMPTY, NULL },
	{ "hr", CONTENT_EMPTY, NULL },
	{ "a", CONTENT_LINK, NULL },
	{ "em", CONTENT_KEPT, NULL },
	{ "i", CONTENT_KEPT, NULL },
	{ "strong", CONTENT_KEPT, NULL },
	{ "b", CONTENT_KEPT, NULL },
	{ "ul", CONTENT_KEPT, NULL },
	{ "ol", CONTENT_KEPT, NULL },
	{ "li", CONTENT_KEPT, NULL },
	{ "dl", CONTENT_KEPT, NULL },
	{ "dt", CONTENT_KEPT, NULL },
	{ "dd", CONTENT_KEPT, NULL },
	{ "blockquote", CONTENT_KEPT, NULL },
	{ "pre", CONTENT_KEPT, NULL },
	{ "code", CONTENT_KEPT, NULL },
	{ "kbd", CONTENT_KEPT, NULL },
	{ "samp", CONTENT_KEPT, NULL },
	{ "sub", CONTENT_KEPT, NULL },
	{ "sup", CONTENT_KEPT, NULL },
	{ "s", CONTENT_KEPT, NULL },
	{ "del", CONTENT_KEPT, NULL },
	{ "ins", CONTENT_KEPT, NULL },
	{ "q", CONTENT_KEPT, NULL },
	{ "cite", CONTENT_KEPT, NULL },
	{ "abbr", CONTENT_KEPT, NULL },
	{ "mark", CONTENT_KEPT, NULL },
	{ "small", CONTENT_KEPT, NULL },
	{ "div", CONTENT_KEPT, NULL },
	{ "figure", CONTENT_KEPT, NULL },
	{ "figcaption", CONTENT_KEPT, NULL },
	{ "table", CONTENT_KEPT, NULL },
	{ "caption", CONTENT_KEPT, NULL },
	{ "thead", CONTENT_KEPT, NULL },
	{ "tbody", CONTENT_KEPT, NULL },
	{ "tfoot", CONTENT_KEPT, NULL },
	{ "tr", CONTENT_KEPT, NULL },
	{ "th", CONTENT_KEPT, NULL },
	{ "td", CONTENT_KEPT, NULL },
	{ "h1", CONTENT_HEADING, NULL },
	{ "h2", CONTENT_HEADING, NULL },
	{ "h3", CONTENT_HEADING, NULL },
	{ "h4", CONTENT_HEADING, NULL },
	{ "h5", CONTENT_HEADING, NULL },
	{ "h6", CONTENT_HEADING, NULL },
	{ "img", CONTENT_MEDIA, "Picture" },
	{ "video", CONTENT_MEDIA, "Video" },
	{ "audio", CONTENT_MEDIA, "Audio" },
	{ "script", CONTENT_RAW, NULL },
	{ "style", CONTENT_RAW, NULL },
	{ "title", CONTENT_RAW, NULL },
	{ "textarea", CONTENT_RAW, NULL },
	{ "iframe", CONTENT_RAW, NULL },
	{ "noembed", CONTENT_RAW, NULL },
	{ "noframes", CONTENT_RAW, NULL },
	{ "xmp", CONTENT_RAW, NULL },
};
#define N_ELEMENTS (sizeof(elements) / sizeof(elements[0]))

struct content {
	struct view *view;
	struct html_tokens tokens;
	/* the open elements: the row of the table, and whether anything was written for it */
	struct {
		size_t element;
		bool written;
	} open[OPEN_MAX];
	unsigned int depth;
	unsigned int links; /* open ones that were written */
	bool drop;          /* the next text */
	struct buf text;    /* a reference-free copy */
};

/* N_ELEMENTS where it is none of them. */
static size_t
find(const struct html_slice *name)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS; i++)
		if (strlen(elements[i].name) == name->size &&
			strncasecmp(elements[i].name, name->ptr, name->size) == 0)
			break;
	return i;
}

static const char *
value_of(struct content *content, const struct html_token *token, const char *name)
{
	const struct html_attribute *attribute = html_token_attribute(token, name);

	buf_reset(&content->text);
	if (attribute == NULL)
		return NULL;
	html_unescape(&content->text, attribute->value.ptr, attribute->value.size);
	return buf_str(&content->text);
}

/* "Picture: what it shows", a link where none is open around it. */
static void
put_medium(struct content *content, size_t element, const struct html_token *token)
{
	struct view *view = content->view;
	bool opened = false;
	const char *alt;

	if (content->links == 0)
		opened = view_open_out(view, "medium", value_of(content, token, "src"));
	if (!opened)
		view_open(view, "span", "medium");
	alt = value_of(content, token, "alt");
	if (alt == NULL || *alt == '\0')
		alt = value_of(content, token, "title");
	weave_text(&view->weave, elements[element].word);
	if (alt != NULL && *alt != '\0') {
		weave_text(&view->weave, ": ");
		weave_text(&view->weave, alt);
	}
	view_close(view);
}

static void
push(struct content *content, size_t element, const struct html_token *token)
{
	struct view *view = content->view;
	bool written = true;

	if (content->depth == OPEN_MAX)
		return;
	if (elements[element].kind == CONTENT_LINK)
		written = content->links == 0 &&
			  view_open_out(view, NULL, value_of(content, token, "href"));
	else if (elements[element].kind == CONTENT_HEADING)
		view_open(view, "h2", NULL);
	else
		view_open(view, elements[element].name, NULL);
	content->links += written && elements[element].kind == CONTENT_LINK;
	content->open[content->depth].element = element;
	content->open[content->depth++].written = written;
}

static void
pop(struct content *content)
{
	size_t element = content->open[--content->depth].element;

	if (!content->open[content->depth].written)
		return;
	content->links -= elements[element].kind == CONTENT_LINK;
	view_close(content->view);
}

static void
start(struct content *content, const struct html_token *token)
{
	size_t element = find(&token->text);

	if (element == N_ELEMENTS)
		return;
	switch (elements[element].kind) {
	case CONTENT_EMPTY:
		view_open(content->view, elements[element].name, NULL);
		view_close(content->view);
		break;
	case CONTENT_MEDIA:
		put_medium(content, element, token);
		break;
	case CONTENT_RAW:
		html_tokens_enter(&content->tokens, HTML_MODE_RAWTEXT, token);
		content->drop = true;
		break;
	default:
		push(content, element, token);
	}
}

/* Ends the innermost element of that name with all within it; nothing where none is open. */
static void
end(struct content *content, const struct html_token *token)
{
	size_t element = find(&token->text);
	unsigned int at = content->depth;

	while (at > 0 && content->open[at - 1].element != element)
		at--;
	while (at > 0 && content->depth >= at)
		pop(content);
}

static void
text(struct content *content, const struct html_token *token)
{
	buf_reset(&content->text);
	if (token->references)
		html_unescape(&content->text, token->text.ptr, token->text.size);
	else
		buf_append(&content->text, token->text.ptr, token->text.size);
	weave_text_n(&content->view->weave, buf_str(&content->text), content->text.len);
}

void
view_content(struct view *view, const char *html, size_t size)
{
	struct content content = { .view = view };
	struct html_token token;

	html_tokens_init(&content.tokens, html, size < CONTENT_MAX ? size : CONTENT_MAX);
	while (html_tokens_next(&content.tokens, &token)) {
		if (token.kind == HTML_START)
			start(&content, &token);
		else if (token.kind == HTML_END)
			end(&content, &token);
		else if (token.kind == HTML_TEXT && !content.drop)
			text(&content, &token);
		if (token.kind != HTML_START)
			content.drop = false;
	}
	while (content.depth > 0)
		pop(&content);
	buf_done(&content.text);
	if (size > CONTENT_MAX)
		view_text(view, "p", "note", "It goes on: the rest is too long to be shown here.");
}
