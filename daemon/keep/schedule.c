/*
 * When a feed is polled next. Pure: no clock, no store, no randomness of its own.
 *
 * Invariants: after a good poll never before the interval, never after max-interval. All arithmetic
 * saturates: what publishers say may be any number.
 */
#include "daemon/keep/schedule.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "lib/base/clock.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define OWN_TROUBLE_FIRST (30 * SECOND)
#define BACKOFF_SHARE 64 /* of the back-off, that each failure adds to it */
#define JITTER_SHARE 20
#define JITTER_MAX (5 * MINUTE)
#define SKIP_STEPS_MAX (24 * 8)
#define ALL_HOURS 0xffffffu
#define ALL_DAYS 0x7fu

#define RHYTHM_DECAY (14.0 * DAY)
#define RHYTHM_WATCHED DAY
#define RHYTHM_POLLS_AN_ITEM 4

#define FIRST_AT_ONCE 10
#define FIRST_PACE 100 /* ms */
#define FIRST_PACED 600

#define CLOCK_STEP_MIN (10 * SECOND)

/* "90s", "15m", "1h", "2d": the largest unit that divides it, down to seconds. */
static const char *
duration_text(int64_t ms, char ret_text[24])
{
	static const struct {
		int64_t size;
		char unit;
	} units[] = { { DAY, 'd' }, { HOUR, 'h' }, { MINUTE, 'm' }, { SECOND, 's' } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ms >= units[i].size && ms % units[i].size == 0) {
			snprintf(ret_text, 24, "%" PRId64 "%c", ms / units[i].size, units[i].unit);
			return ret_text;
		}
	if (ms >= SECOND)
		snprintf(ret_text, 24, "%" PRId64 "s", ms / SECOND);
	else
		snprintf(ret_text, 24, "%" PRId64 "ms", ms);
	return ret_text;
}

static int64_t
clamp(int64_t value, int64_t low, int64_t high)
{
	if (value > high)
		value = high;
	return value < low ? low : value;
}

/* Seconds that somebody said, as milliseconds no longer than max; 0 for nothing. */
static int64_t
said(int64_t seconds, int64_t max)
{
	if (seconds <= 0)
		return 0;
	return seconds > max / SECOND ? max : seconds * SECOND;
}

static int64_t
doubled(int64_t value, int64_t times, int64_t max)
{
	while (times-- > 0 && value < max)
		value *= 2;
	return value > max ? max : value;
}

bool
schedule_is_good(enum message_result result)
{
	return result == RESULT_OK || result == RESULT_NOT_MODIFIED || result == RESULT_SAME_BODY;
}

int64_t
schedule_interval(const struct config_settings *settings)
{
	int64_t interval = settings->interval;

	return interval < settings->min_interval ? settings->min_interval : interval;
}

static int64_t
longest(const struct config_settings *settings)
{
	int64_t interval = schedule_interval(settings);

	return settings->max_interval < interval ? interval : settings->max_interval;
}

/* How long a feed that does not work may be left alone; max-interval is for those that do. */
static int64_t
longest_failed(const struct config_settings *settings)
{
	int64_t max = longest(settings);

	return max > SCHEDULE_BACKOFF_MAX ? max : SCHEDULE_BACKOFF_MAX;
}

/* How much more a failure slows a feed down than a network that does not answer. */
static int64_t
failure_factor(const struct message_done *done)
{
	static const struct {
		int status, factor;
	} table[] = { { 401, 4 }, { 403, 4 }, { 404, 4 }, { 429, 2 }, { 451, 4 } };

	if (done->result == RESULT_REFUSED)
		return 4;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (done->result == RESULT_HTTP_ERROR && done->status == table[i].status)
			return table[i].factor;
	return 1;
}

/*
 * Each failure also adds a 64th: the gap that a server sees has the time of the answer in it, and
 * is to be at least twice the one before all the same.
 */
static int64_t
stretched(int64_t delay, int64_t failures, int64_t max)
{
	return clamp(delay + delay / BACKOFF_SHARE * clamp(failures, 0, BACKOFF_SHARE), 0, max);
}

static void
decide_failed(const struct schedule_input *in, struct schedule_decision *decision)
{
	int64_t interval = schedule_interval(in->settings), failures = in->failures + 1, delay;
	int64_t retry = said(in->done->retry_after, longest_failed(in->settings));
	int64_t max = SCHEDULE_BACKOFF_MAX < interval ? interval : SCHEDULE_BACKOFF_MAX;
	bool own = in->done->result == RESULT_INTERNAL;
	char text[24];

	decision->failures = failures;
	if (own)
		delay = doubled(OWN_TROUBLE_FIRST, failures - 1, interval);
	else
		delay = doubled(clamp(interval * failure_factor(in->done), 1, SCHEDULE_BACKOFF_MAX),
			failures - 1, max);
	if (retry > delay) {
		delay = retry;
		snprintf(decision->why, sizeof(decision->why), "Retry-After %" PRId64 " from %d",
			in->done->retry_after, in->done->status);
	} else {
		snprintf(decision->why, sizeof(decision->why),
			"back-off %s after %" PRId64 " failure%s", duration_text(delay, text),
			failures, failures == 1 ? "" : "s");
		delay = own ? delay : stretched(delay, failures, max);
	}
	decision->next_poll = in->now + delay;
}

