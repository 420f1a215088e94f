/* lib/feed/date*.c: dates as feeds write them, and what is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/feed/date.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct example {
	const char *text;
	const char *expected;
};

static void
check(const struct example *examples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[CLOCK_RFC3339_SIZE] = "";
		int64_t seconds;
		int r = feed_date_parse(examples[i].text, strlen(examples[i].text), &seconds);

		if (r == 0)
			clock_rfc3339(seconds, text);
		if (r != 0 || strcmp(text, examples[i].expected) != 0)
			fail_msg("\"%s\": %s (%d), expected %s", examples[i].text, text, r,
				examples[i].expected);
	}
}

static int
read_date(const char *blanks, const char *day, int n, const char *month, const char *zone,
	int64_t *ret_seconds)
{
	int width = n % 7 == 0 ? 1 : 2;
	char text[64];

	snprintf(text, sizeof(text), "%s,%s%0*d %s %04d %0*d:%02d:%02d%s%s", day, blanks, width,
		n % 34, month, 1900 + n % 200, width, n % 26, n % 61, n % 62,
		n % 11 == 0 ? "" : " ", zone);
	return feed_date_parse(text, strlen(text), ret_seconds);
}

/* With one blank more than usual every piece has to be looked for. */
static void
test_the_usual_form_is_read_as_any_other(void **state)
{
	static const char *const days[] = { "Sun", "Mon", "Sat", "sun", "Mar", "Xyz" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec", "dec", "Foo" };
	static const char *const zones[] = { "GMT", "+0000", "-0500", "+1130", "+1400", "+0075",
		"-9999", "EST", "Z", "+01:00", "gmt", "GMT+1", "" };

	(void)state;
	for (int n = 0; n < 30000; n++) {
		const char *day = days[n % LENGTH(days)];
		const char *month = months[n / 3 % LENGTH(months)];
		const char *zone = zones[n / 5 % LENGTH(zones)];
		int64_t seconds = -1, others = -1;
		int r = read_date(" ", day, n, month, zone, &seconds);

		if (r != read_date("  ", day, n, month, zone, &others) || seconds != others)
			fail_msg("%s %d %s, %s", day, n, month, zone);
	}
}

static void
test_rfc_822_dates_are_read_with_all_their_misuse(void **state)
{
	static const struct example examples[] = {
		{ "Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "Thu, 1 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "Thu,01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "Thu, 01 Jan 2004 19:48 GMT", "2004-01-01T19:48:00Z" },
		{ "Thu, 01 Jan 2004 9:48 GMT", "2004-01-01T09:48:00Z" },
		{ "Thu, 01 Jan 2004", "2004-01-01T00:00:00Z" },
		{ "Thu, 01 Jan 04 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "01 Jan 69", "2069-01-01T00:00:00Z" },
		{ "01 Jan 70", "1970-01-01T00:00:00Z" },
		{ "01 Jan 104", "2004-01-01T00:00:00Z" },
		{ "Fri, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "Thursday, 01 January 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "Thu, Jan 01 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "Jan 01, 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "Thu 01-Jan-2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "01-Jan-04 19:48:21", "2004-01-01T19:48:21Z" },
		{ "Thu, 01 Jan, 2004 19:48:21 GMT", "2004-01-01T19:48:21Z" },
		{ "Thu, 01 Sept 2004 19:48:21 GMT", "2004-09-01T19:48:21Z" },
		{ "Thu, 01 JAN 2004 19:48:21 gmt", "2004-01-01T19:48:21Z" },
		{ "  Thu, 01 Jan 2004\n 19:48:21 GMT\n", "2004-01-01T19:48:21Z" },
		{ "Thu, 01 Jan 2004 24:00:00 GMT", "2004-01-02T00:00:00Z" },
		{ "Thu, 31 Dec 1998 23:59:60 GMT", "1999-01-01T00:00:00Z" },
		{ "03 Apr 02 1500 GMT", "2002-04-03T15:00:00Z" },
		{ "Thu, 01 Jan 2004 at 7:48 pm", "2004-01-01T19:48:00Z" },
		{ "January 1st, 2004 12:05 AM", "2004-01-01T00:05:00Z" },
		{ "1 January 2004, 12 p.m.", "2004-01-01T12:00:00Z" },
		{ "Thu, 01 Jan 2004 19:48:21 +0000 (UTC)", "2004-01-01T19:48:21Z" },
		{ "Jan 2004", "2004-01-01T00:00:00Z" },
		{ "Thu, 2004 Jan 05 19:48", "2004-01-05T19:48:00Z" },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_zones_are_names_letters_and_offsets(void **state)
{
	static const struct example examples[] = {
		{ "01 Jan 2004 12:00:00 Z", "2004-01-01T12:00:00Z" },
		{ "01 Jan 2004 12:00:00 UT", "2004-01-01T12:00:00Z" },
		{ "01 Jan 2004 12:00:00 EST", "2004-01-01T17:00:00Z" },
		{ "01 Jan 2004 12:00:00 PDT", "2004-01-01T19:00:00Z" },
		{ "01 Jan 2004 12:00:00 CET", "2004-01-01T11:00:00Z" },
		{ "01 Jan 2004 12:00:00 MESZ", "2004-01-01T10:00:00Z" },
		{ "01 Jan 2004 12:00:00 IST", "2004-01-01T06:30:00Z" },
		{ "01 Jan 2004 12:00:00 A", "2004-01-01T11:00:00Z" },
		{ "01 Jan 2004 12:00:00 M", "2004-01-01T00:00:00Z" },
		{ "01 Jan 2004 12:00:00 N", "2004-01-01T13:00:00Z" },
		{ "01 Jan 2004 12:00:00 Y", "2004-01-02T00:00:00Z" },
		{ "01 Jan 2004 12:00:00 XYZT", "2004-01-01T12:00:00Z" },
		{ "01 Jan 2004 12:00:00 +0130", "2004-01-01T10:30:00Z" },
		{ "01 Jan 2004 12:00:00 -01:30", "2004-01-01T13:30:00Z" },
		{ "01 Jan 2004 12:00:00+0100", "2004-01-01T11:00:00Z" },
		{ "01 Jan 2004 12:00:00 +1", "2004-01-01T11:00:00Z" },
		{ "01 Jan 2004 12:00:00 GMT+1", "2004-01-01T11:00:00Z" },
		{ "01 Jan 2004 12:00:00 GMT-01:30", "2004-01-01T13:30:00Z" },
		{ "01 Jan 2004 12:00:00 UTC+0200", "2004-01-01T10:00:00Z" },
		{ "01 Jan 2004 12:00:00 Etc/GMT", "2004-01-01T12:00:00Z" },
		{ "01 Jan 2004 12:00:00", "2004-01-01T12:00:00Z" },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_w3c_date_times_in_every_precision(void **state)
{
	static const struct example examples[] = {
		{ "2003", "2003-01-01T00:00:00Z" },
		{ "2003-12", "2003-12-01T00:00:00Z" },
		{ "2003-12-31", "2003-12-31T00:00:00Z" },
		{ "2003-12-31T10:14Z", "2003-12-31T10:14:00Z" },
		{ "2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z" },
		{ "2003-12-31t10:14:55z", "2003-12-31T10:14:55Z" },
		{ "2003-12-31T10:14:55", "2003-12-31T10:14:55Z" },
		{ "2003-12-31 10:14:55", "2003-12-31T10:14:55Z" },
		{ "2003-12-31T10:14:55.123456789-08:00", "2003-12-31T18:14:55Z" },
		{ "2003-12-31T10:14:55,5Z", "2003-12-31T10:14:55Z" },
		{ "2003-12-31T10:14:55 +0800", "2003-12-31T02:14:55Z" },
		{ "2003-12-31T10:14:55-0500", "2003-12-31T15:14:55Z" },
		{ "2003-12-31T10:14:55+01", "2003-12-31T09:14:55Z" },
		{ "2003-12-31+01:00", "2003-12-30T23:00:00Z" },
		{ "2003-12-31-01:00", "2003-12-31T01:00:00Z" },
		{ "2003-12-31Z", "2003-12-31T00:00:00Z" },
		{ "2003-12-31T24:00:00Z", "2004-01-01T00:00:00Z" },
		{ "2004-02-29T00:00:00Z", "2004-02-29T00:00:00Z" },
		{ "2000-02-29", "2000-02-29T00:00:00Z" },
		{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
		{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z" },
		{ "2020/1/10 14:03:00", "2020-01-10T14:03:00Z" },
		{ "2003-1-5T9:05:07Z", "2003-01-05T09:05:07Z" },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_iso_8601_basic_week_and_ordinal_forms(void **state)
{
	static const struct example examples[] = {
		{ "20031231", "2003-12-31T00:00:00Z" },
		{ "20031231T101455Z", "2003-12-31T10:14:55Z" },
		{ "20031231T1014", "2003-12-31T10:14:00Z" },
		{ "20031231T10+0100", "2003-12-31T09:00:00Z" },
		{ "20031231101455", "2003-12-31T10:14:55Z" },
		{ "200312311014", "2003-12-31T10:14:00Z" },
		{ "20031231101455Z", "2003-12-31T10:14:55Z" },
		{ "031231", "2003-12-31T00:00:00Z" },
		{ "03-12-31", "2003-12-31T00:00:00Z" },
		{ "-03-12", "2003-12-01T00:00:00Z" },
		{ "-0312", "2003-12-01T00:00:00Z" },
		{ "2003-335", "2003-12-01T00:00:00Z" },
		{ "2003335", "2003-12-01T00:00:00Z" },
		{ "03335", "2003-12-01T00:00:00Z" },
		{ "03-335", "2003-12-01T00:00:00Z" },
		{ "2004-366T12:00Z", "2004-12-31T12:00:00Z" },
		{ "2003-W01-1", "2002-12-30T00:00:00Z" },
		{ "2003W011", "2002-12-30T00:00:00Z" },
		{ "2026-W48", "2026-11-23T00:00:00Z" },
		{ "2009-W53-7T10:00Z", "2010-01-03T10:00:00Z" },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_numbers_since_1970(void **state)
{
	static const struct example examples[] = {
		{ "1070259300", "2003-12-01T06:15:00Z" },
		{ "107025930", "1973-05-23T17:25:30Z" },
		{ "1070259300123", "2003-12-01T06:15:00Z" },
		{ "1070259300123456", "2003-12-01T06:15:00Z" },
		{ "1070259300.75", "2003-12-01T06:15:00Z" },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_the_other_programs_forms(void **state)
{
	static const struct example examples[] = {
		{ "Sun Jan  4 16:29:06 2004", "2004-01-04T16:29:06Z" },
		{ "Sun Jan 04 16:29:06 PST 2004", "2004-01-05T00:29:06Z" },
		{ "Sun Jul 15 01:16:00 +0200 2012", "2012-07-14T23:16:00Z" },
		{ "2004-07-08 23:56:58.0", "2004-07-08T23:56:58Z" },
		{ "Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53Z" },
		{ "12/31/2003 10:14:55 PM", "2003-12-31T22:14:55Z" },
		{ "31/12/2003", "2003-12-31T00:00:00Z" },
		{ "31.12.2003 10:14", "2003-12-31T10:14:00Z" },
		{ "5.6.03", "2003-06-05T00:00:00Z" },
		{ "05-06-2003", "2003-06-05T00:00:00Z" },
		{ "12/2003", "2003-12-01T00:00:00Z" },
		{ "10:14 31.12.2003", "2003-12-31T10:14:00Z" },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_other_languages(void **state)
{
	static const struct example examples[] = {
		{ "Do, 01 Jän 2004", "2004-01-01T00:00:00Z" },
		{ "Mi., 3. März 2004, 10:00 Uhr", "2004-03-03T10:00:00Z" },
		{ "Donnerstag, 1. Mai 2003 12:00:00 MESZ", "2003-05-01T10:00:00Z" },
		{ "mar., 03 févr. 2004 09:08:07 +0100", "2004-02-03T08:08:07Z" },
		{ "Lundi 1er août 2005 à 18h30", "2005-08-01T18:30:00Z" },
		{ "25 DÉCEMBRE 2005", "2005-12-25T00:00:00Z" },
		{ "jue, 15 ene 2004 10:00:00 GMT", "2004-01-15T10:00:00Z" },
		{ "3 de mayo de 2004", "2004-05-03T00:00:00Z" },
		{ "gio, 10 giu 2004 10:00:00 GMT", "2004-06-10T10:00:00Z" },
		{ "1 de março de 2004", "2004-03-01T00:00:00Z" },
		{ "seg, 13 fev 2012 06:28:00 UTC", "2012-02-13T06:28:00Z" },
		{ "wo 3 mrt. 2004", "2004-03-03T00:00:00Z" },
		{ "śr., 4 lut 2004 10:00", "2004-02-04T10:00:00Z" },
		{ "25 października 2004", "2004-10-25T00:00:00Z" },
		{ "11 listopada 2004", "2004-11-11T00:00:00Z" },
		{ "Чт, 01 янв 2004 19:48:21 +0300", "2004-01-01T16:48:21Z" },
		{ "9 МАЯ 2004", "2004-05-09T00:00:00Z" },
		{ "den 6 maj 2004 kl. 10:00", "2004-05-06T10:00:00Z" },
		{ "tir, 17 desember 2004", "2004-12-17T00:00:00Z" },
		{ "5. října 2004", "2004-10-05T00:00:00Z" },
		{ "2004-július-13T9:15-05:00", "2004-07-13T14:15:00Z" },
		{ "2004. március 15.", "2004-03-15T00:00:00Z" },
		{ "Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00:00Z" },
		{ "3 Μαΐου 2004", "2004-05-03T00:00:00Z" },
		{ "19 Ağustos 2004", "2004-08-19T00:00:00Z" },
		{ "6. joulukuuta 2004", "2004-12-06T00:00:00Z" },
		{ "1 decembrie 2004", "2004-12-01T00:00:00Z" },
		{ "2004년 05월 28일  01:31:15", "2004-05-27T16:31:15Z" },
		{ "2004년 5월 28일 1시 31분 15초", "2004-05-27T16:31:15Z" },
		{ "2004-05-25 오후 11:23:17", "2004-05-25T14:23:17Z" },
		{ "2004-05-25 오전 12:23:17", "2004-05-24T15:23:17Z" },
		{ "2004년 5월 28일 01:31 +0100", "2004-05-28T00:31:00Z" },
		{ "2004年5月28日 01:31", "2004-05-28T01:31:00Z" },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_what_is_no_date_is_refused(void **state)
{
	static const char *const none[] = { "", " ", "never", "GMT", "Thu", "Jan", "01 Jan",
		"10:14:55", "--12-31", "---31", "-335", "12", "Chapter 2003", "a 1 b", "1.2.3.4.5",
		"2003-12-31-01-02", "99999999999999999999", "12345678901", "T10:00", "+01:00",
		"2003-W1", "Jan Feb Mar", "1 2 3 4 Jan 2004",
		"01 Jan 2004 and then a text that goes on for longer than any date that anyone "
		"would "
		"write into a feed, which is therefore not read at all" };
	static const char *const impossible[] = { "2003-13-01", "2003-00-01", "2003-12-32",
		"2003-12-00", "2003-02-29", "1900-02-29", "0000-01-01", "0000-00-00 00:00:00",
		"20000-01-01", "31 Jun 2004", "2003-12-31T25:00:00Z", "2003-12-31T10:60:00Z",
		"2003-12-31T10:14:61Z", "2003-12-31T24:00:01Z", "2003-366", "2003-000",
		"2003-W54-1", "2003-W01-8", "0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-01:00", "9999-12-31T24:00Z" };
	int64_t seconds = 7;

	(void)state;
	for (size_t i = 0; i < LENGTH(none); i++) {
		if (feed_date_parse(none[i], strlen(none[i]), &seconds) != -EINVAL)
			fail_msg("\"%s\" was read", none[i]);
	}
	for (size_t i = 0; i < LENGTH(impossible); i++) {
		if (feed_date_parse(impossible[i], strlen(impossible[i]), &seconds) != -ERANGE)
			fail_msg("\"%s\" was not out of range", impossible[i]);
	}
	assert_int_equal(seconds, 7);
}

static void
test_every_day_reads_back_the_same(void **state)
{
	(void)state;
	for (int64_t seconds = -62135596800; seconds < 253402300800;
		seconds += 86400 * 41 + 12345) {
		char text[CLOCK_RFC3339_SIZE];
		int64_t again = 0;

		clock_rfc3339(seconds, text);
		assert_int_equal(feed_date_parse(text, strlen(text), &again), 0);
		assert_int_equal(again, seconds);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_usual_form_is_read_as_any_other),
		cmocka_unit_test(test_rfc_822_dates_are_read_with_all_their_misuse),
		cmocka_unit_test(test_zones_are_names_letters_and_offsets),
		cmocka_unit_test(test_w3c_date_times_in_every_precision),
		cmocka_unit_test(test_iso_8601_basic_week_and_ordinal_forms),
		cmocka_unit_test(test_numbers_since_1970),
		cmocka_unit_test(test_the_other_programs_forms),
		cmocka_unit_test(test_other_languages),
		cmocka_unit_test(test_what_is_no_date_is_refused),
		cmocka_unit_test(test_every_day_reads_back_the_same),
	};

	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
