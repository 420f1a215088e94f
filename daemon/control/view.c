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

#include "daemon/control/view_css.h"
#include "lib/base/clock.h"
#include "lib/base/sha256.h"
#include "lib/base/url.h"

#define ICON \
	"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 " \
	"16'%3E%3Crect " \
	"width='16' height='16' rx='3' fill='%230b5d66'/%3E%3Cpath d='M4 5h8M4 8h8M4 11h5' " \
	"stroke='%23fff' stroke-width='1.5'/%3E%3C/svg%3E"

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

/* Nothing from anywhere; the style by its hash, the icon as data. */
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
	buf_puts(&policy, "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	copy = buf_error(&policy) ? NULL : arena_strdup(&call->arena, buf_str(&policy));
	buf_done(&policy);
	if (copy == NULL)
		return -ENOMEM;
	call->type = "text/html; charset=utf-8";
	call_header(call, "Content-Security-Policy", copy);
	call_header(call, "X-Content-Type-Options", "nosniff");
	call_header(call, "Referrer-Policy", "no-referrer");
	call_header(call, "Cache-Control", "no-store");
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
	weave_attribute(weave, "href", ICON);
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
	weave_printf(&view->weave, "newspool %s", NP_VERSION);
	weave_close(&view->weave);
	view_close(view);
	view_close(view);
	weave_text(&view->weave, "\n");
	return CALL_DONE;
}

int
view_missing(const struct control_parts *parts, struct call *call, const char *what)
{
	struct view view;
	int ret = view_begin(&view, parts, call, VIEW_ELSEWHERE, "Not here");

	if (ret < 0)
		return ret;
	call->status = 404;
	view_text(&view, "h1", NULL, "Not here");
	view_text(&view, "p", "lede", what);
	view_open(&view, "p", NULL);
	put_place(&view, "/", "Back to the news", false);
	view_close(&view);
	view_end_main(&view);
	return view_end(&view);
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
view_section(struct view *view, const char *class, const char *id, const char *heading)
{
	view_open(view, "section", class);
	weave_attribute(&view->weave, "aria-labelledby", id);
	weave_open(&view->weave, "h2");
	weave_attribute(&view->weave, "id", id);
	weave_text(&view->weave, heading);
	view_close(view);
}

/* One segment of a path, percent-encoded but for what never needs it. */
static void
put_segment(struct buf *out, const char *segment)
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
	put_segment(&href, segment);
	view_open(view, "a", class);
	weave_attribute(&view->weave, "href", buf_str(&href));
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

/* "5 min", "3 h", "2 d". False for what is longer than a month. */
static bool
put_span(struct buf *out, int64_t seconds)
{
	static const struct {
		int64_t unit, below;
		const char *name;
	} rows[] = {
		{ 60, 3600, "min" },
		{ 3600, 48 * 3600, "h" },
		{ 86400, 31 * INT64_C(86400), "d" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (seconds < rows[i].below) {
			buf_printf(out, "%" PRId64 " %s", seconds / rows[i].unit, rows[i].name);
			return true;
		}
	return false;
}

static void
put_time(struct view *view, int64_t when, const char *text)
{
	char stamp[CLOCK_RFC3339_SIZE];

	clock_rfc3339(when, stamp);
	weave_open(&view->weave, "time");
	weave_attribute(&view->weave, "datetime", stamp);
	weave_attribute(&view->weave, "title", stamp);
	weave_text(&view->weave, text);
	view_close(view);
}

void
view_age(struct view *view, int64_t when)
{
	int64_t age = view->now / 1000 - when;
	char day[CLOCK_DAY_SIZE];
	struct buf text = { 0 };

	if (age < 60)
		buf_puts(&text, "just now");
	else if (put_span(&text, age))
		buf_puts(&text, " ago");
	else {
		clock_day(when, day);
		buf_puts(&text, day);
	}
	put_time(view, when, buf_str(&text));
	buf_done(&text);
}

void
view_until(struct view *view, int64_t when)
{
	int64_t left = when - view->now / 1000;
	char day[CLOCK_DAY_SIZE];
	struct buf text = { 0 };

	buf_puts(&text, "in ");
	if (left <= 0) {
		buf_reset(&text);
		buf_puts(&text, "now");
	} else if (left < 60) {
		buf_printf(&text, "%" PRId64 " s", left);
	} else if (!put_span(&text, left + (left < 3600 ? 30 : left < 48 * 3600 ? 1800 : 43200))) {
		clock_day(when, day);
		buf_reset(&text);
		buf_puts(&text, day);
	}
	put_time(view, when, buf_str(&text));
	buf_done(&text);
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
put_article(struct view *view, const struct news_item *item, const char *heading)
{
	char seq[32];

	snprintf(seq, sizeof(seq), "%" PRIu64, item->seq);
	weave_open(&view->weave, "li");
	view_open(view, "article", NULL);
	weave_open(&view->weave, heading);
	view_link(view, NULL, "/article/", seq,
		item->title != NULL ? item->title : "Without a title");
	view_close(view);
	if (item->excerpt != NULL)
		view_text(view, "p", "excerpt", item->excerpt);
	view_open(view, "p", "meta");
	if (item->feed_name != NULL) {
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
view_articles(
	struct view *view, const struct news_item *const *items, size_t n, const char *heading)
{
	view_open(view, "ol", "articles");
	for (size_t i = 0; i < n; i++)
		put_article(view, items[i], heading);
	view_close(view);
}
