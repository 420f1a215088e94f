/* lib/base/clock.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void
test_days_and_civil_are_each_others_reverse(void **state)
{
	static const unsigned char days_in[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t day = clock_days(1, 1, 1);
	int weekday = 1; /* 0001-01-01 was a Monday */

	(void)state;
	assert_int_equal(day, -719162);
	assert_int_equal(clock_days(1970, 1, 1), 0);
	assert_int_equal(clock_days(2000, 3, 1), 11017);
	for (int year = 1; year <= 9999; year++) {
		int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		for (int month = 1; month <= 12; month++) {
			int last = days_in[month - 1] + (month == 2 && leap);

			for (int of_month = 1; of_month <= last; of_month++, day++) {
				struct clock_civil civil;

				clock_civil(day * 86400 + 86399, &civil);
				if (clock_days(year, month, of_month) != day ||
					civil.year != year || civil.month != month ||
					civil.day != of_month || civil.weekday != weekday ||
					civil.hour != 23 || civil.minute != 59 ||
					civil.second != 59)
					fail_msg("%04d-%02d-%02d", year, month, of_month);
				weekday = (weekday + 1) % 7;
			}
		}
	}
}

static void
test_rfc3339_is_written_and_clamped(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} examples[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 1795460400, "2026-11-23T19:00:00Z" },
		{ INT64_MIN, "0001-01-01T00:00:00Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(examples); i++) {
		char text[CLOCK_RFC3339_SIZE];
		char day[CLOCK_DAY_SIZE];

		clock_rfc3339(examples[i].seconds, text);
		assert_string_equal(text, examples[i].text);
		clock_day(examples[i].seconds, day);
		assert_int_equal(strlen(day), 10);
		assert_memory_equal(day, examples[i].text, 10);
	}
}

static void
test_http_dates_in_their_three_forms(void **state)
{
	static const char *const valid[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
		"sun, 06 nov 1994 08:49:37 gmt",
	};
	static const char *const invalid[] = {
		"",
		"0",
		"-1",
		"Sun",
		"Sun,",
		"Sun, ",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 CET",
		"Sun, 06 Nov 1994 08:49:37 GMTx",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nob 1994 08:49:37 GMT",
		"Sun, 31 Feb 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 06 Nov 0000 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994 GMT",
		"Sun Nov 6 08:49:37 1994",
	};
	int64_t seconds = 7;

	(void)state;
	for (size_t i = 0; i < LENGTH(invalid); i++) {
		assert_int_equal(clock_parse_http(invalid[i], &seconds), -EINVAL);
		assert_int_equal(seconds, 7);
	}
	for (size_t i = 0; i < LENGTH(valid); i++) {
		assert_int_equal(clock_parse_http(valid[i], &seconds), 0);
		assert_int_equal(seconds, 784111777);
	}
	assert_int_equal(clock_parse_http("Mon Nov 16 08:49:37 2026", &seconds), 0);
	assert_int_equal(seconds, 1794818977);
	assert_int_equal(clock_parse_http("Monday, 16-Nov-26 08:49:37 GMT", &seconds), 0);
	assert_int_equal(seconds, 1794818977);
}

static void
test_rfc3339_is_read_with_any_offset(void **state)
{
	static const char *const valid[] = {
		"1994-11-06T08:49:37Z",
		"1994-11-06t08:49:37z",
		"1994-11-06 08:49:37Z",
		"1994-11-06T08:49:37.999999999999Z",
		"1994-11-06T10:19:37+01:30",
		"1994-11-05T23:49:37-09:00",
	};
	static const char *const invalid[] = {
		"",
		"1994",
		"1994-11-06",
		"1994-11-06T08:49:37",
		"1994-11-06T08:49Z",
		"1994-11-06T08:49:37.Z",
		"1994-11-06T08:49:37+0100",
		"1994-11-06T08:49:37+24:00",
		"1994-11-06T08:49:37Z ",
		"1994-13-06T08:49:37Z",
		"1994-02-29T08:49:37Z",
		"0000-02-28T08:49:37Z",
		"94-11-06T08:49:37Z",
	};
	int64_t seconds = 7;

	(void)state;
	for (size_t i = 0; i < LENGTH(invalid); i++) {
		assert_int_equal(clock_parse_rfc3339(invalid[i], &seconds), -EINVAL);
		assert_int_equal(seconds, 7);
	}
	for (size_t i = 0; i < LENGTH(valid); i++) {
		assert_int_equal(clock_parse_rfc3339(valid[i], &seconds), 0);
		assert_int_equal(seconds, 784111777);
	}
	assert_int_equal(clock_parse_rfc3339("2016-12-31T23:59:60Z", &seconds), 0);
	assert_int_equal(seconds, 1483228800);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days_and_civil_are_each_others_reverse),
		cmocka_unit_test(test_rfc3339_is_written_and_clamped),
		cmocka_unit_test(test_http_dates_in_their_three_forms),
		cmocka_unit_test(test_rfc3339_is_read_with_any_offset),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
