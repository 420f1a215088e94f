/*
 * What stands in the way of polling, in words.
 *
 * Errors: -errno of the store.
 */
#include "daemon/control/health.h"

#include <errno.h>
#include <stdlib.h>

static void
add(struct health *health, bool is_so, const char *code, const char *message)
{
	if (!is_so || health->n == HEALTH_PROBLEMS_MAX)
		return;
	health->problems[health->n].code = code;
	health->problems[health->n].message = message;
	health->n++;
}

static bool
has_fetcher(const struct pool *pool)
{
	for (size_t i = 0; i < pool_size(pool); i++)
		if (pool_pid(pool, i) > 0)
			return true;
	return false;
}

int
health_look(const struct control_parts *parts, struct health *ret_health)
{
	struct health health = { 0 };
	struct polling_look look;
	int64_t now = loop_now(parts->loop), first = 0;
	int error;

	polling_look(parts->polling, &look);
	/* Those under way are due in the store until their outcome is there: the first ones, about. */
	error = store_overdue(parts->store, now, (int64_t)(look.under_way + look.to_store),
		HEALTH_OVERDUE_MAX, &health.overdue, &first);
	if (error != 0)
		return error;
	if (health.overdue > 0)
		health.overdue_ms = now - first;
	add(&health, look.cramped, "no-space",
		"the spool has less free space or fewer inodes than min-free asks for: make room");
	add(&health, look.trouble != 0, "commits-fail",
		"outcomes cannot be stored: the log says why");
	add(&health, look.stuck, "moves-fail",
		"articles cannot be moved to their place in the spool: the log says why");
	add(&health, look.spool_moved, "spool-gone",
		"the spool's directory was removed or replaced: put it back");
	add(&health, look.moved, "database-gone",
		"the database's file was removed or replaced: put it back, or restart");
	add(&health, !has_fetcher(look.pool), "no-fetchers",
		"no fetcher runs: the log says why they end");
	add(&health, health.overdue_ms > HEALTH_LATE, "behind",
		"feeds are polled later than they are due: raise max-connections or fetchers, or "
		"their intervals");
	*ret_health = health;
	return 0;
}
