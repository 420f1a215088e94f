/* When a feed is polled next: every rule of schedule.h, on a clock that is a number. */
#include "daemon/keep/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C(1000)
#define M (60 * S)
#define H (60 * M)
#define D (24 * H)
#define NOW (INT64_C(20780) * D + 10 * H) /* 2026-11-23T10:00Z, a Monday */

static const struct config_settings settings = {
	.interval = H, .min_interval = 5 * M, .max_interval = 2 * D, .adaptive = true
};

static struct schedule_decision
decide(struct schedule_input in, struct message_done done)
{
	struct schedule_decision decision;

	in.now = NOW;
	if (in.settings == NULL)
		in.settings = &settings;
	in.done = &done;
	schedule_decide(&in, &decision);
	return decision;
}

static struct message_done
done_of(enum message_result result, int status)
{
	return (struct message_done){
		.result = result, .status = (uint16_t)status, .max_age = -1, .retry_after = -1
	};
}

static void
hints_only_make_it_later_and_are_clamped(void **state)
{
	static const struct {
		int64_t max_age, retry_after, ttl;
		int64_t delay;
		const char *why;
	} rows[] = {
		{ -1, -1, -1, H, "interval 1h" },
		{ 0, -1, -1, H, "interval 1h" },
		{ 60, 60, 60, H, "interval 1h" },
		{ 7200, -1, -1, 2 * H, "max-age 7200" },
		{ -1, 7200, -1, 2 * H, "Retry-After 7200" },
		{ -1, -1, 7200, 2 * H, "ttl 7200" },
		{ 7200, -1, 10800, 3 * H, "ttl 10800" },
		{ 315360000, -1, -1, 2 * D, "max-age 315360000" },
		{ INT64_MAX, INT64_MAX, INT64_MAX, 2 * D, "ttl 9223372036854775807" },
		{ INT64_MIN, -5, INT64_MIN, H, "interval 1h" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message_done done = done_of(RESULT_OK, 200);
		struct schedule_decision got;
		done.max_age = rows[i].max_age;
		done.retry_after = rows[i].retry_after;
		got = decide((struct schedule_input){ .ttl = rows[i].ttl }, done);
		assert_int_equal(got.next_poll - NOW, rows[i].delay);
		assert_string_equal(got.why, rows[i].why);
		assert_int_equal(got.failures, 0);
		assert_false(got.stop);
	}
}

static void
jitter_is_never_before_the_interval_nor_after_the_maximum(void **state)
{
	(void)state;
	for (uint32_t random = 0; random < 2000000000u; random += 7654321u) {
		struct schedule_input in = { .ttl = -1, .random = random };
		struct message_done done = done_of(RESULT_NOT_MODIFIED, 304);
		struct schedule_decision got = decide(in, done);
		assert_true(got.next_poll >= NOW + H && got.next_poll <= NOW + H + 5 * M);
		done.max_age = 10000000;
		assert_int_equal(decide(in, done).next_poll, NOW + 2 * D);
	}
	assert_int_not_equal(decide((struct schedule_input){ .ttl = -1, .random = 1000 },
				     done_of(RESULT_OK, 200))
				     .next_poll,
		NOW + H);
}

static void
failures_back_off_and_never_give_up(void **state)
{
	static const struct {
		enum message_result result;
		int status;
		int64_t failures, delay;
	} rows[] = {
		{ RESULT_NETWORK_ERROR, 0, 0, H },
		{ RESULT_TIMEOUT, 0, 1, 2 * H },
		{ RESULT_NOT_A_FEED, 200, 2, 4 * H },
		{ RESULT_HTTP_ERROR, 500, 3, 8 * H },
		{ RESULT_HTTP_ERROR, 503, 5, 32 * H },
		{ RESULT_HTTP_ERROR, 503, 6, 48 * H },
		{ RESULT_TRUNCATED, 200, 1000000, 48 * H },
		{ RESULT_HTTP_ERROR, 429, 0, 2 * H },
		{ RESULT_HTTP_ERROR, 429, 1, 4 * H },
		{ RESULT_HTTP_ERROR, 404, 0, 4 * H },
		{ RESULT_HTTP_ERROR, 401, 1, 8 * H },
		{ RESULT_HTTP_ERROR, 403, 2, 16 * H },
		{ RESULT_HTTP_ERROR, 451, 3, 32 * H },
		{ RESULT_REFUSED, 0, 0, 4 * H },
		{ RESULT_INTERNAL, 0, 0, 30 * S },
		{ RESULT_INTERNAL, 0, 2, 2 * M },
		{ RESULT_INTERNAL, 0, 60, H },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct schedule_decision got = decide(
			(struct schedule_input){ .failures = rows[i].failures, .ttl = -1 },
			done_of(rows[i].result, rows[i].status));
		int64_t delay = rows[i].delay;
		if (rows[i].result != RESULT_INTERNAL && rows[i].failures < 6)
			delay += delay / 64 * (rows[i].failures + 1);
		assert_int_equal(got.next_poll - NOW, delay < 48 * H ? delay : 48 * H);
		assert_int_equal(got.failures, rows[i].failures + 1);
		assert_false(got.stop);
		assert_non_null(strstr(got.why, "back-off"));
	}
}

/* As a server sees it: each answer takes a while, and the gap has at least doubled nonetheless. */
static void
gaps_at_least_double_for_who_measures_them_outside(void **state)
{
	const struct config_settings quick = {
		.interval = S, .min_interval = S, .max_interval = 2 * D, .adaptive = false
	};
	int64_t gap = 0;

	(void)state;
	for (int64_t failures = 0; failures < 12; failures++) {
		struct schedule_input in = { .settings = &quick, .failures = failures, .ttl = -1 };
		int64_t delay = decide(in, done_of(RESULT_HTTP_ERROR, 429)).next_poll - NOW;
		assert_true(delay + 30 >= 2 * gap);
		gap = delay + 30;
	}
}

static void
retry_after_counts_where_it_is_later_than_the_back_off(void **state)
{
	struct message_done done = done_of(RESULT_HTTP_ERROR, 429);
	struct schedule_input in = { .ttl = -1 };

	(void)state;
	done.retry_after = 5 * 3600;
	assert_int_equal(decide(in, done).next_poll, NOW + 5 * H);
	assert_string_equal(decide(in, done).why, "Retry-After 18000 from 429");
	done.retry_after = 10;
	assert_int_equal(decide(in, done).next_poll, NOW + 2 * H + 2 * H / 64);
	done.retry_after = INT64_MAX;
	assert_int_equal(decide(in, done).next_poll, NOW + 2 * D);
}

/* max-interval is for feeds that work: a server that wants to be left alone for a day is. */
static void
retry_after_of_a_failure_may_be_longer_than_max_interval(void **state)
{
	const struct config_settings eager = {
		.interval = M, .min_interval = M, .max_interval = 10 * M, .adaptive = false
	};
	struct schedule_input in = { .settings = &eager, .ttl = -1 };
	struct message_done done = done_of(RESULT_HTTP_ERROR, 429);

	(void)state;
	done.retry_after = 24 * 3600;
	assert_int_equal(decide(in, done).next_poll, NOW + D);
	assert_int_equal(decide(in, done).not_before, NOW + D);
	done.retry_after = INT64_MAX;
	assert_int_equal(decide(in, done).next_poll, NOW + 2 * D);
	done = done_of(RESULT_OK, 200);
	done.retry_after = 24 * 3600;
	assert_int_equal(decide(in, done).next_poll, NOW + 10 * M);
}

static void
gone_stops_the_feed(void **state)
{
	struct schedule_decision got = decide(
		(struct schedule_input){ .ttl = -1 }, done_of(RESULT_GONE, 410));

	(void)state;
	assert_true(got.stop);
	assert_string_equal(got.why, "stopped: 410 Gone");
}

static void
interval_is_never_below_the_minimum(void **state)
{
	const struct config_settings eager = {
		.interval = S, .min_interval = 5 * M, .max_interval = M
	};
	struct schedule_input in = { .ttl = -1, .settings = &eager };

	(void)state;
	assert_int_equal(decide(in, done_of(RESULT_OK, 200)).next_poll, NOW + 5 * M);
}

static void
skipped_hours_and_days_are_passed_over(void **state)
{
	static const struct {
		uint32_t hours, days;
		int64_t delay;
	} rows[] = {
		{ 0, 0, H }, { 1u << 11, 0, 2 * H }, /* 11:00 is skipped: 12:00 */
		{ 7u << 11, 0, 4 * H },              /* 11, 12, 13 */
		{ 1u << 9, 0, H },                   /* another hour */
		{ 0, 1u << 1, 14 * H },              /* Monday: Tuesday 00:00 */
		{ 0, 1u << 0, H },                   /* Sunday */
		{ 0, 3u << 1, 38 * H },              /* Monday, Tuesday */
		{ 0, 0x7e, 2 * D },                  /* all but Sunday: clamped */
		{ 0xffffff, 0x7f, H },               /* all of them: nonsense */
		{ 0xffffffff & ~(1u << 10), 0, D },  /* 10:00 alone is left: clamped by none */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct schedule_input in = {
			.ttl = -1, .skip_hours = rows[i].hours, .skip_days = rows[i].days
		};
		assert_int_equal(
			decide(in, done_of(RESULT_OK, 200)).next_poll - NOW, rows[i].delay);
	}
}

static void
what_the_maximum_cuts_off_says_so(void **state)
{
	struct schedule_input in = { .ttl = -1, .skip_days = 0x7e };

	(void)state;
	assert_string_equal(decide(in, done_of(RESULT_OK, 200)).why, "max-interval 2d");
	in.skip_days = 1u << 1;
	assert_string_equal(decide(in, done_of(RESULT_OK, 200)).why, "skipHours or skipDays");
}

static void
rhythm_counts_only_after_a_day_and_where_adaptive(void **state)
{
	static const struct {
		double items, span;
		int64_t delay;
	} rows[] = {
		{ 0, D - 1.0, H },        /* not watched long enough */
		{ 0, D, 6 * H },          /* silent for a day */
		{ 23, D, H },             /* a busy feed: the interval */
		{ 2, 1.0 * D, 2 * H },    /* 3 with one more */
		{ 0, 1000.0 * D, 2 * D }, /* clamped */
	};
	struct config_settings fixed = settings;

	(void)state;
	fixed.adaptive = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct schedule_input in = { .ttl = -1, .rhythm = { rows[i].items, rows[i].span } };
		assert_int_equal(
			decide(in, done_of(RESULT_OK, 200)).next_poll - NOW, rows[i].delay);
		in.settings = &fixed;
		assert_int_equal(decide(in, done_of(RESULT_OK, 200)).next_poll - NOW, H);
	}
}

