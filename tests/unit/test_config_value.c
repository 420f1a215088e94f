/* Values: what a person may write, and what is said about the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/conf/value.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#define NOT_DURATION "not a duration: expected a number and ms, s, m, h or d"
#define NOT_SIZE "not a size: expected a number and, for units of 1024, K, M, G or T"

struct number_row {
	const char *text;
	int64_t number;
	const char *reason; /* NULL: it is right */
};

static void
check_numbers(const struct number_row *rows, size_t n,
	int (*parse)(const char *text, int64_t *ret_number, const char **ret_reason))
{
	for (size_t i = 0; i < n; i++) {
		const char *reason = NULL;
		int64_t number = -7;
		int ret = parse(rows[i].text, &number, &reason);

		if (ret != (rows[i].reason ? -EINVAL : 0))
			fail_msg("'%s' gives %d", rows[i].text, ret);
		if (rows[i].reason)
			assert_string_equal(reason, rows[i].reason);
		assert_int_equal(number, rows[i].reason ? -7 : rows[i].number);
	}
}

static void
durations_have_units(void **state)
{
	static const struct number_row rows[] = {
		{ "0", 0, NULL },
		{ "0s", 0, NULL },
		{ "500ms", 500, NULL },
		{ "30s", 30000, NULL },
		{ "15m", 900000, NULL },
		{ "6h", 21600000, NULL },
		{ "7d", 604800000, NULL },
		{ "1h30m", 5400000, NULL },
		{ "1d2h3m4s5ms", 93784005, NULL },
		{ "1s500ms", 1500, NULL },
		{ "0400d", 34560000000, NULL },
		{ "", 0, NOT_DURATION },
		{ "15", 0, NOT_DURATION },
		{ "m", 0, NOT_DURATION },
		{ "soon", 0, NOT_DURATION },
		{ "-3s", 0, NOT_DURATION },
		{ "+3s", 0, NOT_DURATION },
		{ "1.5h", 0, NOT_DURATION },
		{ "1 h", 0, NOT_DURATION },
		{ "1h 30m", 0, NOT_DURATION },
		{ "30m1h", 0, NOT_DURATION },
		{ "1h1h", 0, NOT_DURATION },
		{ "1H", 0, NOT_DURATION },
		{ "1w", 0, NOT_DURATION },
		{ "1h30", 0, NOT_DURATION },
		{ "99999999999999999999s", 0, NOT_DURATION },
		{ "9223372036854775807d", 0, "too long a time" },
	};

	(void)state;
	check_numbers(rows, N_OF(rows), value_duration);
}

static void
sizes_count_in_1024(void **state)
{
	static const struct number_row rows[] = {
		{ "0", 0, NULL },
		{ "4096", 4096, NULL },
		{ "1K", 1024, NULL },
		{ "16M", 16777216, NULL },
		{ "16m", 16777216, NULL },
		{ "4G", 4294967296, NULL },
		{ "2T", 2199023255552, NULL },
		{ "", 0, NOT_SIZE },
		{ "M", 0, NOT_SIZE },
		{ "-1", 0, NOT_SIZE },
		{ "1.5G", 0, NOT_SIZE },
		{ "16MB", 0, NOT_SIZE },
		{ "16 M", 0, NOT_SIZE },
		{ "16X", 0, NOT_SIZE },
		{ "9223372036854775807K", 0, "too large a size" },
		{ "9223372036854775808", 0, NOT_SIZE },
	};

	(void)state;
	check_numbers(rows, N_OF(rows), value_size);
}

