/*
 * GET /feed/{name}: a feed, why it is in trouble, its articles, its schedule and its history.
 *
 * Errors: -errno of the store.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/control/handlers.h"
#include "daemon/control/view.h"
#include "lib/spool/layout.h"

const char *
view_feed_title(const struct store_feed *feed)
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

void
view_tags(struct view *view, const char *tags)
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
	const struct news *news, const struct buf *path)
{
	const char *words = view_advice(feed);
	struct view view;
	int ret = view_begin(&view, parts, call, VIEW_FEEDS, view_feed_title(feed));

	if (ret < 0)
		return ret;
	view_text(&view, "p", "kicker", "Feed");
	view_words(&view, "h1", NULL, NULL, view_feed_title(feed));
	view_tags(&view, feed->tags);
	if (words != NULL) {
		view_open(&view, "div", "trouble");
		view_text(&view, "p", "reason",
			feed->reason != NULL ? feed->reason : message_result_name(feed->result));
		view_text(&view, "p", "advice", words);
		view_close(&view);
	}
	view_section(&view, NULL, "articles", "Its articles");
	view_news_list(&view, news, "h3", false, "None among these articles.");
	view_news_pages(&view, news, buf_str(path), NULL);
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
	struct news *news = NULL;
	struct buf path = { 0 };
	int got = store_feed_find(parts->store, call->params[0], &query.feed);

	if (got == 1)
		got = store_feed_get(parts->store, query.feed, arena, &feed);
	if (got != 1)
		return got < 0 ? got : view_missing(parts, call, "There is no feed of this name.");
	got = view_news(parts, call, &query, &news);
	if (got != CALL_DONE || news == NULL)
		return got;
	buf_puts(&path, "/feed/");
	view_escape(&path, feed.name);
	got = put_feed(parts, call, &feed, news, &path);
	buf_done(&path);
	return got;
}
