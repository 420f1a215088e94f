/* lib/base/url.c: splitting, resolving, canonical form, origin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/buf.h"
#include "lib/base/url.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct example {
	const char *base;
	const char *reference;
	const char *expected;
};

static void
check_resolve(const struct example *examples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out = { 0 };

		url_resolve(&out, examples[i].base, examples[i].reference,
			strlen(examples[i].reference));
		if (strcmp(buf_str(&out), examples[i].expected) != 0)
			fail_msg("<%s> on <%s>: <%s>, expected <%s>", examples[i].reference,
				examples[i].base ? examples[i].base : "-", buf_str(&out),
				examples[i].expected);
		buf_done(&out);
	}
}

#define RFC "http://a/b/c/d;p?q"

static void
test_resolve_gives_every_example_of_rfc_3986(void **state)
{
	static const struct example examples[] = {
		/* 5.4.1 */
		{ RFC, "g:h", "g:h" },
		{ RFC, "g", "http://a/b/c/g" },
		{ RFC, "./g", "http://a/b/c/g" },
		{ RFC, "g/", "http://a/b/c/g/" },
		{ RFC, "/g", "http://a/g" },
		{ RFC, "//g", "http://g" },
		{ RFC, "?y", "http://a/b/c/d;p?y" },
		{ RFC, "g?y", "http://a/b/c/g?y" },
		{ RFC, "#s", "http://a/b/c/d;p?q#s" },
		{ RFC, "g#s", "http://a/b/c/g#s" },
		{ RFC, "g?y#s", "http://a/b/c/g?y#s" },
		{ RFC, ";x", "http://a/b/c/;x" },
		{ RFC, "g;x", "http://a/b/c/g;x" },
		{ RFC, "g;x?y#s", "http://a/b/c/g;x?y#s" },
		{ RFC, "", "http://a/b/c/d;p?q" },
		{ RFC, ".", "http://a/b/c/" },
		{ RFC, "./", "http://a/b/c/" },
		{ RFC, "..", "http://a/b/" },
		{ RFC, "../", "http://a/b/" },
		{ RFC, "../g", "http://a/b/g" },
		{ RFC, "../..", "http://a/" },
		{ RFC, "../../", "http://a/" },
		{ RFC, "../../g", "http://a/g" },
		/* 5.4.2 */
		{ RFC, "../../../g", "http://a/g" },
		{ RFC, "../../../../g", "http://a/g" },
		{ RFC, "/./g", "http://a/g" },
		{ RFC, "/../g", "http://a/g" },
		{ RFC, "g.", "http://a/b/c/g." },
		{ RFC, ".g", "http://a/b/c/.g" },
		{ RFC, "g..", "http://a/b/c/g.." },
		{ RFC, "..g", "http://a/b/c/..g" },
		{ RFC, "./../g", "http://a/b/g" },
		{ RFC, "./g/.", "http://a/b/c/g/" },
		{ RFC, "g/./h", "http://a/b/c/g/h" },
		{ RFC, "g/../h", "http://a/b/c/h" },
		{ RFC, "g;x=1/./y", "http://a/b/c/g;x=1/y" },
		{ RFC, "g;x=1/../y", "http://a/b/c/y" },
		{ RFC, "g?y/./x", "http://a/b/c/g?y/./x" },
		{ RFC, "g?y/../x", "http://a/b/c/g?y/../x" },
		{ RFC, "g#s/./x", "http://a/b/c/g#s/./x" },
		{ RFC, "g#s/../x", "http://a/b/c/g#s/../x" },
		/* the backward compatible reading, which browsers have */
		{ RFC, "http:g", "http://a/b/c/g" },
	};

	(void)state;
	check_resolve(examples, LENGTH(examples));
}

static void
test_resolve_reads_what_browsers_read(void **state)
{
	static const struct example examples[] = {
		{ RFC, " \n\thttp://x/y\t ", "http://x/y" },
		{ RFC, "http://x/a\nb\tc\rd", "http://x/abcd" },
		{ RFC, "ja\nvascript:x", "javascript:x" },
		{ " http://a/b\n", "c", "http://a/c" },
		{ RFC, "%2e%2E/g", "http://a/b/g" },
		{ RFC, "%2e/g", "http://a/b/c/g" },
		{ RFC, "HTTP:/g", "http://a/g" },
		{ RFC, "https:g", "https:g" },
		{ "http://a", "b", "http://a/b" },
		{ "http://a?q", "b", "http://a/b" },
		{ "http://a?q", "?r", "http://a?r" },
		{ "http://a/b#f", "", "http://a/b" },
		{ "http://a/b#f", "#g", "http://a/b#g" },
		{ "http://a//b//c", "d", "http://a//b//d" },
		{ "http://a//b//c", "..", "http://a//b/" },
		{ "http://a/b/../c/d", "e", "http://a/c/e" },
		{ "http://a/b/../c/d", "?e", "http://a/c/d?e" },
		{ "http://u:p@a:81/b", "/c", "http://u:p@a:81/c" },
		{ "https://a/b", "//c.example:8/d", "https://c.example:8/d" },
		{ "http://[2001:db8::1]:81/x/y", "z", "http://[2001:db8::1]:81/x/z" },
		{ RFC, "http://[::1]/", "http://[::1]/" },
		{ RFC, "http://[::1", "http://[::1" },
		{ "file:///a/b", "c", "file:///a/c" },
		{ "file:/a/b", "/.//c", "file:/.//c" },
		{ RFC, "x:/.//c", "x:/.//c" },
	};

	(void)state;
	check_resolve(examples, LENGTH(examples));
}

