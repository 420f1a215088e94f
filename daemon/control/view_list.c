/*
 * GET /tag/{tag}: the articles of a category; GET /feed/{name}: a feed with its history and its
 * articles; GET /feeds: all feeds by name, a page at a time.
 *
 * Errors: -errno of the store.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/feed_state.h"
#include "daemon/control/handlers.h"
#include "daemon/control/view.h"
#include "lib/spool/layout.h"

#define ARTICLES_A_PAGE 30u
#define FEEDS_A_PAGE 60u

/* The news of a query, over the turns. CALL_DONE when it is all there. */
static int
get_news(const struct control_parts *parts, struct call *call, const struct news_query *query,
	struct news **ret_news)
{
	struct news_query whole = *query;
	struct news *news = call->state;
	int64_t before;
	int ret;

	if (news == NULL) {
		if (!call_query_number(call, "before", 1, INT64_MAX, 0, &before))
			before = 0;
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

static void
put_older(struct view *view, const struct news *news, const char *folder, const char *segment)
{
	struct buf href = { 0 };

	if (!news->more || news->n == 0)
		return;
	buf_printf(&href, "%s%s?before=%" PRIu64, folder, segment, news->items[news->n - 1].seq);
	view_open(view, "p", "more");
	weave_open(&view->weave, "a");
	weave_attribute(&view->weave, "href", buf_str(&href));
	weave_attribute(&view->weave, "rel", "next");
	weave_text(&view->weave, "Older articles");
	view_close(view);
	view_close(view);
	buf_done(&href);
}

static void
put_articles(struct view *view, const struct news *news, const char *heading, const char *nothing)
{
	const struct news_item *items[NEWS_ITEMS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < news->n; i++)
		if (!news->items[i].gone && !news->items[i].folded)
			items[n++] = &news->items[i];
	if (n > 0)
		view_articles(view, items, n, heading);
	else
		view_text(view, "p", "quiet", nothing);
}

int
view_tag_get(const struct control_parts *parts, struct call *call)
{
	const char *tag = call->params[0];
	const struct news_query query = { .tag = tag };
	struct buf title = { 0 };
	struct news *news;
	struct view view;
	int ret;

	if (!spool_is_slug(tag))
		return view_missing(parts, call, "There is no such category.");
	ret = get_news(parts, call, &query, &news);
	if (ret != CALL_DONE)
		return ret;
	view_tag_title(tag, &title);
	ret = view_begin(&view, parts, call, VIEW_ELSEWHERE, buf_str(&title));
	if (ret == 0) {
		view_text(&view, "p", "kicker", "Category");
		view_text(&view, "h1", NULL, buf_str(&title));
		put_articles(&view, news, "h2", "Nothing of it among the newest articles.");
		put_older(&view, news, "/tag/", tag);
		view_end_main(&view);
		ret = view_end(&view);
	}
	buf_done(&title);
	return ret;
}

static const char *
title_of(const struct store_feed *feed)
{
	const char *title = feed->title != NULL ? feed->title : feed->document_title;

	return title != NULL && *title != '\0' ? title : feed->name;
}

static void
put_term(struct view *view, const char *term, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	view_text(view, "dt", NULL, term);
	view_text(view, "dd", NULL, text);
}

static void
put_when(struct view *view, const char *term, int64_t when, bool ahead)
{
	view_text(view, "dt", NULL, term);
	view_open(view, "dd", NULL);
	if (when == 0)
		weave_text(&view->weave, "never");
	else if (ahead)
		view_until(view, when / 1000);
	else
		view_age(view, when / 1000);
	view_close(view);
}

static void
put_url(struct view *view, const char *term, const char *url)
{
	if (url == NULL)
		return;
	view_text(view, "dt", NULL, term);
	view_open(view, "dd", NULL);
	view_link_out(view, NULL, url, url);
	view_close(view);
}

static void
put_schedule(struct view *view, const struct store_feed *feed)
{
	view_section(view, NULL, "schedule", "When it is asked");
	view_open(view, "dl", "facts");
	put_when(view, "Last asked", feed->last_poll, false);
	put_when(view, "Last answered well", feed->last_success, false);
	put_when(view, "First read", feed->synced, false);
	if (feed->stopped)
		put_term(view, "Next", feed->paused ? "when it is resumed" : "not any more");
	else
		put_when(view, "Next", feed->next_poll, true);
	if (feed->rhythm.span > 0) {
		view_text(view, "dt", NULL, "New articles a day");
		view_open(view, "dd", NULL);
		weave_printf(
			&view->weave, "%.1f", feed->rhythm.items * 86400000 / feed->rhythm.span);
		view_close(view);
	}
	view_close(view);
	if (!feed->stopped) {
		view_open(view, "p", "meta");
		weave_printf(&view->weave, "Why then: %s", feed->why_next);
		view_close(view);
	}
	view_close(view);
}

static void
put_tags(struct view *view, const char *tags)
{
	char tag[SPOOL_SLUG_BYTES + 1];

	if (*tags == '\0')
		return;
	view_open(view, "ul", "tags");
	for (; *tags != '\0'; tags += strcspn(tags, " ") + 1) {
		snprintf(tag, sizeof(tag), "%.*s", (int)strcspn(tags, " "), tags);
		weave_open(&view->weave, "li");
		view_link(view, NULL, "/tag/", tag, tag);
		view_close(view);
	}
	view_close(view);
}

static int
put_feed(const struct control_parts *parts, struct call *call, const struct store_feed *feed,
	const struct news *news)
{
	const char *words = view_advice(feed);
	struct view view;
	int ret = view_begin(&view, parts, call, VIEW_FEEDS, title_of(feed));

	if (ret < 0)
		return ret;
	view_text(&view, "p", "kicker", "Feed");
	view_text(&view, "h1", NULL, title_of(feed));
	put_tags(&view, feed->tags);
	if (words != NULL) {
		view_open(&view, "div", "trouble");
		view_text(&view, "p", "reason",
			feed->reason != NULL ? feed->reason : message_result_name(feed->result));
		view_text(&view, "p", "advice", words);
		view_close(&view);
	}
	view_section(&view, NULL, "articles", "Its articles");
	put_articles(&view, news, "h3", "None among the newest articles.");
	put_older(&view, news, "/feed/", feed->name);
	view_close(&view);
	view_end_main(&view);
	weave_open(&view.weave, "aside");
	weave_attribute(&view.weave, "aria-label", "About the feed");
	view_section(&view, NULL, "about", "About it");
	view_open(&view, "dl", "facts wide");
	put_term(&view, "Name", feed->name);
	put_url(&view, "Address", feed->url);
	put_url(&view, "Moved for good to", feed->moved_url);
	put_url(&view, "Site", feed->home_page_url);
	view_close(&view);
	view_close(&view);
	put_schedule(&view, feed);
	ret = view_history(&view, feed->id);
	view_close(&view);
	return ret < 0 ? ret : view_end(&view);
}

int
view_feed_get(const struct control_parts *parts, struct call *call)
{
	struct arena *arena = &call->arena;
	struct news_query query = { 0 };
	struct store_feed feed;
	struct news *news;
	int got = store_feed_find(parts->store, call->params[0], &query.feed);

	if (got == 1)
		got = store_feed_get(parts->store, query.feed, arena, &feed);
	if (got == 0)
		return view_missing(parts, call, "There is no feed of this name.");
	if (got < 0)
		return got;
	got = get_news(parts, call, &query, &news);
	return got == CALL_DONE ? put_feed(parts, call, &feed, news) : got;
}

static void
put_feed_row(struct view *view, const struct store_feed *feed)
{
	enum feed_state state = feed_state(feed);

	weave_open(&view->weave, "li");
	view_link(view, "name", "/feed/", feed->name, title_of(feed));
	view_open(view, "span",
		state == FEED_STATE_OK || state == FEED_STATE_NEW ? "mark" : "mark ill");
	weave_text(&view->weave, feed_state_name(state));
	view_close(view);
	view_open(view, "p", "meta");
	if (feed->last_poll != 0) {
		weave_text(&view->weave, "asked ");
		view_age(view, feed->last_poll / 1000);
		weave_text(&view->weave, ", ");
	}
	if (feed->stopped) {
		weave_text(&view->weave, "not asked any more");
	} else {
		weave_text(&view->weave, "next ");
		view_until(view, feed->next_poll / 1000);
	}
	view_close(view);
	view_close(view);
}

static int
put_feed_rows(struct view *view, const struct store_name *names, size_t n)
{
	int got = 0;

	view_open(view, "ul", "feeds");
	for (size_t i = 0; i < n && got >= 0; i++) {
		struct arena arena = { 0 };
		struct store_feed feed;

		got = store_feed_get(view->parts->store, names[i].id, &arena, &feed);
		if (got == 1)
			put_feed_row(view, &feed);
		arena_done(&arena);
	}
	view_close(view);
	return got < 0 ? got : 0;
}

int
view_feeds_get(const struct control_parts *parts, struct call *call)
{
	const char *after = call_query(call, "after");
	struct store_name names[FEEDS_A_PAGE];
	struct view view;
	size_t n = 0;
	int ret = store_feed_names(
		parts->store, after != NULL ? after : "", FEEDS_A_PAGE, &call->arena, names, &n);

	if (ret == 0)
		ret = view_begin(&view, parts, call, VIEW_FEEDS, "Feeds");
	if (ret < 0)
		return ret;
	view_text(&view, "h1", NULL, "Feeds");
	if (n == 0)
		view_text(&view, "p", "lede",
			after != NULL ? "There are no more."
				      : "None is configured yet: newspool "
					"add URL is a beginning.");
	else
		ret = put_feed_rows(&view, names, n);
	if (n == FEEDS_A_PAGE) {
		view_open(&view, "p", "more");
		view_link(&view, NULL, "/feeds?after=", names[n - 1].name, "More feeds");
		view_close(&view);
	}
	view_end_main(&view);
	return ret < 0 ? ret : view_end(&view);
}