/* A delay and what made it; later ones take its place. */
struct reason {
	int64_t delay;
	char *why;
};

static void
later(struct reason *reason, int64_t delay, const char *what, int64_t number)
{
	if (delay <= reason->delay)
		return;
	reason->delay = delay;
	snprintf(reason->why, SCHEDULE_WHY_SIZE, "%s %" PRId64, what, number);
}

static void
adapt(struct reason *reason, const struct store_rhythm *rhythm, int64_t max)
{
	double delay = rhythm->span / (rhythm->items + 1) / RHYTHM_POLLS_AN_ITEM;

	if (rhythm->span < RHYTHM_WATCHED || !(delay > (double)reason->delay))
		return;
	reason->delay = delay > (double)max ? max : (int64_t)delay;
	snprintf(reason->why, SCHEDULE_WHY_SIZE, "adaptive: %.1f items a day",
		rhythm->items * DAY / rhythm->span);
}

static bool
is_skipped(const struct schedule_input *in, int64_t when)
{
	struct clock_civil civil;

	clock_civil(when / SECOND, &civil);
	return ((in->skip_hours & ALL_HOURS) != ALL_HOURS && in->skip_hours >> civil.hour & 1) ||
	       ((in->skip_days & ALL_DAYS) != ALL_DAYS && in->skip_days >> civil.weekday & 1);
}

/* The beginning of the first hour from when on that the document does not ask to skip. */
static int64_t
skip(const struct schedule_input *in, int64_t when)
{
	for (int i = 0; i < SKIP_STEPS_MAX && is_skipped(in, when); i++)
		when = when - when % HOUR + HOUR;
	return when;
}

static void
decide_good(const struct schedule_input *in, struct schedule_decision *decision)
{
	int64_t interval = schedule_interval(in->settings), max = longest(in->settings);
	struct reason reason = { interval, decision->why };
	int64_t jitter, when, skipped;
	char text[24];

	snprintf(
		decision->why, sizeof(decision->why), "interval %s", duration_text(interval, text));
	if (in->settings->adaptive)
		adapt(&reason, &in->rhythm, max);
	later(&reason, said(in->ttl, max), "ttl", in->ttl);
	later(&reason, said(in->done->max_age, max), "max-age", in->done->max_age);
	later(&reason, said(in->done->retry_after, max), "Retry-After", in->done->retry_after);
	jitter = clamp(reason.delay / JITTER_SHARE, 0, JITTER_MAX);
	jitter = jitter > 0 ? (int64_t)(in->random % (uint32_t)jitter) : 0;
	when = in->now + reason.delay + jitter;
	skipped = skip(in, when);
	if (skipped != when) {
		when = skipped + jitter;
		snprintf(decision->why, sizeof(decision->why), "skipHours or skipDays");
	}
	decision->next_poll = when;
	if (when <= in->now + max)
		return;
	decision->next_poll = in->now + max;
	if (when - jitter > in->now + max)
		snprintf(decision->why, sizeof(decision->why), "max-interval %s",
			duration_text(max, text));
}

void
schedule_decide(const struct schedule_input *input, struct schedule_decision *ret_decision)
{
	struct schedule_decision decision = { 0 };
	int64_t retry;

	if (schedule_is_good(input->done->result))
		decide_good(input, &decision);
	else
		decide_failed(input, &decision);
	retry = said(input->done->retry_after,
		decision.failures > 0 ? longest_failed(input->settings) : longest(input->settings));
	if (retry > 0)
		decision.not_before = input->now + retry;
	if (input->done->result == RESULT_GONE) {
		decision.stop = true;
		snprintf(decision.why, sizeof(decision.why), "stopped: 410 Gone");
	}
	*ret_decision = decision;
}

int64_t
schedule_first_poll(int64_t now, size_t nth, int64_t interval, const char *name)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	if (nth < FIRST_AT_ONCE)
		return now;
	if (nth < FIRST_PACED || interval <= FIRST_PACED * FIRST_PACE)
		return now +
		       (int64_t)(nth % FIRST_PACED - (nth < FIRST_PACED ? FIRST_AT_ONCE : 0) + 1) *
			       FIRST_PACE;
	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return now + (int64_t)(hash % (uint64_t)interval);
}

void
schedule_watch(struct store_rhythm *rhythm, int64_t dt, uint32_t n_new)
{
	double decay = exp(-(double)(dt > 0 ? dt : 0) / RHYTHM_DECAY);

	rhythm->items = rhythm->items * decay + n_new;
	rhythm->span = rhythm->span * decay + RHYTHM_DECAY * (1 - decay);
}

int64_t
schedule_clock_step(int64_t offset_before, int64_t offset_now)
{
	int64_t step = offset_now - offset_before;

	return step < CLOCK_STEP_MIN && step > -CLOCK_STEP_MIN ? 0 : step;
}
