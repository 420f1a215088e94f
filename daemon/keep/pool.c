/*
 * The fetchers, seen from the keeper. Owns their processes and channels, and a copy of each command
 * that is out, so that the poll can be handed to a successor.
 *
 * A fetcher runs, or is ending (its channel is closed, the kernel has it still), or rests until it
 * is started again; fetcher_set_state() alone moves it. Polls may be added in every state; they are
 * sent when one runs. A poll is in exactly one fetcher's table from pool_poll() until done or
 * dropped.
 *
 * Errors: what a fetcher sends is hostile. A message that breaks the rules (unknown poll, wrong
 * count, over a cap) costs the fetcher its life and nothing else. Restarting cannot fail, only take
 * longer: a start that does not succeed is tried again.
 */
#include "daemon/keep/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/keep/pool_process.h"
#include "daemon/keep/pool_table.h"
#include "daemon/wire/channel.h"
#include "daemon/wire/log.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/url.h"

/* One that lived for less than HEALTHY ms waits before it is started again: twice as long each. */
#define HEALTHY_MS 60000
#define REST_FIRST_MS 100
#define REST_MAX_MS 30000
#define STOP_MS 1000
#define STOP_STEP_MS 5

enum fetcher_state { FETCHER_RESTING, FETCHER_RUNNING, FETCHER_ENDING };

struct fetcher {
	struct pool *pool;
	unsigned int index;
	enum fetcher_state state;
	struct pool_process process;
	struct channel *channel;
	struct loop_timer *rest;
	int64_t started; /* monotonic ms */
	int64_t resting; /* ms of the last rest */
	bool hung;
	uint64_t beats;     /* as last seen */
	unsigned int looks; /* since they were last seen to change */
	struct pool_table polls;
};

struct pool {
	struct loop *loop;
	struct pool_callbacks callbacks;
	char *program;
	char *user_agent;
	struct message_setup setup;
	struct loop_signal *sigchld;
	struct loop_timer *watch; /* for hangs */
	int64_t look;             /* ms between two of them */
	bool paused;
	unsigned int restarts;
	size_t n_fetchers;
	struct fetcher fetchers[];
};

static void fetcher_start(void *arg);
static void fetcher_frame(void *arg, uint8_t type, const unsigned char *payload, size_t size);
static void fetcher_closed(void *arg, int error);

static const char *const state_names[] = {
	[FETCHER_RESTING] = "resting",
	[FETCHER_RUNNING] = "running",
	[FETCHER_ENDING] = "ending",
};

static void
fetcher_set_state(struct fetcher *fetcher, enum fetcher_state state)
{
	log_debug(NULL, "fetcher %s -> %s fetcher=%u", state_names[fetcher->state],
		state_names[state], fetcher->index);
	fetcher->state = state;
}

/* Ends a process; what it had is handed on when the kernel has said how it ended. */
static void
fetcher_end(struct fetcher *fetcher)
{
	if (fetcher->state != FETCHER_RUNNING)
		return;
	fetcher_set_state(fetcher, FETCHER_ENDING);
	channel_free(fetcher->channel);
	fetcher->channel = NULL;
	pool_process_kill(&fetcher->process);
}

static int
fetcher_send_setup(struct fetcher *fetcher)
{
	struct buf out = { 0 };
	int r;

	message_setup_encode(&out, &fetcher->pool->setup);
	r = buf_error(&out);
	if (r == 0)
		r = channel_send(fetcher->channel, MESSAGE_SETUP, out.data, out.len);
	buf_done(&out);
	return r;
}

static int
fetcher_send_poll(struct fetcher *fetcher, const struct pool_poll *poll)
{
	return channel_send(fetcher->channel, MESSAGE_POLL, poll->command, poll->size);
}

static int
fetcher_send_all(struct fetcher *fetcher)
{
	int r = fetcher_send_setup(fetcher);

	for (const struct pool_poll *poll = pool_table_next(&fetcher->polls, NULL);
		r == 0 && poll != NULL; poll = pool_table_next(&fetcher->polls, poll))
		r = fetcher_send_poll(fetcher, poll);
	return r;
}

static void
fetcher_rest(struct fetcher *fetcher)
{
	struct pool *pool = fetcher->pool;
	int64_t lived = loop_monotonic(pool->loop) - fetcher->started;

	if (lived >= HEALTHY_MS)
		fetcher->resting = 0;
	fetcher_set_state(fetcher, FETCHER_RESTING);
	loop_timer_start(fetcher->rest, fetcher->resting);
	fetcher->resting = fetcher->resting == 0 ? REST_FIRST_MS : fetcher->resting * 2;
	if (fetcher->resting > REST_MAX_MS)
		fetcher->resting = REST_MAX_MS;
}

