/*
 * Loading a configuration with memory that runs out, at every allocation in turn: it fails with
 * words, or does not need that one; it never crashes, and (under the sanitizer) leaks nothing. The
 * linker puts these functions in the place of the allocator's, for our own code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/config.h"
#include "tests/unit/conf_folder.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* Allocations that still succeed; below 0: all of them. */
static long left = -1;

static bool
runs_out(void)
{
	if (left < 0)
		return false;
	if (left == 0)
		return true;
	left--;
	return false;
}

void *
__wrap_malloc(size_t size)
{
	return runs_out() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return runs_out() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return runs_out() ? NULL : __real_realloc(old, size);
}

static const char conf[] = "[daemon]\n"
			   "control = run/control.sock\n"
			   "[defaults]\n"
			   "header = A: 1\n"
			   "[feed a]\n"
			   "url = http://a.example/\n"
			   "title = A title\n"
			   "tags = one, two\n"
			   "interval = 2h\n"
			   "ca-file = ca.pem\n"
			   "[opml l]\n"
			   "file = l.opml\n"
			   "tags = imported\n"
			   "timeout = 10s\n"
			   "[tag technology-news]\n"
			   "alias = Tech, Économie\n"
			   "[rule r]\n"
			   "match = title ~ /x/i and not (feed = \"a b\" or tag = c)\n"
			   "add-tags = one, two\n"
			   "[queue q]\n"
			   "tags = one, two\n";

static const char list[] = "<opml><outline text='Tech'>"
			   "<outline text='A' xmlUrl='http://b.example/' category='x,/y/z'/>"
			   "<outline xmlUrl='http://c.example/'/></outline></opml>";

/* What the sink saw, in memory that does not run out. */
struct seen {
	char text[1024];
	size_t used;
};

static int
take(void *arg, const struct config_feed *feed, struct config_error *err)
{
	struct seen *seen = arg;

	(void)err;
	seen->used += (size_t)snprintf(seen->text + seen->used, sizeof(seen->text) - seen->used,
		"%s|%s|%s|%s|%zu\n", feed->name, feed->url, feed->title, feed->tags,
		strlen(feed->settings));
	assert_true(seen->used < sizeof(seen->text));
	return 0;
}

/* Returns config_load()'s answer with n allocations. */
static int
load_with(long n, struct seen *ret_seen, struct config_error *err, struct config **ret_config)
{
	const struct config_feed_sink sink = { .feed = take, .arg = ret_seen };
	int ret;

	*ret_seen = (struct seen){ .used = 0 };
	left = n;
	ret = config_load("c.conf", &sink, ret_config, err);
	left = -1;
	return ret;
}

static void
memory_that_runs_out_fails_the_load_with_words(void **state)
{
	struct config_error err = { "" };
	struct config *config = NULL;
	struct seen all, seen;
	long n;

	(void)state;
	conf_folder_write("c.conf", conf);
	conf_folder_write("l.opml", list);
	assert_int_equal(load_with(-1, &all, &err, &config), 0);
	assert_int_equal(config->n_feeds, 3);
	config_free(config);
	config = NULL;
	for (n = 0; n < 1000; n++) {
		int ret = load_with(n, &seen, &err, &config);

		if (ret == 0)
			break;
		if (ret != -ENOMEM || !err.text[0])
			fail_msg("allocation %ld: %d: %s", n, ret, err.text);
		assert_null(config);
		err.text[0] = '\0';
	}
	print_message("# %ld allocations\n", n);
	assert_true(n > 10 && n < 1000);
	assert_string_equal(seen.text, all.text);
	config_free(config);
}

static void
memory_that_runs_out_fails_the_settings_of_one_feed(void **state)
{
	struct config_settings settings;
	struct config_error err;
	struct config *config = NULL;
	struct seen seen;
	long n;

	(void)state;
	conf_folder_write("c.conf", conf);
	conf_folder_write("l.opml", list);
	assert_int_equal(load_with(-1, &seen, &err, &config), 0);
	for (n = 0; n < 1000; n++) {
		struct arena arena = { 0 };
		int ret;

		left = n;
		ret = config_feed_settings(
			config, "timeout=5s\nproxy=http://p.example\n", &arena, &settings);
		left = -1;
		arena_done(&arena);
		if (ret == 0)
			break;
		assert_int_equal(ret, -ENOMEM);
	}
	assert_true(n > 0 && n < 1000);
	assert_int_equal(settings.timeout, 5000);
	config_free(config);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, conf_folder_enter, conf_folder_leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(memory_that_runs_out_fails_the_load_with_words),
		IN_FOLDER(memory_that_runs_out_fails_the_settings_of_one_feed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
