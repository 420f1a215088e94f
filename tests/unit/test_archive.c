/* Where a walk through archives goes: rows in, rows out, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/archive.h"
#include "tests/unit/scratch.h"

#define NOW INT64_C(1800000000000)
#define FEED_URL "https://a.test/feed"

struct fixture {
	struct scratch scratch;
	struct store *store;
	struct arena arena;
	int64_t feed;
	struct archive_report report;
};

static int
set_up(void **state)
{
	const struct config_feed feed = {
		.name = "f", .url = FEED_URL, .tags = "", .settings = "", .file = "x"
	};
	struct fixture *f = calloc(1, sizeof(*f));
	struct config_error err;
	char file[96];
	bool is_new;

	scratch_make(&f->scratch);
	snprintf(file, sizeof(file), "%s/state.db", f->scratch.path);
	assert_int_equal(store_open(file, NOW, &f->store, &err), 0);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feeds_begin(f->store, NOW), 0);
	assert_int_equal(store_feeds_put(f->store, &feed, NULL, NOW, &is_new), 0);
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(store_feed_find(f->store, "f", &f->feed), 1);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	store_rollback(f->store);
	store_close(f->store);
	arena_done(&f->arena);
	scratch_remove(&f->scratch);
	free(f);
	return 0;
}

/* The feed has had its first document. */
static void
sync_feed(struct fixture *f)
{
	struct store_feed before;
	struct store_poll poll = { .id = f->feed,
		.when = NOW,
		.next_poll = NOW + 1000,
		.why_next = "interval",
		.parsed = true };

	assert_int_equal(store_feed_get(f->store, f->feed, &f->arena, &before), 1);
	assert_int_equal(store_feed_polled(f->store, &before, &poll), 0);
}

static void
begin(struct fixture *f, const char *prev)
{
	const struct message_done done = { .final_url = FEED_URL, .prev_archive_url = prev };
	struct store_feed feed;
	bool begun = false;

	assert_int_equal(store_feed_get(f->store, f->feed, &f->arena, &feed), 1);
	assert_int_equal(archive_begin(f->store, &feed, &done, NOW, &begun), 0);
	assert_true(begun);
}

static int
walk_of(struct fixture *f, struct store_archive *ret_walk)
{
	return store_archive_get(f->store, f->feed, &f->arena, ret_walk);
}

/* The document that is to be asked came, and named this one before it. */
static void
come(struct fixture *f, const char *prev, bool gap, uint32_t n_new)
{
	const struct ingest_result result = { .gap = gap, .n_new = n_new };
	struct store_archive walk;
	struct message_done done = { .result = RESULT_OK, .prev_archive_url = prev };

	assert_int_equal(walk_of(f, &walk), 1);
	done.final_url = walk.url[0] != '\0' ? walk.url : FEED_URL;
	assert_int_equal(
		archive_follow(f->store, &walk, &done, &result, NOW, 0, &f->arena, &f->report), 0);
}

static bool
fail_with(struct fixture *f, enum message_result result, int status)
{
	const struct ingest_result nothing = { 0 };
	const struct message_done done = { .result = result, .status = (uint16_t)status };
	struct store_archive walk;

	assert_int_equal(walk_of(f, &walk), 1);
	assert_int_equal(archive_follow(f->store, &walk, &done, &nothing, NOW, NOW + 60000,
				 &f->arena, &f->report),
		0);
	return f->report.over;
}

static void
expect_end(struct fixture *f, const char *why)
{
	struct store_archive walk;

	assert_true(f->report.over);
	assert_non_null(strstr(f->report.why, why));
	assert_int_equal(walk_of(f, &walk), 0);
}

static void
a_gap_is_followed_until_something_is_known(void **state)
{
	struct fixture *f = *state;
	struct store_archive walk;
	int64_t due;

	begin(f, "https://a.test/2");
	assert_int_equal(walk_of(f, &walk), 1);
	assert_string_equal(walk.url, "https://a.test/2");
	assert_int_equal(store_archives_next(f->store, NOW, &due), 0);
	assert_int_equal(due, NOW + ARCHIVE_SPACING);
	begin(f, "https://a.test/9"); /* another gap meanwhile: the walk goes on as it was */
	come(f, "https://b.test/1", true, 7);
	assert_false(f->report.over);
	assert_int_equal(walk_of(f, &walk), 1);
	assert_string_equal(walk.url, "https://b.test/1");
	come(f, "https://b.test/0", false, 2);
	expect_end(f, "known");
	assert_int_equal(f->report.documents, 2);
	assert_int_equal(f->report.found, 9);
}

static void
no_walk_is_longer_than_its_bound(void **state)
{
	struct fixture *f = *state;
	char url[64];

	begin(f, "https://a.test/0");
	for (int i = 1; i <= ARCHIVE_DOCUMENTS_MAX; i++) {
		assert_false(f->report.over);
		snprintf(url, sizeof(url), "https://a.test/%d", i);
		come(f, url, true, 1);
	}
	expect_end(f, "as far as");
	assert_int_equal(f->report.documents, ARCHIVE_DOCUMENTS_MAX);
}

