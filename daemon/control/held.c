/*
 * /v1/held: articles that wait for an operator; releasing and dropping them.
 *
 * Invariants: each turn releases or drops STEP articles in a transaction of its own, so what was
 * done when a call is given up stays done.
 *
 * Errors: -errno of the store and of delivery.
 */
#include <errno.h>
#include <stdlib.h>

#include <newspool/spool.h>

#include "daemon/control/feed_answer.h"
#include "daemon/control/handlers.h"
#include "daemon/keep/store_held.h"
#include "daemon/keep/store_look.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000
#define LIST_STEP 32
#define STEP 200

struct list {
	int64_t feed, after, left;
	bool more;
};

/* The number of the feed in the query; 0 where there is none. False: answered. */
static bool
choose_feed(const struct control_parts *parts, struct call *call, int64_t *ret_feed, int *ret_error)
{
	const char *name = call_query(call, "feed");
	int got;

	*ret_feed = 0;
	*ret_error = 0;
	if (name == NULL)
		return true;
	got = store_feed_find(parts->store, name, ret_feed);
	if (got == 1)
		return true;
	if (got == 0)
		call_error(call, 404, "no-such-feed", "there is no feed %s", name);
	*ret_error = got < 0 ? got : 0;
	return false;
}

static int
put_one(const struct control_parts *parts, struct call *call, const struct store_held *held,
	struct arena *arena)
{
	struct np_record *record = NULL;
	const char *name = NULL;
	int got = store_look_feed(parts->store, held->feed, arena, &name);

	if (got < 0)
		return got;
	(void)np_record_parse((const char *)held->record.ptr, held->record.len, &record);
	json_write_object(&call->json, NULL);
	json_write_int(&call->json, "id", held->id);
	json_write_string(&call->json, "feed", name);
	call_put_time(call, "since", held->at);
	json_write_string(&call->json, "why", held->why);
	feed_answer_put_tags(call, held->tags);
	if (record != NULL) {
		const struct np_article *article = np_record_article(record);

		json_write_string(&call->json, "title", np_article_title(article));
		json_write_string(&call->json, "url", np_article_url(article));
	}
	json_write_object_end(&call->json);
	np_record_free(record);
	return 0;
}

static int
begin_list(const struct control_parts *parts, struct call *call, struct list **ret_list)
{
	struct list *list = arena_alloc(&call->arena, sizeof(*list));
	int error;

	*ret_list = NULL;
	if (list == NULL)
		return -ENOMEM;
	if (!choose_feed(parts, call, &list->feed, &error))
		return error;
	if (!call_query_number(call, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &list->left) ||
		!call_query_number(call, "after", 0, INT64_MAX, 0, &list->after))
		return 0;
	json_write_object(&call->json, NULL);
	json_write_array(&call->json, "held");
	*ret_list = list;
	return 0;
}

/* Returns 1 where there may be more, 0 at the end, -errno. */
static int
list_on(const struct control_parts *parts, struct call *call, struct list *list)
{
	int got = 1;

	for (int i = 0; i < LIST_STEP && list->left > 0 && got == 1; i++) {
		struct arena arena = { 0 };
		struct store_held held;

		got = store_held_next(parts->store, list->after, list->feed, 0, &arena, &held);
		if (got == 1) {
			int error = put_one(parts, call, &held, &arena);

			list->after = held.id;
			list->left--;
			got = error != 0 ? error : 1;
		}
		arena_done(&arena);
	}
	return got;
}

int
held_get(const struct control_parts *parts, struct call *call)
{
	struct list *list = call->state;
	int got;

	if (list == NULL) {
		got = begin_list(parts, call, &list);
		if (list == NULL)
			return got;
		call->state = list;
	}
	got = list_on(parts, call, list);
	if (got < 0)
		return got;
	if (got == 1 && list->left > 0)
		return CALL_MORE;
	json_write_array_end(&call->json);
	if (got == 1)
		json_write_int(&call->json, "next", list->after);
	json_write_object_end(&call->json);
	return CALL_DONE;
}

struct work {
	struct held_choice choice;
	int64_t done, known, skipped;
};

static int
begin_work(const struct control_parts *parts, struct call *call, struct work **ret_work)
{
	struct work *work = arena_alloc(&call->arena, sizeof(*work));
	int error;

	*ret_work = NULL;
	if (work == NULL)
		return -ENOMEM;
	if (!choose_feed(parts, call, &work->choice.feed, &error))
		return error;
	if (!call_query_number(call, "id", 1, INT64_MAX, 0, &work->choice.id))
		return 0;
	if (work->choice.feed == 0 && work->choice.id == 0 && !call_query_flag(call, "all"))
		return call_error(
			call, 400, "bad-parameter", "say which: feed=NAME, id=NUMBER or all=1");
	*ret_work = work;
	return 0;
}

static int
work_on(const struct control_parts *parts, struct call *call, enum held_action action)
{
	struct work *work = call->state;
	struct held_result result = { 0 };
	int error;

	if (work == NULL) {
		error = begin_work(parts, call, &work);
		if (work == NULL)
			return error;
		call->state = work;
	}
	error = polling_held(parts->polling, action, &work->choice, STEP, &result);
	if (error == -EAGAIN)
		return call_error(call, 503, "stuck",
			"articles cannot be moved to their place just now: the log says why");
	if (error != 0)
		return error;
	work->done += result.n_done;
	work->known += result.n_known;
	work->skipped += result.n_skipped;
	work->choice.after = result.last;
	if (result.more && result.last > 0)
		return CALL_MORE;
	if (work->choice.id != 0 && work->done + work->skipped == 0)
		return call_error(call, 404, "not-held", "no article of this number is held");
	json_write_object(&call->json, NULL);
	json_write_int(&call->json, action == HELD_RELEASE ? "released" : "dropped", work->done);
	json_write_int(&call->json, "known", work->known);
	json_write_int(&call->json, "skipped", work->skipped);
	json_write_object_end(&call->json);
	return CALL_DONE;
}

int
held_release(const struct control_parts *parts, struct call *call)
{
	return work_on(parts, call, HELD_RELEASE);
}

int
held_drop(const struct control_parts *parts, struct call *call)
{
	return work_on(parts, call, HELD_DROP);
}
