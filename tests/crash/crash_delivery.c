/*
 * Delivered once: the keeper's side of the spool, stopped at every call that it makes to the file
 * system and to its store, and made to fail there with every error. What each test prints as
 * comments is how often it did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/world.h"

/*
 * A keeper that is killed here dies by a jump and leaves its memory behind, as the dead do: the leak
 * checker of a sanitized build, which asks this, has nothing to find that would mean anything.
 */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return 1;
}

static const unsigned int script[] = { 1, 3, 10, 2, 0 };
static const unsigned int short_script[] = { 1, 3, 0 };

static const enum config_sync syncs[] = { CONFIG_SYNC_BATCH, CONFIG_SYNC_EACH, CONFIG_SYNC_NONE };

static void
start(struct steps *steps, struct world *world)
{
	steps_init(steps);
	steps->meanwhile = world_consume;
	steps->arg = world;
}

/* A keeper without fault finishes what is left to do; then all must be right. */
static void
finish_and_judge(struct world *world, const char *what, unsigned int step)
{
	struct steps steps;

	start(&steps, world);
	if (world_keep(world, &steps) != WORLD_DONE)
		fail_msg("%s %u: the next keeper gave up: %s", what, step, world->reason);
	if (!world_judge(world))
		fail_msg("%s %u: %s", what, step, world->reason);
}

static void
test_without_a_fault_all_is_delivered_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct world *world = world_new(script, syncs[i]);
		struct steps steps;

		assert_non_null(world);
		start(&steps, world);
		assert_int_equal(world_keep(world, &steps), WORLD_DONE);
		if (!world_judge(world))
			fail_msg("%s", world->reason);
		assert_int_equal(world->store.last_seq, 16);
		/* one flush of the file system where many share it, none where none is wanted */
		assert_int_equal(steps.counts[STEP_SYNC_FS] > 0, syncs[i] != CONFIG_SYNC_NONE);
		assert_int_equal(steps.counts[STEP_SYNC_DIR] > 0, syncs[i] != CONFIG_SYNC_NONE);
		finish_and_judge(world, "started again", 0);
		world_free(world);
	}
}

/* The kinds of calls in their order. */
struct trace {
	const struct steps *steps;
	enum step kinds[2000];
	size_t n;
};

static void
note(void *arg)
{
	struct trace *trace = arg;

	assert_true(trace->n < sizeof(trace->kinds) / sizeof(trace->kinds[0]));
	trace->kinds[trace->n++] = trace->steps->last;
}

/* Runs the script and gives the calls from the first file that is written to the end. */
static void
trace_script(enum config_sync sync, struct trace *trace)
{
	struct world *world = world_new(script, sync);
	struct steps steps;
	size_t first = 0;

	assert_non_null(world);
	steps_init(&steps);
	*trace = (struct trace){ .steps = &steps };
	steps.meanwhile = note;
	steps.arg = trace;
	assert_int_equal(world_keep(world, &steps), WORLD_DONE);
	world_free(world);
	while (trace->kinds[first] != STEP_WRITE_NEW)
		first++;
	trace->n -= first;
	memmove(trace->kinds, trace->kinds + first, trace->n * sizeof(trace->kinds[0]));
}

/* Everything that was written is flushed when the store commits, and moved durably before it says so. */
static void
check_flushed_at_commits(const struct trace *trace, size_t *ret_flushes)
{
	size_t written = 0, flushes = 0;
	bool tmp = true, moved = false;

	for (size_t i = 0; i < trace->n; i++) {
		enum step kind = trace->kinds[i];

		written += kind == STEP_WRITE_NEW;
		tmp = tmp && kind != STEP_WRITE_NEW && kind != STEP_LINK;
		if (kind == STEP_SYNC_FILE && written > 0)
			written--;
		if (kind == STEP_SYNC_FS)
			written = 0;
		tmp = tmp || kind == STEP_SYNC_DIR || kind == STEP_SYNC_FS;
		moved = kind == STEP_RENAME || (moved && kind != STEP_SYNC_DIR);
		flushes += kind == STEP_SYNC_FILE || kind == STEP_SYNC_FS;
		if (kind == STEP_STORE && (written > 0 || !tmp || moved))
			fail_msg("call %zu: a commit with %zu files not flushed", i, written);
	}
	*ret_flushes = flushes;
}

