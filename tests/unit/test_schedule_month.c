/*
 * Thirty days of a thousand feeds on a virtual clock: publishers of every kind answer, the schedule decides, and
 * no rule may ever be broken. Nothing waits; a month takes seconds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/keep/schedule.h"
#include "lib/base/clock.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define START (INT64_C(1795392000) * SECOND) /* a Monday, midnight */
#define END (START + 30 * DAY)
#define FEEDS 1000

/* How a publisher answers; a feed is of kind number % KINDS. */
enum kind {
	STEADY,    /* 304s and a new article now and then */
	BUSY,      /* an article every ten minutes */
	SILENT,    /* nothing new, ever */
	CACHED,    /* max-age of three hours */
	ABSURD,    /* max-age of ten years */
	THROTTLED, /* 429 with Retry-After half of the time */
	BROKEN,    /* fails for days on end, then is well again */
	DEAD,      /* never answers */
	FORBIDDEN, /* 403 */
	GONE,      /* 410 after a week */
	NIGHTLY,   /* skips the hours 0 to 7 */
	WEEKDAYS,  /* skips Saturday and Sunday */
	TTL,       /* ttl of four hours */
	KINDS
};

struct feed {
	enum kind kind;
	struct config_settings settings;
	struct store_rhythm rhythm;
	int64_t due, last, last_article;
	int64_t failures, polls, last_gap;
	bool stopped;
	uint32_t random;
};

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static struct feed
make_feed(unsigned int number)
{
	static const int64_t intervals[] = { 15 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR };
	struct feed feed = {
		.kind = number % KINDS,
		.settings = {
			.interval = intervals[number / KINDS % 4],
			.min_interval = 5 * MINUTE,
			.max_interval = 2 * DAY,
			.adaptive = number / (KINDS * 4) % 2 == 0,
		},
		.random = number * 2654435761u + 1,
	};

	feed.due = schedule_first_poll(START, number, feed.settings.interval, "a name");
	feed.last_article = START;
	return feed;
}

static void
fail_with(struct message_done *done, enum message_result result, uint16_t status)
{
	done->result = result;
	done->status = status;
}

/* What the publisher answers now; returns how many new articles that brings. */
static uint32_t
answer(struct feed *feed, int64_t now, struct message_done *done)
{
	int64_t every = feed->kind == BUSY     ? 10 * MINUTE
			: feed->kind == SILENT ? 90 * DAY
					       : 7 * HOUR;
	uint32_t n_new = (uint32_t)((now - feed->last_article) / every);

	*done = (struct message_done){
		.status = 200, .max_age = -1, .retry_after = -1, .ttl = -1, .update_interval = -1
	};
	if (feed->kind == CACHED)
		done->max_age = 3 * 3600;
	if (feed->kind == ABSURD)
		done->max_age = INT64_C(315360000);
	if (feed->kind == THROTTLED && next_random(&feed->random) % 2 == 0) {
		fail_with(done, RESULT_HTTP_ERROR, 429);
		done->retry_after = 5 * 3600;
	}
	if (feed->kind == BROKEN && now / (3 * DAY) % 2 == 0)
		fail_with(done, RESULT_HTTP_ERROR, 500);
	if (feed->kind == DEAD)
		fail_with(done, RESULT_NETWORK_ERROR, 0);
	if (feed->kind == FORBIDDEN)
		fail_with(done, RESULT_HTTP_ERROR, 403);
	if (feed->kind == GONE && now > START + 7 * DAY)
		fail_with(done, RESULT_GONE, 410);
	if (!schedule_is_good(done->result))
		return 0;
	if (n_new == 0)
		done->result = RESULT_NOT_MODIFIED;
	feed->last_article += (int64_t)n_new * every;
	return n_new;
}

static void
check_good(const struct feed *feed, const struct schedule_input *in,
	const struct schedule_decision *decision)
{
	int64_t gap = decision->next_poll - in->now;
	struct clock_civil civil;

	assert_int_equal(decision->failures, 0);
	assert_true(gap >= feed->settings.interval);
	assert_true(gap <= feed->settings.max_interval);
	if (feed->kind == CACHED)
		assert_true(gap >= 3 * HOUR);
	if (feed->kind == ABSURD)
		assert_int_equal(gap, feed->settings.max_interval);
	if (feed->kind == TTL)
		assert_true(gap >= 4 * HOUR);
	if (!feed->settings.adaptive && (feed->kind == STEADY || feed->kind == SILENT))
		assert_true(gap <= feed->settings.interval * 11 / 10);
	clock_civil(decision->next_poll / SECOND, &civil);
	if (feed->kind == NIGHTLY)
		assert_true(civil.hour >= 8);
	if (feed->kind == WEEKDAYS && gap < feed->settings.max_interval)
		assert_true(civil.weekday >= 1 && civil.weekday <= 5);
}

