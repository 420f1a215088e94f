/*
 * One queue's hook. Owns the claims, each of which is a work: it runs, or it waits for its next
 * attempt, which lasts until its time has come. Waiting ones stay claimed, bounded in number: where
 * everything fails, the rest of the queue stays where it is.
 *
 *	new/  --claim-->  running  --good-->  removed
 *	                     |  ^
 *	                  failed  its time has come
 *	                     v  |
 *	                  waiting  --too often-->  dead/
 *
 * Errors: what goes wrong with one article is logged and counts as a failed run; what goes wrong
 * with the queue is logged once, and looked at again after a while.
 */
#include "tools/hook_queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf/value.h"
#include "daemon/keep/secret.h"
#include "daemon/wire/log.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "tools/hook_files.h"
#include "tools/hook_run.h"

#define CONSUMER "newspool-hooks" /* in the names of claims */
#define WAITING_MAX 1000
#define RETRY_MAX (60 * 60 * 1000) /* ms */
#define FOLDER_EVERY 2000          /* ms, where the queue has gone or inotify tells nothing */
#define LOOK_EVERY 30000           /* ms, else, and after trouble */

struct work {
	struct hook_queue *queue;
	struct work *next;
	struct hook_run *run; /* NULL: it waits */
	char path[NP_SPOOL_PATH_SIZE];
	char name[SPOOL_NAME_SIZE];
	uint64_t seq;
	struct hook_tries tries;
	struct buf file; /* absolute */
	struct hook_job job;
};

struct hook_queue {
	const struct hook_options *options;
	const struct config_queue *config;
	struct np_queue *queue;
	int dir, lock;
	struct arena arena;
	const char *secret;
	struct work *works;
	unsigned int n_running, n_waiting;
	struct loop_timer *timer;
	struct loop_io *io;
	bool stopping, empty; /* new/ was, the last time */
	struct hook_counts counts;
	int trouble; /* that was said */
};

static void
work_free(struct work *work)
{
	hook_run_free(work->run);
	buf_done(&work->file);
	free(work);
}

static void
forget(struct hook_queue *queue, struct work *work)
{
	struct work **at = &queue->works;

	while (*at != work)
		at = &(*at)->next;
	*at = work->next;
	work_free(work);
}

static void
say_trouble(struct hook_queue *queue, const char *what, int error)
{
	if (error != queue->trouble)
		log_error(NULL, "queue=%s %s: %s", queue->config->name, what, strerror(-error));
	queue->trouble = error;
}

/* The end of a run */

static void
finish(struct hook_queue *queue, struct work *work)
{
	int error = np_queue_finish(queue->queue, work->path);

	queue->counts.good++;
	if (error)
		log_warning(NULL, "queue=%s seq=%" PRIu64 " was done and cannot be removed: %s",
			queue->config->name, work->seq, strerror(-error));
	hook_tries_forget(queue->dir, work->name);
	forget(queue, work);
}

static void
write_reason(const struct work *work, const char *reason, struct buf *out)
{
	char when[CLOCK_RFC3339_SIZE];
	struct json_writer json;

	clock_rfc3339(loop_now(work->queue->options->loop) / 1000, when);
	json_write_init(&json, out);
	json_write_object(&json, NULL);
	json_write_string(&json, "queue", work->queue->config->name);
	json_write_int(&json, "seq", (int64_t)work->seq);
	json_write_int(&json, "attempts", work->tries.n);
	json_write_string(&json, "at", when);
	json_write_string(&json, "reason", reason);
	json_write_object_end(&json);
	buf_putc(out, '\n');
}

/* Returns 0, or -errno where it stays as it is. */
static int
bury(struct hook_queue *queue, struct work *work, const char *reason)
{
	struct buf text = { 0 };
	int error;

	write_reason(work, reason, &text);
	error = buf_error(&text);
	if (error == 0)
		error = hook_bury(queue->dir, strrchr(work->path, '/') + 1, work->name, &text);
	buf_done(&text);
	return error;
}

