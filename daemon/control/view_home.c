/*
 * GET /: the news by category, and beside it how the daemon is: what needs attention, how much came
 * in, what it is doing.
 *
 * Errors: -errno of the store.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <newspool/version.h>

#include "daemon/control/feed_state.h"
#include "daemon/control/handlers.h"
#include "daemon/control/health.h"
#include "daemon/control/view.h"
#include "daemon/keep/store_view.h"

#define PER_CATEGORY 5u
#define CATEGORIES_MAX 12u
#define TROUBLE_MAX 12u

struct home {
	struct view view;
	const struct news *news;
	struct store_view_counts counts;
	int64_t feeds;
	struct health health;
	struct polling_look look;
};

/* One sentence on how things are. */
static void
put_state(struct home *home)
{
	struct view *view = &home->view;
	int64_t trouble = home->counts.failing + home->counts.stopped;
	bool well = home->health.n == 0;

	view_open(view, "p", well ? "state well" : "state ill");
	view_text(view, "strong", NULL,
		!well         ? "Something is wrong."
		: trouble > 0 ? "Polling goes on."
			      : "All is well.");
	weave_printf(&view->weave, " %" PRId64 " feed%s polled, %zu%s article%s in the last day.",
		home->feeds, home->feeds == 1 ? " is" : "s are", home->news->today,
		home->news->capped ? " or more" : "", home->news->today == 1 ? "" : "s");
	if (trouble > 0) {
		weave_text(&view->weave, " ");
		weave_open(&view->weave, "a");
		weave_attribute(&view->weave, "href", "#attention");
		weave_printf(&view->weave, "%" PRId64 " need%s attention.", trouble,
			trouble == 1 ? "s" : "");
		view_close(view);
	}
	view_close(view);
	for (size_t i = 0; i < home->health.n; i++)
		view_text(view, "p", "problem", home->health.problems[i].message);
}

static void
put_category(struct home *home, const char *tag, size_t number)
{
	const struct news_item *items[NEWS_ITEMS_MAX];
	struct view *view = &home->view;
	struct buf title = { 0 };
	char id[32];
	size_t n = 0;

	for (size_t i = 0; i < home->news->n; i++)
		if (!home->news->items[i].gone && !home->news->items[i].folded &&
			news_same_tag(home->news->items[i].tag, tag))
			items[n++] = &home->news->items[i];
	if (n == 0)
		return;
	view_tag_title(tag != NULL ? tag : "Without a category", &title);
	snprintf(id, sizeof(id), "category-%zu", number);
	view_section(view, "category", id, buf_str(&title));
	view_articles(view, items, n, "h3", true);
	if (tag != NULL) {
		view_open(view, "p", "more");
		weave_text(&view->weave, "More in ");
		view_link(view, NULL, "/tag/", tag, buf_str(&title));
		view_close(view);
	}
	view_close(view);
	buf_done(&title);
}

/* The categories of the articles at hand, those of the newest first. */
static void
put_news(struct home *home)
{
	const struct news *news = home->news;
	size_t categories = 0;

	for (size_t i = 0; i < news->n && categories < CATEGORIES_MAX; i++) {
		bool had = false;

		for (size_t k = 0; k < i && !had; k++)
			had = news_same_tag(news->items[k].tag, news->items[i].tag);
		if (!had)
			put_category(home, news->items[i].tag, categories++);
	}
	if (news->n == 0)
		view_text(&home->view, "p", "lede",
			home->feeds > 0
				? "There is no news yet. It comes here as the feeds bring it."
				: "No feed is configured yet. On the command line, newspool add "
				  "with a site's address finds its feed and begins with it.");
}

static void
put_troubled(struct view *view, const struct store_feed *feed)
{
	const char *words = view_advice(feed);

	weave_open(&view->weave, "li");
	view_link(view, "name", "/feed/", feed->name, view_feed_title(feed));
	view_open(view, "p", "reason");
	weave_text(&view->weave,
		feed->reason != NULL ? feed->reason : message_result_name(feed->result));
	if (feed->stopped)
		weave_text(&view->weave, "; it is not asked any more");
	else
		weave_printf(&view->weave, "; failed %" PRId64 " time%s%s", feed->failures,
			feed->failures == 1 ? "" : "s", feed->failures == 1 ? "" : " in a row");
	view_close(view);
	if (words != NULL)
		view_text(view, "p", "advice", words);
	view_close(view);
}

static int
put_attention(struct home *home)
{
	struct view *view = &home->view;
	int64_t ids[TROUBLE_MAX];
	size_t n;
	int got = store_view_trouble(view->parts->store, TROUBLE_MAX, ids, &n);

	if (got < 0)
		return got;
	view_section(view, "attention", "attention", "Needs attention");
	if (n == 0)
		view_text(view, "p", "quiet", "Nothing does.");
	else
		view_open(view, "ul", NULL);
	for (size_t i = 0; i < n && got >= 0; i++) {
		struct arena arena = { 0 };
		struct store_feed feed;

		got = store_feed_get(view->parts->store, ids[i], &arena, &feed);
		if (got == 1)
			put_troubled(view, &feed);
		arena_done(&arena);
	}
	if (n > 0)
		view_close(view);
	if (n == TROUBLE_MAX) {
		view_open(view, "p", "more");
		view_link(view, NULL, "/feeds?state=", "failing", "All that fail");
		weave_text(&view->weave, ", ");
		view_link(view, NULL, "/feeds?state=", "stopped", "all that are stopped");
		view_close(view);
	}
	view_close(view);
	return got < 0 ? got : 0;
}

