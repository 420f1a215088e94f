/* Response headers: which values are kept, byte for byte, and what they say of the next poll. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/fetch/headers.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define NOW 1795000000 /* Wed, 18 Nov 2026 11:06:40 GMT */

struct fixture {
	struct arena arena;
	struct headers headers;
};

static void
take(struct headers *headers, const char *text)
{
	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		size_t size = end != NULL ? (size_t)(end - text) + 1 : strlen(text);

		assert_int_equal(headers_line(headers, text, size), 0);
		text += size;
	}
}

static void
start(struct fixture *fixture, const char *text)
{
	arena_init(&fixture->arena);
	headers_init(&fixture->headers, &fixture->arena);
	take(&fixture->headers, text);
}

static void
expect_field(struct fixture *fixture, enum headers_field field, const char *wanted)
{
	const char *got = headers_text(&fixture->headers, field);

	if (wanted == NULL) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, wanted);
	assert_int_equal(fixture->headers.fields[field].len, strlen(wanted));
}

static void
validators_are_kept_byte_for_byte(void **state)
{
	static const struct {
		const char *line;
		const char *value; /* NULL: absent */
	} cases[] = {
		{ "ETag: \"abc-123\"\r\n", "\"abc-123\"" },
		{ "ETag:W/\"abc\"\r\n", "W/\"abc\"" },
		{ "etag: abc\n", "abc" },
		{ "ETAG: \"a,b\"\r\n", "\"a,b\"" },
		{ "ETag: \"a\\b\"\r\n", "\"a\\b\"" },
		{ "ETag: \"\"\r\n", "\"\"" },
		{ "ETag: w/\"x\"\r\n", "w/\"x\"" },
		{ "ETag: \"\r\n", "\"" },
		{ "ETag: 'x'\r\n", "'x'" },
		{ "ETag: \"\x80\xff\xc3\"\r\n", "\"\x80\xff\xc3\"" },
		{ "ETag: \t two  words here \t \r\n", "two  words here" },
		{ "ETag:\r\n", NULL },
		{ "ETag: \r\n", NULL },
		{ "ETagg: \"x\"\r\n", NULL },
		{ "ETag \"x\"\r\n", NULL },
		{ "ETag: \"one\"\r\nETag: \"two\"\r\n", "\"one\"" },
		{ "ETag: \"one\r\n  two\"\r\n", "\"one two\"" },
		{ "X-Other: 1\r\n  ETag: \"x\"\r\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct fixture f;

		start(&f, "HTTP/1.1 200 OK\r\n");
		take(&f.headers, cases[i].line);
		take(&f.headers, "\r\n");
		expect_field(&f, HEADERS_ETAG, cases[i].value);
		assert_int_equal(f.headers.status, 200);
		assert_true(f.headers.complete);
		arena_done(&f.arena);
	}
}

static void
an_interim_response_is_forgotten(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, "HTTP/1.1 103 Early Hints\r\nETag: \"early\"\r\nLocation: /x\r\n\r\n");
	assert_int_equal(f.headers.status, 103);
	assert_false(f.headers.complete);
	take(&f.headers, "HTTP/2 200\r\nLast-Modified: x\r\n\r\n");
	assert_int_equal(f.headers.status, 200);
	assert_true(f.headers.complete);
	expect_field(&f, HEADERS_ETAG, NULL);
	expect_field(&f, HEADERS_LOCATION, NULL);
	expect_field(&f, HEADERS_LAST_MODIFIED, "x");
	arena_done(&f.arena);
}

static void
a_trailer_changes_nothing(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\n\r\n");
	take(&f.headers, "ETag: \"b\"\r\nCache-Control: max-age=9\r\nHTTP/1.1 404 no\r\n\r\n");
	expect_field(&f, HEADERS_ETAG, "\"a\"");
	expect_field(&f, HEADERS_CACHE_CONTROL, NULL);
	assert_int_equal(f.headers.status, 200);
	arena_done(&f.arena);
}