/* Twice as long each time. */
static int64_t
pause_after(const struct hook_queue *queue, unsigned int n)
{
	int64_t pause = queue->config->hook.retry;

	for (unsigned int i = 1; i < n && pause < RETRY_MAX; i++)
		pause *= 2;
	return pause < RETRY_MAX || pause == queue->config->hook.retry ? pause : RETRY_MAX;
}

static void
fail(struct hook_queue *queue, struct work *work, const char *reason)
{
	const struct config_hook *hook = &queue->config->hook;
	int64_t pause = pause_after(queue, ++work->tries.n);
	int error;

	queue->counts.failed++;
	log_warning(NULL, "queue=%s seq=%" PRIu64 " failed attempt=%u of=%u: %s",
		queue->config->name, work->seq, work->tries.n, hook->tries, reason);
	work->tries.not_before = loop_now(queue->options->loop) + pause;
	if (work->tries.n >= hook->tries) {
		error = bury(queue, work, reason);
		if (error == 0) {
			queue->counts.dead++;
			log_error(NULL, "queue=%s seq=%" PRIu64 " is given up: see dead/%s",
				queue->config->name, work->seq, work->name);
			forget(queue, work);
			return;
		}
		say_trouble(queue, "a dead article cannot be put away", error);
	}
	error = hook_tries_write(queue->dir, work->name, &work->tries);
	if (error)
		say_trouble(queue, "what has failed cannot be noted", error);
	queue->n_waiting++;
}

static void
on_done(void *arg, bool good, const char *reason)
{
	struct work *work = arg;
	struct hook_queue *queue = work->queue;

	work->run = NULL;
	queue->n_running--;
	if (good)
		finish(queue, work);
	else
		fail(queue, work, reason);
	hook_queue_pump(queue);
}

/* The start of a run */

static void
start(struct hook_queue *queue, struct work *work)
{
	int error;

	work->job.attempt = work->tries.n + 1;
	error = hook_run_start(queue->options->loop, &work->job, on_done, work, &work->run);
	if (error == -ENOENT) { /* somebody has taken it away */
		hook_tries_forget(queue->dir, work->name);
		forget(queue, work);
		return;
	}
	if (error)
		fail(queue, work, strerror(-error));
	else
		queue->n_running++;
}

/* No pause is longer than the rule says: the clock was wrong when it was noted. */
static void
limit_pause(struct work *work)
{
	int64_t latest = loop_now(work->queue->options->loop) +
			 pause_after(work->queue, work->tries.n);

	if (work->tries.not_before > latest)
		work->tries.not_before = latest;
}

static int
work_new(struct hook_queue *queue, const struct np_spool_entry *entry, struct work **ret_work)
{
	struct work *work = calloc(1, sizeof(*work));
	int error;

	if (!work)
		return -ENOMEM;
	work->queue = queue;
	work->seq = entry->seq;
	snprintf(work->path, sizeof(work->path), "%s", entry->path);
	snprintf(work->name, sizeof(work->name), "%s", entry->name);
	buf_printf(&work->file, "%s/%s", queue->options->directory, work->path);
	error = buf_error(&work->file);
	if (error == 0)
		error = hook_tries_read(queue->dir, work->name, &work->tries);
	if (error) {
		work_free(work);
		return error;
	}
	limit_pause(work);
	work->job = (struct hook_job){ .queue = queue->config,
		.secret = queue->secret,
		.user_agent = queue->options->user_agent,
		.file = buf_str(&work->file),
		.name = work->name,
		.seq = work->seq };
	*ret_work = work;
	return 0;
}

/* Returns 1 with a work, 0 where there is none, -errno. */
static int
claim(struct hook_queue *queue, struct work **ret_work)
{
	const struct np_spool_entry *entry;
	char path[NP_SPOOL_PATH_SIZE];
	int got = np_queue_claim(queue->queue, &entry), error;

	if (got != 1)
		return got;
	snprintf(path, sizeof(path), "%s", entry->path);
	error = work_new(queue, entry, ret_work);
	if (error) {
		np_queue_release(queue->queue, path);
		return error;
	}
	(*ret_work)->next = queue->works;
	queue->works = *ret_work;
	return 1;
}

