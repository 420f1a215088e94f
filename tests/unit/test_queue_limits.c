/* Queues whose consumer does not come: what is said, what goes, what stays. */
#include "daemon/keep/queue_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scratch.h"

#define NOW INT64_C(1795392000000)

struct fixture {
	struct scratch scratch;
	struct loop *loop;
	struct loop_clock clock;
	struct config_queue queue;
	struct config config;
	struct queue_limits *limits;
};

static int64_t
wall(void *arg)
{
	(void)arg;
	return NOW;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	scratch_make(&f->scratch);
	scratch_file(&f->scratch, "queues/q/new/.x", "");
	scratch_file(&f->scratch, "queues/q/cur/0000000000000001-0000000000000000.json", "");
	f->queue = (struct config_queue){ .name = "q", .all = true, .limit = 5 };
	f->config.queues = &f->queue;
	f->config.n_queues = 1;
	assert_int_equal(loop_new(&f->loop), 0);
	f->clock = (struct loop_clock){ wall, wall, f };
	loop_set_clock(f->loop, &f->clock);
	assert_int_equal(queue_limits_new(f->loop, f->scratch.path, &f->config, &f->limits), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	queue_limits_free(f->limits);
	loop_free(f->loop);
	scratch_remove(&f->scratch);
	free(f);
	return 0;
}

static void
put(struct fixture *f, int first, int n, const char *suffix, int64_t age)
{
	const struct timespec times[2] = { { .tv_sec = NOW / 1000 - age },
		{ .tv_sec = NOW / 1000 - age } };

	for (int i = first; i < first + n; i++) {
		char path[128];
		snprintf(path, sizeof(path), "queues/q/new/%016d-0000000000000000%s", i, suffix);
		scratch_file(&f->scratch, path, "x");
		assert_int_equal(utimensat(f->scratch.dir, path, times, 0), 0);
	}
}

static bool
has(const struct fixture *f, int number)
{
	char path[128];

	snprintf(path, sizeof(path), "queues/q/new/%016d-0000000000000000.json", number);
	return faccessat(f->scratch.dir, path, F_OK, 0) == 0;
}

static struct queue_limits_state
look(struct fixture *f)
{
	struct queue_limits_state seen;

	assert_int_equal(queue_limits_look(f->limits, 0), 0);
	queue_limits_state(f->limits, 0, &seen);
	return seen;
}

static void
a_full_queue_keeps_everything_by_default(void **state)
{
	struct fixture *f = *state;
	struct queue_limits_state seen;

	put(f, 10, 5, ".json", 3);
	seen = look(f);
	assert_false(seen.full);
	assert_int_equal(seen.oldest, NOW / 1000 - 3);
	put(f, 20, 2, ".eml", 0);
	seen = look(f);
	assert_true(seen.full);
	assert_int_equal(seen.n, 7);
	for (int i = 0; i < 10; i++)
		assert_true(queue_limits_take(f->limits, 0));
	queue_limits_begin(f->limits);
	assert_int_equal(look(f).n, 7);
}

static void
the_oldest_go_until_it_is_within_its_limit(void **state)
{
	struct fixture *f = *state;
	struct queue_limits_state seen;

	f->queue.when_full = CONFIG_FULL_DROP_OLDEST;
	put(f, 10, 5, ".json", 0);
	assert_int_equal(look(f).dropped, 0);
	put(f, 20, 3, ".eml", 0);
	seen = look(f);
	assert_int_equal(seen.dropped, 3);
	assert_false(has(f, 12));
	assert_true(has(f, 13));
	assert_int_equal(look(f).n, 5);
	assert_int_equal(scratch_count(&f->scratch, "queues/q/cur"), 1);
}

static void
what_waits_too_long_goes(void **state)
{
	struct fixture *f = *state;

	f->queue.when_full = CONFIG_FULL_DROP_OLDEST;
	f->queue.limit_age = 3600000;
	put(f, 10, 2, ".json", 3601);
	put(f, 12, 2, ".json", 3600);
	assert_int_equal(look(f).dropped, 2);
	assert_false(has(f, 11));
	assert_true(has(f, 12));
}

static void
nothing_more_goes_to_a_full_queue_that_drops_what_is_new(void **state)
{
	struct fixture *f = *state;
	struct queue_limits_state seen;

	f->queue.when_full = CONFIG_FULL_DROP_NEW;
	put(f, 10, 3, ".json", 0);
	look(f);
	assert_true(queue_limits_take(f->limits, 0));
	assert_true(queue_limits_take(f->limits, 0)); /* on their way, and counted */
	assert_false(queue_limits_take(f->limits, 0));
	put(f, 13, 2, ".json", 0);
	queue_limits_begin(f->limits);
	assert_false(queue_limits_take(f->limits, 0));
	seen = look(f);
	assert_int_equal(seen.refused, 2);
	assert_int_equal(seen.n, 5);
	/* The consumer came: it is seen at once. */
	assert_int_equal(
		unlinkat(f->scratch.dir, "queues/q/new/0000000000000010-0000000000000000.json", 0),
		0);
	assert_true(queue_limits_take(f->limits, 0));
}

static void
a_reload_keeps_what_is_known_of_queues_that_stay(void **state)
{
	struct fixture *f = *state;
	struct config_queue queues[2] = { { .name = "other" }, { .name = "q", .limit = 3 } };
	struct config config = { .queues = queues, .n_queues = 2 };
	struct queue_limits_state seen;

	put(f, 10, 5, ".json", 0);
	look(f);
	assert_int_equal(queue_limits_reload(f->limits, &config), 0);
	queue_limits_state(f->limits, 1, &seen);
	assert_int_equal(seen.n, 5);
	assert_true(queue_limits_look(f->limits, 0) < 0); /* has no folder */
	assert_int_equal(queue_limits_look(f->limits, 1), 0);
	queue_limits_state(f->limits, 1, &seen);
	assert_true(seen.full);
	assert_int_equal(queue_limits_reload(f->limits, &f->config), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_queue_keeps_everything_by_default),
		TEST(the_oldest_go_until_it_is_within_its_limit),
		TEST(what_waits_too_long_goes),
		TEST(nothing_more_goes_to_a_full_queue_that_drops_what_is_new),
		TEST(a_reload_keeps_what_is_known_of_queues_that_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
