/* Patterns: what they find, what is refused, and that no text keeps them busy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "daemon/conf/pattern.h"
#include "lib/base/buf.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MILLISECOND INT64_C(1000000)

static const enum pattern_engine engines[] = { PATTERN_COMPILED, PATTERN_INTERPRETED };

static int
match_once(const char *text, unsigned int flags, enum pattern_engine engine, const char *subject,
	int64_t budget, struct pattern_range *ret_range)
{
	struct pattern_matcher *matcher;
	struct pattern_error err;
	struct pattern *pattern;
	int ret;

	assert_int_equal(pattern_new(text, flags, engine, &pattern, &err), 0);
	assert_int_equal(pattern_matcher_new(&matcher), 0);
	pattern_matcher_refill(matcher, budget);
	ret = pattern_match(matcher, pattern, subject, ret_range);
	pattern_matcher_free(matcher);
	pattern_free(pattern);
	return ret;
}

static void
patterns_find_what_they_say(void **state)
{
	static const struct {
		const char *pattern;
		unsigned int flags;
		const char *text;
		int found;
		size_t begin, end;
	} rows[] = {
		{ "b+", 0, "abbc", 1, 1, 3 }, { "B", 0, "abc", 0, 0, 0 },
		{ "B", PATTERN_ANY_CASE, "abc", 1, 1, 2 },
		{ "ÉCO", PATTERN_ANY_CASE, "Une école", 1, 4, 8 }, { "^b", 0, "a\nb", 0, 0, 0 },
		{ "^b", PATTERN_LINES, "a\nb", 1, 2, 3 }, { "a.b", 0, "a\nb", 0, 0, 0 },
		{ "a.b", PATTERN_DOT_ALL, "a\nb", 1, 0, 3 },
		{ "a b", PATTERN_EXTENDED, "ab", 1, 0, 2 },
		{ "\\bмир\\b", 0, "и мир был", 1, 3, 9 }, { "^\\w+$", 0, "Привет", 1, 0, 12 },
		{ "a\\/b", 0, "a/b", 1, 0, 3 }, { "", 0, "", 1, 0, 0 },
		{ "(a)(b)\\2\\1", 0, "abba", 1, 0, 4 },
		{ "a", 0, "\xff\xfe a", 0, 0, 0 }, /* not UTF-8 */
	};

	(void)state;
	for (size_t e = 0; e < N_OF(engines); e++)
		for (size_t i = 0; i < N_OF(rows); i++) {
			struct pattern_range range = { 0 };
			int ret = match_once(rows[i].pattern, rows[i].flags, engines[e],
				rows[i].text, 1000 * MILLISECOND, &range);

			if (ret != rows[i].found || range.begin != rows[i].begin ||
				range.end != rows[i].end)
				fail_msg("/%s/ in '%s': %d, %zu to %zu", rows[i].pattern,
					rows[i].text, ret, range.begin, range.end);
		}
}

static void
what_is_no_pattern_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *pattern;
		size_t offset;
		const char *reason;
	} rows[] = {
		{ "(", 1, "missing closing parenthesis" },
		{ "a)", 1, "unmatched closing parenthesis" },
		{ "*", 0, "quantifier" },
		{ "ab[c", 4, "missing terminating ]" },
		{ "\\C", 2, "\\C" },
		{ "(?<=a+)b", 0, "lookbehind" },
		{ "\xff", 0, "UTF-8" },
		{ "((((a{1,999}){1,999}){1,999}){1,999})", 0, "too large" },
	};
	struct pattern_error err;
	struct pattern *pattern;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_int_equal(
			pattern_new(rows[i].pattern, 0, PATTERN_COMPILED, &pattern, &err), -EINVAL);
		if (!strstr(err.reason, rows[i].reason) ||
			(rows[i].offset && err.offset != rows[i].offset))
			fail_msg("/%s/: at %zu: %s", rows[i].pattern, err.offset, err.reason);
	}
}

