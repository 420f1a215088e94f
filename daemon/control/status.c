/*
 * GET /v1/status and /healthz.
 *
 * Errors: -errno of the store.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <newspool/version.h>

#include "daemon/control/counting.h"
#include "daemon/control/handlers.h"
#include "daemon/control/health.h"
#include "daemon/keep/store_held.h"

static void
put_fetchers(struct call *call, const struct pool *pool)
{
	json_write_array(&call->json, "fetchers");
	for (size_t i = 0; i < pool_size(pool); i++) {
		json_write_object(&call->json, NULL);
		if (pool_pid(pool, i) > 0)
			json_write_int(&call->json, "pid", pool_pid(pool, i));
		json_write_bool(&call->json, "running", pool_pid(pool, i) > 0);
		json_write_object_end(&call->json);
	}
	json_write_array_end(&call->json);
	json_write_int(&call->json, "fetcher_restarts", pool_restarts(pool));
}

static void
put_counts(struct call *call, const struct store_counts *counts)
{
	json_write_object(&call->json, "feeds");
	json_write_int(&call->json, "configured", counts->feeds);
	json_write_int(&call->json, "failing", counts->failing);
	json_write_int(&call->json, "stopped", counts->stopped);
	json_write_int(&call->json, "paused", counts->paused);
	json_write_int(&call->json, "never_polled", counts->unpolled);
	json_write_int(&call->json, "waiting", counts->later);
	json_write_object_end(&call->json);
}

static void
put_health(struct call *call, const struct health *health)
{
	json_write_bool(&call->json, "healthy", health->n == 0);
	json_write_array(&call->json, "problems");
	for (size_t i = 0; i < health->n; i++) {
		json_write_object(&call->json, NULL);
		json_write_string(&call->json, "code", health->problems[i].code);
		json_write_string(&call->json, "message", health->problems[i].message);
		json_write_object_end(&call->json);
	}
	json_write_array_end(&call->json);
}

int
status_get(const struct control_parts *parts, struct call *call)
{
	int64_t now = loop_now(parts->loop);
	struct polling_look look;
	struct store_counts counts;
	struct health health;
	int64_t held = 0, held_bytes;
	int error = counting_go_on(parts, call, &counts);

	if (error == CALL_MORE)
		return CALL_MORE;
	if (error == 0)
		error = health_look(parts, &health);
	if (error == 0)
		error = store_held_size(parts->store, &held, &held_bytes);
	if (error != 0)
		return error;
	polling_look(parts->polling, &look);
	json_write_object(&call->json, NULL);
	json_write_string(&call->json, "version", NP_VERSION);
	json_write_int(&call->json, "pid", getpid());
	call_put_time(call, "started", parts->started);
	json_write_int(&call->json, "uptime", (now - parts->started) / 1000);
	put_health(call, &health);
	put_counts(call, &counts);
	json_write_object(&call->json, "polls");
	json_write_int(&call->json, "under_way", (int64_t)look.under_way);
	json_write_int(&call->json, "to_store", (int64_t)look.to_store);
	json_write_int(&call->json, "overdue", health.overdue);
	json_write_int(&call->json, "overdue_seconds", health.overdue_ms / 1000);
	json_write_object_end(&call->json);
	json_write_int(&call->json, "held", held);
	put_fetchers(call, look.pool);
	json_write_string(&call->json, "config", parts->config(parts->arg)->file);
	json_write_string(&call->json, "spool", parts->config(parts->arg)->spool_directory);
	json_write_string(&call->json, "database", parts->config(parts->arg)->database);
	json_write_object_end(&call->json);
	return CALL_DONE;
}

int
health_get(const struct control_parts *parts, struct call *call)
{
	struct health health;
	int error = health_look(parts, &health);

	if (error != 0)
		return error;
	json_write_object(&call->json, NULL);
	put_health(call, &health);
	json_write_object_end(&call->json);
	call->status = health.n == 0 ? 200 : 503;
	return CALL_DONE;
}
