/* Counting. Stateless but for what is given. */
#include "daemon/keep/metrics.h"

#include <time.h>

#include "daemon/keep/poll.h"

const double metrics_bounds[METRICS_BUCKETS] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
	0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60 };

const char *const metrics_decision_names[METRICS_DECISIONS] = {
	[METRICS_NEW] = "new",
	[METRICS_KNOWN] = "known",
	[METRICS_LINKED] = "linked",
	[METRICS_RENAMED] = "renamed",
	[METRICS_REVISED] = "revised",
	[METRICS_LEFT_OUT] = "left_out",
	[METRICS_DROPPED] = "dropped",
	[METRICS_HELD] = "held",
};

void
metrics_observe(struct metrics_histogram *histogram, double seconds)
{
	size_t i = 0;

	while (i < METRICS_BUCKETS && seconds > metrics_bounds[i])
		i++;
	histogram->buckets[i]++;
	histogram->n++;
	histogram->sum += seconds;
}

void
metrics_count_poll(struct metrics *metrics, const struct poll *poll)
{
	const struct message_done *done = &poll->done;
	const struct ingest_result *result = &poll->result;

	metrics->polls[done->result]++;
	metrics->bytes_wire += done->bytes_wire;
	metrics->bytes_body += done->bytes_body;
	metrics->articles[METRICS_NEW] += result->n_new;
	metrics->articles[METRICS_KNOWN] += result->n_known;
	metrics->articles[METRICS_LINKED] += result->n_linked;
	metrics->articles[METRICS_RENAMED] += result->n_renamed;
	metrics->articles[METRICS_REVISED] += result->n_revised;
	metrics->articles[METRICS_LEFT_OUT] += result->n_left_out;
	metrics->articles[METRICS_DROPPED] += result->n_dropped;
	metrics->articles[METRICS_HELD] += result->n_held + result->n_reserved;
	metrics_observe(&metrics->fetch, (double)done->elapsed / 1000);
	if (done->parse_time > 0)
		metrics_observe(&metrics->parse, (double)done->parse_time / 1000000);
}

double
metrics_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}