static void
test_sync_batch_has_everything_flushed_at_the_commit_and_flushes_shared(void **state)
{
	struct trace trace;
	size_t flushes;

	(void)state;
	trace_script(CONFIG_SYNC_BATCH, &trace);
	check_flushed_at_commits(&trace, &flushes);
	/*
	 * of 1, 3, 10 and 2 articles, every second with a message; twice there were many folders,
	 * which share one as well
	 */
	assert_int_equal(flushes, 1 + 5 + 1 + 3 + 2);
}

static void
test_sync_each_has_each_file_and_each_move_flushed_before_the_next(void **state)
{
	struct trace trace;
	size_t flushes;

	(void)state;
	trace_script(CONFIG_SYNC_EACH, &trace);
	check_flushed_at_commits(&trace, &flushes);
	assert_int_equal(flushes, 16 + 8);
	for (size_t i = 0; i + 1 < trace.n; i++) {
		if (trace.kinds[i] == STEP_WRITE_NEW)
			assert_int_equal(trace.kinds[i + 1], STEP_SYNC_FILE);
		if (trace.kinds[i] != STEP_RENAME)
			continue;
		for (size_t next = i + 1; trace.kinds[next] != STEP_SYNC_DIR; next++)
			assert_true(next + 1 < trace.n && trace.kinds[next] != STEP_STORE);
	}
}

static void
test_sync_none_flushes_nothing(void **state)
{
	struct trace trace;

	(void)state;
	trace_script(CONFIG_SYNC_NONE, &trace);
	for (size_t i = 0; i < trace.n; i++)
		if (trace.kinds[i] == STEP_SYNC_FILE || trace.kinds[i] == STEP_SYNC_FS ||
			trace.kinds[i] == STEP_SYNC_DIR)
			fail_msg("call %zu is %s", i, step_names[trace.kinds[i]]);
}

/* Returns false when the script ended before the step came. */
static bool
stop_at(enum config_sync sync, unsigned int step, enum steps_when when)
{
	struct world *world = world_new(script, sync);
	struct steps steps;
	enum world_end end;

	assert_non_null(world);
	start(&steps, world);
	steps.stop_at = step;
	steps.when = when;
	end = world_keep(world, &steps);
	if (end == WORLD_GAVE_UP)
		fail_msg("step %u: %s", step, world->reason);
	finish_and_judge(world, "stopped at step", step);
	world_free(world);
	return end == WORLD_DIED;
}

static void
test_stopped_at_every_step_all_is_delivered_once(void **state)
{
	unsigned int n = 0, step = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (step = 1; stop_at(syncs[i], step, STEPS_BEFORE); step++)
			n += 1 + (unsigned int)stop_at(syncs[i], step, STEPS_MIDDLE);
		/* after the last one; after any other is before the next */
		n += (unsigned int)stop_at(syncs[i], step - 1, STEPS_AFTER);
		printf("# sync %zu: stopped at each of %u steps\n", i, step - 1);
		assert_true(step > 100);
	}
	printf("# %u keepers stopped\n", n);
}

/* The first keeper ends at one step, the second while it recovers. */
static bool
stop_twice(unsigned int first, unsigned int second)
{
	struct world *world = world_new(short_script, CONFIG_SYNC_BATCH);
	bool recovering;
	struct steps steps;
	enum world_end end;

	assert_non_null(world);
	start(&steps, world);
	steps.stop_at = first;
	end = world_keep(world, &steps);
	assert_true(end == WORLD_DIED);
	start(&steps, world);
	steps.stop_at = second;
	world->recovery_steps = 0;
	end = world_keep(world, &steps);
	if (end == WORLD_GAVE_UP)
		fail_msg("steps %u and %u: %s", first, second, world->reason);
	recovering = world->recovery_steps == 0;
	finish_and_judge(world, "stopped twice, first at step", first);
	world_free(world);
	return end == WORLD_DIED && recovering;
}

static unsigned int
count_steps(const unsigned int *batches)
{
	struct world *world = world_new(batches, CONFIG_SYNC_BATCH);
	struct steps steps;

	assert_non_null(world);
	start(&steps, world);
	assert_int_equal(world_keep(world, &steps), WORLD_DONE);
	world_free(world);
	return steps.n;
}

static void
test_stopped_again_while_it_recovers_all_is_delivered_once(void **state)
{
	unsigned int n = 0, last = count_steps(short_script);

	(void)state;
	for (unsigned int first = 1; first <= last; first++)
		for (unsigned int second = 1; stop_twice(first, second); second++)
			n++;
	printf("# %u keepers stopped while they recovered\n", n);
	assert_true(n > last);
}

