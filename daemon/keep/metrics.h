/*
 * What the keeper counts from its start on: for /metrics. Plain numbers that only grow; no allocation,
 * no failure, a few additions a poll.
 */
#ifndef DAEMON_KEEP_METRICS_H
#define DAEMON_KEEP_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/wire/message.h"

struct poll;

#define METRICS_BUCKETS 16

/* The upper bounds of the buckets, in seconds; one bucket more has all that is above. */
extern const double metrics_bounds[METRICS_BUCKETS];

struct metrics_histogram {
	uint64_t buckets[METRICS_BUCKETS + 1]; /* each its own, not summed up */
	uint64_t n;
	double sum; /* seconds */
};

/* What was decided for an article. */
enum metrics_decision {
	METRICS_NEW,
	METRICS_KNOWN,
	METRICS_LINKED,
	METRICS_RENAMED,
	METRICS_REVISED,
	METRICS_LEFT_OUT,
	METRICS_DROPPED,
	METRICS_HELD,
	METRICS_DECISIONS
};
extern const char *const metrics_decision_names[METRICS_DECISIONS];

struct metrics {
	uint64_t polls[RESULT_MAX];
	uint64_t bytes_wire, bytes_body; /* received; after decoding */
	uint64_t articles[METRICS_DECISIONS];
	struct metrics_histogram fetch;    /* a poll from its start to its end, in the fetcher */
	struct metrics_histogram parse;    /* of documents that were parsed: in the parser */
	struct metrics_histogram commit;   /* a batch: decisions, files, flush, transaction */
	struct metrics_histogram delivery; /* a batch: moving its files to their place */
};

void metrics_observe(struct metrics_histogram *histogram, double seconds);

/* A poll that was stored. */
void metrics_count_poll(struct metrics *metrics, const struct poll *poll);

/* The monotonic clock in seconds, for what is measured. */
double metrics_clock(void);

#endif
