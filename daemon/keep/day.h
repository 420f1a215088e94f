/* In which day's folder of the spool an article is delivered. */
#ifndef DAEMON_KEEP_DAY_H
#define DAEMON_KEEP_DAY_H

#include <stdint.h>

#include "lib/base/clock.h"

/*
 * Today; or the day of the last article (last, "": there is none; delivered at last_at, ms) where that
 * is later, for the clock was set back since: a reader finds its place by days, so they never go back.
 * Where it is more than a week later, the clock was wrong rather than early: waiting until it is right
 * would put years into one folder, which retention could not part. So there the folders go on a day
 * with each day that passes.
 */
void day_choose(const char *last, int64_t last_at, int64_t now, char ret_day[CLOCK_DAY_SIZE]);

/* When the day began, seconds since 1970. Returns 0, or -EINVAL where it is no day. */
int day_begin(const char *day, int64_t *ret_begin);

#endif