/* The one that waits whose time comes first; NULL: none. */
static struct work *
first_waiting(const struct hook_queue *queue)
{
	struct work *first = NULL;

	for (struct work *work = queue->works; work; work = work->next)
		if (!work->run && (!first || work->tries.not_before < first->tries.not_before))
			first = work;
	return first;
}

/* What is to run now: one whose time has come, or a new one. */
static struct work *
next_work(struct hook_queue *queue)
{
	int64_t now = loop_now(queue->options->loop);
	struct work *work = first_waiting(queue);
	int got = 1;

	if (work && !queue->options->once && work->tries.not_before <= now) {
		queue->n_waiting--;
		return work;
	}
	queue->empty = queue->n_waiting >= WAITING_MAX;
	while (!queue->empty && (got = claim(queue, &work)) == 1) {
		if (work->tries.not_before <= now)
			return work;
		queue->n_waiting++;
		queue->empty = queue->n_waiting >= WAITING_MAX;
	}
	queue->empty = true;
	if (got < 0)
		say_trouble(queue, "articles cannot be taken from it", got);
	return NULL;
}

static void
arm(struct hook_queue *queue)
{
	const struct work *work = first_waiting(queue);
	int64_t pause = np_queue_fd(queue->queue) < 0 ? FOLDER_EVERY : LOOK_EVERY;

	if (work && work->tries.not_before - loop_now(queue->options->loop) < pause)
		pause = work->tries.not_before - loop_now(queue->options->loop);
	loop_timer_start(queue->timer, pause > 0 ? pause : 1);
}

static void
on_timer(void *arg)
{
	hook_queue_pump(arg);
}

static void
on_change(int fd, int events, void *arg)
{
	(void)fd;
	(void)events;
	hook_queue_pump(arg);
}

/* Nobody listens to what comes while there is no room for it: only claiming takes the news away. */
static void
listen_or_not(struct hook_queue *queue)
{
	int fd = np_queue_fd(queue->queue);
	bool room = !queue->stopping && !queue->options->once &&
		    queue->n_running < queue->config->hook.parallel &&
		    queue->n_waiting < WAITING_MAX;

	if (room && !queue->io && fd >= 0) {
		if (loop_io_new(queue->options->loop, fd, LOOP_READ, on_change, queue, &queue->io) <
			0)
			queue->io = NULL; /* the timer looks */
	} else if (!room) {
		loop_io_free(queue->io);
		queue->io = NULL;
	}
}

/* What was claimed in a folder that has gone, and does not run, has gone with it. */
static void
forget_waiting(struct hook_queue *queue)
{
	struct work *next;

	for (struct work *work = queue->works; work; work = next) {
		next = work->next;
		if (!work->run)
			forget(queue, work);
	}
	queue->n_waiting = 0;
}

/* Goes on in this folder, if nobody else does. */
static int
take_over(struct hook_queue *queue, int dir)
{
	int lock, error = hook_lock(dir, &lock);

	if (error)
		return error;
	if (queue->lock >= 0)
		close(queue->lock);
	if (queue->dir >= 0)
		close(queue->dir);
	queue->lock = lock;
	queue->dir = dir;
	return 0;
}

/* The folder may have been removed, and made again, or another spool have taken its spool's place. */
static int
find_folder(struct hook_queue *queue)
{
	int dir, error = hook_open(queue->options->directory, queue->config->name, &dir);

	if (error)
		return error;
	if (hook_is_same(dir, queue->dir)) {
		close(dir);
		return 0;
	}
	error = take_over(queue, dir);
	if (error) {
		close(dir);
		return error;
	}
	forget_waiting(queue);
	np_queue_reap(queue->queue, INT64_MAX, NULL); /* as when it was opened */
	log_notice(NULL, "queue=%s goes on in a folder that was made anew event=reopened",
		queue->config->name);
	return 0;
}

/* Nothing can be claimed, and what inotify tells is not taken: the timer looks. */
static void
wait_for_folder(struct hook_queue *queue, int error)
{
	say_trouble(queue, "its folder has gone, and is looked for", error);
	loop_io_free(queue->io);
	queue->io = NULL;
	queue->empty = true;
	loop_timer_start(queue->timer, FOLDER_EVERY);
	if (hook_queue_is_idle(queue) && queue->options->idle)
		queue->options->idle(queue->options->arg);
}

