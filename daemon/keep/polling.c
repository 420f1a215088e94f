/*
 * The keeper's middle: dispatch and results. Owns the fetchers, the batch, and the polls from their
 * start to their end.
 *
 * Invariants: a feed has one poll at a time, which is in the table until its outcome is stored; so
 * a feed that is still due in the store is told from one under way. Dispatch runs when the schedule
 * says so, after each batch, and once a minute at the latest.
 *
 * Errors: trouble of the machine pauses dispatch, with a back-off; it is said once when it begins
 * and once when it is over. Everything else is one poll's, and stored with its feed.
 */
#include "daemon/keep/polling.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/batch.h"
#include "daemon/keep/clock_watch.h"
#include "daemon/keep/ground.h"
#include "daemon/keep/metrics.h"
#include "daemon/keep/outcome.h"
#include "daemon/keep/poll_table.h"
#include "daemon/keep/pool.h"
#include "daemon/keep/quarantine.h"
#include "daemon/keep/queue_limits.h"
#include "daemon/keep/report.h"
#include "daemon/keep/retention.h"
#include "daemon/keep/starter.h"
#include "daemon/wire/log.h"
#include "lib/feed/article.h"

#define WAKE_MAX 60000 /* ms between two looks at the clock */
#define WAKE_MIN 50    /* what falls due within it is started together */
#define ROOM_RETRY 2000
#define TROUBLE_RETRY_FIRST 1000
#define TROUBLE_RETRY_MAX 60000
#define FORGET_EVERY 60000
#define FORGET_ROWS 500
#define RESTARTS_MAX 6 /* of one poll: what ends fetchers may be it, though they cannot tell */
#define BYTES_MAX (1024u * 1024 * 1024) /* of all articles that wait in memory */

struct polling {
	struct loop *loop;
	const struct config *config;
	struct store *store;
	struct delivery *delivery;
	struct ingest ingest;
	struct pool *pool;
	struct batch *batch;
	struct loop_timer *timer;   /* dispatch */
	struct loop_timer *forgets; /* housekeeping */
	struct retention *retention;
	struct queue_limits *queues;
	struct poll_table table;
	struct starter starter;
	struct unstored unstored;
	size_t bytes; /* of articles in the table's polls */
	struct clock_watch clock;
	struct metrics metrics;
	int trouble; /* -errno of the machine; 0: well */
	int64_t trouble_retry, trouble_until;
	struct ground ground;
	bool stuck;
	bool full; /* as many were under way at the last dispatch as may be: more may be due */
};

/* What an operator must do about it; most troubles end by themselves, or with others' work. */
static const char *
advice(int error)
{
	if (error == -EUCLEAN)
		return "nothing more is polled before the daemon is stopped and the database "
		       "replaced by a copy, or moved away with its -wal and -shm";
	if (error == -EOVERFLOW)
		return "the last sequence is used up, and nothing more is delivered into this "
		       "spool: begin another one with another database";
	return "nothing is lost; polling pauses and goes on by itself when this is over";
}

static void
set_trouble(struct polling *polling, int error)
{
	if (error == 0 && polling->trouble != 0)
		log_notice(NULL, "outcomes can be stored again: polling goes on");
	if (error != 0 && polling->trouble != error)
		log_error(NULL, "outcomes cannot be stored: %s (spool: %s; database: %s): %s",
			strerror(-error), delivery_error(polling->delivery),
			store_error(polling->store), advice(error));
	if (error == 0)
		polling->trouble_retry = 0;
	else
		polling->trouble_retry = polling->trouble_retry == 0 ? TROUBLE_RETRY_FIRST
								     : polling->trouble_retry * 2;
	if (polling->trouble_retry > TROUBLE_RETRY_MAX)
		polling->trouble_retry = TROUBLE_RETRY_MAX;
	polling->trouble = error;
	polling->trouble_until = loop_monotonic(polling->loop) + polling->trouble_retry;
}

static void
watch_clock(struct polling *polling)
{
	int error = clock_watch(&polling->clock);

	if (error != 0)
		set_trouble(polling, error);
	retention_put_off(polling->retention, clock_watch_doubt(&polling->clock));
}

