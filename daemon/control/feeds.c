/*
 * GET /v1/feeds.
 *
 * Invariants: a page is in the order of names and says in "next" after which name the next one
 * begins.
 *
 * Errors: -errno of the store.
 */
#include <errno.h>

#include "daemon/control/feed_answer.h"
#include "daemon/control/feed_filter.h"
#include "daemon/control/handlers.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000

static int
put_feed(void *arg, const struct store_feed *feed)
{
	struct call *call = arg;

	json_write_object(&call->json, NULL);
	feed_answer_put(call, feed);
	json_write_object_end(&call->json);
	return 0;
}

/* Returns 0 or -ENOMEM; *ret_filter NULL where the call has its answer. */
static int
begin_page(struct call *call, struct feed_filter **ret_filter)
{
	struct feed_filter *filter = arena_alloc(&call->arena, sizeof(*filter));
	int64_t limit;

	if (filter == NULL)
		return -ENOMEM;
	*ret_filter = NULL;
	if (!call_query_number(call, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit) ||
		!feed_filter_read(call, limit, filter))
		return 0;
	json_write_object(&call->json, NULL);
	json_write_array(&call->json, "feeds");
	*ret_filter = filter;
	return 0;
}

int
feeds_get(const struct control_parts *parts, struct call *call)
{
	struct feed_filter *filter = call->state;
	int got;

	if (filter == NULL) {
		got = begin_page(call, &filter);
		if (got < 0 || filter == NULL)
			return got;
		call->state = filter;
	}
	got = feed_filter_step(parts, call, filter, put_feed, call);
	if (got != CALL_DONE)
		return got;
	json_write_array_end(&call->json);
	if (filter->more)
		json_write_string(&call->json, "next", filter->after);
	json_write_object_end(&call->json);
	return CALL_DONE;
}