static void
fetcher_start(void *arg)
{
	struct fetcher *fetcher = arg;
	struct pool *pool = fetcher->pool;
	const struct channel_callbacks callbacks = {
		.frame = fetcher_frame, .closed = fetcher_closed, .arg = fetcher
	};
	int fd, r;

	fetcher->started = loop_monotonic(pool->loop);
	fetcher->hung = false;
	fetcher->beats = 0;
	fetcher->looks = 0;
	r = pool_process_start(pool->program, fetcher->index, &fetcher->process, &fd);
	if (r < 0) {
		log_error(NULL, "cannot start fetcher %u: %s", fetcher->index, strerror(-r));
		fetcher_rest(fetcher);
		return;
	}
	r = channel_new(pool->loop, fd, &callbacks, &fetcher->channel);
	if (r < 0)
		close(fd);
	fetcher_set_state(fetcher, FETCHER_RUNNING);
	if (r == 0) {
		channel_pause(fetcher->channel, pool->paused);
		r = fetcher_send_all(fetcher);
	}
	if (r < 0) {
		log_error(NULL, "cannot set fetcher %u up: %s", fetcher->index, strerror(-r));
		fetcher_end(fetcher);
	}
}

/* Each poll that a dead fetcher had begins anew with its successor, or is dropped. */
static void
fetcher_void_polls(struct fetcher *fetcher, uint64_t culprit)
{
	const struct pool_callbacks *callbacks = &fetcher->pool->callbacks;
	struct pool_poll *poll = pool_table_next(&fetcher->polls, NULL);

	while (poll != NULL) {
		struct pool_poll *next = pool_table_next(&fetcher->polls, poll);

		pool_poll_restart(poll);
		if (!callbacks->restarted(callbacks->arg, poll->poll, poll->poll == culprit))
			pool_table_remove(&fetcher->polls, poll);
		poll = next;
	}
}

static void
fetcher_log_death(const struct fetcher *fetcher, int status, uint64_t parsing)
{
	char how[64];

	if (fetcher->hung)
		snprintf(how, sizeof(how), "hung and was killed");
	else if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "died by signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS(status));
	log_warning(NULL, "fetcher %u %s polls=%zu parsing=%llu", fetcher->index, how,
		fetcher->polls.n, (unsigned long long)parsing);
}

/* The kernel says that it is gone. */
static void
fetcher_reaped(struct fetcher *fetcher, int status)
{
	uint64_t parsing = atomic_load(&fetcher->process.page->parsing);
	bool clean = !fetcher->hung && WIFEXITED(status) && WEXITSTATUS(status) == 0;

	fetcher_end(fetcher);
	fetcher_log_death(fetcher, status, parsing);
	pool_process_done(&fetcher->process);
	fetcher->pool->restarts++;
	fetcher_void_polls(fetcher, clean ? 0 : parsing);
	fetcher_rest(fetcher);
}

static void
pool_reap(int number, void *arg)
{
	struct pool *pool = arg;
	int status;

	(void)number;
	for (size_t i = 0; i < pool->n_fetchers; i++) {
		struct fetcher *fetcher = &pool->fetchers[i];

		if (pool_process_reap(&fetcher->process, &status))
			fetcher_reaped(fetcher, status);
	}
}

/*
 * Whether it has been parsing one piece for too long; or its loop stands still, without an answer
 * to come. Looks are counted, not time, so that a machine that slept finds nobody guilty.
 */
static bool
fetcher_hangs(struct fetcher *fetcher)
{
	struct fetcher_page *page = fetcher->process.page;
	uint64_t beats = atomic_load(&page->beats);
	int64_t now = loop_monotonic(fetcher->pool->loop);

	if (beats != fetcher->beats)
		fetcher->looks = 0;
	fetcher->beats = beats;
	if (atomic_load(&page->parsing) != 0) {
		fetcher->looks = 0;
		return now - atomic_load(&page->since) >= POOL_HANG_MS;
	}
	return ++fetcher->looks > POOL_LOOKS;
}

static void
pool_watch(void *arg)
{
	struct pool *pool = arg;

	for (size_t i = 0; i < pool->n_fetchers; i++) {
		struct fetcher *fetcher = &pool->fetchers[i];

		if (fetcher->state != FETCHER_RUNNING || !fetcher_hangs(fetcher))
			continue;
		fetcher->hung = true;
		fetcher_end(fetcher);
	}
	loop_timer_start(pool->watch, pool->look);
}

