/*
 * A feed in words. Stateless.
 *
 * Errors: -errno of the store.
 */
#include "daemon/control/feed_answer.h"

#include <errno.h>
#include <string.h>

#include "daemon/control/feed_state.h"

void
feed_answer_put_tags(struct call *call, const char *tags)
{
	json_write_array(&call->json, "tags");
	while (*tags != '\0') {
		size_t size = strcspn(tags, " ");

		if (size > 0)
			json_write_string_n(&call->json, NULL, tags, size);
		tags += size;
		tags += *tags == ' ';
	}
	json_write_array_end(&call->json);
}

const char *
feed_answer_title(const struct store_feed *feed)
{
	return feed->title != NULL ? feed->title : feed->document_title;
}

/* What a list and the feed's own page both say. */
void
feed_answer_put(struct call *call, const struct store_feed *feed)
{
	struct json_writer *json = &call->json;

	json_write_string(json, "name", feed->name);
	json_write_string(json, "state", feed_state_name(feed_state(feed)));
	json_write_string(json, "title", feed_answer_title(feed));
	json_write_string(json, "url", feed->url);
	json_write_string(json, "moved_url", feed->moved_url);
	json_write_string(json, "home_page_url", feed->home_page_url);
	feed_answer_put_tags(call, feed->tags);
	call_put_time(call, "next_poll", feed->next_poll);
	json_write_string(json, "why_next", feed->why_next);
	if (feed->last_poll == 0)
		return;
	call_put_time(call, "last_poll", feed->last_poll);
	call_put_time(call, "last_success", feed->last_success);
	json_write_string(json, "result", message_result_name(feed->result));
	if (feed->status != 0)
		json_write_int(json, "status", feed->status);
	json_write_string(json, "reason", feed->reason);
	json_write_int(json, "failures", feed->failures);
}

int
feed_answer_find(const struct control_parts *parts, struct call *call, struct store_feed *ret_feed)
{
	int64_t id;
	int got = store_feed_find(parts->store, call->params[0], &id);

	if (got == 1)
		got = store_feed_get(parts->store, id, &call->arena, ret_feed);
	if (got == 0)
		call_error(call, 404, "no-such-feed", "there is no feed %s", call->params[0]);
	return got;
}
