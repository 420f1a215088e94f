/*
 * Group commit. Owns the polls between their done and their callback.
 *
 * Invariants: the order is stage, flush, commit, publish; pending rows are cleared by the first
 * transaction after a publish that succeeded, and no transaction begins while one is outstanding.
 *
 * Errors: told to the end callback, which logs; see batch.h for what is retried.
 */
#include "daemon/keep/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/metrics.h"
#include "daemon/keep/outcome.h"
#include "daemon/wire/log.h"

#define PUBLISH_RETRY_FIRST 500 /* ms */
#define PUBLISH_RETRY_MAX 30000

struct poll_list {
	struct poll *first, **last;
	size_t n, bytes;
};

struct batch {
	struct loop *loop;
	struct ingest *ingest;
	struct batch_callbacks callbacks;
	struct loop_timer *timer; /* the delay; or, while stuck, the next try */
	struct poll_list waiting; /* done */
	struct poll_list stored;  /* committed, to be published and called back for */
	bool stuck;
	bool urgent; /* among those that wait is one that found something, or failed */
	bool hurried;
	bool barrier; /* a commit failed, and what it staged is still there */
	int64_t retry;
};

static void
list_init(struct poll_list *list)
{
	*list = (struct poll_list){ .last = &list->first };
}

static void
list_add(struct poll_list *list, struct poll *poll)
{
	poll->next = NULL;
	*list->last = poll;
	list->last = &poll->next;
	list->n++;
	list->bytes += poll->bytes;
}

static struct poll *
list_take(struct poll_list *list)
{
	struct poll *poll = list->first;

	if (poll == NULL)
		return NULL;
	list->first = poll->next;
	if (list->first == NULL)
		list->last = &list->first;
	list->n--;
	list->bytes -= poll->bytes;
	poll->next = NULL;
	return poll;
}

/* Trouble of the machine, which no other poll would be spared. */
static bool
is_machine(int error)
{
	static const int table[] = { -ENOSPC, -EDQUOT, -EIO, -EROFS, -EMFILE, -ENFILE, -EBUSY,
		-EACCES, -EPERM, -EMLINK, -ENODEV, -ESTALE, -ENOENT, -ENOTDIR, -EUCLEAN,
		-EOVERFLOW };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i] == error)
			return true;
	return false;
}

/*
 * A commit that failed may still have reached the disk, and a start after a crash would then find
 * its articles pending. So what it staged stays in tmp/ until another commit has taken its place.
 */
static int
pass_barrier(struct batch *batch)
{
	struct store *store = batch->ingest->store;
	int error;

	if (!batch->barrier)
		return 0;
	if ((error = store_begin(store)) != 0)
		return error;
	error = store_clock_put(store, loop_now(batch->loop));
	if (error == 0)
		error = store_commit(store);
	if (error != 0) {
		store_rollback(store);
		return error;
	}
	delivery_abort(batch->ingest->delivery);
	batch->barrier = false;
	return 0;
}

/* What is done between the beginning of a transaction and its commit. */
struct work {
	int (*begin)(struct store *store);
	int (*run)(struct batch *batch, void *arg);
	void *arg;
};

static int
do_work(struct batch *batch, const struct work *work)
{
	struct ingest *ingest = batch->ingest;
	int error = store_pending_clear(ingest->store);

	if (error == 0)
		error = work->run(batch, work->arg);
	if (error == 0)
		error = ingest_end(ingest, loop_now(batch->loop));
	if (error == 0)
		error = store_clock_put(ingest->store, loop_now(batch->loop));
	if (error == 0 && ingest->staged)
		error = delivery_flush(ingest->delivery);
	return error;
}

/* Everything up to the commit. On a failure nothing of it is left, or is behind the barrier. */
static int
commit_work(struct batch *batch, const struct work *work)
{
	int error = pass_barrier(batch);

	if (error == 0)
		error = work->begin(batch->ingest->store);
	if (error != 0)
		return error;
	ingest_begin(batch->ingest);
	error = do_work(batch, work);
	if (error == 0) {
		error = store_commit(batch->ingest->store);
		batch->barrier = error != 0;
	}
	if (error == 0) {
		ingest_committed(batch->ingest);
		return 0;
	}
	store_rollback(batch->ingest->store);
	if (!batch->barrier)
		delivery_abort(batch->ingest->delivery);
	return error;
}