/* False where nothing can be stored now. A spool that was made again is gone on with. */
static bool
has_ground(struct polling *polling)
{
	bool reopened = false;
	bool holds = ground_check(&polling->ground, polling->config, polling->stuck, &reopened);

	if (reopened) {
		retention_reopen(polling->retention, delivery_directory(polling->delivery));
		queue_limits_reopen(polling->queues, delivery_directory(polling->delivery));
		polling->trouble_until = loop_monotonic(polling->loop);
	}
	return holds;
}

static void
forget_poll(struct polling *polling, struct poll *poll)
{
	starter_ended(&polling->starter, poll);
	poll_table_remove(&polling->table, poll);
	polling->bytes -= poll->bytes;
	poll_free(poll);
}

/* There is room for another: a backlog goes on, and does not wait until outcomes are committed. */
static void
refill(struct polling *polling)
{
	if (!polling->full)
		return;
	polling->full = false;
	loop_timer_start(polling->timer, WAKE_MIN);
}

static void
finish_poll(struct polling *polling, struct poll *poll)
{
	batch_add(polling->batch, poll);
	refill(polling);
	if (batch_size(polling->batch) == polling->table.n)
		batch_hurry(polling->batch);
}

/* A poll that fails here, with words for the operator. */
static void
fail_poll(void *arg, struct poll *poll, const char *reason)
{
	struct polling *polling = arg;

	polling->bytes -= poll->bytes;
	if (poll_set_failed(poll, RESULT_INTERNAL, reason) == 0) {
		finish_poll(polling, poll);
		return;
	}
	forget_poll(polling, poll);
}

/* How many polls may be under way now. */
static size_t
allowance(struct polling *polling)
{
	if (!has_ground(polling) || polling->stuck)
		return 0;
	if (polling->trouble == 0)
		return polling->config->max_connections;
	return loop_monotonic(polling->loop) >= polling->trouble_until ? 1 : 0;
}

/* now must be the time that the starter was given. */
static int64_t
wait_for_next(struct polling *polling, int64_t now)
{
	int64_t wait = polling->starter.next - now;

	if (wait > WAKE_MAX)
		wait = WAKE_MAX;
	if (ground_is_watched(&polling->ground) && wait > ROOM_RETRY)
		wait = ROOM_RETRY;
	if (polling->trouble != 0) {
		int64_t left = polling->trouble_until - loop_monotonic(polling->loop);
		wait = left > 0 ? left : TROUBLE_RETRY_FIRST;
	}
	if (polling->unstored.n > 0) {
		int64_t left = unstored_sweep(&polling->unstored, polling->starter.monotonic);
		wait = left < wait ? left : wait;
	}
	return wait < WAKE_MIN ? WAKE_MIN : wait;
}

static void
dispatch(void *arg)
{
	struct polling *polling = arg;
	size_t allowed, under_way;
	bool held = false;
	int64_t now;
	int error = 0;

	watch_clock(polling);
	now = loop_now(polling->loop);
	polling->starter.monotonic = loop_monotonic(polling->loop);
	allowed = allowance(polling);
	under_way = polling->table.n - batch_size(polling->batch);
	if (allowed > under_way)
		error = starter_run(&polling->starter, now, allowed - under_way, &held);
	else
		starter_look(&polling->starter, now);
	if (error != 0 && error != -EAGAIN)
		set_trouble(polling, error);
	polling->full = polling->trouble == 0 && allowed > 0 &&
			polling->table.n - batch_size(polling->batch) >= allowed;
	/* What was put off made room for what is due behind it. */
	loop_timer_start(polling->timer, held && error == 0 ? 0 : wait_for_next(polling, now));
}

static void
on_article(void *arg, uint64_t number, struct np_article *article)
{
	struct polling *polling = arg;
	struct poll *poll = poll_table_by_number(&polling->table, number);

	if (poll == NULL) {
		np_article_free(article);
		return;
	}
	polling->bytes -= poll->bytes;
	if (polling->bytes > BYTES_MAX)
		poll->too_large = true;
	poll_add(poll, article);
	polling->bytes += poll->bytes;
}