static void
test_resolve_encodes_what_must_not_stand_in_a_url_and_nothing_else(void **state)
{
	static const struct example examples[] = {
		{ RFC, "a b", "http://a/b/c/a%20b" },
		{ RFC, "<\"`{}>", "http://a/b/c/%3C%22%60%7B%7D%3E" },
		{ RFC, "\x01\x7F.", "http://a/b/c/%7F." },
		{ RFC, "x\x01y", "http://a/b/c/x%01y" },
		{ RFC, "\xC3\xA4?\xC3\xB6#\xC3\xBC", "http://a/b/c/%C3%A4?%C3%B6#%C3%BC" },
		{ RFC, "a%20b%zz%", "http://a/b/c/a%20b%zz%" },
		{ RFC, "a'b(c)[d]|e^f\\g*h", "http://a/b/c/a'b(c)[d]|e^f\\g*h" },
		{ RFC,
			"http://b\xC3\xBC"
			"cher.example/\xC3\xBC",
			"http://b\xC3\xBC"
			"cher.example/%C3%BC" },
		{ RFC, "http://a<b c>/", "http://a%3Cb%20c%3E/" },
		{ RFC, "data:text/html,<b>", "data:text/html,%3Cb%3E" },
		{ RFC, "mailto:a@b.example?subject=x y", "mailto:a@b.example?subject=x%20y" },
		{ RFC, "urn:a/../b", "urn:a/../b" },
	};

	(void)state;
	check_resolve(examples, LENGTH(examples));
}

static void
test_resolve_without_a_usable_base_leaves_the_reference(void **state)
{
	static const struct example examples[] = {
		{ NULL, "", "" },
		{ NULL, "../a b", "../a%20b" },
		{ NULL, "//h/p?q#f", "//h/p?q#f" },
		{ "", "x", "x" },
		{ "no/scheme", "x", "x" },
		{ "/rooted", "x", "x" },
		{ "//host/x", "y", "y" },
		{ NULL, "http://a/../b", "http://a/b" },
		{ "mailto:x@y", "z", "z" },
		{ "mailto:x@y", "#z", "mailto:x@y#z" },
		{ "mailto:x@y", "", "mailto:x@y" },
		{ "1http://a/", "x", "x" },
		{ ":", ":", ":" },
		{ "http://a/", ":", "http://a/:" },
		{ "http://a/", "1:2", "http://a/1:2" },
	};

	(void)state;
	check_resolve(examples, LENGTH(examples));
}

static void
test_resolve_takes_the_size_it_is_given(void **state)
{
	struct buf out = { 0 };

	(void)state;
	url_resolve(&out, "http://a/", "bcd", 1);
	assert_string_equal(buf_str(&out), "http://a/b");
	buf_done(&out);
}

static void
test_resolve_reports_a_full_buffer(void **state)
{
	struct buf out = { .max = 8 };

	(void)state;
	url_resolve(&out, "http://a/b/c", "../../d/e/./f", 13);
	assert_int_not_equal(buf_error(&out), 0);
	buf_done(&out);
}

static void
test_resolving_twice_changes_nothing(void **state)
{
	static const char *const texts[] = { "http://a/b c/../d//..//x", "x:/.//y", "http:///x",
		"//a b", "a:b c", "http://a?b c#d e", "http://@:/..", "?<#>",
		"http:", "http:////" };

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct buf once = { 0 }, twice = { 0 };

		url_resolve(&once, "http://base.example/x/y", texts[i], strlen(texts[i]));
		url_resolve(&twice, "http://base.example/x/y", buf_str(&once), once.len);
		assert_string_equal(buf_str(&once), buf_str(&twice));
		buf_done(&once);
		buf_done(&twice);
	}
}

static void
check_part(struct url_part part, const char *expected)
{
	if (expected == NULL) {
		assert_null(part.ptr);
	} else {
		assert_non_null(part.ptr);
		assert_int_equal(part.len, strlen(expected));
		assert_memory_equal(part.ptr, expected, part.len);
	}
}

