/*
 * What changes something: poll now, reload.
 *
 * Invariants: the schedule is changed in a transaction of its own, and polling is woken after it.
 *
 * Errors: -errno of the store; the transaction is rolled back.
 */
#include <errno.h>

#include "daemon/control/handlers.h"

/* The feed that the path names. Returns 1; 0, with its answer; -errno. */
static int
find(const struct control_parts *parts, struct call *call, int64_t *ret_id)
{
	int got = store_feed_find(parts->store, call->params[0], ret_id);

	if (got == 0)
		call_error(call, 404, "no-such-feed", "there is no feed %s", call->params[0]);
	return got;
}

static int
make_due(const struct control_parts *parts, int64_t id)
{
	int error = store_begin(parts->store);

	if (error != 0)
		return error;
	error = store_feed_put_off(parts->store, id, loop_now(parts->loop), "asked for");
	if (error == 0)
		error = store_commit(parts->store);
	if (error != 0)
		store_rollback(parts->store);
	return error;
}

int
feed_poll(const struct control_parts *parts, struct call *call)
{
	int64_t id;
	int got = find(parts, call, &id);

	if (got == 1)
		got = make_due(parts, id) == 0 ? 1 : -EIO;
	if (got != 1)
		return got;
	polling_wake(parts->polling);
	call->status = 202;
	json_write_object(&call->json, NULL);
	json_write_string(&call->json, "feed", call->params[0]);
	json_write_object_end(&call->json);
	return CALL_DONE;
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