static bool
on_restarted(void *arg, uint64_t number, bool crashed)
{
	struct polling *polling = arg;
	struct poll *poll = poll_table_by_number(&polling->table, number);

	if (poll == NULL)
		return false;
	polling->bytes -= poll->bytes;
	poll_restart(poll);
	poll->restarts++;
	if (!crashed && poll->restarts < RESTARTS_MAX)
		return true;
	if (!crashed) {
		fail_poll(polling, poll, "fetchers end again and again while they have it");
		return false;
	}
	log_error(poll->name, "a fetcher died while it parsed this feed");
	if (++poll->crashes < OUTCOME_QUARANTINE_CRASHES)
		return true;
	fail_poll(polling, poll, "quarantined: fetchers die while they parse it");
	return false;
}

static void
on_document(void *arg, uint64_t number, const void *data, size_t size)
{
	struct polling *polling = arg;
	const struct poll *poll = poll_table_by_number(&polling->table, number);
	struct quarantine_document document = { .data = data,
		.size = size,
		.when = loop_now(polling->loop),
		.why = "fetchers died or hung while they parsed it" };
	int error;

	if (poll == NULL)
		return;
	document.feed = poll->name;
	document.url = poll->url;
	error = quarantine_put(delivery_directory(polling->delivery), &document);
	if (error != 0)
		log_error(poll->name, "its document cannot be kept in quarantine/: %s",
			strerror(-error));
	else
		log_notice(poll->name,
			"its document is kept event=quarantined file=quarantine/%s.document "
			"bytes=%zu",
			poll->name, size);
}

static struct arena *
arena_of(void *arg, uint64_t number)
{
	struct polling *polling = arg;
	struct poll *poll = poll_table_by_number(&polling->table, number);

	return poll != NULL ? &poll->arena : NULL;
}

static void
on_done(void *arg, const struct message_done *done)
{
	struct polling *polling = arg;
	struct poll *poll = poll_table_by_number(&polling->table, done->poll);

	if (poll == NULL)
		return;
	polling->bytes -= poll->bytes;
	poll_set_done(poll, done);
	polling->bytes += poll->bytes;
	finish_poll(polling, poll);
}

static void
on_poll(void *arg, struct poll *poll)
{
	struct polling *polling = arg;

	if (poll->state == POLL_STORED) {
		metrics_count_poll(&polling->metrics, poll);
		report_poll(poll, loop_now(polling->loop));
	}
	/* Its server was asked all the same. */
	if (poll->state == POLL_FAILED)
		(void)unstored_put(&polling->unstored, poll->feed, poll->not_before);
	forget_poll(polling, poll);
}

static void
on_batch_end(void *arg, int error)
{
	struct polling *polling = arg;

	set_trouble(polling, error);
	loop_timer_start(polling->timer, 0);
}

static void
on_stuck(void *arg, bool stuck)
{
	struct polling *polling = arg;

	polling->stuck = stuck;
	pool_pause(polling->pool, stuck);
	retention_pause(polling->retention, stuck);
}

/* Housekeeping: a bounded step of forgetting. Trouble shows at the next batch; not told here. */
static void
forget(void *arg)
{
	struct polling *polling = arg;
	size_t dropped = 0;

	loop_timer_start(polling->forgets, FORGET_EVERY);
	if (polling->trouble != 0 || clock_watch_doubt(&polling->clock) > 0 ||
		store_begin(polling->store) != 0)
		return;
	if (store_forget(polling->store, loop_now(polling->loop), polling->config->remember,
		    FORGET_ROWS, &dropped) != 0 ||
		dropped == 0 || store_commit(polling->store) != 0)
		store_rollback(polling->store);
	(void)store_vacuum(polling->store);
}

static int
start_parts(struct polling *polling)
{
	const struct pool_callbacks pool = { on_article, on_restarted, on_document, on_done,
		polling, arena_of };
	const struct batch_callbacks batch = { on_poll, on_batch_end, on_stuck, polling };
	int error = clock_watch_start(&polling->clock, polling->loop, polling->store);

	if (error == 0)
		error = loop_timer_new(polling->loop, dispatch, polling, &polling->timer);
	if (error == 0)
		error = loop_timer_new(polling->loop, forget, polling, &polling->forgets);
	if (error == 0)
		error = retention_new(polling->loop, polling->config, &polling->retention);
	if (error == 0)
		error = near_new(&polling->ingest.near);
	if (error == 0)
		error = queue_limits_new(polling->loop, delivery_directory(polling->delivery),
			polling->config, &polling->queues);
	polling->ingest.queues = polling->queues;
	if (error == 0)
		error = batch_new(polling->loop, &polling->ingest, &batch, &polling->batch);
	if (error == 0)
		error = pool_new(polling->loop, polling->config, &pool, &polling->pool);
	polling->starter = (struct starter){ .store = polling->store,
		.config = polling->config,
		.pool = polling->pool,
		.table = &polling->table,
		.unstored = &polling->unstored,
		.failed = fail_poll,
		.arg = polling,
		.seen = INT64_MIN };
	return error;
}

