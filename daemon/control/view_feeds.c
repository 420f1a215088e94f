/*
 * GET /feeds: the feeds by name, a page at a time; those of one state, or that have some text.
 *
 * Errors: -errno of the store.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/control/feed_filter.h"
#include "daemon/control/handlers.h"
#include "daemon/control/view.h"
#include "daemon/keep/store_view.h"

#define FEEDS_A_PAGE 60u

/* A page in the making. */
struct list {
	struct feed_filter filter;
	bool later; /* it is not the first page */
	int64_t ids[FEEDS_A_PAGE];
	size_t n;
	struct call *call;
};

static int
take(void *arg, const struct store_feed *feed)
{
	struct list *list = arg;

	list->ids[list->n++] = feed->id;
	return 0;
}

/* A link to the list with other words of the filter; each may be NULL. */
static void
put_link(struct view *view, const struct feed_filter *filter, const char *state, const char *after,
	bool here, const char *words)
{
	const char *const parts[][2] = { { "state", state }, { "tag", filter->tag },
		{ "text", filter->text }, { "after", after } };
	struct buf href = { 0 };
	const char *mark = "?";

	buf_puts(&href, "/feeds");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i][1] == NULL || parts[i][1][0] == '\0')
			continue;
		buf_printf(&href, "%s%s=", mark, parts[i][0]);
		view_escape(&href, parts[i][1]);
		mark = "&";
	}
	weave_open(&view->weave, "a");
	weave_attribute(&view->weave, "href", buf_str(&href));
	weave_attribute(&view->weave, "aria-current", here ? "true" : NULL);
	weave_text(&view->weave, words);
	view_close(view);
	buf_done(&href);
}

static void
put_states(struct view *view, const struct feed_filter *filter, int64_t n_feeds,
	const struct store_view_counts *counts)
{
	const struct {
		enum feed_state state;
		const char *words;
		int64_t n;
	} rows[] = {
		{ FEED_STATES, "All", n_feeds },
		{ FEED_STATE_FAILING, "Failing", counts->failing },
		{ FEED_STATE_STOPPED, "Stopped", counts->stopped },
		{ FEED_STATE_PAUSED, "Paused", counts->paused },
	};
	struct buf words = { 0 };

	view_open(view, "ul", "states");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum feed_state state = rows[i].state;

		buf_reset(&words);
		buf_printf(&words, "%s %" PRId64, rows[i].words, rows[i].n);
		weave_open(&view->weave, "li");
		put_link(view, filter, state != FEED_STATES ? feed_state_name(state) : NULL, NULL,
			filter->state == state, buf_str(&words));
		view_close(view);
	}
	view_close(view);
	buf_done(&words);
}

/* What a form keeps of the filter. */
static void
put_hidden(struct view *view, const char *name, const char *value)
{
	if (value == NULL)
		return;
	weave_open(&view->weave, "input");
	weave_attribute(&view->weave, "type", "hidden");
	weave_attribute(&view->weave, "name", name);
	weave_attribute(&view->weave, "value", value);
	view_close(view);
}

static void
put_form(struct view *view, const struct feed_filter *filter)
{
	view_open_form(view, "/feeds", "find");
	put_hidden(view, "state",
		filter->state != FEED_STATES ? feed_state_name(filter->state) : NULL);
	put_hidden(view, "tag", filter->tag);
	view_field(view, "feed-text", "text", "Name, title or URL", filter->text);
	view_text(view, "button", NULL, "Find");
	view_close(view);
}

static void
put_meta(struct view *view, const struct store_feed *feed)
{
	view_open(view, "p", "meta");
	if (feed->last_poll != 0) {
		weave_text(&view->weave, "asked ");
		view_age(view, feed->last_poll / 1000);
		weave_text(&view->weave, ", ");
	}
	if (feed->stopped) {
		weave_text(&view->weave,
			feed->paused ? "not asked until it is resumed" : "not asked any more");
	} else {
		weave_text(&view->weave, "next ");
		view_until(view, feed->next_poll / 1000);
	}
	for (const char *tag = feed->tags; *tag != '\0'; tag += strcspn(tag, " ") + 1) {
		weave_text(&view->weave, tag == feed->tags ? " · " : ", ");
		weave_text_n(&view->weave, tag, strcspn(tag, " "));
	}
	view_close(view);
}