static int64_t
processor_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 64 KiB of one text again and again: what such patterns are slow on. */
static void
no_text_keeps_a_pattern_busy(void **state)
{
	static const struct {
		const char *pattern, *text;
	} rows[] = {
		{ "(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" },
		{ "(a|a)*b", "a" },
		{ "(a|aa)+$", "aaaaaaaaaab" },
		{ ".*.*.*=.*x", "=" },
		{ "(?=.*x)(?=.*y)z", "za" },
		{ "^(.*?,){20}P", "1,2,3,4,5,6,7,8,9," },
		{ "(\\w+\\s?)*@", "word " },
		{ "(.+)\\1\\1x", "ab" },
		{ "(?s)(?:.(?!q))*.q.*!", "qr" },
		{ "(((a*)*)*)*c", "ab" },
		{ "(?R)?a*a*a*b", "aaac" },
	};
	struct pattern_range range;

	(void)state;
	for (size_t e = 0; e < N_OF(engines); e++)
		for (size_t i = 0; i < N_OF(rows); i++) {
			struct buf text = { 0 };
			int64_t begin = processor_ms(), took;
			int ret;

			while (text.len < 4 * PATTERN_SUBJECT_MAX)
				buf_puts(&text, rows[i].text);
			ret = match_once(rows[i].pattern, 0, engines[e], buf_str(&text),
				20 * MILLISECOND, &range);
			took = processor_ms() - begin;
			if (ret != -ETIME && ret != 0)
				fail_msg("/%s/ gives %d", rows[i].pattern, ret);
			if (took > 400)
				fail_msg("/%s/ takes %d ms", rows[i].pattern, (int)took);
			buf_done(&text);
		}
}

static void
what_lies_beyond_the_cap_is_not_seen(void **state)
{
	struct buf text = { 0 };
	struct pattern_range range;

	(void)state;
	while (text.len < PATTERN_SUBJECT_MAX - 1)
		buf_putc(&text, '.');
	buf_puts(&text, "éx"); /* the cap falls into the é */
	assert_int_equal(
		match_once("x", 0, PATTERN_COMPILED, buf_str(&text), MILLISECOND, &range), 0);
	assert_int_equal(match_once("\\.\\z", 0, PATTERN_COMPILED, buf_str(&text),
				 1000 * MILLISECOND, &range),
		1);
	buf_done(&text);
}

/* The budget is of all matches since the refill. */
static void
time_that_is_spent_is_gone_until_the_refill(void **state)
{
	struct pattern_matcher *matcher;
	struct pattern_error err;
	struct pattern *slow, *quick;
	struct pattern_range range;
	struct buf text = { 0 };

	(void)state;
	while (text.len < 1000)
		buf_putc(&text, 'a');
	assert_int_equal(pattern_new("(a+)+$.", 0, PATTERN_COMPILED, &slow, &err), 0);
	assert_int_equal(pattern_new("a", 0, PATTERN_COMPILED, &quick, &err), 0);
	assert_int_equal(pattern_matcher_new(&matcher), 0);
	pattern_matcher_refill(matcher, MILLISECOND);
	assert_int_equal(pattern_match(matcher, quick, "a", &range), 1);
	while (pattern_matcher_left(matcher) > 0)
		assert_int_equal(pattern_match(matcher, slow, buf_str(&text), &range), -ETIME);
	assert_int_equal(pattern_match(matcher, quick, "a", &range), -ETIME);
	pattern_matcher_refill(matcher, MILLISECOND);
	assert_int_equal(pattern_match(matcher, quick, "a", &range), 1);
	pattern_matcher_free(matcher);
	pattern_free(slow);
	pattern_free(quick);
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_find_what_they_say),
		cmocka_unit_test(what_is_no_pattern_is_refused_with_its_place),
		cmocka_unit_test(no_text_keeps_a_pattern_busy),
		cmocka_unit_test(what_lies_beyond_the_cap_is_not_seen),
		cmocka_unit_test(time_that_is_spent_is_gone_until_the_refill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
