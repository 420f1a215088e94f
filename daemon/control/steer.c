/*
 * What changes something: poll now, pause, resume, reset, reload, the log's level.
 *
 * Invariants: the schedule is changed in a transaction of its own, and polling is woken after it. A
 * poll by hand is as polite as any: it waits for what a server has asked for (Retry-After, 429),
 * unless it is forced.
 *
 * Errors: -errno of the store; the transaction is rolled back.
 */
#include <errno.h>
#include <string.h>

#include "daemon/control/feed_answer.h"
#include "daemon/control/handlers.h"
#include "daemon/keep/archive.h"
#include "daemon/wire/log.h"
#include "lib/base/clock.h"
#include "lib/base/url.h"

/* One change of one feed, inside a transaction. */
typedef int change(const struct control_parts *parts, const struct store_feed *feed);

static int
change_feed(const struct control_parts *parts, const struct store_feed *feed, change *what)
{
	int error = store_begin(parts->store);

	if (error != 0)
		return error;
	error = what(parts, feed);
	if (error == 0)
		error = store_commit(parts->store);
	if (error != 0)
		store_rollback(parts->store);
	else
		polling_wake(parts->polling);
	return error;
}

/* The host that a feed's poll asks, into out. */
static int
host_of(const struct store_feed *feed, struct buf *out)
{
	url_host(out, feed->moved_url != NULL ? feed->moved_url : feed->url);
	return buf_error(out);
}

/* Until when its server wants to be left alone; 0: it does not. */
static int
find_wait(const struct control_parts *parts, const struct store_feed *feed, int64_t *ret_until)
{
	int64_t now = loop_now(parts->loop), until = 0;
	struct buf host = { 0 };
	int error = host_of(feed, &host), got = 0;

	if (error == 0)
		got = store_hold_find(parts->store, buf_str(&host), now, &until);
	buf_done(&host);
	if (error != 0 || got < 0)
		return error != 0 ? error : got;
	if (feed->not_before > now && feed->not_before > until)
		until = feed->not_before;
	*ret_until = until;
	return 0;
}

static int
make_due(const struct control_parts *parts, const struct store_feed *feed)
{
	return store_feed_put_off(parts->store, feed->id, loop_now(parts->loop), "asked for");
}

static int
ask_for_archives(const struct control_parts *parts, const struct store_feed *feed)
{
	return archive_request(parts->store, feed->id, loop_now(parts->loop));
}

static int
make_due_by_force(const struct control_parts *parts, const struct store_feed *feed)
{
	struct buf host = { 0 };
	int error = host_of(feed, &host);

	if (error == 0)
		error = store_hold_drop(parts->store, buf_str(&host));
	buf_done(&host);
	return error != 0 ? error : make_due(parts, feed);
}

/* Why it may not be polled now, as the answer; false: it may. */
static bool
refuse_poll(struct call *call, const struct store_feed *feed, int64_t until)
{
	char when[CLOCK_RFC3339_SIZE];

	if (feed->stopped) {
		call_error(call, 409, feed->paused ? "paused" : "stopped",
			"%s is %s: resume it first", feed->name,
			feed->paused ? "paused" : "stopped");
		return true;
	}
	if (until == 0 || call_query_flag(call, "force"))
		return false;
	clock_rfc3339(until / 1000 + 1, when);
	call_error(call, 409, "not-yet",
		"its server wants no poll of %s before %s; force=1 asks all the same", feed->name,
		when);
	return true;
}

/* The feed that is polled for this one. */
static int
follow_leader(const struct control_parts *parts, struct call *call, struct store_feed *feed)
{
	int got = feed->leader == 0
			  ? 1
			  : store_feed_get(parts->store, feed->leader, &call->arena, feed);

	return got < 0 ? got : 0;
}

/* Makes the feed due, or its archives. -EAGAIN: not these, now. */
static int
ask(const struct control_parts *parts, const struct call *call, const struct store_feed *feed)
{
	if (call_query_flag(call, "archive"))
		return change_feed(parts, feed, ask_for_archives);
	if (polling_has(parts->polling, feed->id))
		return 0;
	polling_ask_again(parts->polling, feed->id);
	return change_feed(
		parts, feed, call_query_flag(call, "force") ? make_due_by_force : make_due);
}

