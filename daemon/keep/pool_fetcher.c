/*
 * One fetcher of the pool, from its start over its death to the next start. Owns its process and its
 * channel; which polls it has is in its table.
 *
 * A fetcher runs, or is ending (its channel is closed, the kernel has it still), or rests until it
 * is started again; fetcher_set_state() alone moves it.
 *
 * Errors: what a fetcher sends is hostile. A message that breaks the rules (unknown poll, wrong
 * count, over a cap) costs the fetcher its life and nothing else. Restarting cannot fail, only take
 * longer: a start that does not succeed is tried again.
 */
#include "daemon/keep/pool_fetcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/wire/log.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/* One that lived for less than HEALTHY ms waits before it is started again: twice as long each. */
#define HEALTHY_MS 60000
#define REST_FIRST_MS 100
#define REST_MAX_MS 30000

static void fetcher_frame(void *arg, uint8_t type, const unsigned char *payload, size_t size);
static void fetcher_closed(void *arg, int error);

static const char *const state_names[] = {
	[POOL_FETCHER_RESTING] = "resting",
	[POOL_FETCHER_RUNNING] = "running",
	[POOL_FETCHER_ENDING] = "ending",
};

static void
fetcher_set_state(struct pool_fetcher *fetcher, enum pool_fetcher_state state)
{
	log_debug(NULL, "fetcher %s -> %s fetcher=%u", state_names[fetcher->state],
		state_names[state], fetcher->index);
	fetcher->state = state;
}

void
pool_fetcher_end(struct pool_fetcher *fetcher)
{
	if (fetcher->state != POOL_FETCHER_RUNNING)
		return;
	fetcher_set_state(fetcher, POOL_FETCHER_ENDING);
	channel_free(fetcher->channel);
	fetcher->channel = NULL;
	pool_process_kill(&fetcher->process);
}

int
pool_fetcher_set_up(struct pool_fetcher *fetcher, enum message_type type)
{
	struct buf out = { 0 };
	int r;

	message_setup_encode(&out, &fetcher->pool->setup);
	r = buf_error(&out);
	if (r == 0)
		r = channel_send(fetcher->channel, type, out.data, out.len);
	buf_done(&out);
	return r;
}

int
pool_fetcher_poll(struct pool_fetcher *fetcher, const struct pool_poll *poll)
{
	return channel_send(fetcher->channel, MESSAGE_POLL, poll->command, poll->size);
}

static int
fetcher_send_all(struct pool_fetcher *fetcher)
{
	int r = pool_fetcher_set_up(fetcher, MESSAGE_SETUP);

	for (const struct pool_poll *poll = pool_table_next(&fetcher->polls, NULL);
		r == 0 && poll != NULL; poll = pool_table_next(&fetcher->polls, poll))
		r = pool_fetcher_poll(fetcher, poll);
	return r;
}

static void
fetcher_rest(struct pool_fetcher *fetcher)
{
	struct pool *pool = fetcher->pool;
	int64_t lived = loop_monotonic(pool->loop) - fetcher->started;

	if (lived >= HEALTHY_MS)
		fetcher->resting = 0;
	fetcher_set_state(fetcher, POOL_FETCHER_RESTING);
	loop_timer_start(fetcher->rest, fetcher->resting);
	fetcher->resting = fetcher->resting == 0 ? REST_FIRST_MS : fetcher->resting * 2;
	if (fetcher->resting > REST_MAX_MS)
		fetcher->resting = REST_MAX_MS;
}

void
pool_fetcher_start(void *arg)
{
	struct pool_fetcher *fetcher = arg;
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
	atomic_store(&fetcher->process.page->suspect, fetcher->suspect);
	fetcher_set_state(fetcher, POOL_FETCHER_RUNNING);
	if (r == 0) {
		channel_pause(fetcher->channel, pool->paused);
		r = fetcher_send_all(fetcher);
	}
	if (r < 0) {
		log_error(NULL, "cannot set fetcher %u up: %s", fetcher->index, strerror(-r));
		pool_fetcher_end(fetcher);
	}
}