static int
store_polls(struct batch *batch, void *arg)
{
	const struct poll_list *polls = arg;
	int error = 0;

	for (struct poll *poll = polls->first; poll != NULL && error == 0; poll = poll->next)
		error = outcome_store(batch->ingest, poll->ended, poll);
	return error;
}

static int
try_commit(struct batch *batch, struct poll_list *polls)
{
	const struct work work = { store_begin_outcomes, store_polls, polls };

	return commit_work(batch, &work);
}

static int
commit_polls(struct batch *batch, struct poll_list *polls)
{
	struct metrics *metrics = batch->ingest->metrics;
	double began = metrics_clock();
	int error = try_commit(batch, polls);

	if (error == 0 && metrics != NULL)
		metrics_observe(&metrics->commit, metrics_clock() - began);
	return error;
}

static void
call_back(struct batch *batch, struct poll_list *polls)
{
	struct poll *poll;

	while ((poll = list_take(polls)) != NULL)
		batch->callbacks.poll(batch->callbacks.arg, poll);
}

static void
fail_polls(struct batch *batch, struct poll_list *polls)
{
	for (struct poll *poll = polls->first; poll != NULL; poll = poll->next)
		poll->state = POLL_FAILED;
	call_back(batch, polls);
}

static void
set_stuck(struct batch *batch, bool stuck)
{
	if (batch->stuck == stuck)
		return;
	batch->stuck = stuck;
	batch->callbacks.stuck(batch->callbacks.arg, stuck);
}

static int
deliver(struct ingest *ingest)
{
	double began = metrics_clock();
	int error = delivery_publish(ingest->delivery);

	if (error == 0 && ingest->metrics != NULL)
		metrics_observe(&ingest->metrics->delivery, metrics_clock() - began);
	return error;
}

static int
publish(struct batch *batch)
{
	int error = batch->ingest->staged ? deliver(batch->ingest) : 0;

	if (error != 0) {
		if (!batch->stuck)
			log_error(NULL,
				"articles cannot be moved to their place: %s: trying again until "
				"they can",
				delivery_error(batch->ingest->delivery));
		batch->retry = batch->stuck ? batch->retry * 2 : PUBLISH_RETRY_FIRST;
		if (batch->retry > PUBLISH_RETRY_MAX)
			batch->retry = PUBLISH_RETRY_MAX;
		loop_timer_start(batch->timer, batch->retry);
		set_stuck(batch, true);
		return error;
	}
	if (batch->stuck)
		log_notice(NULL, "articles can be moved to their place again");
	batch->ingest->staged = false;
	set_stuck(batch, false);
	call_back(batch, &batch->stored);
	return 0;
}

/* Hands a list on to be published. */
static void
move_all(struct poll_list *from, struct poll_list *to)
{
	struct poll *poll;

	while ((poll = list_take(from)) != NULL)
		list_add(to, poll);
}

/* A poll that cannot be stored, though the machine is well: its feed must hear of it. */
static int
store_as_failed(struct batch *batch, struct poll_list *one, int error)
{
	if (poll_set_failed(one->first, RESULT_INTERNAL, strerror(-error)) != 0)
		return error;
	return commit_polls(batch, one);
}

static int
store_alone(struct batch *batch, struct poll *poll)
{
	struct poll_list one;
	int error;

	list_init(&one);
	list_add(&one, poll);
	error = commit_polls(batch, &one);
	if (error != 0 && !is_machine(error))
		error = store_as_failed(batch, &one, error);
	if (error != 0) {
		fail_polls(batch, &one);
		return error;
	}
	move_all(&one, &batch->stored);
	return publish(batch);
}

static int
store_one_by_one(struct batch *batch, struct poll_list *polls)
{
	struct poll *poll;
	int error = 0;

	while (error == 0 && (poll = list_take(polls)) != NULL)
		error = store_alone(batch, poll);
	/* Stuck ones are not lost: they are stored and wait; the rest is asked for again. */
	fail_polls(batch, polls);
	return batch->stuck ? 0 : error;
}

