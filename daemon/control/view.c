/*
 * The frame of every page, and the small things that pages are made of. Owns the policy: with it a
 * browser loads and runs nothing but the one style sheet that stands in the page, told by its hash.
 *
 * Errors: stick in the call's buffer.
 */
#include "daemon/control/view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <newspool/version.h>

#include "daemon/control/handlers.h"
#include "daemon/control/search.h"
#include "daemon/control/view_css.h"
#include "lib/base/sha256.h"
#include "lib/base/url.h"

/* No '#' in it, so that it can stand in a URL. */
#define ICON \
	"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' " \
	"height='16' rx='3' fill='rgb(11,93,102)'/><path d='M4 5h8M4 8h8M4 11h5' " \
	"stroke='white' stroke-width='1.5'/></svg>"

#define ALSO_MAX 4u /* of those that say the same */

static void
put_base64(struct buf *out, const unsigned char *data, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		unsigned int bits = (unsigned int)data[i] << 16;

		if (i + 1 < size)
			bits |= (unsigned int)data[i + 1] << 8;
		if (i + 2 < size)
			bits |= data[i + 2];
		buf_putc(out, digits[bits >> 18]);
		buf_putc(out, digits[bits >> 12 & 63]);
		buf_putc(out, i + 1 < size ? digits[bits >> 6 & 63] : '=');
		buf_putc(out, i + 2 < size ? digits[bits & 63] : '=');
	}
}

