/*
 * Days as texts: they sort as they follow each other. Owns nothing.
 *
 * Errors: a text that is no day is kept to, as the last article's was.
 */
#include "daemon/keep/day.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/spool/layout.h"

#define DAY INT64_C(86400)
#define EARLY_MAX (7 * DAY)

int
day_begin(const char *day, int64_t *ret_begin)
{
	char midnight[CLOCK_RFC3339_SIZE];

	snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z", day);
	return clock_parse_rfc3339(midnight, ret_begin);
}

/* Whether the last day's folder is to be followed by another although it is not over yet. */
static bool
is_too_early(const char *last, int64_t last_at, const char *today)
{
	char that[CLOCK_DAY_SIZE];
	int64_t begin, now;

	clock_day(last_at / 1000, that);
	return day_begin(last, &begin) == 0 && day_begin(today, &now) == 0 &&
	       begin - now > EARLY_MAX && strcmp(today, that) > 0;
}

void
day_choose(const char *last, int64_t last_at, int64_t now, char ret_day[CLOCK_DAY_SIZE])
{
	char today[CLOCK_DAY_SIZE];
	int64_t begin;

	clock_day(now / 1000, today);
	snprintf(ret_day, CLOCK_DAY_SIZE, "%s", strcmp(last, today) > 0 ? last : today);
	if (strcmp(last, today) <= 0 || !is_too_early(last, last_at, today) ||
		day_begin(last, &begin) != 0)
		return;
	clock_day(begin + DAY, today);
	if (spool_is_day(today))
		memcpy(ret_day, today, CLOCK_DAY_SIZE);
}