static void
shares_are_percent_or_sizes(void **state)
{
	static const struct {
		const char *text;
		double share;
		int64_t bytes;
		bool right;
	} rows[] = {
		{ "5%", 0.05, 0, true },
		{ "0%", 0, 0, true },
		{ "100%", 1, 0, true },
		{ "0.5%", 0.005, 0, true },
		{ "12.25%", 0.1225, 0, true },
		{ "1G", 0, 1073741824, true },
		{ "0", 0, 0, true },
		{ "%", 0, 0, false },
		{ "101%", 0, 0, false },
		{ "1000%", 0, 0, false },
		{ "-5%", 0, 0, false },
		{ "5.%", 0, 0, false },
		{ ".5%", 0, 0, false },
		{ "5 %", 0, 0, false },
		{ "1e1%", 0, 0, false },
		{ "five", 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *reason = NULL;
		double share = -1;
		int64_t bytes = -1;
		int ret = value_share(rows[i].text, &share, &bytes, &reason);

		if (ret != (rows[i].right ? 0 : -EINVAL))
			fail_msg("'%s' gives %d", rows[i].text, ret);
		if (!rows[i].right) {
			assert_non_null(reason);
			assert_true(share == -1 && bytes == -1);
			continue;
		}
		assert_true(share > rows[i].share - 1e-12 && share < rows[i].share + 1e-12);
		assert_int_equal(bytes, rows[i].bytes);
	}
}

static void
booleans_have_eight_words(void **state)
{
	static const char *const yes[] = { "yes", "true", "on", "1", "YES", "True" };
	static const char *const no[] = { "no", "false", "off", "0", "No" };
	static const char *const neither[] = { "", "y", "2", "yes!", "ja" };
	const char *reason;
	bool value;

	(void)state;
	for (size_t i = 0; i < N_OF(yes); i++) {
		assert_int_equal(value_bool(yes[i], &value, &reason), 0);
		assert_true(value);
	}
	for (size_t i = 0; i < N_OF(no); i++) {
		assert_int_equal(value_bool(no[i], &value, &reason), 0);
		assert_false(value);
	}
	for (size_t i = 0; i < N_OF(neither); i++) {
		assert_int_equal(value_bool(neither[i], &value, &reason), -EINVAL);
		assert_string_equal(reason, "expected yes or no");
	}
}

static void
paths_are_relative_to_their_file(void **state)
{
	static const char *const rows[][3] = {
		{ "feeds.opml", "/etc/newspool/", "/etc/newspool/feeds.opml" },
		{ "./feeds.opml", "/etc/newspool", "/etc/newspool/feeds.opml" },
		{ "sub/feeds.opml", "/", "/sub/feeds.opml" },
		{ "/var/lib/x", "/etc/newspool", "/var/lib/x" },
		{ "../x", "/etc/newspool", "/etc/newspool/../x" },
	};
	struct arena arena = { 0 };
	const char *reason, *path;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_int_equal(value_path(rows[i][0], rows[i][1], &arena, &path, &reason), 0);
		assert_string_equal(path, rows[i][2]);
	}
	arena_done(&arena);
}

static void
a_secret_is_not_for_others(void **state)
{
	char path[] = "secret-XXXXXX";
	const char *reason = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(value_secret_file(path, &reason), 0);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(value_secret_file(path, &reason), -EINVAL);
	assert_string_equal(
		reason, "a secret that others may use: take it away from them with chmod o=");
	unlink(path);
	assert_int_equal(value_secret_file(path, &reason), -EINVAL);
	assert_string_equal(reason, "No such file or directory");
	assert_int_equal(value_secret_file("/", &reason), -EINVAL);
	assert_string_equal(reason, "not a regular file");
}

struct text_row {
	const char *text;
	const char *reason;
};

static void
check_texts(const struct text_row *rows, size_t n,
	int (*check)(const char *text, const char **ret_reason))
{
	for (size_t i = 0; i < n; i++) {
		const char *reason = NULL;
		int ret = check(rows[i].text, &reason);

		if (ret != (rows[i].reason ? -EINVAL : 0))
			fail_msg("'%s' gives %d", rows[i].text, ret);
		if (rows[i].reason)
			assert_string_equal(reason, rows[i].reason);
	}
}