static void
put_fact(struct view *view, const char *class, const char *term, int64_t number)
{
	view_text(view, "dt", class, term);
	view_open(view, "dd", NULL);
	weave_printf(&view->weave, "%" PRId64, number);
	view_close(view);
}

/* How many feeds are so, and the way to them. */
static void
put_state_count(struct view *view, enum feed_state state, int64_t number)
{
	const char *name = feed_state_name(state);
	char digits[32];

	if (number == 0) {
		put_fact(view, "sub", name, 0);
		return;
	}
	snprintf(digits, sizeof(digits), "%" PRId64, number);
	view_text(view, "dt", "sub", name);
	view_open(view, "dd", NULL);
	view_link(view, NULL, "/feeds?state=", name, digits);
	view_close(view);
}

/* "5 kB", "12.3 MB" */
static void
put_bytes(struct view *view, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double n = (double)bytes / 1000;
	size_t i = 0;

	for (; n >= 1000 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		n /= 1000;
	weave_printf(&view->weave, "%.*f %s", i > 0 ? 1 : 0, n, units[i]);
}

/* What came of it since the start. */
static void
put_throughput(struct view *view, const struct metrics *metrics)
{
	uint64_t polls = 0;

	for (int i = 0; i < RESULT_MAX; i++)
		polls += metrics->polls[i];
	put_fact(view, "sub", "polls since", (int64_t)polls);
	view_text(view, "dt", "sub", "received since");
	view_open(view, "dd", NULL);
	put_bytes(view, metrics->bytes_wire);
	view_close(view);
}

static void
put_daemon(struct home *home)
{
	struct view *view = &home->view;

	view_section(view, "daemon", "daemon", "The daemon");
	view_open(view, "dl", "facts");
	put_fact(view, NULL, "Feeds", home->feeds);
	put_state_count(view, FEED_STATE_FAILING, home->counts.failing);
	put_state_count(view, FEED_STATE_STOPPED, home->counts.stopped);
	put_state_count(view, FEED_STATE_PAUSED, home->counts.paused);
	put_fact(view, NULL, "Polls under way", (int64_t)home->look.under_way);
	put_fact(view, "sub", "waiting to be stored", (int64_t)home->look.to_store);
	put_fact(view, "sub", "overdue", home->health.overdue);
	view_text(view, "dt", NULL, "Running since");
	view_open(view, "dd", NULL);
	view_age(view, view->parts->started / 1000);
	view_close(view);
	put_throughput(view, home->look.metrics);
	view_text(view, "dt", NULL, "Version");
	view_text(view, "dd", NULL, NP_VERSION);
	view_close(view);
	view_close(view);
}

static int
put_aside(struct home *home)
{
	struct view *view = &home->view;
	int ret;

	weave_open(&view->weave, "aside");
	weave_attribute(&view->weave, "aria-label", "The daemon");
	ret = put_attention(home);
	view_section(view, NULL, "hours", "The last day");
	view_open(view, "p", "figure");
	weave_printf(&view->weave, "%zu", home->news->today);
	view_text(view, "span", NULL,
		home->news->today == 1 ? " article"
		: home->news->capped   ? " articles or more"
				       : " articles");
	view_close(view);
	view_chart_hours(view, home->news);
	if (home->news->n_tags > 0)
		view_chart_tags(view, home->news, 10);
	view_close(view);
	put_daemon(home);
	view_close(view);
	return ret;
}

static int
render(const struct control_parts *parts, struct call *call, const struct news *news)
{
	struct home home = { .news = news };
	int ret = store_view_counts(parts->store, &home.counts);

	home.feeds = (int64_t)parts->config(parts->arg)->n_feeds;

	if (ret == 0)
		ret = health_look(parts, &home.health);
	if (ret == 0)
		ret = view_begin(&home.view, parts, call, VIEW_NEWS, "The news");
	if (ret < 0)
		return ret;
	polling_look(parts->polling, &home.look);
	view_open(&home.view, "div", "top");
	view_text(&home.view, "h1", NULL, "The news");
	view_today(&home.view, "date");
	put_state(&home);
	view_close(&home.view);
	put_news(&home);
	view_end_main(&home.view);
	ret = put_aside(&home);
	return ret < 0 ? ret : view_end(&home.view);
}

int
view_home_get(const struct control_parts *parts, struct call *call)
{
	const struct news_query query = {
		.max = NEWS_ITEMS_MAX, .per_tag = PER_CATEGORY, .figures = true, .by_time = true
	};
	struct news *news = call->state;
	int ret;

	if (news == NULL) {
		ret = news_new(call, &query, loop_now(parts->loop), &news);
		if (ret < 0)
			return ret;
		call->state = news;
	}
	ret = news_step(parts, news);
	return ret == CALL_DONE ? render(parts, call, news) : ret;
}