static void
what_must_not_be_followed_ends_it(void **state)
{
	static const struct {
		const char *prev, *why;
	} cases[] = {
		{ NULL, "no older" },
		{ "http://a.test/plain", "may not" },
		{ "file:///etc/passwd", "may not" },
		{ "https://a.test/1", "circle" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(f, "https://a.test/1");
		come(f, cases[i].prev, true, 1);
		expect_end(f, cases[i].why);
	}
}

static void
a_gap_without_a_link_that_may_be_followed_begins_nothing(void **state)
{
	static const char *const links[] = { NULL, "http://a.test/x", "ftp://a.test/x", "" };
	struct fixture *f = *state;
	struct store_archive walk;
	struct store_feed feed;
	bool begun = false;

	assert_int_equal(store_feed_get(f->store, f->feed, &f->arena, &feed), 1);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		const struct message_done done = { .final_url = FEED_URL,
			.prev_archive_url = links[i] };

		assert_int_equal(archive_begin(f->store, &feed, &done, NOW, &begun), 0);
		assert_false(begun);
		assert_int_equal(walk_of(f, &walk), 0);
	}
}

static void
failures_are_tried_again_a_few_times(void **state)
{
	struct fixture *f = *state;
	struct store_archive walk;

	begin(f, "https://a.test/1");
	assert_false(fail_with(f, RESULT_TIMEOUT, 0));
	assert_int_equal(walk_of(f, &walk), 1);
	assert_int_equal(walk.due, NOW + 60000);
	assert_false(fail_with(f, RESULT_HTTP_ERROR, 429));
	assert_true(fail_with(f, RESULT_HTTP_ERROR, 503));
	expect_end(f, "http-error");
	begin(f, "https://a.test/1");
	fail_with(f, RESULT_TIMEOUT, 0);
	come(f, "https://a.test/0", true, 1);
	assert_int_equal(walk_of(f, &walk), 1);
	assert_int_equal(walk.failures, 0);
	assert_true(fail_with(f, RESULT_HTTP_ERROR, 404));
	begin(f, "https://a.test/1");
	assert_true(fail_with(f, RESULT_NOT_A_FEED, 200));
}

static void
the_operator_may_ask_for_all(void **state)
{
	struct fixture *f = *state;
	struct store_archive walk;

	assert_int_equal(archive_request(f->store, f->feed + 1, NOW), -ENOENT);
	assert_int_equal(archive_request(f->store, f->feed, NOW), -EAGAIN);
	sync_feed(f);
	begin(f, "https://a.test/5"); /* less than what is asked for, which takes its place */
	assert_int_equal(archive_request(f->store, f->feed, NOW), 0);
	assert_int_equal(archive_request(f->store, f->feed, NOW), -EAGAIN);
	assert_int_equal(walk_of(f, &walk), 1);
	assert_string_equal(walk.url, "");
	come(f, "https://a.test/3", false, 0);
	come(f, "https://a.test/2", false, 0);
	assert_false(f->report.over); /* though all of it is known */
	come(f, FEED_URL, false, 4);
	expect_end(f, "circle");
	assert_int_equal(f->report.found, 4);
}

static void
a_walk_ends_with_its_feed_and_with_its_url(void **state)
{
	struct config_feed feed = {
		.name = "f", .url = "https://new.test/", .tags = "", .settings = "", .file = "x"
	};
	struct fixture *f = *state;
	struct store_archive walk;
	bool is_new;

	begin(f, "https://a.test/1");
	assert_int_equal(store_feeds_begin(f->store, NOW), 0);
	assert_int_equal(store_feeds_put(f->store, &feed, NULL, NOW, &is_new), 0);
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(walk_of(f, &walk), 0);
	begin(f, "https://a.test/1");
	assert_int_equal(store_feeds_begin(f->store, NOW), 0);
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(walk_of(f, &walk), 0);
}

static void
a_move_that_is_taken_back_is_not_remembered_again(void **state)
{
	struct fixture *f = *state;
	struct store_feed feed;
	struct store_poll poll = { .id = f->feed,
		.when = NOW,
		.next_poll = NOW + 1000,
		.why_next = "interval",
		.etag = { (const unsigned char *)"\"e\"", 3 },
		.validators_url = "https://moved.test/",
		.moved_url = "https://moved.test/" };

	assert_int_equal(store_feed_undo_move(f->store, f->feed), 0);
	assert_int_equal(store_feed_get(f->store, f->feed, &f->arena, &feed), 1);
	assert_int_equal(store_feed_polled(f->store, &feed, &poll), 0);
	assert_int_equal(store_feed_undo_move(f->store, f->feed), 1);
	assert_int_equal(store_feed_get(f->store, f->feed, &f->arena, &feed), 1);
	assert_null(feed.moved_url);
	assert_null(feed.etag.ptr);
	assert_null(feed.validators_url);
	assert_string_equal(feed.undone_url, "https://moved.test/");
	assert_int_equal(store_feed_undo_move(f->store, f->feed), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_gap_is_followed_until_something_is_known),
		TEST(no_walk_is_longer_than_its_bound),
		TEST(what_must_not_be_followed_ends_it),
		TEST(a_gap_without_a_link_that_may_be_followed_begins_nothing),
		TEST(failures_are_tried_again_a_few_times),
		TEST(the_operator_may_ask_for_all),
		TEST(a_walk_ends_with_its_feed_and_with_its_url),
		TEST(a_move_that_is_taken_back_is_not_remembered_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