int
polling_new(struct loop *loop, const struct config *config, struct rules *rules,
	struct store *store, struct delivery *delivery, struct polling **ret_polling)
{
	struct polling *polling = calloc(1, sizeof(*polling));
	int error;

	if (polling == NULL)
		return -ENOMEM;
	polling->loop = loop;
	polling->config = config;
	polling->store = store;
	polling->delivery = delivery;
	polling->ground = (struct ground){ .store = store, .delivery = delivery };
	polling->ingest = (struct ingest){
		.store = store, .delivery = delivery, .config = config, .rules = rules
	};
	polling->ingest.metrics = &polling->metrics;
	error = start_parts(polling);
	if (error != 0) {
		polling_free(polling);
		return error;
	}
	loop_timer_start(polling->timer, 0);
	loop_timer_start(polling->forgets, FORGET_EVERY);
	*ret_polling = polling;
	return 0;
}

void
polling_reload(struct polling *polling, const struct config *config, struct rules *rules)
{
	store_touch(polling->store); /* polls under way have what the old one said */
	polling->config = config;
	polling->ingest.config = config;
	polling->ingest.rules = rules;
	polling->starter.config = config;
	retention_reload(polling->retention, config);
	if (queue_limits_reload(polling->queues, config) != 0)
		log_error(NULL, "the queues' limits are not looked at: out of memory");
	log_set_level(config->log_level);
	if (pool_reload(polling->pool, config) != 0)
		log_error(NULL, "out of memory: the fetchers go on with what they had");
	loop_timer_start(polling->timer, 0);
}

void
polling_set_log_level(struct polling *polling, enum log_level level)
{
	log_set_level(level);
	pool_set_log_level(polling->pool, level);
}

struct held_request {
	enum held_action action;
	const struct held_choice *choice;
	size_t max;
	struct held_result result;
};

static int
act_on_held(struct ingest *ingest, int64_t now, void *arg)
{
	struct held_request *request = arg;

	return held_act(
		ingest, request->action, request->choice, now, request->max, &request->result);
}

int
polling_held(struct polling *polling, enum held_action action, const struct held_choice *choice,
	size_t max, struct held_result *ret_result)
{
	struct held_request request = { .action = action, .choice = choice, .max = max };
	int error = batch_work(polling->batch, act_on_held, &request);

	if (error == 0)
		*ret_result = request.result;
	return error;
}

void
polling_wake(struct polling *polling)
{
	loop_timer_start(polling->timer, 0);
}

void
polling_ask_again(struct polling *polling, int64_t feed)
{
	unstored_remove(&polling->unstored, feed);
}

bool
polling_has(const struct polling *polling, int64_t feed)
{
	return poll_table_by_feed(&polling->table, feed) != NULL;
}

void
polling_look(const struct polling *polling, struct polling_look *ret_look)
{
	*ret_look = (struct polling_look){
		.under_way = polling->table.n - batch_size(polling->batch),
		.to_store = batch_size(polling->batch),
		.bytes = polling->bytes,
		.pool = polling->pool,
		.metrics = &polling->metrics,
		.trouble = polling->trouble,
		.cramped = polling->ground.cramped,
		.moved = polling->ground.database_moved,
		.spool_moved = polling->ground.spool_moved,
		.stuck = polling->stuck,
	};
}

void
polling_free(struct polling *polling)
{
	struct poll *poll;

	if (polling == NULL)
		return;
	if (polling->batch != NULL && polling->pool != NULL)
		batch_finish(polling->batch);
	batch_free(polling->batch);
	while ((poll = poll_table_any(&polling->table)) != NULL)
		forget_poll(polling, poll);
	pool_free(polling->pool);
	unstored_done(&polling->unstored);
	loop_timer_free(polling->timer);
	loop_timer_free(polling->forgets);
	retention_free(polling->retention);
	near_free(polling->ingest.near);
	queue_limits_free(polling->queues);
	free(polling);
}