/* Sixty days of a feed with a rhythm, polled as told: how often in the last ten? */
static int
play(int64_t gap)
{
	struct store_rhythm rhythm = { 0 };
	int64_t now = NOW, last = NOW, next_item = NOW + gap, end = NOW + 60 * D;
	int polls = 0;

	while (now < end) {
		struct message_done done = done_of(RESULT_OK, 200);
		struct schedule_input in = { .now = now,
			.settings = &settings,
			.done = &done,
			.ttl = -1,
			.random = (uint32_t)now };
		struct schedule_decision decision;
		uint32_t n_new = 0;
		for (; next_item <= now; next_item += gap)
			n_new++;
		schedule_watch(&rhythm, now - last, n_new);
		in.rhythm = rhythm;
		schedule_decide(&in, &decision);
		assert_true(decision.next_poll >= now + H && decision.next_poll <= now + 2 * D);
		polls += now >= end - 10 * D;
		last = now;
		now = decision.next_poll;
	}
	return polls;
}

static void
synthetic_histories_settle_near_four_polls_an_item(void **state)
{
	int hourly = play(20 * M), daily = play(D), weekly = play(7 * D), never = play(1000 * D);

	(void)state;
	assert_in_range(hourly, 220, 241); /* the interval is the bound */
	assert_in_range(daily, 34, 50);    /* four a day in ten days, and a little */
	assert_in_range(weekly, 6, 14);
	assert_in_range(never, 4, 7); /* max-interval */
}