/* Nothing from anywhere; the style by its hash, the icon as data, forms that ask us alone. */
static int
put_headers(struct call *call)
{
	unsigned char hash[SHA256_SIZE];
	struct buf policy = { 0 };
	const char *copy;
	int ret = sha256(view_css, strlen(view_css), hash);

	if (ret < 0)
		return ret;
	buf_puts(&policy, "default-src 'none'; img-src data:; style-src 'sha256-");
	put_base64(&policy, hash, sizeof(hash));
	buf_puts(&policy, "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
	copy = buf_error(&policy) ? NULL : arena_strdup(&call->arena, buf_str(&policy));
	buf_done(&policy);
	if (copy == NULL)
		return -ENOMEM;
	call->type = "text/html; charset=utf-8";
	call_header(call, "Content-Security-Policy", copy);
	call_header(call, "Referrer-Policy", "no-referrer");
	return 0;
}

static void
put_meta(struct view *view, const char *name, const char *content)
{
	struct weave *weave = &view->weave;

	weave_open(weave, "meta");
	weave_attribute(weave, "name", name);
	weave_attribute(weave, "content", content);
	weave_close(weave);
}

static void
put_head(struct view *view, const char *title)
{
	struct weave *weave = &view->weave;

	weave_open(weave, "head");
	weave_open(weave, "meta");
	weave_attribute(weave, "charset", "utf-8");
	weave_close(weave);
	put_meta(view, "viewport", "width=device-width, initial-scale=1");
	put_meta(view, "color-scheme", "light dark");
	put_meta(view, "robots", "noindex");
	weave_open(weave, "title");
	weave_printf(weave, "%s – newspool", title);
	weave_close(weave);
	weave_open(weave, "link");
	weave_attribute(weave, "rel", "icon");
	weave_attribute(weave, "href", "data:image/svg+xml," ICON);
	weave_close(weave);
	weave_open(weave, "style");
	weave_trusted(weave, view_css);
	weave_close(weave);
	weave_close(weave);
}

static void
put_place(struct view *view, const char *href, const char *text, bool here)
{
	struct weave *weave = &view->weave;

	weave_open(weave, "a");
	weave_attribute(weave, "href", href);
	weave_attribute(weave, "aria-current", here ? "page" : NULL);
	weave_text(weave, text);
	weave_close(weave);
}

/* Words to look for, on every page; what was looked for stands in it again. */
static void
put_search(struct view *view, bool here)
{
	struct weave *weave = &view->weave;

	view_open_form(view, "/search", "find");
	weave_attribute(weave, "role", "search");
	view_field(view, "search-text", "text", "Search the news",
		here ? call_query(view->call, "text") : NULL);
	view_text(view, "button", NULL, "Search");
	view_close(view);
}

static void
put_masthead(struct view *view, enum view_place place)
{
	struct weave *weave = &view->weave;

	weave_open(weave, "a");
	weave_attribute(weave, "class", "skip");
	weave_attribute(weave, "href", "#main");
	weave_text(weave, "Skip to the content");
	weave_close(weave);
	view_open(view, "header", "mast");
	weave_open(weave, "a");
	weave_attribute(weave, "class", "word");
	weave_attribute(weave, "href", "/");
	weave_text(weave, "newspool");
	weave_close(weave);
	weave_open(weave, "nav");
	weave_attribute(weave, "aria-label", "Pages");
	put_place(view, "/", "News", place == VIEW_NEWS);
	put_place(view, "/feeds", "Feeds", place == VIEW_FEEDS);
	weave_close(weave);
	put_search(view, place == VIEW_SEARCH);
	view_close(view);
}

void
view_open_form(struct view *view, const char *action, const char *class)
{
	view_open(view, "form", class);
	weave_attribute(&view->weave, "action", action);
	weave_attribute(&view->weave, "method", "get");
}

void
view_field(
	struct view *view, const char *id, const char *name, const char *label, const char *value)
{
	struct weave *weave = &view->weave;

	view_open(view, "label", "unseen");
	weave_attribute(weave, "for", id);
	weave_text(weave, label);
	view_close(view);
	weave_open(weave, "input");
	weave_attribute(weave, "type", "search");
	weave_attribute(weave, "id", id);
	weave_attribute(weave, "name", name);
	weave_attribute(weave, "value", value);
	weave_attribute(weave, "placeholder", label);
	weave_attribute_printf(weave, "maxlength", "%u", SEARCH_TEXT_MAX / 2);
	view_close(view);
}

int
view_begin(struct view *view, const struct control_parts *parts, struct call *call,
	enum view_place place, const char *title)
{
	int ret = put_headers(call);

	if (ret < 0)
		return ret;
	*view = (struct view){ .parts = parts, .call = call, .now = loop_now(parts->loop) };
	weave_init(&view->weave, &call->out, WEAVE_HTML);
	weave_trusted(&view->weave, "<!DOCTYPE html>\n");
	weave_open(&view->weave, "html");
	weave_attribute(&view->weave, "lang", "en");
	put_head(view, title);
	weave_open(&view->weave, "body");
	put_masthead(view, place);
	view_open(view, "div", "sheet");
	weave_open(&view->weave, "main");
	weave_attribute(&view->weave, "id", "main");
	return 0;
}

void
view_end_main(struct view *view)
{
	view_close(view);
}

int
view_end(struct view *view)
{
	view_close(view);
	weave_open(&view->weave, "footer");
	weave_printf(&view->weave, "newspool %s · ", NP_VERSION);
	view_link(view, NULL, "/", "healthz", "Health");
	weave_text(&view->weave, " · ");
	view_link(view, NULL, "/", "metrics", "Metrics");
	weave_close(&view->weave);
	view_close(view);
	view_close(view);
	weave_text(&view->weave, "\n");
	return CALL_DONE;
}

static int
put_astray(
	const struct control_parts *parts, struct call *call, const char *title, const char *what)
{
	struct view view;
	int ret = view_begin(&view, parts, call, VIEW_ELSEWHERE, title);

	if (ret < 0)
		return ret;
	view_text(&view, "h1", NULL, title);
	view_text(&view, "p", "lede", what);
	view_open(&view, "p", NULL);
	put_place(&view, "/", "Back to the news", false);
	view_close(&view);
	view_end_main(&view);
	return view_end(&view);
}

int
view_missing(const struct control_parts *parts, struct call *call, const char *what)
{
	call->status = 404;
	return put_astray(parts, call, "Not here", what);
}

int
view_error(const struct control_parts *parts, struct call *call)
{
	static const struct {
		int status;
		const char *title, *words; /* NULL: those of the answer */
	} titles[] = {
		{ 400, "Not understood", NULL },
		{ 404, "Not here", "there is nothing at this address" },
		{ 405, "Not like this", NULL },
		{ 421, "Not under this name", NULL },
		{ 429, "Too often", NULL },
	};
	const char *title = "It did not work", *words = call->problem;
	struct buf what = { 0 };
	int ret;

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == call->status) {
			title = titles[i].title;
			words = titles[i].words != NULL ? titles[i].words : words;
		}
	buf_printf(&what, "%s.", words);
	if (what.len > 0 && what.data[0] >= 'a' && what.data[0] <= 'z')
		what.data[0] = (char)(what.data[0] - 'a' + 'A');
	buf_reset(&call->out);
	ret = put_astray(parts, call, title, buf_str(&what));
	buf_done(&what);
	return ret;
}

int
view_icon_get(const struct control_parts *parts, struct call *call)
{
	(void)parts;
	call->type = "image/svg+xml";
	call_header(call, "Content-Security-Policy", "default-src 'none'");
	buf_puts(&call->out, ICON);
	return CALL_DONE;
}

