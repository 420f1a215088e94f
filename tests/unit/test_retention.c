/* Retention: which days go, what goes with them, what stays, and in what steps. */
#include "config.h"

#include "daemon/keep/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scratch.h"

#define DAY INT64_C(86400000)
#define NOW (INT64_C(1795392000000)) /* 2026-11-23T00:00:00Z */

struct fixture {
	struct scratch scratch;
	struct loop *loop;
	struct loop_clock clock;
	struct config config;
	struct retention *retention;
	int64_t now;
	unsigned int steps;
};

static int64_t
wall(void *arg)
{
	const struct fixture *f = arg;

	return f->now;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	scratch_make(&f->scratch);
	f->now = NOW;
	f->config.spool_directory = f->scratch.path;
	assert_int_equal(mkdirat(f->scratch.dir, "articles", 0750), 0);
	assert_int_equal(mkdirat(f->scratch.dir, "tags", 0750), 0);
	assert_int_equal(loop_new(&f->loop), 0);
	f->clock = (struct loop_clock){ wall, wall, f };
	loop_set_clock(f->loop, &f->clock);
	assert_int_equal(retention_new(f->loop, &f->config, &f->retention), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	retention_free(f->retention);
	loop_free(f->loop);
	scratch_remove(&f->scratch);
	free(f);
	return 0;
}

/* n articles of a day, each under a tag and in a queue, of so many bytes. */
static void
add_day(struct fixture *f, const char *day, const char *tag, int n, size_t bytes)
{
	char *text = calloc(1, bytes + 1), article[128], link[128];

	assert_non_null(text);
	memset(text, 'x', bytes);
	for (int i = 0; i < n; i++) {
		snprintf(article, sizeof(article), "articles/%s/%04d", day, i);
		scratch_file(&f->scratch, article, text);
		snprintf(link, sizeof(link), "tags/%s/%s/.folder%d", tag, day, i);
		scratch_file(&f->scratch, link, "");
		unlinkat(f->scratch.dir, link, 0);
		snprintf(link, sizeof(link), "tags/%s/%s/%04d", tag, day, i);
		assert_int_equal(linkat(f->scratch.dir, article, f->scratch.dir, link, 0), 0);
	}
	free(text);
}

static bool
exists(const struct fixture *f, const char *path)
{
	return faccessat(f->scratch.dir, path, F_OK, 0) == 0;
}

static void
pass(struct fixture *f)
{
	bool more = true;

	for (f->steps = 0; more; f->steps++) {
		assert_true(f->steps < 10000);
		assert_int_equal(retention_step(f->retention, &more), 0);
	}
}

static void
days_go_when_all_of_them_is_too_old(void **state)
{
	struct fixture *f = *state;

	add_day(f, "2026-11-19", "a", 3, 10);
	add_day(f, "2026-11-20", "a", 3, 10);
	add_day(f, "2026-11-20", "b", 0, 10);
	add_day(f, "2026-11-21", "b", 3, 10);
	add_day(f, "2026-11-23", "a", 3, 10);
	f->config.retain_age = 2 * DAY;
	pass(f);
	assert_false(exists(f, "articles/2026-11-19"));
	assert_false(exists(f, "tags/a/2026-11-19"));
	assert_false(exists(f, "articles/2026-11-20")); /* ended two days ago, to the second */
	assert_true(exists(f, "articles/2026-11-21/0002"));
	assert_true(exists(f, "tags/b/2026-11-21/0002"));
	assert_true(exists(f, "tags/a"));
	f->now += DAY - 1;
	pass(f);
	assert_true(exists(f, "articles/2026-11-21/0002"));
	f->now += 1;
	pass(f);
	assert_false(exists(f, "articles/2026-11-21"));
	assert_int_equal(scratch_count(&f->scratch, "tags/b"), 0);
}

static void
set_time(struct fixture *f, const char *path, int64_t ms)
{
	const struct timespec at = { .tv_sec = ms / 1000 }, times[2] = { at, at };

	assert_int_equal(utimensat(f->scratch.dir, path, times, 0), 0);
}

static void
nothing_goes_while_the_clock_is_in_doubt(void **state)
{
	struct fixture *f = *state;

	add_day(f, "2026-11-19", "a", 3, 10);
	add_day(f, "2026-11-23", "a", 3, 10);
	f->config.retain_age = 2 * DAY;
	retention_put_off(f->retention, DAY / 24);
	f->now += DAY / 24 - 1;
	pass(f);
	assert_int_equal(f->steps, 1); /* and is not tried again at once */
	assert_true(exists(f, "articles/2026-11-19/0002"));
	f->now += 1;
	pass(f);
	assert_false(exists(f, "articles/2026-11-19"));
}

/* A clock that was wrong once has named them; how old they are their folders tell. */
static void
days_to_come_go_by_when_they_were_delivered_into(void **state)
{
	struct fixture *f = *state;
	int64_t wrong = f->now + 36500 * DAY;

	add_day(f, "2126-01-01", "a", 3, 10);
	add_day(f, "2126-01-02", "a", 3, 10);
	add_day(f, "2126-01-03", "a", 3, 10);
	set_time(f, "articles/2126-01-01", wrong);
	set_time(f, "articles/2126-01-02", f->now - 3 * DAY);
	set_time(f, "articles/2126-01-03", f->now);
	f->config.retain_age = 5 * DAY;
	pass(f);
	assert_true(exists(f, "articles/2126-01-01/0002"));
	f->now += 2 * DAY;
	pass(f);
	assert_false(exists(f, "articles/2126-01-01"));
	assert_false(exists(f, "tags/a/2126-01-01"));
	assert_false(exists(f, "articles/2126-01-02"));
	f->now += 90 * DAY;
	pass(f);
	assert_true(exists(f, "articles/2126-01-03/0002"));
}

static void
the_newest_day_stays_however_old_and_large(void **state)
{
	struct fixture *f = *state;

	add_day(f, "2020-01-01", "a", 3, 10000);
	f->config.retain_age = DAY;
	f->config.retain_size = 1;
	pass(f);
	assert_true(exists(f, "articles/2020-01-01/0002"));
	add_day(f, "2020-01-02", "a", 3, 10000);
	pass(f);
	assert_false(exists(f, "articles/2020-01-01"));
	assert_true(exists(f, "articles/2020-01-02/0002"));
}

static void
oldest_days_go_while_all_is_too_large(void **state)
{
	struct fixture *f = *state;

	add_day(f, "2026-11-20", "a", 10, 40000);
	add_day(f, "2026-11-21", "a", 10, 40000);
	add_day(f, "2026-11-22", "a", 10, 40000);
	add_day(f, "2026-11-23", "a", 10, 40000);
	f->config.retain_size = 1000000;
	pass(f);
	assert_false(exists(f, "articles/2026-11-20"));
	assert_false(exists(f, "articles/2026-11-21"));
	assert_true(exists(f, "articles/2026-11-22/0009"));
	add_day(f, "2026-11-23", "more", 0, 1);
	f->config.retain_size = 500000;
	pass(f);
	assert_false(exists(f, "articles/2026-11-22"));
	assert_true(exists(f, "articles/2026-11-23/0009"));
}

static void
nothing_goes_where_nothing_is_limited_or_it_is_paused(void **state)
{
	struct fixture *f = *state;
	bool more;

	add_day(f, "2000-01-01", "a", 3, 10);
	add_day(f, "2000-01-02", "a", 3, 10);
	pass(f);
	assert_true(exists(f, "articles/2000-01-01/0002"));
	f->config.retain_age = DAY;
	retention_pause(f->retention, true);
	for (int i = 0; i < 10; i++)
		assert_int_equal(retention_step(f->retention, &more), 0);
	assert_true(exists(f, "articles/2000-01-01/0002"));
	retention_pause(f->retention, false);
	pass(f);
	assert_false(exists(f, "articles/2000-01-01"));
}

/* A reader of a queue has a link of its own. */
static void
what_waits_in_a_queue_stays(void **state)
{
	struct fixture *f = *state;

	add_day(f, "2000-01-01", "a", 1, 10);
	add_day(f, "2000-01-02", "a", 1, 10);
	scratch_file(&f->scratch, "queues/q/new/.x", "");
	assert_int_equal(linkat(f->scratch.dir, "articles/2000-01-01/0000", f->scratch.dir,
				 "queues/q/new/0000", 0),
		0);
	f->config.retain_age = DAY;
	pass(f);
	assert_false(exists(f, "articles/2000-01-01"));
	assert_true(exists(f, "queues/q/new/0000"));
}

static void
a_large_day_goes_in_bounded_steps(void **state)
{
	struct fixture *f = *state;
	int n = 3 * RETENTION_STEP_FILES + 7;

	add_day(f, "2000-01-01", "a", n, 1);
	add_day(f, "2000-01-02", "a", 1, 1);
	f->config.retain_age = DAY;
	pass(f);
	assert_true(f->steps >= 8); /* four for the tag, four for the articles */
	assert_false(exists(f, "tags/a/2000-01-01"));
	assert_int_equal(scratch_count(&f->scratch, "articles"), 1);
}

/* Whatever step the daemon was killed after, the next one finishes the day. */
static void
a_day_that_was_begun_is_finished_by_the_next_run(void **state)
{
	struct fixture *f = *state;
	int n = RETENTION_STEP_FILES + 7;

	f->config.retain_age = DAY;
	for (int killed_after = 1; killed_after < 8; killed_after++) {
		bool more;

		add_day(f, "2000-01-01", "a", n, 1);
		add_day(f, "2000-01-01", "b", 0, 1);
		if (!exists(f, "articles/2000-01-02"))
			add_day(f, "2000-01-02", "a", 1, 1);
		for (int i = 0; i < killed_after; i++)
			assert_int_equal(retention_step(f->retention, &more), 0);
		retention_free(f->retention);
		assert_int_equal(retention_new(f->loop, &f->config, &f->retention), 0);
		pass(f);
		assert_false(exists(f, "articles/2000-01-01"));
		assert_false(exists(f, "articles/.2000-01-01"));
		assert_false(exists(f, "tags/a/2000-01-01"));
	}
}

static void
add_article(struct fixture *f, const char *day, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "articles/%s/%s-0000000000000000.json", day, name);
	scratch_file(&f->scratch, path, "x");
}

