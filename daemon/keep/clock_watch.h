/*
 * The wall clock, watched: where it is set, every time in the schedule moves with it.
 */
#ifndef DAEMON_KEEP_CLOCK_WATCH_H
#define DAEMON_KEEP_CLOCK_WATCH_H

#include <stdint.h>

#include "daemon/keep/store.h"
#include "daemon/wire/loop.h"

struct clock_watch {
	struct loop *loop;
	struct store *store;
	int64_t offset;         /* wall clock less monotonic clock, when last looked at */
	int64_t doubtful_until; /* monotonic; 0: it never was */
};

/*
 * Begins. A clock that is behind what the last run saw was set back in between: how long nothing ran
 * is not known then; it is taken for no time. Returns 0 or -errno.
 */
int clock_watch_start(struct clock_watch *watch, struct loop *loop, struct store *store);

/* One look, in no transaction: until the next one loop_now() goes on by what this has seen. Returns 0 or -errno; then the next look sees the step again. */
int clock_watch(struct clock_watch *watch);

/*
 * For how long, in ms, nothing should go for its age: an hour after a clock was set a day or more
 * ahead, or was a week ahead of the last run at the start, for it may be wrong. 0: it is believed.
 */
int64_t clock_watch_doubt(const struct clock_watch *watch);

#endif
