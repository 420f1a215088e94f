/* Documents of feeds that killed fetchers: kept by the fetcher's body, written by the keeper. */
#include "daemon/keep/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/fetch/body.h"
#include "tests/unit/scratch.h"

#define NOW INT64_C(1795392000000)

static int
setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	scratch_make(scratch);
	scratch_file(scratch, "quarantine/.x", "");
	*state = scratch;
	return 0;
}

static int
teardown(void **state)
{
	scratch_remove(*state);
	free(*state);
	return 0;
}

static void
put(const struct scratch *scratch, const char *feed, const char *data)
{
	const struct quarantine_document document = { .feed = feed,
		.url = "https://a.example/feed",
		.data = data,
		.size = strlen(data),
		.when = NOW,
		.why = "it dies" };

	assert_int_equal(quarantine_put(scratch->path, &document), 0);
}

static const char *
text_of(const struct scratch *scratch, const char *path)
{
	static char text[1024];
	int fd = openat(scratch->dir, path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	close(fd);
	return text;
}

static void
the_last_document_of_a_feed_is_kept_to_the_byte(void **state)
{
	const struct scratch *scratch = *state;

	put(scratch, "news", "<rss>first");
	put(scratch, "news", "<rss>second");
	assert_string_equal(text_of(scratch, "quarantine/news.document"), "<rss>second");
	assert_non_null(strstr(text_of(scratch, "quarantine/news.txt"),
		"feed: news\nurl: https://a.example/feed\nwhen: 2026-11-23T00:00:00Z\nbytes: 11\n"
		"why: it dies\nreplay: newspool parse"));
	assert_int_equal(scratch_count(scratch, "quarantine"), 2);
}

static void
the_oldest_go_where_there_are_too_many(void **state)
{
	const struct scratch *scratch = *state;

	for (int i = 0; i < QUARANTINE_MAX + 3; i++) {
		const struct timespec times[2] = { { .tv_sec = 1000 + i }, { .tv_sec = 1000 + i } };
		char feed[32], path[64];
		snprintf(feed, sizeof(feed), "feed-%d", i);
		put(scratch, feed, "x");
		snprintf(path, sizeof(path), "quarantine/feed-%d.document", i);
		assert_int_equal(utimensat(scratch->dir, path, times, 0), 0);
	}
	assert_int_equal(scratch_count(scratch, "quarantine"), 2 * QUARANTINE_MAX);
	assert_int_equal(faccessat(scratch->dir, "quarantine/feed-2.document", F_OK, 0), -1);
	assert_int_equal(faccessat(scratch->dir, "quarantine/feed-3.document", F_OK, 0), 0);
}

static void
what_is_no_feeds_name_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	const struct quarantine_document document = { .feed = "../x", .url = "", .why = "" };

	assert_int_equal(quarantine_put(scratch->path, &document), -EINVAL);
}

static void
push(struct loop *loop, struct fetcher_page *page, uint64_t poll)
{
	struct page no_feed = { 0 };
	const struct body_options options = { .poll = poll, .max_size = 1000, .no_feed = &no_feed };
	struct body body;

	assert_int_equal(body_init(&body, loop, page, &options), 0);
	(void)body_push(&body, "<rss>", 5);
	(void)body_push(&body, "<channel>", 9);
	body_done(&body);
	page_done(&no_feed);
}

static void
the_suspects_body_alone_is_kept(void **state)
{
	struct fetcher_page *page = calloc(1, FETCHER_PAGE_SIZE);
	struct loop *loop;

	(void)state;
	assert_non_null(page);
	assert_int_equal(loop_new(&loop), 0);
	push(loop, page, 7);
	assert_int_equal(page->kept, 0);
	page->suspect = 7;
	push(loop, page, 8);
	assert_int_equal(page->kept, 0);
	push(loop, page, 7);
	push(loop, page, 7); /* another response to the same poll replaces it */
	assert_int_equal(page->kept, 14);
	assert_memory_equal(page->body, "<rss><channel>", 14);
	page->kept = UINT64_MAX; /* whatever stands there */
	loop_free(loop);
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_last_document_of_a_feed_is_kept_to_the_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_oldest_go_where_there_are_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_feeds_name_is_refused, setup, teardown),
		cmocka_unit_test(the_suspects_body_alone_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
