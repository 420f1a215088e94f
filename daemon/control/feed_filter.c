/*
 * Choosing feeds.
 *
 * Invariants: each step looks at no more than LOOK_ROWS feeds; what took LOOK_TIME ends where it is,
 * shorter than asked for, with `more`.
 *
 * Errors: -errno of the store.
 */
#include "config.h"

#include "daemon/control/feed_filter.h"

#include <string.h>

#include "daemon/control/feed_answer.h"
#include "daemon/keep/tags.h"

#define LOOK_ROWS 256
#define LOOK_TIME 2000 /* ms */

bool
feed_filter_read(struct call *call, int64_t wanted, struct feed_filter *ret_filter)
{
	const char *state = call_query(call, "state");

	*ret_filter = (struct feed_filter){
		.state = state != NULL ? feed_state_parse(state) : FEED_STATES,
		.tag = call_query(call, "tag"),
		.text = call_query(call, "text"),
		.after = call_query(call, "after"),
		.left = wanted,
	};
	if (ret_filter->after == NULL)
		ret_filter->after = "";
	if (state == NULL || ret_filter->state != FEED_STATES)
		return true;
	call_error(
		call, 400, "bad-parameter", "state: expected ok, new, failing, stopped or paused");
	return false;
}

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
is_wanted(const struct feed_filter *filter, const struct store_feed *feed)
{
	return (filter->state == FEED_STATES || filter->state == feed_state(feed)) &&
	       (filter->tag == NULL || tags_list_has(feed->tags, filter->tag)) &&
	       (filter->text == NULL || has_text(feed, filter->text));
}

/* Returns 1 where the feed is wanted, 0 where it is not, -errno. */
static int
look_at(const struct control_parts *parts, const struct feed_filter *filter, int64_t id,
	int (*found)(void *arg, const struct store_feed *feed), void *arg)
{
	struct arena arena = { 0 };
	struct store_feed feed;
	int got = store_feed_get(parts->store, id, &arena, &feed), error = 0;

	if (got == 1 && !is_wanted(filter, &feed))
		got = 0;
	if (got == 1)
		error = found(arg, &feed);
	arena_done(&arena);
	return error != 0 ? error : got;
}

int
feed_filter_step(const struct control_parts *parts, struct call *call, struct feed_filter *filter,
	int (*found)(void *arg, const struct store_feed *feed), void *arg)
{
	struct store_name names[LOOK_ROWS];
	size_t n = 0;
	int got = store_feed_names(parts->store, filter->after, LOOK_ROWS, &call->arena, names, &n);

	filter->more = n > 0 && filter->more;
	for (size_t i = 0; i < n && got >= 0 && filter->left > 0; i++) {
		got = look_at(parts, filter, names[i].id, found, arg);
		filter->left -= got == 1;
		filter->after = names[i].name;
		filter->more = i + 1 < n || n == LOOK_ROWS;
	}
	if (got < 0)
		return got;
	return filter->more && filter->left > 0 &&
			       loop_monotonic(parts->loop) - call->began < LOOK_TIME
		       ? CALL_MORE
		       : CALL_DONE;
}