int
feed_poll(const struct control_parts *parts, struct call *call)
{
	struct store_feed feed, polled;
	int64_t until = 0;
	int got = feed_answer_find(parts, call, &feed), error;

	if (got != 1)
		return got;
	polled = feed;
	error = follow_leader(parts, call, &polled);
	if (error == 0)
		error = find_wait(parts, &polled, &until);
	if (error != 0 || refuse_poll(call, feed.stopped ? &feed : &polled, until))
		return error;
	error = ask(parts, call, &polled);
	if (error == -EAGAIN)
		return call_error(call, 409, "not-now",
			"%s has not been polled yet, or its archives are being followed already",
			polled.name);
	if (error != 0)
		return error;
	call->status = 202;
	json_write_object(&call->json, NULL);
	json_write_string(&call->json, "name", feed.name);
	json_write_int(&call->json, "polls", feed.polls);
	json_write_bool(&call->json, "under_way", polling_has(parts->polling, polled.id));
	json_write_object_end(&call->json);
	return CALL_DONE;
}

static int
undo_move(const struct control_parts *parts, const struct store_feed *feed)
{
	int64_t now = loop_now(parts->loop);
	int got = store_feed_undo_move(parts->store, feed->id);

	if (got != 1)
		return got;
	return store_feed_put_off(parts->store, feed->id,
		feed->not_before > now ? feed->not_before : now,
		"its own URL: the move was undone by hand");
}

static int
pause_feed(const struct control_parts *parts, const struct store_feed *feed)
{
	return store_feed_pause(parts->store, feed->id);
}

static int
resume_feed(const struct control_parts *parts, const struct store_feed *feed)
{
	return store_feed_resume(parts->store, feed->id, loop_now(parts->loop));
}

static int
reset_feed(const struct control_parts *parts, const struct store_feed *feed)
{
	return store_feed_reset(parts->store, feed->id, loop_now(parts->loop));
}

/* Changes the feed, says so in the log, and answers with what it is then. */
static int
change_and_answer(const struct control_parts *parts, struct call *call, change *what,
	const char *words, const char *event)
{
	struct store_feed feed;
	int got = feed_answer_find(parts, call, &feed), error;

	if (got != 1)
		return got;
	error = change_feed(parts, &feed, what);
	if (error != 0)
		return error;
	log_notice(feed.name, "%s event=%s", words, event);
	got = feed_answer_find(parts, call, &feed);
	if (got != 1)
		return got;
	json_write_object(&call->json, NULL);
	feed_answer_put(call, &feed);
	json_write_object_end(&call->json);
	return CALL_DONE;
}

int
feed_pause(const struct control_parts *parts, struct call *call)
{
	return change_and_answer(parts, call, pause_feed, "is paused by hand", "paused");
}

int
feed_resume(const struct control_parts *parts, struct call *call)
{
	return change_and_answer(parts, call, resume_feed, "is polled again, by hand", "resumed");
}

int
feed_undo_move(const struct control_parts *parts, struct call *call)
{
	return change_and_answer(
		parts, call, undo_move, "is asked at its own url again, by hand", "move-undone");
}

int
feed_reset(const struct control_parts *parts, struct call *call)
{
	return change_and_answer(parts, call, reset_feed, "is reset by hand", "reset");
}

int
reload_post(const struct control_parts *parts, struct call *call)
{
	struct config_error err = { "" };
	size_t n_new = 0;
	int error = parts->reload(parts->arg, &n_new, &err);

	if (error != 0)
		return call_error(call, error == -EINVAL ? 422 : 503, "not-reloaded",
			"everything stays as it was: %s", err.text);
	json_write_object(&call->json, NULL);
	json_write_int(&call->json, "feeds", (int64_t)parts->config(parts->arg)->n_feeds);
	json_write_int(&call->json, "new", (int64_t)n_new);
	json_write_object_end(&call->json);
	return CALL_DONE;
}

int
log_level_get(const struct control_parts *parts, struct call *call)
{
	(void)parts;
	json_write_object(&call->json, NULL);
	json_write_string(&call->json, "level", log_level_name(log_get_level()));
	json_write_object_end(&call->json);
	return CALL_DONE;
}

int
log_level_put(const struct control_parts *parts, struct call *call)
{
	const char *name = call_query(call, "level");
	enum log_level level;

	if (name == NULL || log_level_parse(name, &level) != 0)
		return call_error(call, 400, "bad-parameter",
			"level: expected error, warning, notice, info or debug");
	polling_set_log_level(parts->polling, level);
	log_notice(NULL, "the log's level is %s from now on event=log-level level=%s", name, name);
	return log_level_get(parts, call);
}
