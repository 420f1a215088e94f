/*
 * GET /metrics: Prometheus' text format, version 0.0.4.
 *
 * Invariants: bounded: no value has a feed's name as a label; labels are results, decisions,
 * processes and the configured queues.
 *
 * Errors: -errno of the store. What the system does not tell (a process' memory) is left out.
 */
#include "daemon/keep/metrics.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <newspool/version.h>

#include "daemon/control/counting.h"
#include "daemon/control/handlers.h"
#include "daemon/control/health.h"
#include "daemon/keep/store_held.h"

#define QUEUE_LOOK_MAX 20000 /* articles of a queue that are counted */

static void
head(struct call *call, const char *name, const char *type, const char *help)
{
	buf_printf(&call->out, "# HELP newspool_%s %s\n# TYPE newspool_%s %s\n", name, help, name,
		type);
}

static void
gauge(struct call *call, const char *name, const char *help, int64_t value)
{
	head(call, name, "gauge", help);
	buf_printf(&call->out, "newspool_%s %" PRId64 "\n", name, value);
}

static void
counter(struct call *call, const char *name, const char *help, uint64_t value)
{
	head(call, name, "counter", help);
	buf_printf(&call->out, "newspool_%s %" PRIu64 "\n", name, value);
}

static void
histogram(struct call *call, const char *name, const char *help,
	const struct metrics_histogram *histogram)
{
	uint64_t below = 0;

	head(call, name, "histogram", help);
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		below += histogram->buckets[i];
		buf_printf(&call->out, "newspool_%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
			metrics_bounds[i], below);
	}
	buf_printf(&call->out,
		"newspool_%s_bucket{le=\"+Inf\"} %" PRIu64 "\nnewspool_%s_sum %.9g\n"
		"newspool_%s_count %" PRIu64 "\n",
		name, histogram->n, name, histogram->sum, name, histogram->n);
}

static void
put_polls(struct call *call, const struct metrics *metrics)
{
	head(call, "polls_total", "counter", "Polls that were stored, by how they ended.");
	for (int i = 0; i < RESULT_MAX; i++)
		buf_printf(&call->out, "newspool_polls_total{result=\"%s\"} %" PRIu64 "\n",
			message_result_name((enum message_result)i), metrics->polls[i]);
	head(call, "articles_total", "counter", "Articles in documents, by what was decided.");
	for (int i = 0; i < METRICS_DECISIONS; i++)
		buf_printf(&call->out, "newspool_articles_total{decision=\"%s\"} %" PRIu64 "\n",
			metrics_decision_names[i], metrics->articles[i]);
	counter(call, "received_bytes_total", "Bytes received from servers.", metrics->bytes_wire);
	counter(call, "decoded_bytes_total", "The bodies of these, decompressed.",
		metrics->bytes_body);
	histogram(call, "poll_duration_seconds", "A poll, from its start to its end.",
		&metrics->fetch);
	histogram(call, "parse_duration_seconds", "Parsing of a document.", &metrics->parse);
	histogram(call, "commit_duration_seconds",
		"A batch of polls: decisions, files, flush, transaction.", &metrics->commit);
	histogram(call, "delivery_duration_seconds", "A batch's files moved to their place.",
		&metrics->delivery);
}

static void
put_feeds(struct call *call, const struct store_counts *counts, const struct health *health)
{
	gauge(call, "feeds", "Feeds that are configured.", counts->feeds);
	gauge(call, "feeds_failing", "Feeds whose last poll failed and that are asked again.",
		counts->failing);
	gauge(call, "feeds_stopped", "Feeds that their answers have stopped.", counts->stopped);
	gauge(call, "feeds_paused", "Feeds that are paused by hand.", counts->paused);
	gauge(call, "feeds_never_polled", "Feeds that were not polled yet.", counts->unpolled);
	gauge(call, "feeds_overdue", "Feeds that are due and not started on; at most 10000.",
		health->overdue);
	gauge(call, "overdue_seconds", "How long the longest overdue feed is.",
		health->overdue_ms / 1000);
}

static void
put_memory(struct call *call, const char *process, pid_t pid)
{
	long resident = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	file = pid > 0 ? fopen(path, "re") : NULL;
	if (file == NULL)
		return;
	if (fscanf(file, "%*s %ld", &resident) == 1)
		buf_printf(&call->out, "newspool_process_resident_bytes{process=\"%s\"} %ld\n",
			process, resident * sysconf(_SC_PAGESIZE));
	fclose(file);
}