static void
check_failed(const struct feed *feed, const struct schedule_input *in,
	const struct schedule_decision *decision)
{
	int64_t gap = decision->next_poll - in->now;

	assert_int_equal(decision->failures, in->failures + 1);
	assert_true(gap >= feed->settings.interval);
	assert_true(gap <= SCHEDULE_BACKOFF_MAX);
	if (in->done->retry_after > 0)
		assert_true(gap >= in->done->retry_after * SECOND);
	else if (in->failures > 0 && feed->last_gap < SCHEDULE_BACKOFF_MAX)
		assert_true(gap >= 2 * feed->last_gap || gap == SCHEDULE_BACKOFF_MAX);
	assert_true(decision->stop == (in->done->result == RESULT_GONE));
}

/* One poll at its time. */
static void
poll_feed(struct feed *feed)
{
	struct message_done done;
	struct schedule_input in = { .now = feed->due,
		.settings = &feed->settings,
		.done = &done,
		.failures = feed->failures,
		.ttl = -1,
		.random = next_random(&feed->random) };
	struct schedule_decision decision;
	uint32_t n_new = answer(feed, in.now, &done);

	if (feed->kind == NIGHTLY)
		in.skip_hours = 0xff;
	if (feed->kind == WEEKDAYS)
		in.skip_days = 1u << 0 | 1u << 6;
	if (feed->kind == TTL)
		in.ttl = 4 * 3600;
	schedule_watch(&feed->rhythm, feed->polls > 0 ? in.now - feed->last : 0, n_new);
	in.rhythm = feed->rhythm;
	schedule_decide(&in, &decision);
	assert_true(decision.why[0] != '\0');
	if (schedule_is_good(done.result))
		check_good(feed, &in, &decision);
	else
		check_failed(feed, &in, &decision);
	feed->last_gap = decision.next_poll - in.now;
	feed->failures = decision.failures;
	feed->stopped = decision.stop;
	feed->last = in.now;
	feed->due = decision.next_poll;
	feed->polls++;
}

static void
a_month_breaks_no_rule(void **state)
{
	int64_t polls[KINDS] = { 0 }, busy_adaptive = 0, silent_adaptive = 0;

	(void)state;
	for (unsigned int i = 0; i < FEEDS; i++) {
		struct feed feed = make_feed(i);

		while (!feed.stopped && feed.due < END)
			poll_feed(&feed);
		polls[feed.kind] += feed.polls;
		assert_true(feed.polls <= 30 * DAY / feed.settings.interval + 1);
		assert_true(feed.polls >= 2);
		assert_true(feed.stopped == (feed.kind == GONE));
		if (feed.settings.adaptive && feed.settings.interval == 15 * MINUTE) {
			busy_adaptive += feed.kind == BUSY ? feed.polls : 0;
			silent_adaptive += feed.kind == SILENT ? feed.polls : 0;
		}
	}
	/* What never answers is asked about every 48 hours; what is silent far less than what is busy. */
	assert_true(polls[DEAD] < FEEDS / KINDS * 30);
	assert_true(polls[FORBIDDEN] < polls[STEADY] / 4);
	assert_true(silent_adaptive * 10 < busy_adaptive);
	assert_true(polls[CACHED] <= (FEEDS / KINDS + 1) * (30 * 8 + 1));
}

/* However many feeds start at once, no second gets more of them than the paced start promises. */
static void
the_first_start_is_spread(void **state)
{
	static unsigned int second[3601];
	char name[32];

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		int64_t at;

		snprintf(name, sizeof(name), "feed-%zu", i);
		at = (schedule_first_poll(START, i, HOUR, name) - START) / SECOND;
		assert_in_range(at, 0, 3600);
		second[at]++;
	}
	assert_true(second[0] <= 10 + 10 + 20);
	for (int s = 1; s <= 3600; s++)
		assert_true(second[s] <= 10 + 25);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_month_breaks_no_rule),
		cmocka_unit_test(the_first_start_is_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
