/*
 * GET /v1/feeds/{name}: what is known of one feed, and what its last polls were.
 *
 * Errors: -errno of the store.
 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/control/feed_answer.h"
#include "daemon/control/handlers.h"

#define DAY_MS 86400000.0

static void
put_past(struct call *call, const struct store_past *past)
{
	struct json_writer *json = &call->json;

	json_write_object(json, NULL);
	call_put_time(call, "at", past->when);
	json_write_string(json, "result", message_result_name(past->result));
	if (past->status != 0)
		json_write_int(json, "status", past->status);
	json_write_int(json, "bytes", past->bytes_wire);
	json_write_int(json, "bytes_decoded", past->bytes_body);
	json_write_int(json, "new", past->n_new);
	json_write_int(json, "known", past->n_known);
	json_write_double(json, "seconds", (double)past->elapsed / 1000);
	json_write_string(json, "reason", past->reason);
	json_write_object_end(json);
}

static int
put_history(const struct control_parts *parts, struct call *call, int64_t feed)
{
	size_t max = parts->config(parts->arg)->history, n = 0;
	struct store_past *polls = arena_alloc_array(&call->arena, max + 1, sizeof(*polls));
	int error;

	if (polls == NULL)
		return -ENOMEM;
	error = store_history(parts->store, feed, max, &call->arena, polls, &n);
	if (error != 0)
		return error;
	json_write_array(&call->json, "history");
	for (size_t i = 0; i < n; i++)
		put_past(call, &polls[i]);
	json_write_array_end(&call->json);
	return 0;
}

/* Who polls for it, where that is another feed. */
static int
put_leader(const struct control_parts *parts, struct call *call, const struct store_feed *feed)
{
	struct store_feed leader;
	int got;

	if (feed->leader == 0)
		return 0;
	got = store_feed_get(parts->store, feed->leader, &call->arena, &leader);
	if (got == 1)
		json_write_string(&call->json, "polled_with", leader.name);
	return got < 0 ? got : 0;
}

static void
put_rest(const struct control_parts *parts, struct call *call, const struct store_feed *feed)
{
	struct json_writer *json = &call->json;
	int64_t id = feed->leader != 0 ? feed->leader : feed->id;

	json_write_bool(json, "under_way", polling_has(parts->polling, id));
	json_write_int(json, "polls", feed->polls);
	call_put_time(call, "not_before", feed->not_before);
	call_put_time(call, "first_document", feed->synced);
	call_put_time(call, "last_document", feed->parsed);
	if (feed->rhythm.span > 0)
		json_write_double(
			json, "articles_a_day", feed->rhythm.items * DAY_MS / feed->rhythm.span);
	json_write_string(json, "settings", feed->settings);
	json_write_bool(
		json, "has_validators", feed->etag.ptr != NULL || feed->last_modified.ptr != NULL);
	json_write_int(json, "followers", feed->followers);
}

int
feed_get(const struct control_parts *parts, struct call *call)
{
	struct store_feed feed;
	int got = feed_answer_find(parts, call, &feed), error;

	if (got != 1)
		return got;
	json_write_object(&call->json, NULL);
	feed_answer_put(call, &feed);
	put_rest(parts, call, &feed);
	error = put_leader(parts, call, &feed);
	if (error == 0)
		error = put_history(parts, call, feed.id);
	json_write_object_end(&call->json);
	return error;
}