/* Each poll that a dead fetcher had begins anew with its successor, or is dropped. */
static void
fetcher_void_polls(struct pool_fetcher *fetcher, uint64_t culprit)
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
fetcher_log_death(const struct pool_fetcher *fetcher, int status, uint64_t parsing)
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

/* What was kept of a suspect that has done it again. */
static void
fetcher_give_document(struct pool_fetcher *fetcher, uint64_t culprit)
{
	const struct pool_callbacks *callbacks = &fetcher->pool->callbacks;
	const struct fetcher_page *page = fetcher->process.page;
	uint64_t kept = atomic_load(&page->kept);

	if (culprit == 0 || culprit != fetcher->suspect || callbacks->document == NULL)
		return;
	/* It speaks for the polls that it was given, not for those of another. */
	if (pool_table_find(&fetcher->polls, culprit) == NULL)
		return;
	if (kept > 0 && kept <= FETCHER_KEPT_MAX)
		callbacks->document(callbacks->arg, culprit, page->body, (size_t)kept);
}

void
pool_fetcher_reaped(struct pool_fetcher *fetcher, int status)
{
	uint64_t parsing = atomic_load(&fetcher->process.page->parsing);
	bool clean = !fetcher->hung && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	uint64_t culprit = clean ? 0 : parsing;

	pool_fetcher_end(fetcher);
	fetcher_log_death(fetcher, status, parsing);
	fetcher_give_document(fetcher, culprit);
	pool_process_done(&fetcher->process);
	fetcher->suspect = culprit;
	fetcher->pool->restarts++;
	fetcher_void_polls(fetcher, culprit);
	fetcher_rest(fetcher);
}

/* Looks are counted, not time, so that a machine that slept finds nobody guilty. */
bool
pool_fetcher_hangs(struct pool_fetcher *fetcher)
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
fetcher_closed(void *arg, int error)
{
	struct pool_fetcher *fetcher = arg;

	if (error != 0)
		log_error(
			NULL, "channel of fetcher %u failed: %s", fetcher->index, strerror(-error));
	pool_fetcher_end(fetcher);
}

static int
take_ready(struct pool_fetcher *fetcher, const unsigned char *payload, size_t size)
{
	(void)payload;
	log_debug(NULL, "fetcher %u is ready pid=%d", fetcher->index, (int)fetcher->process.pid);
	return size == 0 ? 0 : -EPROTO;
}

static int
take_article(struct pool_fetcher *fetcher, const unsigned char *payload, size_t size)
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
take_done(struct pool_fetcher *fetcher, const unsigned char *payload, size_t size)
{
	const struct pool_callbacks *callbacks = &fetcher->pool->callbacks;
	struct message_done done;
	struct pool_poll *poll;
	struct arena local = { 0 }, *arena = NULL;
	uint64_t number;
	int r = message_done_poll(payload, size, &number);

	if (r < 0)
		return r;
	poll = pool_table_find(&fetcher->polls, number);
	if (poll == NULL)
		return -EPROTO;
	if (callbacks->arena != NULL)
		arena = callbacks->arena(callbacks->arg, number);
	r = message_done_decode(payload, size, arena != NULL ? arena : &local, &done);
	if (r == 0 && poll->n_articles != done.n_articles)
		r = -EPROTO;
	if (r == 0) {
		pool_table_remove(&fetcher->polls, poll);
		callbacks->done(callbacks->arg, &done);
	}
	arena_done(&local);
	return r;
}

static const struct {
	enum message_type type;
	int (*take)(struct pool_fetcher *fetcher, const unsigned char *payload, size_t size);
} takers[] = {
	{ MESSAGE_READY, take_ready },
	{ MESSAGE_ARTICLE, take_article },
	{ MESSAGE_DONE, take_done },
};

static void
fetcher_frame(void *arg, uint8_t type, const unsigned char *payload, size_t size)
{
	struct pool_fetcher *fetcher = arg;
	int r = -EPROTO;

	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++) {
		if (takers[i].type == type)
			r = takers[i].take(fetcher, payload, size);
	}
	if (r < 0) {
		log_error(NULL, "fetcher %u broke the rules with a message of type %u: %s",
			fetcher->index, type, strerror(-r));
		pool_fetcher_end(fetcher);
	}
}
