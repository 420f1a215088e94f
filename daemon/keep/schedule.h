/*
 * When a feed is polled next, and why: pure functions of a poll's outcome, the feed's settings and
 * what is remembered of it. Times in milliseconds since 1970.
 *
 * The rule. After a good poll the feed is due one interval later. What the publisher says makes
 * that later, never sooner: the freshness left of the response (Cache-Control, Age, Expires),
 * Retry-After, the document's ttl or sy:update*, skipHours and skipDays. So does the feed's own
 * rhythm, where adaptive = yes (below). Then comes jitter, up to a 20th of the delay and 5 minutes
 * at most, never before the interval. All is clamped to max-interval.
 *
 * After a failed poll, the Nth in a row, it is due interval * factor * 2^(N-1) later and N 64ths of
 * that, or what Retry-After says if that is later, 48 hours at most; one success ends that. The factor is 1; 2 for
 * 429; 4 for what needs a person: 401, 403, 404, 451, and the address policy. 410 stops the feed.
 * What was our own trouble (memory, disk) is tried again after 30 s * 2^(N-1), no later than the
 * interval.
 *
 * The rhythm. New articles and the time watched are summed up with a decay of 14 days (what came a
 * fortnight ago counts 1/e). After the first day, during which the interval alone counts, a feed is
 * due after a quarter of its mean time between articles, counting one more than came:
 * span / (items + 1) / 4. So a feed with 3 items a day is asked about every 2 hours, and one that
 * has been silent for T since its last article after T / 4.
 */
#ifndef DAEMON_KEEP_SCHEDULE_H
#define DAEMON_KEEP_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/keep/store.h"
#include "daemon/wire/message.h"

#define SCHEDULE_WHY_SIZE 96
#define SCHEDULE_BACKOFF_MAX (INT64_C(48) * 3600 * 1000)

struct schedule_input {
	int64_t now; /* when the poll ended */
	const struct config_settings *settings;
	const struct message_done *done;
	int64_t failures; /* in a row before this poll */
	int64_t ttl;      /* seconds, of the last good document, this one included; -1 */
	uint32_t skip_hours, skip_days;
	struct store_rhythm rhythm; /* with this poll in it */
	uint32_t random;            /* any number: where in the jitter */
};

struct schedule_decision {
	int64_t next_poll;
	int64_t failures;   /* in a row, this poll counted; 0: it went well */
	int64_t not_before; /* as a Retry-After says, within what is clamped to; 0: nothing */
	bool stop;
	char why[SCHEDULE_WHY_SIZE]; /* "interval 1h", "Retry-After 3600 from 429" */
};

/* True for the results after which a feed's failures begin at 0 again. */
bool schedule_is_good(enum message_result result);

/* The interval that counts, in ms: never below min-interval. */
int64_t schedule_interval(const struct config_settings *settings);

void schedule_decide(const struct schedule_input *input, struct schedule_decision *ret_decision);

/*
 * The first poll of a feed that is the Nth new one (from 0) of a load of the configuration. The
 * first ten at once, then ten a second, for the first 600; the rest at a place within the interval
 * that its name gives, so that a great many are spread evenly.
 */
int64_t schedule_first_poll(int64_t now, size_t nth, int64_t interval, const char *name);

/* Adds dt ms (0 or less: none) of watching, in which n_new articles came. */
void schedule_watch(struct store_rhythm *rhythm, int64_t dt, uint32_t n_new);

/*
 * How far the wall clock was moved, from its distance to the monotonic clock then and now; 0 for
 * less than the 10 s that clocks are disciplined by. What was scheduled is moved by it.
 */
int64_t schedule_clock_step(int64_t offset_before, int64_t offset_now);

#endif