static void
set_cursor(struct fixture *f, const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "cursors/%s", name);
	unlinkat(f->scratch.dir, path, 0);
	scratch_file(&f->scratch, path, text);
}

static void
add_three_days(struct fixture *f)
{
	add_article(f, "2026-11-10", "0000000000000001");
	add_article(f, "2026-11-10", "0000000000000002");
	add_article(f, "2026-11-11", "0000000000000003");
	add_article(f, "2026-11-23", "0000000000000004");
	f->config.retain_age = DAY;
	f->config.cursor_age = 30 * DAY;
}

static void
a_cursor_holds_the_days_that_it_has_not_read(void **state)
{
	struct fixture *f = *state;

	add_three_days(f);
	set_cursor(f, "reader", "1\n");
	set_cursor(f, "far", "99\n");
	set_cursor(f, ".reader.new", "0\n");
	pass(f);
	assert_true(exists(f, "articles/2026-11-10"));
	assert_true(exists(f, "articles/2026-11-11"));
	set_cursor(f, "reader", "0000000000000002-0000000000000000.json\n");
	pass(f);
	assert_false(exists(f, "articles/2026-11-10"));
	assert_true(exists(f, "articles/2026-11-11"));
	set_cursor(f, "reader", "3\n");
	pass(f);
	assert_false(exists(f, "articles/2026-11-11"));
	assert_true(exists(f, "articles/2026-11-23"));
}