static void
urls_of_feeds_are_http_without_credentials(void **state)
{
	static const struct text_row rows[] = {
		{ "https://example.org/feed", NULL },
		{ "http://127.0.0.1:8080/a;b?c=d&e=f#g", NULL },
		{ "HTTP://Example.org", NULL },
		{ "http://[::1]/feed", NULL },
		{ "https://example.org/a|b{c}", NULL },
		{ "https://example.org/@user", NULL },
		{ "", "not an absolute http or https URL" },
		{ "example.org/feed", "not an absolute http or https URL" },
		{ "/feed", "not an absolute http or https URL" },
		{ "ftp://example.org/feed", "not an absolute http or https URL" },
		{ "file:///etc/passwd", "not an absolute http or https URL" },
		{ "http:///feed", "not an absolute http or https URL" },
		{ "http://exa%20mple.org/feed",
			"a host's name has no blanks and no escapes in it" },
		{ "http://[fe80::1%25eth0]/feed", NULL },
		{ "http://example.org:65535/", NULL },
		{ "http://example.org:/", NULL },
		{ "http://example.org:65536/", "a URL's port is from 1 to 65535" },
		{ "http://example.org:0/", "a URL's port is from 1 to 65535" },
		{ "http://example.org:99999999999/", "a URL's port is from 1 to 65535" },
		{ "https://u:p@example.org/",
			"credentials do not belong into a URL: use user and password-file" },
		{ "https://example.org/a b", "a URL has no blanks, quotes or brackets in it: write "
					     "them as %20 and the like" },
	};

	(void)state;
	check_texts(rows, N_OF(rows), value_url);
}

static void
proxies_have_six_schemes(void **state)
{
	static const char *const right[] = { "http://proxy:3128", "https://proxy", "socks4://p:1",
		"socks4a://p", "socks5://127.0.0.1:9050", "SOCKS5H://p" };
	static const char *const wrong[] = { "proxy:3128", "ftp://proxy", "http://", "//proxy",
		"socks5h://u:p@host", "http://a b" };
	const char *reason;

	(void)state;
	for (size_t i = 0; i < N_OF(right); i++)
		assert_int_equal(value_proxy(right[i], &reason), 0);
	for (size_t i = 0; i < N_OF(wrong); i++)
		if (value_proxy(wrong[i], &reason) != -EINVAL)
			fail_msg("'%s' is no proxy", wrong[i]);
}

static void
only_loopback_is_listened_on(void **state)
{
	static const char *const right[] = { "127.0.0.1:9753", "127.8.8.8:1", "[::1]:65535" };
	static const char *const wrong[] = { "", "9753", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
		"127.0.0.1:65536", "localhost:1", "::1:9753", "[::1]", "[]:1", "[:1", "]:1" };
	static const char *const open[] = { "0.0.0.0:9753", "[::]:9753", "192.168.1.1:80" };
	const char *reason;

	(void)state;
	for (size_t i = 0; i < N_OF(right); i++)
		assert_int_equal(value_listen(right[i], &reason), 0);
	for (size_t i = 0; i < N_OF(wrong); i++) {
		if (value_listen(wrong[i], &reason) != -EINVAL)
			fail_msg("'%s' is no address", wrong[i]);
		assert_string_equal(
			reason, "not an address and a port: expected 127.0.0.1:9753 or [::1]:9753");
	}
	for (size_t i = 0; i < N_OF(open); i++) {
		assert_int_equal(value_listen(open[i], &reason), -EINVAL);
		assert_string_equal(reason, "not a loopback address: use 127.0.0.1 or [::1]");
	}
}