void
hook_queue_pump(struct hook_queue *queue)
{
	int error = find_folder(queue);
	struct work *work;

	if (error) {
		wait_for_folder(queue, error);
		return;
	}
	while (!queue->stopping && queue->n_running < queue->config->hook.parallel &&
		(work = next_work(queue)) != NULL)
		start(queue, work);
	arm(queue);
	listen_or_not(queue);
	if (hook_queue_is_idle(queue) && queue->options->idle)
		queue->options->idle(queue->options->arg);
}

bool
hook_queue_is_idle(const struct hook_queue *queue)
{
	return queue->n_running == 0 && (queue->stopping || queue->empty);
}

/* Opening */

/* From the file that is configured, or else as a credential of the service. */
static int
read_secret(struct hook_queue *queue)
{
	const char *file = queue->config->hook.secret_file, *reason = NULL;
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct buf path = { 0 };
	int error = 0;

	if (!queue->config->hook.webhook || (!file && !folder))
		return 0;
	if (file)
		buf_puts(&path, file);
	else
		buf_printf(&path, "%s/webhook.%s", folder, queue->config->name);
	if (file || access(buf_str(&path), F_OK) == 0)
		error = value_secret_file(buf_str(&path), &reason);
	else {
		buf_done(&path);
		return 0;
	}
	if (error == 0)
		error = secret_read(buf_str(&path), &queue->arena, &queue->secret);
	if (error)
		log_error(NULL, "queue=%s webhook-secret-file %s: %s", queue->config->name,
			buf_str(&path),
			reason             ? reason
			: error == -EINVAL ? "it is empty, or not a line of text"
					   : strerror(-error));
	buf_done(&path);
	return error ? -EKEYREJECTED : 0;
}

static int
open_all(struct hook_queue *queue)
{
	const struct hook_options *options = queue->options;
	int error = read_secret(queue);

	if (error == 0)
		error = hook_open(options->directory, queue->config->name, &queue->dir);
	if (error == 0)
		error = hook_lock(queue->dir, &queue->lock);
	if (error == 0)
		error = np_queue_open(options->spool, queue->config->name, CONSUMER, &queue->queue);
	/* With the lock there is nobody else: what is claimed was a predecessor's. */
	if (error == 0)
		error = np_queue_reap(queue->queue, INT64_MAX, NULL);
	if (error == 0)
		error = loop_timer_new(options->loop, on_timer, queue, &queue->timer);
	return error;
}

int
hook_queue_open(const struct hook_options *options, const struct config_queue *config,
	struct hook_queue **ret_queue)
{
	struct hook_queue *queue = calloc(1, sizeof(*queue));
	int error;

	if (!queue)
		return -ENOMEM;
	queue->options = options;
	queue->config = config;
	queue->dir = queue->lock = -1;
	error = open_all(queue);
	if (error) {
		hook_queue_close(queue);
		return error;
	}
	*ret_queue = queue;
	return 0;
}

void
hook_queue_stop(struct hook_queue *queue)
{
	queue->stopping = true;
}

void
hook_queue_counts(const struct hook_queue *queue, struct hook_counts *ret_counts)
{
	*ret_counts = queue->counts;
}

void
hook_queue_close(struct hook_queue *queue)
{
	if (!queue)
		return;
	while (queue->works) {
		struct work *work = queue->works;

		queue->works = work->next;
		hook_run_free(work->run);
		work->run = NULL;
		np_queue_release(queue->queue, work->path);
		work_free(work);
	}
	loop_io_free(queue->io);
	loop_timer_free(queue->timer);
	np_queue_close(queue->queue);
	if (queue->lock >= 0)
		close(queue->lock);
	if (queue->dir >= 0)
		close(queue->dir);
	arena_done(&queue->arena);
	free(queue);
}

int
hook_queue_revive(
	const struct hook_options *options, const struct config_queue *config, unsigned int *ret_n)
{
	int dir, error = hook_open(options->directory, config->name, &dir);

	if (error)
		return error;
	error = hook_revive(dir, ret_n);
	close(dir);
	return error;
}
