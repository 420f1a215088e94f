/*
 * Moves the schedule where the wall clock was moved. Owns nothing: the last run's clock is a mark in
 * the store.
 *
 * Invariant: loop_now() goes on by the old clock until the schedule has been moved, so that what is
 * written between the step and the next look moves with the rest. (Written by the new clock, it would
 * be moved all the same: a feed polled just after the first correction of a clock that began in 1970
 * would rest for half a century.)
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/clock_watch.h"

#include <inttypes.h>

#include "daemon/keep/schedule.h"
#include "daemon/wire/log.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

static void
doubt(struct clock_watch *watch)
{
	watch->doubtful_until = loop_monotonic(watch->loop) + HOUR;
}

int64_t
clock_watch_doubt(const struct clock_watch *watch)
{
	int64_t left = watch->doubtful_until - loop_monotonic(watch->loop);

	return watch->doubtful_until != 0 && left > 0 ? left : 0;
}

static int
shift_schedule(const struct clock_watch *watch, int64_t step, int64_t now)
{
	int error = store_begin(watch->store);

	if (error != 0)
		return error;
	error = store_shift(watch->store, step);
	if (error == 0)
		error = store_clock_put(watch->store, now);
	if (error == 0)
		error = store_commit(watch->store);
	if (error != 0)
		store_rollback(watch->store);
	return error;
}

int
clock_watch_start(struct clock_watch *watch, struct loop *loop, struct store *store)
{
	int64_t mark, now = loop_clock_offset(loop) + loop_monotonic(loop);
	int error;

	*watch = (struct clock_watch){
		.loop = loop, .store = store, .offset = now - loop_monotonic(loop)
	};
	loop_hold_clock(loop, watch->offset);
	error = store_clock_get(store, &mark);
	if (error == 0 && mark != 0 && now - mark >= 7 * DAY)
		doubt(watch);
	if (error != 0 || mark == 0 || schedule_clock_step(mark, now) >= 0)
		return error;
	log_notice(NULL,
		"the clock is %" PRId64 " s behind the last run: the schedule moves with it",
		(mark - now) / 1000);
	return shift_schedule(watch, now - mark, now);
}

int
clock_watch(struct clock_watch *watch)
{
	int64_t offset = loop_clock_offset(watch->loop);
	int64_t step = schedule_clock_step(watch->offset, offset);
	int error = step != 0 ? shift_schedule(watch, step, loop_now(watch->loop) + step) : 0;

	if (error != 0)
		return error;
	watch->offset = offset;
	loop_hold_clock(watch->loop, offset);
	if (step >= DAY)
		doubt(watch);
	if (step != 0)
		log_notice(NULL, "the clock was set by %+" PRId64 " s: the schedule moves with it",
			step / 1000);
	return 0;
}