void
pool_set_look(struct pool *pool, int64_t milliseconds)
{
	pool->look = milliseconds;
	loop_timer_start(pool->watch, pool->look);
}

static void
fetcher_closed(void *arg, int error)
{
	struct fetcher *fetcher = arg;

	if (error != 0)
		log_error(
			NULL, "channel of fetcher %u failed: %s", fetcher->index, strerror(-error));
	fetcher_end(fetcher);
}

static int
take_ready(struct fetcher *fetcher, const unsigned char *payload, size_t size)
{
	(void)payload;
	log_debug(NULL, "fetcher %u is ready pid=%d", fetcher->index, (int)fetcher->process.pid);
	return size == 0 ? 0 : -EPROTO;
}

static int
take_article(struct fetcher *fetcher, const unsigned char *payload, size_t size)
{
	const struct pool_callbacks *callbacks = &fetcher->pool->callbacks;
	struct np_article *article;
	struct pool_poll *poll;
	uint64_t number;
	int r = message_article_decode(payload, size, &number, &article);

	if (r < 0)
		return r;
	poll = pool_table_find(&fetcher->polls, number);
	if (poll == NULL || poll->n_articles >= POOL_ARTICLES_MAX || size > poll->bytes_left) {
		np_article_free(article);
		return -EPROTO;
	}
	poll->n_articles++;
	poll->bytes_left -= size;
	callbacks->article(callbacks->arg, number, article);
	return 0;
}

static int
take_done(struct fetcher *fetcher, const unsigned char *payload, size_t size)
{
	const struct pool_callbacks *callbacks = &fetcher->pool->callbacks;
	struct message_done done;
	struct pool_poll *poll;
	struct arena arena = { 0 };
	int r = message_done_decode(payload, size, &arena, &done);

	if (r < 0)
		goto out;
	poll = pool_table_find(&fetcher->polls, done.poll);
	if (poll == NULL || poll->n_articles != done.n_articles) {
		r = -EPROTO;
		goto out;
	}
	pool_table_remove(&fetcher->polls, poll);
	callbacks->done(callbacks->arg, &done);
out:
	arena_done(&arena);
	return r;
}

static const struct {
	enum message_type type;
	int (*take)(struct fetcher *fetcher, const unsigned char *payload, size_t size);
} takers[] = {
	{ MESSAGE_READY, take_ready },
	{ MESSAGE_ARTICLE, take_article },
	{ MESSAGE_DONE, take_done },
};

static void
fetcher_frame(void *arg, uint8_t type, const unsigned char *payload, size_t size)
{
	struct fetcher *fetcher = arg;
	int r = -EPROTO;

	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++) {
		if (takers[i].type == type)
			r = takers[i].take(fetcher, payload, size);
	}
	if (r < 0) {
		log_error(NULL, "fetcher %u broke the rules with a message of type %u: %s",
			fetcher->index, type, strerror(-r));
		fetcher_end(fetcher);
	}
}

static uint32_t
share(uint32_t whole, size_t n)
{
	return whole / (uint32_t)n > 0 ? whole / (uint32_t)n : 1;
}

static int
pool_init(struct pool *pool, const struct config *config, const char *program)
{
	int r;

	pool->program = strdup(program);
	pool->user_agent = strdup(config->user_agent);
	if (pool->program == NULL || pool->user_agent == NULL)
		return -ENOMEM;
	pool->setup = (struct message_setup){ .user_agent = pool->user_agent,
		.max_connections = share(config->max_connections, pool->n_fetchers),
		.max_host_connections = config->max_host_connections,
		.host_spacing = (uint32_t)config->host_spacing,
		.log_level = (uint8_t)config->log_level,
		.sandbox = (uint8_t)config->sandbox };
	if (pool->setup.max_host_connections < 1)
		pool->setup.max_host_connections = 1;
	for (size_t i = 0; i < pool->n_fetchers; i++) {
		struct fetcher *fetcher = &pool->fetchers[i];

		fetcher->pool = pool;
		fetcher->index = (unsigned int)i;
		r = loop_timer_new(pool->loop, fetcher_start, fetcher, &fetcher->rest);
		if (r < 0)
			return r;
	}
	r = loop_signal_new(pool->loop, SIGCHLD, pool_reap, pool, &pool->sigchld);
	if (r == 0)
		r = loop_timer_new(pool->loop, pool_watch, pool, &pool->watch);
	return r;
}