static void
store_all(struct batch *batch)
{
	struct poll_list polls;
	int error;

	loop_timer_stop(batch->timer);
	batch->hurried = false;
	if (batch->stuck || batch->waiting.n == 0)
		return;
	batch->urgent = false;
	list_init(&polls);
	move_all(&batch->waiting, &polls);
	error = commit_polls(batch, &polls);
	if (error == 0) {
		move_all(&polls, &batch->stored);
		(void)publish(batch);
	} else if (is_machine(error)) {
		fail_polls(batch, &polls);
	} else {
		error = store_one_by_one(batch, &polls);
	}
	batch->callbacks.end(batch->callbacks.arg, error);
}

static void
on_timer(void *arg)
{
	struct batch *batch = arg;

	if (batch->stuck && publish(batch) != 0)
		return;
	if (batch->waiting.n == 0)
		batch->callbacks.end(batch->callbacks.arg, 0);
	else
		store_all(batch);
}

int
batch_new(struct loop *loop, struct ingest *ingest, const struct batch_callbacks *callbacks,
	struct batch **ret_batch)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	int error;

	if (batch == NULL)
		return -ENOMEM;
	batch->loop = loop;
	batch->ingest = ingest;
	batch->callbacks = *callbacks;
	list_init(&batch->waiting);
	list_init(&batch->stored);
	error = loop_timer_new(loop, on_timer, batch, &batch->timer);
	if (error != 0) {
		free(batch);
		return error;
	}
	*ret_batch = batch;
	return 0;
}

/* Nothing came of it but that it was asked. */
static bool
is_quiet(const struct poll *poll)
{
	return poll->archive == NULL &&
	       (poll->done.result == RESULT_NOT_MODIFIED || poll->done.result == RESULT_SAME_BODY);
}

static bool
is_full(const struct batch *batch)
{
	return batch->waiting.n >= (batch->urgent ? BATCH_POLLS : BATCH_QUIET_POLLS) ||
	       batch->waiting.bytes >= BATCH_BYTES;
}

static void
close_soon(struct batch *batch)
{
	if (batch->stuck || batch->hurried || batch->waiting.n == 0)
		return;
	batch->hurried = true;
	loop_timer_start(batch->timer, 0);
}

void
batch_add(struct batch *batch, struct poll *poll)
{
	bool first = batch->waiting.n == 0, was_urgent = batch->urgent;

	poll->ended = loop_now(batch->loop);
	list_add(&batch->waiting, poll);
	batch->urgent |= !is_quiet(poll);
	if (batch->stuck)
		return;
	if (is_full(batch))
		close_soon(batch);
	else if (batch->urgent && !was_urgent && !batch->hurried)
		loop_timer_start(batch->timer, BATCH_DELAY);
	else if (first)
		loop_timer_start(batch->timer, BATCH_QUIET_DELAY);
}

void
batch_hurry(struct batch *batch)
{
	if (batch->urgent)
		close_soon(batch);
}

size_t
batch_size(const struct batch *batch)
{
	return batch->waiting.n + batch->stored.n;
}

/* What was published is delivered. The next start would find that out by itself, only slower. */
static void
settle(struct batch *batch)
{
	struct store *store = batch->ingest->store;

	if (batch->stuck || store_begin(store) != 0)
		return;
	if (store_pending_clear(store) != 0 || store_commit(store) != 0)
		store_rollback(store);
}

void
batch_finish(struct batch *batch)
{
	if (batch->stuck && publish(batch) != 0)
		return;
	store_all(batch);
	settle(batch);
}

void
batch_free(struct batch *batch)
{
	if (batch == NULL)
		return;
	loop_timer_free(batch->timer);
	fail_polls(batch, &batch->waiting);
	fail_polls(batch, &batch->stored);
	free(batch);
}

struct request {
	int (*run)(struct ingest *ingest, int64_t now, void *arg);
	void *arg;
};

static int
run_request(struct batch *batch, void *arg)
{
	const struct request *request = arg;

	return request->run(batch->ingest, loop_now(batch->loop), request->arg);
}

int
batch_work(
	struct batch *batch, int (*run)(struct ingest *ingest, int64_t now, void *arg), void *arg)
{
	struct request request = { run, arg };
	const struct work work = { store_begin, run_request, &request };
	int error = batch->stuck ? -EAGAIN : commit_work(batch, &work);

	if (error == 0)
		(void)publish(batch); /* tried again until it succeeds */
	return error;
}
