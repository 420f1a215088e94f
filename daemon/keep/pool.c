/*
 * The fetchers, seen from the keeper. Owns them (pool_fetcher.c), and in their tables a copy of each
 * command that is out, so that the poll can be handed to a successor.
 *
 * Polls may be added in every state of a fetcher; they are sent when it runs. A poll is in exactly
 * one fetcher's table from pool_poll() until done or dropped.
 *
 * Errors: of memory and of the start, returned; what goes wrong later costs a fetcher, not the pool.
 */
#include "daemon/keep/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/keep/pool_fetcher.h"
#include "lib/base/buf.h"
#include "lib/base/url.h"

#define STOP_MS 1000
#define STOP_STEP_MS 5

static void
pool_reap(int number, void *arg)
{
	struct pool *pool = arg;
	int status;

	(void)number;
	for (size_t i = 0; i < pool->n_fetchers; i++) {
		struct pool_fetcher *fetcher = &pool->fetchers[i];

		if (pool_process_reap(&fetcher->process, &status))
			pool_fetcher_reaped(fetcher, status);
	}
}

static void
pool_watch(void *arg)
{
	struct pool *pool = arg;

	for (size_t i = 0; i < pool->n_fetchers; i++) {
		struct pool_fetcher *fetcher = &pool->fetchers[i];

		if (fetcher->state != POOL_FETCHER_RUNNING || !pool_fetcher_hangs(fetcher))
			continue;
		fetcher->hung = true;
		pool_fetcher_end(fetcher);
	}
	loop_timer_start(pool->watch, pool->look);
}

void
pool_set_look(struct pool *pool, int64_t milliseconds)
{
	pool->look = milliseconds;
	loop_timer_start(pool->watch, pool->look);
}

static uint32_t
share(uint32_t whole, size_t n)
{
	return whole / (uint32_t)n > 0 ? whole / (uint32_t)n : 1;
}

static int
pool_take(struct pool *pool, const struct config *config)
{
	struct buf user_agent = { 0 };
	uint32_t of_host = config->max_host_connections;
	int r;

	config_put_user_agent(config, &user_agent);
	r = buf_error(&user_agent);
	if (r < 0) {
		buf_done(&user_agent);
		return r;
	}
	free(pool->user_agent);
	pool->user_agent = buf_steal(&user_agent);
	pool->setup = (struct message_setup){ .user_agent = pool->user_agent,
		.max_connections = share(config->max_connections, pool->n_fetchers),
		.max_host_connections = of_host > 0 ? of_host : 1,
		.host_spacing = (uint32_t)config->host_spacing,
		.log_level = (uint8_t)config->log_level,
		.sandbox = (uint8_t)config->sandbox };
	return 0;
}

/* One that cannot be told is ended: its successor is told all at its start. */
static void
pool_tell(struct pool *pool)
{
	for (size_t i = 0; i < pool->n_fetchers; i++) {
		struct pool_fetcher *fetcher = &pool->fetchers[i];

		if (fetcher->state == POOL_FETCHER_RUNNING &&
			pool_fetcher_set_up(fetcher, MESSAGE_SETTINGS) < 0)
			pool_fetcher_end(fetcher);
	}
}

int
pool_reload(struct pool *pool, const struct config *config)
{
	uint8_t sandbox = pool->setup.sandbox;
	int r = pool_take(pool, config);

	if (r < 0)
		return r;
	pool->setup.sandbox = sandbox;
	pool_tell(pool);
	return 0;
}

void
pool_set_log_level(struct pool *pool, enum log_level level)
{
	pool->setup.log_level = (uint8_t)level;
	pool_tell(pool);
}

static int
pool_init(struct pool *pool, const struct config *config, const char *program)
{
	int r;

	pool->program = strdup(program);
	if (pool->program == NULL)
		return -ENOMEM;
	r = pool_take(pool, config);
	if (r < 0)
		return r;
	for (size_t i = 0; i < pool->n_fetchers; i++) {
		struct pool_fetcher *fetcher = &pool->fetchers[i];

		fetcher->pool = pool;
		fetcher->index = (unsigned int)i;
		r = loop_timer_new(pool->loop, pool_fetcher_start, fetcher, &fetcher->rest);
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
		pool_fetcher_start(&pool->fetchers[i]);
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
pool_choose(struct pool *pool, const char *url, struct pool_fetcher **ret_fetcher)
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
	struct pool_fetcher *fetcher;
	struct pool_poll *poll;
	int r = pool_choose(pool, command->url, &fetcher);

	if (r < 0)
		return r;
	if (fetcher->polls.n >= POOL_IN_FLIGHT_MAX)
		return -EAGAIN;
	r = pool_poll_new(command, quota, &pool->scratch, &poll);
	if (r < 0)
		return r;
	if (fetcher->state == POOL_FETCHER_RUNNING && pool_fetcher_poll(fetcher, poll) == -ENOMEM) {
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
fetcher_done(struct pool_fetcher *fetcher)
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
	buf_done(&pool->scratch);
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
