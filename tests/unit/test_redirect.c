/* Redirects: what is followed, what is refused, and which move is for good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fetch/redirect.h"
#include "daemon/wire/message.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static void
one_hop_is_judged(void **state)
{
	static const struct {
		const char *from, *location;
		int result;
		const char *to;
	} cases[] = {
		{ "http://a.test/f", "http://b.test/g", 0, "http://b.test/g" },
		{ "http://a.test/d/f?q", "g?x=1", 0, "http://a.test/d/g?x=1" },
		{ "http://a.test/f", "//b.test/x", 0, "http://b.test/x" },
		{ "http://a.test/f", "/g#part", 0, "http://a.test/g" },
		{ "http://a.test/f", " /g h ", 0, "http://a.test/g%20h" },
		{ "http://a.test/f", "HTTP://b.test/", 0, "HTTP://b.test/" },
		{ "http://a.test/f", "https://a.test/f", 0, "https://a.test/f" },
		{ "https://a.test/f", "http://a.test/f", -EPERM, NULL },
		{ "https://a.test/f", "/g", 0, "https://a.test/g" },
		{ "http://a.test/f", "http://a.test/f", -ELOOP, NULL },
		{ "http://a.test/f", "#top", -ELOOP, NULL },
		{ "http://a.test/f", "", -ELOOP, NULL },
		{ "http://a.test/f", NULL, -EINVAL, NULL },
		{ "http://a.test/f", "file:///etc/passwd", -EPERM, NULL },
		{ "http://a.test/f", "ftp://a.test/f", -EPERM, NULL },
		{ "http://a.test/f", "gopher://a.test/1", -EPERM, NULL },
		{ "http://a.test/f", "dict://a.test/d", -EPERM, NULL },
		{ "http://a.test/f", "data:text/xml,<rss/>", -EPERM, NULL },
		{ "http://a.test/f", "javascript:alert(1)", -EPERM, NULL },
		{ "http://a.test/f", "http:///nohost", -EPERM, NULL },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct arena arena = { 0 };
		struct redirect redirect;
		int r;

		assert_int_equal(redirect_init(&redirect, &arena, cases[i].from), 0);
		r = redirect_follow(&redirect, 302, cases[i].location);
		if (r != cases[i].result)
			fail_msg("%s: got %d, wanted %d",
				cases[i].location != NULL ? cases[i].location : "(none)", r,
				cases[i].result);
		if (r == 0)
			assert_string_equal(redirect_url(&redirect), cases[i].to);
		else
			assert_non_null(redirect.reason);
		arena_done(&arena);
	}
}

static void
only_unbroken_permanent_hops_are_a_move(void **state)
{
	static const struct {
		int statuses[3];
		const char *moved;
	} cases[] = {
		{ { 301, 0, 0 }, "http://h1.test/" },
		{ { 308, 0, 0 }, "http://h1.test/" },
		{ { 302, 0, 0 }, NULL },
		{ { 303, 0, 0 }, NULL },
		{ { 307, 0, 0 }, NULL },
		{ { 301, 308, 301 }, "http://h3.test/" },
		{ { 301, 302, 0 }, "http://h1.test/" },
		{ { 301, 302, 301 }, "http://h1.test/" },
		{ { 302, 301, 0 }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct arena arena = { 0 };
		struct redirect redirect;
		char location[32];

		assert_int_equal(redirect_init(&redirect, &arena, "http://h0.test/#x"), 0);
		assert_string_equal(redirect_url(&redirect), "http://h0.test/");
		for (int hop = 0; hop < 3 && cases[i].statuses[hop] != 0; hop++) {
			snprintf(location, sizeof(location), "http://h%d.test/", hop + 1);
			assert_int_equal(
				redirect_follow(&redirect, cases[i].statuses[hop], location), 0);
		}
		if (cases[i].moved == NULL)
			assert_null(redirect.moved);
		else
			assert_string_equal(redirect.moved, cases[i].moved);
		arena_done(&arena);
	}
}

static void
twenty_hops_are_followed_and_no_more(void **state)
{
	struct arena arena = { 0 };
	struct redirect redirect;
	char location[32];

	(void)state;
	assert_int_equal(redirect_init(&redirect, &arena, "http://a.test/"), 0);
	for (int hop = 1; hop <= REDIRECT_HOPS_MAX; hop++) {
		snprintf(location, sizeof(location), "/%d", hop);
		assert_int_equal(redirect_follow(&redirect, 302, location), 0);
	}
	assert_int_equal(redirect_follow(&redirect, 302, "/21"), -ELOOP);
	assert_string_equal(redirect_url(&redirect), "http://a.test/20");
	arena_done(&arena);
}

static void
a_url_above_the_cap_is_refused(void **state)
{
	struct arena arena = { 0 };
	struct redirect redirect;
	char *location = malloc(MESSAGE_URL_MAX + 100);

	(void)state;
	assert_non_null(location);
	memset(location, 'x', MESSAGE_URL_MAX + 99);
	location[MESSAGE_URL_MAX + 99] = '\0';
	assert_int_equal(redirect_init(&redirect, &arena, "http://a.test/"), 0);
	assert_int_equal(redirect_follow(&redirect, 301, location), -EINVAL);
	location[8 * 1024] = '\0';
	assert_int_equal(redirect_follow(&redirect, 301, location), 0);
	free(location);
	arena_done(&arena);
}

static void
which_statuses_redirect(void **state)
{
	(void)state;
	for (int status = 0; status < 1000; status++) {
		bool wanted = status == 301 || status == 302 || status == 303 || status == 307 ||
			      status == 308;

		assert_int_equal(redirect_is(status), wanted);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_hop_is_judged),
		cmocka_unit_test(only_unbroken_permanent_hops_are_a_move),
		cmocka_unit_test(twenty_hops_are_followed_and_no_more),
		cmocka_unit_test(a_url_above_the_cap_is_refused),
		cmocka_unit_test(which_statuses_redirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