static const struct {
	int number;
	const char *name;
} errors[] = {
	{ ENOSPC, "ENOSPC" },
	{ EDQUOT, "EDQUOT" },
	{ EIO, "EIO" },
	{ EROFS, "EROFS" },
	{ EMFILE, "EMFILE" },
	{ EACCES, "EACCES" },
	{ ENOMEM, "ENOMEM" },
};
#define N_ERRORS (sizeof(errors) / sizeof(errors[0]))

static const char *
name_of(enum step kind)
{
	return kind == STEP_MAX ? "all" : step_names[kind];
}

/* One keeper whose step-th call of a kind fails; false when there was no such call. */
static bool
fail_at(enum step kind, unsigned int step, enum steps_when when, size_t error, bool lasting)
{
	struct world *world = world_new(script, CONFIG_SYNC_BATCH);
	struct steps steps;
	bool hit;

	assert_non_null(world);
	start(&steps, world);
	steps.stop_at = step;
	steps.only = kind == STEP_MAX ? -1 : (int)kind;
	steps.when = when;
	steps.error = errors[error].number;
	steps.lasting = lasting;
	if (world_keep(world, &steps) != WORLD_DONE)
		fail_msg("%s number %u with %s: %s", name_of(kind), step, errors[error].name,
			world->reason);
	hit = steps.n_hits > 0;
	if (!world_judge(world))
		fail_msg("%s number %u with %s, %s: %s", name_of(kind), step, errors[error].name,
			lasting ? "lasting" : "once", world->reason);
	world_free(world);
	return hit;
}

/* "All": from a call on, everything fails for a while, removing what was staged too. */
static unsigned int
fail_all(size_t error)
{
	unsigned int n = 0;

	while (fail_at(STEP_MAX, n + 1, STEPS_BEFORE, error, true))
		n++;
	return n;
}

/*
 * Kinds of calls that fail without having happened, or after all. Half a file may be left by the
 * one that writes.
 */
static unsigned int
fail_everywhere(enum step kind, size_t error)
{
	bool late = kind == STEP_RENAME || kind == STEP_MKDIR;
	unsigned int n = 0, step;

	if (kind == STEP_MAX)
		return fail_all(error);
	/* all steps with one error; with the others, which take the same path, the first few */
	for (step = 1; (error == 0 || step <= 4) && fail_at(kind, step, STEPS_BEFORE, error, false);
		step++) {
		n += 1 + (unsigned int)fail_at(kind, step, STEPS_BEFORE, error, true);
		if (kind == STEP_WRITE_NEW)
			n += (unsigned int)fail_at(kind, step, STEPS_MIDDLE, error, false);
		if (late)
			n += (unsigned int)fail_at(kind, step, STEPS_AFTER, error, false);
	}
	return n;
}

static void
test_every_call_may_fail_with_every_error(void **state)
{
	static const enum step kinds[] = { STEP_WRITE_NEW, STEP_SYNC_FILE, STEP_SYNC_FS, STEP_LINK,
		STEP_RENAME, STEP_MKDIR, STEP_SYNC_DIR, STEP_SAME, STEP_LIST, STEP_STORE,
		STEP_MAX };

	(void)state;
	printf("# %-10s", "failures");
	for (size_t i = 0; i < N_ERRORS; i++)
		printf(" %7s", errors[i].name);
	printf("\n");
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		printf("# %-10s", name_of(kinds[k]));
		for (size_t i = 0; i < N_ERRORS; i++) {
			unsigned int n = fail_everywhere(kinds[k], i);

			printf(" %7u", n);
			assert_true(n > 0);
		}
		printf("\n");
	}
}

/* A keeper that dies leaves what it had allocated; test_delivery looks for leaks. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_fault_all_is_delivered_once),
		cmocka_unit_test(
			test_sync_batch_has_everything_flushed_at_the_commit_and_flushes_shared),
		cmocka_unit_test(
			test_sync_each_has_each_file_and_each_move_flushed_before_the_next),
		cmocka_unit_test(test_sync_none_flushes_nothing),
		cmocka_unit_test(test_stopped_at_every_step_all_is_delivered_once),
		cmocka_unit_test(test_stopped_again_while_it_recovers_all_is_delivered_once),
		cmocka_unit_test(test_every_call_may_fail_with_every_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
