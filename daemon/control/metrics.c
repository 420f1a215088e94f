/*
 * GET /metrics: Prometheus' text format. Bounded: no value has a feed's name as a label.
 *
 * Errors: -errno of the store.
 */
#include <errno.h>
#include <inttypes.h>

#include <newspool/version.h>

#include "daemon/control/handlers.h"
#include "daemon/control/health.h"

static void
head(struct call *call, const char *name, const char *type, const char *help)
{
	buf_printf(&call->out, "# HELP newspool_%s %s\n# TYPE newspool_%s %s\n", name, help, name,
		type);
}

static void
one(struct call *call, const char *name, const char *type, const char *help, int64_t value)
{
	head(call, name, type, help);
	buf_printf(&call->out, "newspool_%s %" PRId64 "\n", name, value);
}

int
metrics_get(const struct control_parts *parts, struct call *call)
{
	struct polling_look look;
	struct store_counts counts;
	struct health health;
	int error = store_feed_counts(parts->store, loop_now(parts->loop), &counts);

	if (error == 0)
		error = health_look(parts, &health);
	if (error != 0)
		return error;
	polling_look(parts->polling, &look);
	call->type = "text/plain; version=0.0.4; charset=utf-8";
	head(call, "build_info", "gauge", "The version that runs; always 1.");
	buf_printf(&call->out, "newspool_build_info{version=\"%s\"} 1\n", NP_VERSION);
	one(call, "feeds", "gauge", "Feeds that are configured.", counts.feeds);
	one(call, "feeds_failing", "gauge", "Feeds whose last poll failed.", counts.failing);
	one(call, "feeds_stopped", "gauge", "Feeds that are not polled.", counts.stopped);
	one(call, "polls_under_way", "gauge", "Polls that fetchers have.", (int64_t)look.under_way);
	one(call, "feeds_overdue", "gauge", "Feeds that are due and not started on.",
		health.overdue);
	one(call, "fetcher_restarts_total", "counter", "Fetchers that were started again.",
		pool_restarts(look.pool));
	return CALL_DONE;
}