int
pool_new_program(struct loop *loop, const struct config *config, const char *program,
	const struct pool_callbacks *callbacks, struct pool **ret_pool)
{
	size_t n = config->fetchers > 0 ? config->fetchers : 1;
	struct pool *pool = calloc(1, sizeof(*pool) + n * sizeof(pool->fetchers[0]));
	int r;

	if (pool == NULL)
		return -ENOMEM;
	pool->loop = loop;
	pool->callbacks = *callbacks;
	pool->n_fetchers = n;
	pool->look = POOL_LOOK_MS;
	r = pool_init(pool, config, program);
	if (r < 0) {
		pool_free(pool);
		return r;
	}
	for (size_t i = 0; i < n; i++)
		fetcher_start(&pool->fetchers[i]);
	loop_timer_start(pool->watch, pool->look);
	*ret_pool = pool;
	return 0;
}

int
pool_new(struct loop *loop, const struct config *config, const struct pool_callbacks *callbacks,
	struct pool **ret_pool)
{
	return pool_new_program(loop, config, "/proc/self/exe", callbacks, ret_pool);
}

static int
pool_choose(struct pool *pool, const char *url, struct fetcher **ret_fetcher)
{
	struct buf host = { 0 };
	uint32_t hash = 2166136261u; /* FNV-1a */
	int r;

	url_host(&host, url);
	for (const char *c = buf_str(&host); *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	r = buf_error(&host);
	buf_done(&host);
	if (r == 0)
		*ret_fetcher = &pool->fetchers[hash % pool->n_fetchers];
	return r == 0 ? 0 : -ENOMEM;
}

int
pool_poll(struct pool *pool, const struct message_poll *command)
{
	uint64_t quota = POOL_BYTES_MAX + command->max_body * POOL_BODIES_MAX;
	struct fetcher *fetcher;
	struct pool_poll *poll;
	int r = pool_choose(pool, command->url, &fetcher);

	if (r < 0)
		return r;
	if (fetcher->polls.n >= POOL_IN_FLIGHT_MAX)
		return -EAGAIN;
	r = pool_poll_new(command, quota, &poll);
	if (r < 0)
		return r;
	if (fetcher->state == FETCHER_RUNNING && fetcher_send_poll(fetcher, poll) == -ENOMEM) {
		free(poll);
		return -ENOMEM;
	}
	/* A channel that has just failed is no reason: the successor gets it. */
	pool_table_add(&fetcher->polls, poll);
	return 0;
}

size_t
pool_in_flight(const struct pool *pool)
{
	size_t n = 0;

	for (size_t i = 0; i < pool->n_fetchers; i++)
		n += pool->fetchers[i].polls.n;
	return n;
}

void
pool_pause(struct pool *pool, bool pause)
{
	pool->paused = pause;
	for (size_t i = 0; i < pool->n_fetchers; i++) {
		if (pool->fetchers[i].channel != NULL)
			channel_pause(pool->fetchers[i].channel, pause);
	}
}

/* True when no process is left. */
static bool
pool_all_reaped(struct pool *pool)
{
	bool all = true;
	int status;

	for (size_t i = 0; i < pool->n_fetchers; i++) {
		pool_process_reap(&pool->fetchers[i].process, &status);
		all = all && pool->fetchers[i].process.pid == 0;
	}
	return all;
}

static void
pool_stop(struct pool *pool)
{
	static const struct timespec step = { 0, STOP_STEP_MS * 1000000L };
	int64_t end = loop_monotonic(pool->loop) + STOP_MS;

	for (size_t i = 0; i < pool->n_fetchers; i++)
		channel_free(pool->fetchers[i].channel);
	while (!pool_all_reaped(pool) && loop_monotonic(pool->loop) < end)
		nanosleep(&step, NULL);
	for (size_t i = 0; i < pool->n_fetchers; i++) {
		pool_process_kill(&pool->fetchers[i].process);
		pool_process_wait(&pool->fetchers[i].process);
	}
}

static void
fetcher_done(struct fetcher *fetcher)
{
	pool_table_done(&fetcher->polls);
	pool_process_done(&fetcher->process);
	loop_timer_free(fetcher->rest);
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	pool_stop(pool);
	for (size_t i = 0; i < pool->n_fetchers; i++)
		fetcher_done(&pool->fetchers[i]);
	loop_signal_free(pool->sigchld);
	loop_timer_free(pool->watch);
	free(pool->program);
	free(pool->user_agent);
	free(pool);
}

size_t
pool_size(const struct pool *pool)
{
	return pool->n_fetchers;
}

pid_t
pool_pid(const struct pool *pool, size_t index)
{
	return pool->fetchers[index].process.pid;
}

unsigned int
pool_restarts(const struct pool *pool)
{
	return pool->restarts;
}