static void
a_cursor_that_cannot_be_read_holds_all_and_what_is_no_file_nothing(void **state)
{
	struct fixture *f = *state;

	add_three_days(f);
	set_cursor(f, "reader", "not a number");
	pass(f);
	assert_true(exists(f, "articles/2026-11-10"));
	assert_int_equal(unlinkat(f->scratch.dir, "cursors/reader", 0), 0);
	assert_int_equal(mkdirat(f->scratch.dir, "cursors/folder", 0750), 0);
	assert_int_equal(symlinkat("/dev/zero", f->scratch.dir, "cursors/link"), 0);
	assert_int_equal(mkfifoat(f->scratch.dir, "cursors/pipe", 0640), 0);
	pass(f);
	assert_false(exists(f, "articles/2026-11-10"));
	assert_false(exists(f, "articles/2026-11-11"));
}

static void
a_cursor_holds_no_longer_than_cursor_age(void **state)
{
	struct fixture *f = *state;

	add_three_days(f);
	set_cursor(f, "reader", "0\n");
	f->config.cursor_age = 12 * DAY;
	pass(f);
	assert_false(exists(f, "articles/2026-11-10")); /* ended twelve days ago, to the second */
	assert_true(exists(f, "articles/2026-11-11"));
	f->config.cursor_age = 0;
	pass(f);
	assert_false(exists(f, "articles/2026-11-11"));
}

static void
a_cursor_holds_no_more_than_cursor_size(void **state)
{
	struct fixture *f = *state;
	struct stat one;

	add_three_days(f);
	set_cursor(f, "reader", "0\n");
	f->config.retain_age = 0;
	f->config.retain_size = 1;
	f->config.cursor_size = 1 << 20;
	pass(f);
	assert_true(exists(f, "articles/2026-11-10"));
	assert_int_equal(
		fstatat(f->scratch.dir,
			"articles/2026-11-11/0000000000000003-0000000000000000.json", &one, 0),
		0);
	f->config.cursor_size = 3 * (int64_t)one.st_blocks * 512; /* of four */
	pass(f);
	assert_false(exists(f, "articles/2026-11-10"));
	assert_true(exists(f, "articles/2026-11-11"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			days_go_when_all_of_them_is_too_old, setup, teardown),
		cmocka_unit_test_setup_teardown(
			nothing_goes_while_the_clock_is_in_doubt, setup, teardown),
		cmocka_unit_test_setup_teardown(
			days_to_come_go_by_when_they_were_delivered_into, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_newest_day_stays_however_old_and_large, setup, teardown),
		cmocka_unit_test_setup_teardown(
			oldest_days_go_while_all_is_too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(
			nothing_goes_where_nothing_is_limited_or_it_is_paused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_cursor_holds_the_days_that_it_has_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_cursor_that_cannot_be_read_holds_all_and_what_is_no_file_nothing, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_cursor_holds_no_longer_than_cursor_age, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_cursor_holds_no_more_than_cursor_size, setup, teardown),
		cmocka_unit_test_setup_teardown(what_waits_in_a_queue_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(a_large_day_goes_in_bounded_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_day_that_was_begun_is_finished_by_the_next_run, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
