/*
 * Lists of articles: GET /tag/{tag}, a category; GET /search, what has some words; and what these
 * and a feed's page share.
 *
 * Errors: -errno of the store.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/control/handlers.h"
#include "daemon/control/search.h"
#include "daemon/control/view.h"
#include "lib/spool/layout.h"

#define ARTICLES_A_PAGE 30u

int
view_news(const struct control_parts *parts, struct call *call, const struct news_query *query,
	struct news **ret_news)
{
	struct news_query whole = *query;
	struct news *news = call->state;
	int64_t before;
	int ret;

	if (news == NULL) {
		if (!call_query_number(call, "before", 1, INT64_MAX, 0, &before))
			return CALL_DONE;
		whole.before = (uint64_t)before;
		whole.max = ARTICLES_A_PAGE;
		ret = news_new(call, &whole, loop_now(parts->loop), &news);
		if (ret < 0)
			return ret;
		call->state = news;
	}
	ret = news_step(parts, news);
	*ret_news = news;
	return ret;
}

void
view_news_list(struct view *view, const struct news *news, const char *heading, bool from,
	const char *nothing)
{
	const struct news_item *items[NEWS_ITEMS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < news->n; i++)
		if (!news->items[i].gone && !news->items[i].folded)
			items[n++] = &news->items[i];
	if (n > 0)
		view_articles(view, items, n, heading, from);
	else
		view_text(view, "p", "quiet", nothing);
}

static void
put_page(struct view *view, const char *path, const char *text, uint64_t before, const char *words)
{
	struct buf href = { 0 };

	buf_puts(&href, path);
	if (text != NULL) {
		buf_puts(&href, "?text=");
		view_escape(&href, text);
	}
	if (before > 0)
		buf_printf(&href, "%sbefore=%" PRIu64, text != NULL ? "&" : "?", before);
	weave_open(&view->weave, "a");
	weave_attribute(&view->weave, "href", buf_str(&href));
	weave_attribute(&view->weave, "rel", before > 0 ? "next" : NULL);
	weave_text(&view->weave, words);
	view_close(view);
	buf_done(&href);
}

void
view_news_pages(struct view *view, const struct news *news, const char *path, const char *text)
{
	if (news->query.before == 0 && !news->more)
		return;
	weave_open(&view->weave, "nav");
	weave_attribute(&view->weave, "class", "pages");
	weave_attribute(&view->weave, "aria-label", "More of this list");
	if (news->query.before > 0)
		put_page(view, path, text, 0, "Newest articles");
	if (news->more)
		put_page(view, path, text, news->cursor,
			news->n > 0 ? "Older articles" : "Look among older articles");
	view_close(view);
}

int
view_tag_get(const struct control_parts *parts, struct call *call)
{
	const char *tag = call->params[0];
	const struct news_query query = { .tag = tag };
	struct buf title = { 0 }, path = { 0 };
	struct news *news = NULL;
	struct view view;
	int ret;

	if (!spool_is_slug(tag))
		return view_missing(parts, call, "There is no such category.");
	ret = view_news(parts, call, &query, &news);
	if (ret != CALL_DONE || news == NULL)
		return ret;
	view_tag_title(tag, &title);
	buf_puts(&path, "/tag/");
	view_escape(&path, tag);
	ret = view_begin(&view, parts, call, VIEW_ELSEWHERE, buf_str(&title));
	if (ret == 0) {
		view_text(&view, "p", "kicker", "Category");
		view_words(&view, "h1", NULL, NULL, buf_str(&title));
		view_news_list(&view, news, "h2", true, "Nothing of it among these articles.");
		view_news_pages(&view, news, buf_str(&path), NULL);
		view_end_main(&view);
		ret = view_end(&view);
	}
	buf_done(&title);
	buf_done(&path);
	return ret;
}

/* What was asked for is no search: how one is made. */
static int
put_no_search(const struct control_parts *parts, struct call *call)
{
	struct view view;
	int ret = view_begin(&view, parts, call, VIEW_SEARCH, "Search");

	if (ret < 0)
		return ret;
	view_text(&view, "h1", NULL, "Search");
	view_text(&view, "p", "lede",
		"Articles that have all of your words: in their title, text, tags, the names of "
		"their authors or of their feed.");
	view_end_main(&view);
	return view_end(&view);
}

static int
put_found(const struct control_parts *parts, struct call *call, const struct news *news)
{
	struct view view;
	struct buf title = { 0 };
	int ret;

	buf_printf(&title, "Search: %s", news->query.text);
	ret = view_begin(&view, parts, call, VIEW_SEARCH, buf_str(&title));
	buf_done(&title);
	if (ret < 0)
		return ret;
	view_text(&view, "p", "kicker", "Search");
	view_words(&view, "h1", NULL, NULL, news->query.text);
	view_text(&view, "p", "note",
		news->n > 0  ? "Articles that have all of these words, newest first."
		: news->more ? "None of the newest articles has all of these words."
			     : "No article has all of these words.");
	if (news->n > 0)
		view_news_list(&view, news, "h2", true, "");
	view_news_pages(&view, news, "/search", news->query.text);
	view_end_main(&view);
	return view_end(&view);
}

int
view_search_get(const struct control_parts *parts, struct call *call)
{
	const char *text = call_query(call, "text");
	const struct news_query query = { .text = text };
	struct news *news = NULL;
	int ret;

	if (text == NULL || text[strspn(text, " ")] == '\0')
		return put_no_search(parts, call);
	ret = view_news(parts, call, &query, &news);
	if (ret == -EINVAL)
		return put_no_search(parts, call);
	return ret != CALL_DONE || news == NULL ? ret : put_found(parts, call, news);
}