static void
first_polls_are_at_once_for_few_and_spread_for_many(void **state)
{
	int64_t last = 0, sum = 0;
	char name[32];

	(void)state;
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(schedule_first_poll(NOW, i, H, "x"), NOW);
	for (size_t i = 10; i < 300; i++) {
		int64_t delay = schedule_first_poll(NOW, i, H, "x") - NOW;
		assert_int_equal(delay - last, 100);
		last = delay;
	}
	for (size_t i = 600; i < 100600; i++) {
		int64_t delay;
		snprintf(name, sizeof(name), "feed-%zu", i);
		delay = schedule_first_poll(NOW, i, H, name) - NOW;
		assert_in_range(delay, 0, H - 1);
		sum += delay;
	}
	assert_in_range(sum / 100000, H / 2 - 30 * S, H / 2 + 30 * S);
	assert_in_range(schedule_first_poll(NOW, 700, 2 * S, "x") - NOW, 0, M);
}

static void
clock_steps_are_told_from_drift(void **state)
{
	(void)state;
	assert_int_equal(schedule_clock_step(NOW, NOW), 0);
	assert_int_equal(schedule_clock_step(NOW, NOW + 9999), 0);
	assert_int_equal(schedule_clock_step(NOW, NOW - 9999), 0);
	assert_int_equal(schedule_clock_step(NOW, NOW - H), -H);
	assert_int_equal(schedule_clock_step(NOW, NOW + D), D);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hints_only_make_it_later_and_are_clamped),
		cmocka_unit_test(jitter_is_never_before_the_interval_nor_after_the_maximum),
		cmocka_unit_test(failures_back_off_and_never_give_up),
		cmocka_unit_test(gaps_at_least_double_for_who_measures_them_outside),
		cmocka_unit_test(retry_after_counts_where_it_is_later_than_the_back_off),
		cmocka_unit_test(retry_after_of_a_failure_may_be_longer_than_max_interval),
		cmocka_unit_test(gone_stops_the_feed),
		cmocka_unit_test(interval_is_never_below_the_minimum),
		cmocka_unit_test(skipped_hours_and_days_are_passed_over),
		cmocka_unit_test(what_the_maximum_cuts_off_says_so),
		cmocka_unit_test(rhythm_counts_only_after_a_day_and_where_adaptive),
		cmocka_unit_test(synthetic_histories_settle_near_four_polls_an_item),
		cmocka_unit_test(first_polls_are_at_once_for_few_and_spread_for_many),
		cmocka_unit_test(clock_steps_are_told_from_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