static void
test_split_names_every_part(void **state)
{
	static const struct {
		const char *text, *scheme, *userinfo, *host, *port, *path, *query, *fragment;
	} examples[] = {
		{ "http://u:p@h:80/p?q#f", "http", "u:p", "h", "80", "/p", "q", "f" },
		{ "", NULL, NULL, NULL, NULL, "", NULL, NULL },
		{ "a", NULL, NULL, NULL, NULL, "a", NULL, NULL },
		{ "http:", "http", NULL, NULL, NULL, "", NULL, NULL },
		{ "http://", "http", NULL, "", NULL, "", NULL, NULL },
		{ "http://h:", "http", NULL, "h", "", "", NULL, NULL },
		{ "//h?q", NULL, NULL, "h", NULL, "", "q", NULL },
		{ "//[::1]:8", NULL, NULL, "[::1]", "8", "", NULL, NULL },
		{ "//[::1]", NULL, NULL, "[::1]", NULL, "", NULL, NULL },
		{ "//h:1:2", NULL, NULL, "h:1:2", NULL, "", NULL, NULL },
		{ "//h::", NULL, NULL, "h::", NULL, "", NULL, NULL },
		{ "//[::1", NULL, NULL, "[::1", NULL, "", NULL, NULL },
		{ "//[::1]x:8", NULL, NULL, "[::1]x", "8", "", NULL, NULL },
		{ "//[::1]x", NULL, NULL, "[::1]x", NULL, "", NULL, NULL },
		{ "//:8", NULL, NULL, "", "8", "", NULL, NULL },
		{ "//h:x", NULL, NULL, "h:x", NULL, "", NULL, NULL },
		{ "//a@b@c", NULL, "a@b", "c", NULL, "", NULL, NULL },
		{ "a?b?c#d#e?f", NULL, NULL, NULL, NULL, "a", "b?c", "d#e?f" },
		{ "a#", NULL, NULL, NULL, NULL, "a", NULL, "" },
		{ "a?", NULL, NULL, NULL, NULL, "a", "", NULL },
		{ "a/b:c", NULL, NULL, NULL, NULL, "a/b:c", NULL, NULL },
		{ "x+y-z.1:p", "x+y-z.1", NULL, NULL, NULL, "p", NULL, NULL },
		{ "-x:p", NULL, NULL, NULL, NULL, "-x:p", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(examples); i++) {
		struct url url;

		url_split(examples[i].text, strlen(examples[i].text), &url);
		check_part(url.scheme, examples[i].scheme);
		check_part(url.userinfo, examples[i].userinfo);
		check_part(url.host, examples[i].host);
		check_part(url.port, examples[i].port);
		check_part(url.path, examples[i].path);
		check_part(url.query, examples[i].query);
		check_part(url.fragment, examples[i].fragment);
	}
}

static void
test_canonical_form_is_for_comparing(void **state)
{
	static const char *const examples[][2] = {
		{ "HTTP://Example.ORG:80/A?b=C#d", "http://example.org/A?b=C" },
		{ "https://example.org:443", "https://example.org/" },
		{ "https://example.org:80/", "https://example.org:80/" },
		{ "http://example.org:/", "http://example.org/" },
		{ "http://example.org:080/", "http://example.org/" },
		{ "http://u:p@example.org/", "http://example.org/" },
		{ " http://example.org/a b/../c ", "http://example.org/c" },
		{ "http://e/?utm_source=x&a=1&UTM_medium=y&b=2&fbclid=z", "http://e/?a=1&b=2" },
		{ "http://e/?utm_source=x", "http://e/" },
		{ "http://e/?a=1&amp;utm_source=x&amp;b=2", "http://e/?a=1&amp;b=2" },
		{ "http://e/?gclid", "http://e/" },
		{ "http://e/?gclidx=1&xgclid=2", "http://e/?gclidx=1&xgclid=2" },
		{ "http://e/?b=2&a=1&b=2", "http://e/?b=2&a=1&b=2" },
		{ "http://e/?", "http://e/" },
		{ "http://e/?&&a=1&&", "http://e/?a=1" },
		{ "http://e/?=x", "http://e/?=x" },
		{ "http://e/?p=utm_source", "http://e/?p=utm_source" },
		{ "URN:Isbn:1#x", "urn:Isbn:1" },
		{ "a/b#c", "a/b" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(examples); i++) {
		struct buf out = { 0 }, again = { 0 };

		url_canonical(&out, examples[i][0]);
		assert_string_equal(buf_str(&out), examples[i][1]);
		url_canonical(&again, buf_str(&out));
		assert_string_equal(buf_str(&again), examples[i][1]);
		buf_done(&out);
		buf_done(&again);
	}
}

static void
test_only_http_with_a_host_is_http(void **state)
{
	(void)state;
	assert_true(url_is_http("http://a"));
	assert_true(url_is_http("HTTPS://a/b"));
	assert_true(url_is_http("http://[::1]:8/"));
	assert_false(url_is_http(""));
	assert_false(url_is_http("http:"));
	assert_false(url_is_http("http:///a"));
	assert_false(url_is_http("http://:80/"));
	assert_false(url_is_http("http://u@/"));
	assert_false(url_is_http("ftp://a"));
	assert_false(url_is_http("httpx://a"));
	assert_false(url_is_http("//a"));
}

static void
test_origin_says_the_port(void **state)
{
	static const char *const examples[][2] = {
		{ "http://A.example", "http://a.example:80" },
		{ "HTTPS://u:p@a.example/x?y", "https://a.example:443" },
		{ "https://a:0443/", "https://a:443" },
		{ "http://[::1]:8080/", "http://[::1]:8080" },
		{ "http://a:65536/", NULL },
		{ "http://a:99999999999999999999/", NULL },
		{ "ftp://a/", NULL },
		{ "http:///", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(examples); i++) {
		struct buf out = { 0 };

		assert_int_equal(url_origin(&out, examples[i][0]), examples[i][1] != NULL);
		assert_string_equal(buf_str(&out), examples[i][1] ? examples[i][1] : "");
		buf_done(&out);
	}
}

static void
test_host_is_lower_case_and_alone(void **state)
{
	struct buf out = { 0 };

	(void)state;
	assert_true(url_host(&out, "http://u@WWW.Example.org:81/x"));
	assert_string_equal(buf_str(&out), "www.example.org");
	buf_reset(&out);
	assert_false(url_host(&out, "mailto:a@b.example"));
	assert_false(url_host(&out, "/a/b"));
	assert_false(url_host(&out, "http://"));
	assert_string_equal(buf_str(&out), "");
	buf_done(&out);
}

static void
test_tidy_encodes_and_keeps_all_else(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{ "http://h/a/../b/./%2e%2E//c?x=/../&y=%20&z#f",
			"http://h/a/../b/./%2e%2E//c?x=/../&y=%20&z#f" },
		{ "HTTP://User:p@H:80/feed?", "HTTP://User:p@H:80/feed?" },
		{ " \n http://h/a\tb\r\n ", "http://h/ab" },
		{ "http://h/a b<\"\x01\xc3\xa4?q q", "http://h/a%20b%3C%22%01%C3%A4?q%20q" },
		{ "http://h", "http://h" },
		{ "http://h?q", "http://h?q" },
		{ "h/x", "h/x" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { 0 };

		url_tidy(&out, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buf_str(&out), cases[i].wanted);
		assert_int_equal(buf_error(&out), 0);
		buf_done(&out);
	}
}

static void
test_links_that_subscribe_are_urls(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{ "feed://h/a b", "http://h/a%20b" },
		{ " \tfeed:https://h/?x=1&y=2 ", "https://h/?x=1&y=2" },
		{ "FEED:HTTP://h/", "HTTP://h/" },
		{ "itpc://h:81/p", "http://h:81/p" },
		{ "pcast://h/", "http://h/" },
		{ "podcast://h/", "http://h/" },
		{ "rss://h/", "http://h/" },
		{ "https://h/feed:x", "https://h/feed:x" },
		{ "feed:javascript:alert(1)", "feed:javascript:alert(1)" },
		{ "feed:ftp://h/", "feed:ftp://h/" },
		{ "feed:feed://h/", "feed:feed://h/" },
		{ "feed:", "feed:" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { 0 };

		url_subscribe(&out, cases[i].text);
		assert_string_equal(buf_str(&out), cases[i].wanted);
		assert_int_equal(buf_error(&out), 0);
		buf_done(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tidy_encodes_and_keeps_all_else),
		cmocka_unit_test(test_links_that_subscribe_are_urls),
		cmocka_unit_test(test_resolve_gives_every_example_of_rfc_3986),
		cmocka_unit_test(test_resolve_reads_what_browsers_read),
		cmocka_unit_test(
			test_resolve_encodes_what_must_not_stand_in_a_url_and_nothing_else),
		cmocka_unit_test(test_resolve_without_a_usable_base_leaves_the_reference),
		cmocka_unit_test(test_resolve_takes_the_size_it_is_given),
		cmocka_unit_test(test_resolve_reports_a_full_buffer),
		cmocka_unit_test(test_resolving_twice_changes_nothing),
		cmocka_unit_test(test_split_names_every_part),
		cmocka_unit_test(test_canonical_form_is_for_comparing),
		cmocka_unit_test(test_only_http_with_a_host_is_http),
		cmocka_unit_test(test_origin_says_the_port),
		cmocka_unit_test(test_host_is_lower_case_and_alone),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