static void
headers_hold_no_secret_and_nothing_of_our_own(void **state)
{
	static const struct text_row rows[] = {
		{ "Accept-Language: de, en", NULL },
		{ "X-Key:value", NULL },
		{ "X-Authorization: x", NULL },
		{ "", "not a header: expected Name: value" },
		{ "X-Key", "not a header: expected Name: value" },
		{ "X-Key:", "not a header: expected Name: value" },
		{ "X Key: value", "not a header: expected Name: value" },
		{ ": value", "not a header: expected Name: value" },
		{ "X-Key: a\x01", "control characters in a header" },
		{ "authorization: Bearer abc",
			"a secret does not stand in the configuration: use token-file, or user "
			"and password-file" },
		{ "If-None-Match: x", "newspool sets this header itself" },
		{ "User-Agent: me", "use user-agent in [daemon]" },
	};

	(void)state;
	check_texts(rows, N_OF(rows), value_header);
}

static void
lists_are_parted_by_commas(void **state)
{
	struct arena arena = { 0 };
	struct value_list list;
	const char *reason;
	char many[1024];

	(void)state;
	assert_int_equal(value_terms("Tech,  Technology News ,C++", &arena, &list, &reason), 0);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.items[0], "Tech");
	assert_string_equal(list.items[1], "Technology News");
	assert_string_equal(list.items[2], "C++");
	assert_int_equal(value_terms("a,,b", &arena, &list, &reason), -EINVAL);
	assert_string_equal(reason, "an empty item in the list");
	assert_int_equal(value_terms("a,", &arena, &list, &reason), -EINVAL);
	memset(many, 'a', sizeof(many));
	for (size_t i = 1; i < 513; i += 2)
		many[i] = ',';
	many[511] = '\0';
	assert_int_equal(value_terms(many, &arena, &list, &reason), 0);
	assert_int_equal(list.n, 256);
	many[511] = ',';
	many[513] = '\0';
	assert_int_equal(value_terms(many, &arena, &list, &reason), -EINVAL);
	assert_string_equal(reason, "more than 256 items");
	assert_int_equal(value_slugs("technology-news, reuters", &arena, &list, &reason), 0);
	assert_string_equal(list.items[1], "reuters");
	assert_int_equal(value_slugs("Technology", &arena, &list, &reason), -EINVAL);
	assert_int_equal(value_slugs("../etc", &arena, &list, &reason), -EINVAL);
	arena_done(&arena);
}

static void
what_is_printed_reads_back(void **state)
{
	static const int64_t durations[] = { 0, 1, 999, 1000, 90000, 5400000, 86400000, 31536000000,
		INT64_MAX };
	static const int64_t sizes[] = { 0, 1, 1023, 1024, 1536, 16777216, 4294967296, INT64_MAX };
	struct buf text = { 0 };
	const char *reason;
	int64_t number;

	(void)state;
	for (size_t i = 0; i < N_OF(durations); i++) {
		buf_reset(&text);
		value_put_duration(&text, durations[i]);
		assert_int_equal(value_duration(buf_str(&text), &number, &reason), 0);
		assert_int_equal(number, durations[i]);
	}
	for (size_t i = 0; i < N_OF(sizes); i++) {
		buf_reset(&text);
		value_put_size(&text, sizes[i]);
		assert_int_equal(value_size(buf_str(&text), &number, &reason), 0);
		assert_int_equal(number, sizes[i]);
	}
	buf_reset(&text);
	value_put_duration(&text, 5400000);
	value_put_size(&text, 16777216);
	assert_string_equal(buf_str(&text), "90m16M");
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_have_units),
		cmocka_unit_test(sizes_count_in_1024),
		cmocka_unit_test(shares_are_percent_or_sizes),
		cmocka_unit_test(booleans_have_eight_words),
		cmocka_unit_test(paths_are_relative_to_their_file),
		cmocka_unit_test(a_secret_is_not_for_others),
		cmocka_unit_test(urls_of_feeds_are_http_without_credentials),
		cmocka_unit_test(proxies_have_six_schemes),
		cmocka_unit_test(only_loopback_is_listened_on),
		cmocka_unit_test(headers_hold_no_secret_and_nothing_of_our_own),
		cmocka_unit_test(lists_are_parted_by_commas),
		cmocka_unit_test(what_is_printed_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
