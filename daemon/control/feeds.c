/*
 * GET /v1/feeds.
 *
 * Invariants: a page is in the order of names and says in "next" after which name the next one
 * begins. Each turn looks at no more than LOOK_ROWS feeds; a page that took LOOK_TIME ends where it
 * is, shorter than asked for, with a "next".
 *
 * Errors: -errno of the store.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/feed_answer.h"
#include "daemon/control/feed_state.h"
#include "daemon/control/handlers.h"
#include "daemon/keep/tags.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000
#define LOOK_ROWS 256
#define LOOK_TIME 2000 /* ms */

/* A page in the making. */
struct page {
	enum feed_state state; /* FEED_STATES: any */
	const char *tag, *text;
	int64_t left; /* feeds that it may have yet */
	const char *after;
	bool more; /* there may be feeds behind it */
};

static bool
has_text(const struct store_feed *feed, const char *text)
{
	const char *const in[] = { feed->name, feed->url, feed_answer_title(feed) };

	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		if (in[i] != NULL && strcasestr(in[i], text) != NULL)
			return true;
	return false;
}

static bool
is_wanted(const struct page *page, const struct store_feed *feed)
{
	return (page->state == FEED_STATES || page->state == feed_state(feed)) &&
	       (page->tag == NULL || tags_list_has(feed->tags, page->tag)) &&
	       (page->text == NULL || has_text(feed, page->text));
}

/* Returns 1 where the feed was put into the page, 0 where it is not wanted, -errno. */
static int
look_at(const struct control_parts *parts, struct call *call, const struct page *page, int64_t id)
{
	struct arena arena = { 0 };
	struct store_feed feed;
	int got = store_feed_get(parts->store, id, &arena, &feed);

	if (got == 1 && !is_wanted(page, &feed))
		got = 0;
	if (got == 1) {
		json_write_object(&call->json, NULL);
		feed_answer_put(call, &feed);
		json_write_object_end(&call->json);
	}
	arena_done(&arena);
	return got;
}

static int
begin_page(struct call *call, struct page **ret_page)
{
	const char *state = call_query(call, "state");
	struct page *page = arena_alloc(&call->arena, sizeof(*page));

	if (page == NULL)
		return -ENOMEM;
	*ret_page = NULL;
	page->state = state != NULL ? feed_state_parse(state) : FEED_STATES;
	page->tag = call_query(call, "tag");
	page->text = call_query(call, "text");
	page->after = call_query(call, "after");
	if (page->after == NULL)
		page->after = "";
	if (state != NULL && page->state == FEED_STATES)
		return call_error(call, 400, "bad-parameter",
			"state: expected ok, new, failing, stopped or paused");
	if (!call_query_number(call, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &page->left))
		return 0;
	json_write_object(&call->json, NULL);
	json_write_array(&call->json, "feeds");
	*ret_page = page;
	return 0;
}

/* Looks at the next feeds by name. Returns 1 where there are more to look at, 0 at the end. */
static int
look_on(const struct control_parts *parts, struct call *call, struct page *page)
{
	struct store_name names[LOOK_ROWS];
	size_t n = 0;
	int got = store_feed_names(parts->store, page->after, LOOK_ROWS, &call->arena, names, &n);

	for (size_t i = 0; i < n && got >= 0 && page->left > 0; i++) {
		got = look_at(parts, call, page, names[i].id);
		page->left -= got == 1;
		page->after = names[i].name;
		page->more = i + 1 < n || n == LOOK_ROWS;
	}
	if (got < 0)
		return got;
	if (n == 0)
		page->more = false;
	return page->more && page->left > 0;
}

int
feeds_get(const struct control_parts *parts, struct call *call)
{
	struct page *page = call->state;
	int got;

	if (page == NULL) {
		got = begin_page(call, &page);
		if (got < 0 || page == NULL)
			return got;
		call->state = page;
	}
	got = look_on(parts, call, page);
	if (got < 0)
		return got;
	if (got == 1 && loop_monotonic(parts->loop) - call->began < LOOK_TIME)
		return CALL_MORE;
	json_write_array_end(&call->json);
	if (page->more)
		json_write_string(&call->json, "next", page->after);
	json_write_object_end(&call->json);
	return CALL_DONE;
}