void
view_open(struct view *view, const char *name, const char *class)
{
	weave_open(&view->weave, name);
	weave_attribute(&view->weave, "class", class);
}

void
view_close(struct view *view)
{
	weave_close(&view->weave);
}

void
view_text(struct view *view, const char *name, const char *class, const char *text)
{
	weave_element(&view->weave, name, class, text);
}

void
view_words(struct view *view, const char *name, const char *class, const char *language,
	const char *text)
{
	view_open(view, name, class);
	weave_attribute(&view->weave, "lang", language);
	weave_attribute(&view->weave, "dir", "auto");
	weave_text(&view->weave, text);
	view_close(view);
}

void
view_section(struct view *view, const char *class, const char *id, const char *heading)
{
	view_open(view, "section", class);
	weave_attribute(&view->weave, "aria-labelledby", id);
	weave_open(&view->weave, "h2");
	weave_attribute(&view->weave, "id", id);
	weave_text(&view->weave, heading);
	view_close(view);
}

/* Percent-encoded but for what never needs it. */
void
view_escape(struct buf *out, const char *segment)
{
	for (; *segment != '\0'; segment++) {
		unsigned char c = (unsigned char)*segment;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			strchr("-_.~", c) != NULL)
			buf_putc(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

void
view_link(struct view *view, const char *class, const char *folder, const char *segment,
	const char *text)
{
	struct buf href = { 0 };

	buf_puts(&href, folder);
	view_escape(&href, segment);
	view_open(view, "a", class);
	weave_attribute(&view->weave, "href", buf_str(&href));
	weave_attribute(&view->weave, "dir", "auto");
	weave_text(&view->weave, text);
	view_close(view);
	buf_done(&href);
}

bool
view_open_out(struct view *view, const char *class, const char *url)
{
	if (url == NULL || (!url_is_http(url) && strncasecmp(url, "mailto:", 7) != 0))
		return false;
	view_open(view, "a", class);
	weave_attribute(&view->weave, "href", url);
	weave_attribute(&view->weave, "rel", "noopener noreferrer");
	return true;
}

void
view_link_out(struct view *view, const char *class, const char *url, const char *text)
{
	bool opened = view_open_out(view, class, url);

	weave_text(&view->weave, text);
	if (opened)
		view_close(view);
}

void
view_tag_title(const char *tag, struct buf *out)
{
	size_t start = out->len;

	for (; *tag != '\0'; tag++)
		buf_putc(out, *tag == '-' ? ' ' : *tag);
	if (out->len > start && out->data[start] >= 'a' && out->data[start] <= 'z')
		out->data[start] = (char)(out->data[start] - 'a' + 'A');
}

/* Others that say the same, by where they are from. */
static void
put_also(struct view *view, const struct news_item *item)
{
	char seq[32];

	view_open(view, "p", "also");
	weave_text(&view->weave, "The same from ");
	for (unsigned int i = 0; item != NULL && i < ALSO_MAX; i++, item = item->also) {
		const char *from = item->feed_title != NULL ? item->feed_title : item->feed_name;

		weave_text(&view->weave, i > 0 ? ", " : "");
		snprintf(seq, sizeof(seq), "%" PRIu64, item->seq);
		view_link(view, NULL, "/article/", seq, from != NULL ? from : item->title);
	}
	view_close(view);
}

static void
put_article(struct view *view, const struct news_item *item, const char *heading, bool from)
{
	char seq[32];

	snprintf(seq, sizeof(seq), "%" PRIu64, item->seq);
	weave_open(&view->weave, "li");
	view_open(view, "article", NULL);
	weave_open(&view->weave, heading);
	weave_attribute(&view->weave, "lang", item->language);
	weave_attribute(&view->weave, "dir", "auto");
	view_link(view, NULL, "/article/", seq,
		item->title != NULL ? item->title : "Without a title");
	view_close(view);
	if (item->excerpt != NULL)
		view_words(view, "p", "excerpt", item->language, item->excerpt);
	view_open(view, "p", "meta");
	if (from && item->feed_name != NULL) {
		view_link(view, "from", "/feed/", item->feed_name,
			item->feed_title != NULL ? item->feed_title : item->feed_name);
		weave_text(&view->weave, " ");
	}
	view_age(view, item->when);
	view_close(view);
	if (item->also != NULL)
		put_also(view, item->also);
	view_close(view);
	view_close(view);
}

void
view_articles(struct view *view, const struct news_item *const *items, size_t n,
	const char *heading, bool from)
{
	view_open(view, "ol", "articles");
	for (size_t i = 0; i < n; i++)
		put_article(view, items[i], heading, from);
	view_close(view);
}
