/* The wall clock is set while the daemon runs: what the schedule says stays as far away as it was. */
#include "daemon/keep/clock_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/scratch.h"

#define BEGIN INT64_C(1795000000000)
#define YEARS (INT64_C(56) * 366 * 86400 * 1000)
#define LATER INT64_C(2000)

struct fixture {
	struct scratch scratch;
	char file[96];
	struct store *store;
	struct loop *loop;
	struct clock_watch watch;
	struct loop_clock clock;
	int64_t wall, monotonic;
	int64_t feed;
	struct config_error err;
};

static int64_t
read_wall(void *arg)
{
	return ((struct fixture *)arg)->wall;
}

static int64_t
read_monotonic(void *arg)
{
	return ((struct fixture *)arg)->monotonic;
}

/* A load of the configuration, with the feed or without. */
static void
load(struct fixture *f, bool named)
{
	const struct config_feed feed = {
		.name = "a", .url = "http://a.example/", .tags = "", .settings = ""
	};
	bool is_new;

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feeds_begin(f->store, BEGIN), 0);
	if (named)
		assert_int_equal(store_feeds_put(f->store, &feed, NULL, BEGIN, &is_new), 0);
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(store_commit(f->store), 0);
}

static void
add_feed(struct fixture *f)
{
	load(f, true);
	assert_int_equal(store_feed_find(f->store, "a", &f->feed), 1);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	scratch_make(&f->scratch);
	snprintf(f->file, sizeof(f->file), "%s/state.db", f->scratch.path);
	assert_int_equal(store_open(f->file, BEGIN, &f->store, &f->err), 0);
	add_feed(f);
	f->wall = BEGIN;
	f->monotonic = 5000;
	f->clock = (struct loop_clock){ read_wall, read_monotonic, f };
	assert_int_equal(loop_new(&f->loop), 0);
	loop_set_clock(f->loop, &f->clock);
	assert_int_equal(clock_watch_start(&f->watch, f->loop, f->store), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	loop_free(f->loop);
	store_close(f->store);
	scratch_remove(&f->scratch);
	free(f);
	return 0;
}

static void
pass(struct fixture *f, int64_t ms)
{
	f->wall += ms;
	f->monotonic += ms;
}

static void
put_off(struct fixture *f)
{
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(
		store_feed_put_off(f->store, f->feed, loop_now(f->loop) + LATER, "polled"), 0);
	assert_int_equal(store_commit(f->store), 0);
}

static int64_t
next_poll(struct fixture *f)
{
	struct arena arena = { 0 };
	struct store_feed feed;

	assert_int_equal(store_feed_get(f->store, f->feed, &arena, &feed), 1);
	arena_done(&arena);
	return feed.next_poll;
}

static void
a_poll_between_the_step_and_the_look_is_moved_once(void **state)
{
	static const int64_t steps[] = { YEARS, -YEARS, 3600 * 1000, -3600 * 1000 };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int64_t mark;
		f->wall += steps[i];
		pass(f, 100);
		put_off(f);
		pass(f, 100);
		assert_int_equal(clock_watch(&f->watch), 0);
		assert_int_equal(next_poll(f), f->wall - 100 + LATER);
		assert_int_equal(loop_now(f->loop), f->wall);
		assert_int_equal(store_clock_get(f->store, &mark), 0);
		assert_int_equal(mark, f->wall);
		put_off(f);
		assert_int_equal(clock_watch(&f->watch), 0);
		assert_int_equal(next_poll(f), f->wall + LATER);
	}
}

static void
a_clock_that_is_slewed_is_followed_and_moves_nothing(void **state)
{
	struct fixture *f = *state;

	put_off(f);
	for (int i = 0; i < 100; i++) {
		pass(f, 1000);
		f->wall += 500;
		assert_int_equal(clock_watch(&f->watch), 0);
		assert_int_equal(loop_now(f->loop), f->wall);
	}
	assert_int_equal(next_poll(f), BEGIN + LATER);
}

static void
a_feed_that_is_not_named_meanwhile_is_moved_as_well(void **state)
{
	struct fixture *f = *state;

	put_off(f);
	load(f, false);
	f->wall -= YEARS;
	assert_int_equal(clock_watch(&f->watch), 0);
	load(f, true);
	assert_int_equal(next_poll(f), f->wall + LATER);
}

/* Else a clock that is wrong for a minute would take all days of the spool but the newest. */
static void
a_clock_that_was_set_far_ahead_is_doubted_for_an_hour(void **state)
{
	static const struct {
		int64_t step;
		bool doubted;
	} rows[] = { { 3600 * 1000, false }, { -YEARS, false }, { 86400 * 1000, true },
		{ YEARS, true } };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f->wall += rows[i].step;
		assert_int_equal(clock_watch(&f->watch), 0);
		assert_int_equal(clock_watch_doubt(&f->watch) > 0, rows[i].doubted);
		pass(f, 3600 * 1000 - 1);
		assert_int_equal(clock_watch_doubt(&f->watch), rows[i].doubted ? 1 : 0);
		pass(f, 1);
		assert_int_equal(clock_watch_doubt(&f->watch), 0);
	}
}

static void
a_start_a_week_after_the_last_run_is_doubted_as_well(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_clock_put(f->store, f->wall), 0);
	assert_int_equal(store_commit(f->store), 0);
	f->wall += INT64_C(7) * 86400 * 1000 - 1;
	assert_int_equal(clock_watch_start(&f->watch, f->loop, f->store), 0);
	assert_int_equal(clock_watch_doubt(&f->watch), 0);
	f->wall++;
	assert_int_equal(clock_watch_start(&f->watch, f->loop, f->store), 0);
	assert_int_equal(clock_watch_doubt(&f->watch), 3600 * 1000);
}

static void
a_step_that_cannot_be_stored_is_seen_again(void **state)
{
	struct fixture *f = *state;

	put_off(f);
	f->wall += YEARS;
	assert_int_equal(store_begin(f->store), 0); /* in the way of any other */
	assert_true(clock_watch(&f->watch) < 0);
	store_rollback(f->store);
	assert_int_equal(loop_now(f->loop), f->wall - YEARS);
	assert_int_equal(clock_watch(&f->watch), 0);
	assert_int_equal(next_poll(f), f->wall + LATER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_poll_between_the_step_and_the_look_is_moved_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_clock_that_is_slewed_is_followed_and_moves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_feed_that_is_not_named_meanwhile_is_moved_as_well, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_clock_that_was_set_far_ahead_is_doubted_for_an_hour, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_start_a_week_after_the_last_run_is_doubted_as_well, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_step_that_cannot_be_stored_is_seen_again, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
