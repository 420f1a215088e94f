/* The poll command: what of a feed and its settings goes to a fetcher, and secrets from files. */
#include "config.h"

#include "daemon/keep/command.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/keep/secret.h"

static char file[64];

static int
setup(void **state)
{
	int fd;

	(void)state;
	snprintf(file, sizeof(file), "/tmp/test_command.XXXXXX");
	fd = mkstemp(file);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(file);
}

static void
put(const void *data, size_t size)
{
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
}

static void
secret_is_the_first_line_and_nothing_else(void **state)
{
	static const struct {
		const char *content;
		size_t size;
		int error;
		const char *secret;
	} rows[] = {
		{ "pass word", 9, 0, "pass word" },
		{ "secret\n", 7, 0, "secret" },
		{ "secret\r\nmore\n", 13, 0, "secret" },
		{ "p\xc3\xa4ss\n", 6, 0, "p\xc3\xa4ss" },
		{ "", 0, -EINVAL, NULL },
		{ "\n", 1, -EINVAL, NULL },
		{ "a\0b\n", 4, -EINVAL, NULL },
		{ "a\tb\n", 4, -EINVAL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena = { 0 };
		const char *secret = NULL;
		put(rows[i].content, rows[i].size);
		assert_int_equal(secret_read(file, &arena, &secret), rows[i].error);
		if (rows[i].secret == NULL)
			assert_null(secret);
		else
			assert_string_equal(secret, rows[i].secret);
		arena_done(&arena);
	}
}

static void
secret_has_a_bound_and_must_be_readable(void **state)
{
	static char big[SECRET_MAX + 1];
	struct arena arena = { 0 };
	const char *secret = NULL;

	(void)state;
	memset(big, 'x', sizeof(big));
	put(big, sizeof(big));
	assert_int_equal(secret_read(file, &arena, &secret), -E2BIG);
	put(big, SECRET_MAX);
	assert_int_equal(secret_read(file, &arena, &secret), 0);
	assert_int_equal(strlen(secret), SECRET_MAX);
	assert_int_equal(secret_read("/nonexistent/secret", &arena, &secret), -ENOENT);
	assert_int_equal(secret_read("/tmp", &arena, &secret), -EISDIR);
	arena_done(&arena);
}

static void
command_asks_where_the_feed_moved_and_sends_validators_where_they_came_from(void **state)
{
	static const unsigned char etag[] = { '"', 0, 0xff, '"' };
	const struct store_feed feed = { .name = "f",
		.url = "https://a.example/feed",
		.moved_url = "https://b.example/feed",
		.etag = { etag, sizeof(etag) },
		.validators_url = "https://b.example/feed.xml" };
	const struct config_settings settings = { .timeout = INT64_MAX,
		.max_body = 1000,
		.allow_private = true,
		.user = "me",
		.password_file = file,
		.headers = { "X-One: 1" },
		.n_headers = 1 };
	struct arena arena = { 0 };
	struct message_poll command;
	char reason[COMMAND_REASON_SIZE];

	(void)state;
	put("secret\n", 7);
	assert_int_equal(command_make(&feed, &settings, 7, &arena, &command, reason), 0);
	assert_int_equal(command.poll, 7);
	assert_string_equal(command.url, "https://b.example/feed");
	assert_string_equal(command.origin_url, "https://a.example/feed");
	assert_string_equal(command.validators_url, "https://b.example/feed.xml");
	assert_int_equal(command.etag.len, 4);
	assert_memory_equal(command.etag.ptr, etag, 4);
	assert_null(command.last_modified.ptr);
	assert_int_equal(command.timeout, UINT32_MAX);
	assert_string_equal(command.password, "secret");
	assert_null(command.token);
	assert_string_equal(command.headers[0], "X-One: 1");
	assert_int_equal(command.n_headers, 1);
	assert_true(command.allow_private);
	arena_done(&arena);
}

static void
secret_that_cannot_be_read_is_said_and_nothing_is_asked(void **state)
{
	const struct store_feed feed = { .name = "f", .url = "https://a.example/feed" };
	const struct config_settings settings = { .token_file = "/nonexistent/token" };
	struct arena arena = { 0 };
	struct message_poll command;
	char reason[COMMAND_REASON_SIZE];

	(void)state;
	assert_int_equal(command_make(&feed, &settings, 7, &arena, &command, reason), -ENOENT);
	assert_string_equal(reason, "token-file /nonexistent/token: No such file or directory");
	arena_done(&arena);
}

static void
secret_that_others_may_use_by_now_is_not_used(void **state)
{
	const struct store_feed feed = { .name = "f", .url = "https://a.example/feed" };
	const struct config_settings settings = { .token_file = file };
	struct arena arena = { 0 };
	struct message_poll command;
	char reason[COMMAND_REASON_SIZE];

	(void)state;
	put("secret\n", 7);
	assert_int_equal(chmod(file, 0604), 0);
	assert_int_equal(command_make(&feed, &settings, 7, &arena, &command, reason), -EINVAL);
	assert_non_null(strstr(reason, "a secret that others may use: take it away from them"));
	assert_int_equal(chmod(file, 0640), 0);
	assert_int_equal(command_make(&feed, &settings, 7, &arena, &command, reason), 0);
	arena_done(&arena);
}

static void
credentials_of_systemd_are_found_where_it_says(void **state)
{
	const struct store_feed feed = { .name = "f", .url = "https://a.example/feed" };
	const struct config_settings settings = {
		.user = "me", .password_file = "credential:pass", .token_file = file
	};
	char folder[] = "/tmp/test_command_credentials.XXXXXX", path[64];
	struct arena arena = { 0 };
	struct message_poll command;
	char reason[COMMAND_REASON_SIZE];

	(void)state;
	put("from systemd\n", 13);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pass", folder);
	assert_int_equal(link(file, path), 0);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(command_make(&feed, &settings, 7, &arena, &command, reason), -ENOENT);
	assert_string_equal(reason, "password-file credential:pass: No such file or directory");
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	assert_int_equal(command_make(&feed, &settings, 7, &arena, &command, reason), 0);
	assert_string_equal(command.password, "from systemd");
	unsetenv("CREDENTIALS_DIRECTORY");
	arena_done(&arena);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_is_the_first_line_and_nothing_else),
		cmocka_unit_test(secret_has_a_bound_and_must_be_readable),
		cmocka_unit_test(
			command_asks_where_the_feed_moved_and_sends_validators_where_they_came_from),
		cmocka_unit_test(secret_that_cannot_be_read_is_said_and_nothing_is_asked),
		cmocka_unit_test(secret_that_others_may_use_by_now_is_not_used),
		cmocka_unit_test(credentials_of_systemd_are_found_where_it_says),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