static void
put_processes(struct call *call, const struct pool *pool)
{
	char name[32];
	int64_t running = 0;

	head(call, "process_resident_bytes", "gauge", "Resident memory of each process.");
	put_memory(call, "keeper", getpid());
	for (size_t i = 0; i < pool_size(pool); i++) {
		snprintf(name, sizeof(name), "fetcher-%zu", i);
		put_memory(call, name, pool_pid(pool, i));
		running += pool_pid(pool, i) > 0;
	}
	gauge(call, "fetchers_running", "Fetcher processes that run.", running);
	counter(call, "fetcher_restarts_total", "Fetchers that were started again.",
		pool_restarts(pool));
}

static void
put_ground(struct call *call, const struct polling_look *look, const struct config *config)
{
	struct statvfs st;

	gauge(call, "polls_under_way", "Polls that fetchers have.", (int64_t)look->under_way);
	gauge(call, "polls_to_store", "Polls that wait to be stored.", (int64_t)look->to_store);
	gauge(call, "waiting_bytes", "Memory of articles that wait to be stored.",
		(int64_t)look->bytes);
	gauge(call, "spool_low_space", "1: less room than min-free asks for.", look->cramped);
	gauge(call, "commits_failing", "1: outcomes cannot be stored.", look->trouble != 0);
	gauge(call, "moves_failing", "1: articles cannot be moved to their place.", look->stuck);
	if (statvfs(config->spool_directory, &st) == 0)
		gauge(call, "spool_free_bytes", "Free space of the spool's file system.",
			(int64_t)(st.f_bavail * st.f_frsize));
}

/* How many articles wait in a queue's new/, and which is the first. */
static void
look_at_queue(const char *directory, const char *name, int64_t *ret_n, int64_t *ret_since)
{
	char first[NAME_MAX + 1] = "", path[PATH_MAX];
	const struct dirent *entry;
	struct stat st;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/queues/%s/new", directory, name);
	*ret_n = *ret_since = 0;
	if ((dir = opendir(path)) == NULL)
		return;
	while (*ret_n < QUEUE_LOOK_MAX && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		++*ret_n;
		if (first[0] == '\0' || strcmp(entry->d_name, first) < 0)
			snprintf(first, sizeof(first), "%s", entry->d_name);
	}
	if (first[0] != '\0' && fstatat(dirfd(dir), first, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*ret_since = st.st_mtime;
	closedir(dir);
}

static void
put_queues(struct call *call, const struct config *config, int64_t now)
{
	struct buf ages = { 0 };

	if (config->n_queues == 0)
		return;
	head(call, "queue_articles", "gauge", "Articles that wait in a queue; at most 20000.");
	for (size_t i = 0; i < config->n_queues; i++) {
		const char *name = config->queues[i].name;
		int64_t n, since;

		look_at_queue(config->spool_directory, name, &n, &since);
		buf_printf(
			&call->out, "newspool_queue_articles{queue=\"%s\"} %" PRId64 "\n", name, n);
		buf_printf(&ages, "newspool_queue_oldest_seconds{queue=\"%s\"} %" PRId64 "\n", name,
			since > 0 && now > since ? now - since : 0);
	}
	head(call, "queue_oldest_seconds", "gauge", "Age of the first article in a queue.");
	buf_append(&call->out, ages.data, ages.len);
	buf_done(&ages);
}

int
metrics_get(const struct control_parts *parts, struct call *call)
{
	const struct config *config = parts->config(parts->arg);
	int64_t held = 0, held_bytes = 0;
	struct polling_look look;
	struct store_counts counts;
	struct health health;
	int error = counting_go_on(parts, call, &counts);

	if (error == CALL_MORE)
		return CALL_MORE;
	if (error == 0)
		error = health_look(parts, &health);
	if (error == 0)
		error = store_held_size(parts->store, &held, &held_bytes);
	if (error != 0)
		return error;
	polling_look(parts->polling, &look);
	call->type = "text/plain; version=0.0.4; charset=utf-8";
	head(call, "build_info", "gauge", "The version that runs; always 1.");
	buf_printf(&call->out, "newspool_build_info{version=\"%s\"} 1\n", NP_VERSION);
	gauge(call, "start_time_seconds", "When the daemon started, in seconds since 1970.",
		parts->started / 1000);
	gauge(call, "healthy", "1: /healthz says 200.", health.n == 0);
	put_feeds(call, &counts, &health);
	put_polls(call, look.metrics);
	gauge(call, "held_articles", "Articles that wait to be released or dropped.", held);
	put_ground(call, &look, config);
	put_queues(call, config, loop_now(parts->loop) / 1000);
	put_processes(call, look.pool);
	return CALL_DONE;
}