static void
put_row(struct view *view, const struct store_feed *feed)
{
	enum feed_state state = feed_state(feed);
	bool ill = state == FEED_STATE_FAILING || state == FEED_STATE_STOPPED;

	weave_open(&view->weave, "li");
	view_link(view, "name", "/feed/", feed->name, view_feed_title(feed));
	view_text(view, "span", ill ? "mark ill" : "mark", feed_state_name(state));
	put_meta(view, feed);
	if (ill && feed->reason != NULL)
		view_words(view, "p", "reason", NULL, feed->reason);
	view_close(view);
}

static int
put_rows(struct view *view, const struct list *list)
{
	int got = 0;

	view_open(view, "ul", "feeds");
	for (size_t i = 0; i < list->n && got >= 0; i++) {
		struct arena arena = { 0 };
		struct store_feed feed;

		got = store_feed_get(view->parts->store, list->ids[i], &arena, &feed);
		if (got == 1)
			put_row(view, &feed);
		arena_done(&arena);
	}
	view_close(view);
	return got < 0 ? got : 0;
}

static void
put_pages(struct view *view, const struct list *list)
{
	const struct feed_filter *filter = &list->filter;
	const char *state = filter->state != FEED_STATES ? feed_state_name(filter->state) : NULL;

	if (!list->later && !filter->more)
		return;
	weave_open(&view->weave, "nav");
	weave_attribute(&view->weave, "class", "pages");
	weave_attribute(&view->weave, "aria-label", "More of this list");
	if (list->later)
		put_link(view, filter, state, NULL, false, "From the beginning");
	if (filter->more)
		put_link(view, filter, state, filter->after, false,
			list->n > 0 ? "More feeds" : "Look further");
	view_close(view);
}

static int
put_list(const struct control_parts *parts, struct call *call, const struct list *list)
{
	int64_t n_feeds = (int64_t)parts->config(parts->arg)->n_feeds;
	struct store_view_counts counts;
	struct view view;
	int ret = store_view_counts(parts->store, &counts);

	if (ret == 0)
		ret = view_begin(&view, parts, call, VIEW_FEEDS, "Feeds");
	if (ret < 0)
		return ret;
	view_text(&view, "h1", NULL, "Feeds");
	if (n_feeds > 0) {
		put_form(&view, &list->filter);
		put_states(&view, &list->filter, n_feeds, &counts);
	}
	if (list->filter.tag != NULL) {
		view_open(&view, "p", "note");
		weave_printf(&view.weave, "Those with the tag %s.", list->filter.tag);
		view_close(&view);
	}
	if (list->n > 0)
		ret = put_rows(&view, list);
	else
		view_text(&view, "p", "lede",
			n_feeds == 0  ? "None is configured yet. On the command line, newspool "
					"add with a site's address finds its feed."
			: list->later ? "There are no more."
				      : "No feed is like this.");
	put_pages(&view, list);
	view_end_main(&view);
	return ret < 0 ? ret : view_end(&view);
}

int
view_feeds_get(const struct control_parts *parts, struct call *call)
{
	struct list *list = call->state;
	int got;

	if (list == NULL) {
		list = arena_alloc(&call->arena, sizeof(*list));
		if (list == NULL)
			return -ENOMEM;
		list->call = call;
		if (!feed_filter_read(call, FEEDS_A_PAGE, &list->filter))
			return CALL_DONE;
		list->later = list->filter.after[0] != '\0';
		call->state = list;
	}
	got = feed_filter_step(parts, call, &list->filter, take, list);
	return got == CALL_DONE ? put_list(parts, call, list) : got;
}