static void
too_many_bytes_are_refused(void **state)
{
	struct fixture f;
	char line[1024];
	int r = 0;
	size_t n = 0;

	(void)state;
	start(&f, "HTTP/1.1 200 OK\r\n");
	memset(line, 'x', sizeof(line));
	memcpy(line, "Cache-Control: ", 15);
	while (r == 0 && n < 1000) {
		r = headers_line(&f.headers, line, sizeof(line));
		n++;
	}
	assert_int_equal(r, -E2BIG);
	assert_true(n <= HEADERS_BYTES_MAX / sizeof(line));
	arena_done(&f.arena);
}

static void
freshness_is_read_as_the_standard_has_it(void **state)
{
	static const struct {
		const char *lines;
		int64_t seconds;
	} cases[] = {
		{ "", -1 },
		{ "Cache-Control: public\r\n", -1 },
		{ "Cache-Control: max-age=3600\r\n", 3600 },
		{ "cache-control: PUBLIC, Max-Age=60 , must-revalidate\r\n", 60 },
		{ "Cache-Control: max-age=\"60\"\r\n", 60 },
		{ "Cache-Control: public\r\nCache-Control: max-age=7\r\n", 7 },
		{ "Cache-Control: max-age=7, max-age=9\r\n", 7 },
		{ "Cache-Control: s-maxage=99\r\n", -1 },
		{ "Cache-Control: s-maxage=99, max-age=5\r\n", 5 },
		{ "Cache-Control: stale-while-revalidate=600\r\n", -1 },
		{ "Cache-Control: ext=\"max-age=5, max-age=6\"\r\n", -1 },
		{ "Cache-Control: ext=\"a\\\", max-age=6\", max-age=8\r\n", 8 },
		{ "Cache-Control: max-age=0\r\n", 0 },
		{ "Cache-Control: max-age=-5\r\n", -1 },
		{ "Cache-Control: max-age=1e9\r\n", -1 },
		{ "Cache-Control: max-age=\r\n", -1 },
		{ "Cache-Control: max-age\r\n", -1 },
		{ "Cache-Control: max-age=\"\r\n", -1 },
		{ "Cache-Control: max-age = 5\r\n", -1 },
		{ "Cache-Control: max-age=315360000\r\n", 315360000 },
		{ "Cache-Control: max-age=9223372036854775808\r\n", HEADERS_SECONDS_MAX },
		{ "Cache-Control: max-age=99999999999999999999999999\r\n", HEADERS_SECONDS_MAX },
		{ "Cache-Control: no-cache, max-age=60\r\n", 0 },
		{ "Cache-Control: no-cache=\"Set-Cookie, X\", max-age=60\r\n", 60 },
		{ "Cache-Control: no-store\r\n", 0 },
		{ "Cache-Control: max-age=100\r\nAge: 30\r\n", 70 },
		{ "Cache-Control: max-age=100\r\nAge: 100\r\n", 0 },
		{ "Cache-Control: max-age=100\r\nAge: 500\r\n", 0 },
		{ "Cache-Control: max-age=100\r\nAge: -1\r\n", 100 },
		{ "Cache-Control: max-age=100\r\nAge: x\r\n", 100 },
		{ "Expires: Wed, 18 Nov 2026 12:06:40 GMT\r\n", 3600 },
		{ "Expires: Wed, 18 Nov 2026 12:06:40 GMT\r\nAge: 600\r\n", 3000 },
		{ "Date: Wed, 18 Nov 2026 12:00:00 GMT\r\nExpires: Wed, 18 Nov 2026 13:00:00 "
		  "GMT\r\n",
			3600 },
		{ "Expires: Wed, 18 Nov 2026 12:06:40 GMT\r\nCache-Control: max-age=5\r\n", 5 },
		{ "Expires: 0\r\n", 0 },
		{ "Expires: -1\r\n", 0 },
		{ "Expires: soon\r\n", 0 },
		{ "Expires: Wed, 18 Nov 2026 10:00:00 GMT\r\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct fixture f;
		int64_t got;

		start(&f, "HTTP/1.1 200 OK\r\n");
		take(&f.headers, cases[i].lines);
		take(&f.headers, "\r\n");
		got = headers_max_age(&f.headers, NOW);
		if (got != cases[i].seconds)
			fail_msg("%s: got %lld, wanted %lld", cases[i].lines, (long long)got,
				(long long)cases[i].seconds);
		arena_done(&f.arena);
	}
}

static void
retry_after_is_read_in_all_its_forms(void **state)
{
	static const struct {
		const char *lines;
		int64_t seconds;
	} cases[] = {
		{ "", -1 },
		{ "Retry-After: 120\r\n", 120 },
		{ "Retry-After: 0\r\n", 0 },
		{ "Retry-After:\r\n", -1 },
		{ "Retry-After: -1\r\n", -1 },
		{ "Retry-After: 1e99\r\n", -1 },
		{ "Retry-After: soon\r\n", -1 },
		{ "Retry-After: 100000000000000000000\r\n", -1 },
		{ "Retry-After: 316224000\r\n", HEADERS_RETRY_MAX },
		{ "Retry-After: 316224001\r\n", -1 },
		{ "Retry-After: 5\r\nRetry-After: 9\r\n", 5 },
		{ "Retry-After: Wed, 18 Nov 2026 12:06:40 GMT\r\n", 3600 },
		{ "Retry-After: Wednesday, 18-Nov-26 12:06:40 GMT\r\n", 3600 },
		{ "Retry-After: Wed Nov 18 12:06:40 2026\r\n", 3600 },
		{ "Retry-After: Wed, 18 Nov 2026 10:00:00 GMT\r\n", -1 },
		/* the server's clock, where it is within a day of ours */
		{ "Date: Wed, 18 Nov 2026 12:00:00 GMT\r\n"
		  "Retry-After: Wed, 18 Nov 2026 12:10:00 GMT\r\n",
			600 },
		{ "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
		  "Retry-After: Wed, 18 Nov 2026 12:06:40 GMT\r\n",
			3600 },
		{ "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", -1 },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct fixture f;
		int64_t got;

		start(&f, "HTTP/1.1 429 Too Many Requests\r\n");
		take(&f.headers, cases[i].lines);
		take(&f.headers, "\r\n");
		got = headers_retry_after(&f.headers, NOW);
		if (got != cases[i].seconds)
			fail_msg("%s: got %lld, wanted %lld", cases[i].lines, (long long)got,
				(long long)cases[i].seconds);
		arena_done(&f.arena);
	}
}

static void
lengths_and_codings_are_told(void **state)
{
	static const struct {
		const char *lines;
		int64_t length;
		bool coded;
	} cases[] = {
		{ "", -1, false },
		{ "Content-Length: 42\r\n", 42, false },
		{ "Content-Length: 4x\r\n", -1, false },
		{ "Content-Length: 99999999999999999999\r\n", -1, false },
		{ "Content-Encoding: gzip\r\n", -1, true },
		{ "Content-Encoding: Identity\r\n", -1, false },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct fixture f;

		start(&f, "HTTP/1.1 200 OK\r\n");
		take(&f.headers, cases[i].lines);
		assert_int_equal(headers_content_length(&f.headers), cases[i].length);
		assert_int_equal(headers_is_coded(&f.headers), cases[i].coded);
		arena_done(&f.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(validators_are_kept_byte_for_byte),
		cmocka_unit_test(an_interim_response_is_forgotten),
		cmocka_unit_test(a_trailer_changes_nothing),
		cmocka_unit_test(too_many_bytes_are_refused),
		cmocka_unit_test(freshness_is_read_as_the_standard_has_it),
		cmocka_unit_test(retry_after_is_read_in_all_its_forms),
		cmocka_unit_test(lengths_and_codings_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
