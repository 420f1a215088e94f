/*
 * Dates. date_scan.c takes the text apart; its numbers get their meaning here, by how many digits
 * they have, what separates them and where they stand.
 *
 * Errors: -EINVAL for a text that has no date, -ERANGE for one outside of the calendar.
 */
#include "lib/feed/date.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/feed/date_scan.h"

#define DAY 86400
#define KOREA (9 * 3600)

struct civil {
	int64_t year;
	int month, day;
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int
days_in(int64_t year, int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Two digits are of the years 1970 to 2069; three are what some scripts count from 1900. */
static int64_t
whole_year(const struct date_number *number)
{
	if (number->digits <= 2)
		return number->value + (number->value < 70 ? 2000 : 1900);
	return number->digits == 3 ? number->value + 1900 : number->value;
}

static int
set_date(struct civil *civil, int64_t year, int64_t month, int64_t day)
{
	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
		day > days_in(year, (int)month))
		return -ERANGE;
	*civil = (struct civil){ .year = year, .month = (int)month, .day = (int)day };
	return 0;
}

/* The day of the year, 1 to 366. */
static int
set_ordinal(struct civil *civil, int64_t year, int64_t ordinal)
{
	struct clock_civil found;

	if (year < 1 || year > 9999 || ordinal < 1 || ordinal > 365 + (days_in(year, 2) == 29))
		return -ERANGE;
	clock_civil((clock_days((int)year, 1, 1) + ordinal - 1) * DAY, &found);
	return set_date(civil, found.year, found.month, found.day);
}

/* ISO 8601: week 1 is the one with 4 January, weeks begin on Monday. */
static int
set_week(struct civil *civil, int64_t year, int week, int weekday)
{
	struct clock_civil found;
	int64_t days;

	if (year < 1 || year > 9999 || week < 1 || week > 53 || weekday < 1 || weekday > 7)
		return -ERANGE;
	days = clock_days((int)year, 1, 4);
	days -= ((days + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
	days += (week - 1) * 7 + weekday - 1;
	clock_civil(days * DAY, &found);
	return set_date(civil, found.year, found.month, found.day);
}

/* "20031231" and the other numbers that are a date without separators. */
static int
set_compact(const struct date_number *number, bool short_year, struct civil *civil)
{
	int64_t v = number->value;
	struct date_number year = { .value = v / 1000, .digits = 2 };

	switch (number->digits) {
	case 4: /* YYYY, -YYMM */
		year.value = v / 100;
		if (short_year)
			return set_date(civil, whole_year(&year), v % 100, 1);
		return set_date(civil, v, 1, 1);
	case 5: /* YYDDD */
		return set_ordinal(civil, whole_year(&year), v % 1000);
	case 6: /* YYMMDD */
		year.value = v / 10000;
		return set_date(civil, whole_year(&year), v / 100 % 100, v % 100);
	case 7: /* YYYYDDD */
		return set_ordinal(civil, v / 1000, v % 1000);
	case 8: /* YYYYMMDD */
		return set_date(civil, v / 10000, v / 100 % 100, v % 100);
	default:
		return -EINVAL;
	}
}

/* "31/12/2003", "12/31/2003", "31.12.03", "31-12-2003"; only slashes put the month first. */
static int
set_day_first(const struct date_number *n, struct civil *civil)
{
	int64_t first = n[0].value, second = n[1].value;
	bool month_first = n[1].before == '/' ? first <= 12 : second > 12;

	if (month_first)
		return set_date(civil, whole_year(&n[2]), first, second);
	return set_date(civil, whole_year(&n[2]), second, first);
}

static int
set_numbers(const struct date_parts *parts, struct civil *civil)
{
	const struct date_number *n = parts->numbers;

	if (parts->n_numbers == 1)
		return set_compact(&n[0], parts->short_year, civil);
	if (parts->n_numbers == 2) {
		if (n[1].digits == 3)
			return set_ordinal(civil, whole_year(&n[0]), n[1].value);
		if (n[1].digits <= 2 && (n[0].digits == 4 || parts->short_year))
			return set_date(civil, whole_year(&n[0]), n[1].value, 1);
		if (n[0].digits <= 2 && n[1].digits == 4)
			return set_date(civil, n[1].value, n[0].value, 1);
		return -EINVAL;
	}
	if (parts->n_numbers != 3 || n[1].digits > 2)
		return -EINVAL;
	if (n[0].digits >= 3)
		return set_date(civil, n[0].value, n[1].value, n[2].value);
	/* "03-12-31": ISO 8601 without the century */
	if (n[1].before == '-' && n[2].digits <= 2)
		return set_date(civil, whole_year(&n[0]), n[1].value, n[2].value);
	return set_day_first(n, civil);
}

/* The month was named. The year is the number that cannot be a day, else the second. */
static int
set_named(const struct date_parts *parts, struct civil *civil)
{
	const struct date_number *n = parts->numbers;
	size_t year;

	if (parts->n_numbers == 1 && n[0].digits == 4)
		return set_date(civil, n[0].value, parts->month, 1);
	if (parts->n_numbers != 2)
		return -EINVAL;
	year = n[0].digits > 2 || n[0].value > 31 ? 0 : 1;
	return set_date(civil, whole_year(&n[year]), parts->month, n[1 - year].value);
}

/* "03 Apr 02 1500", "3 May 2004, 6 PM": the last number is the time. */
static void
find_bare_time(struct date_parts *parts)
{
	size_t of_date = parts->month > 0 ? 2 : 3;
	const struct date_number *last = &parts->numbers[of_date];

	if (parts->time || parts->n_numbers != of_date + 1)
		return;
	if ((parts->am || parts->pm) && last->digits <= 2)
		parts->hour = (int)last->value;
	else if (parts->month > 0 && last->digits == 4) {
		parts->hour = (int)(last->value / 100);
		parts->minute = (int)(last->value % 100);
	} else
		return;
	parts->n_numbers = of_date;
	parts->time = true;
}

static int
set_civil(const struct date_parts *parts, struct civil *civil)
{
	if (parts->n_numbers == 0)
		return -EINVAL;
	if (parts->week >= 0)
		return parts->n_numbers == 1 && parts->numbers[0].digits == 4
			       ? set_week(civil, parts->numbers[0].value, parts->week,
					 parts->weekday)
			       : -EINVAL;
	if (parts->month > 0)
		return set_named(parts, civil);
	/* a lone number among words is no date */
	if (parts->words && parts->n_numbers < 3)
		return -EINVAL;
	return set_numbers(parts, civil);
}

/* Seconds of the day, up to 24:00:00. */
static int
time_of_day(const struct date_parts *parts, int64_t *ret_seconds)
{
	int hour = parts->hour;

	if (parts->am && hour == 12)
		hour = 0;
	if (parts->pm && hour < 12)
		hour += 12;
	if (hour > 24 || parts->minute > 59 || parts->second > 60 ||
		(hour == 24 && (parts->minute > 0 || parts->second > 0)))
		return -ERANGE;
	*ret_seconds = hour * 3600 + parts->minute * 60 + parts->second;
	return 0;
}

static int
check_range(int64_t seconds, int64_t *ret_seconds)
{
	struct clock_civil civil;

	clock_civil(seconds, &civil);
	if (clock_days(civil.year, civil.month, civil.day) * DAY + civil.hour * 3600 +
			civil.minute * 60 + civil.second !=
		seconds)
		return -ERANGE;
	*ret_seconds = seconds;
	return 0;
}

/* "20031231101455" and "200312311014" are dates and times, other long numbers count from 1970. */
static int
parse_long(int64_t value, int digits, int64_t *ret_seconds)
{
	struct date_parts parts = { .time = true };
	struct civil civil;
	int64_t of_day;

	if (digits == 9 || digits == 10)
		return check_range(value, ret_seconds);
	if (digits == 13)
		return check_range(value / 1000, ret_seconds);
	if (digits == 16)
		return check_range(value / 1000000, ret_seconds);
	if (digits != 12 && digits != 14)
		return -EINVAL;
	if (digits == 14) {
		parts.second = (int)(value % 100);
		value /= 100;
	}
	parts.minute = (int)(value % 100);
	parts.hour = (int)(value / 100 % 100);
	value /= 10000;
	if (set_date(&civil, value / 10000, value / 100 % 100, value % 100) != 0 ||
		time_of_day(&parts, &of_day) != 0)
		return -ERANGE;
	*ret_seconds = clock_days((int)civil.year, civil.month, civil.day) * DAY + of_day;
	return 0;
}

static bool
is_long(const struct date_parts *parts)
{
	return parts->n_numbers == 1 && parts->numbers[0].digits >= 9 && !parts->time &&
	       parts->month == 0 && parts->week < 0 && !parts->words;
}

static int
combine(struct date_parts *parts, int64_t *ret_seconds)
{
	struct civil civil = { 0 };
	int64_t of_day = 0, seconds;
	int r;

	find_bare_time(parts);
	r = set_civil(parts, &civil);
	if (r == 0)
		r = time_of_day(parts, &of_day);
	if (r < 0)
		return r;
	seconds = clock_days((int)civil.year, civil.month, civil.day) * DAY + of_day;
	/* a date in Korean that says no zone is of Korea's one */
	if (parts->korean && !parts->zone)
		seconds -= KOREA;
	return check_range(seconds - parts->offset, ret_seconds);
}

#define USUAL_SIZE 26 /* without the zone */

/* Digits where a form has zeros, its own characters but for letters. */
static bool
has_form(const char *text, const char *form)
{
	for (size_t i = 0; form[i] != '\0'; i++) {
		bool fits = form[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i];

		if (!fits && form[i] != 'A' && form[i] != 'a')
			return false;
	}
	return true;
}

static int
usual_number(const char *digits, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

/* The place of three letters among names, from 1; 0 where they are none of them. */
static int
usual_name(const char *letters, const char *names)
{
	for (int i = 0; names[3 * i] != '\0'; i++) {
		if (memcmp(letters, names + 3 * i, 3) == 0)
			return i + 1;
	}
	return 0;
}

/* "GMT" or "+0100". */
static bool
usual_zone(const char *text, size_t size, struct date_parts *parts)
{
	int hours, minutes;

	parts->zone = true;
	if (size == 3)
		return memcmp(text, "GMT", 3) == 0;
	if (size != 5 || (!has_form(text, "+0000") && !has_form(text, "-0000")))
		return false;
	hours = usual_number(text + 1, 2);
	minutes = usual_number(text + 3, 2);
	parts->offset = (hours * 3600 + minutes * 60) * (text[0] == '+' ? 1 : -1);
	return hours < 12 && minutes < 60;
}

/*
 * What date_scan() would say of "Sun, 29 Nov 2026 10:05:00 GMT", the form that most feeds have,
 * without its search for what each piece may be.
 */
static bool
scan_usual(const char *text, size_t size, struct date_parts *ret_parts)
{
	struct date_parts parts = { .n_numbers = 2, .week = -1, .time = true };

	if (size < USUAL_SIZE || !has_form(text, "Aaa, 00 Aaa 0000 00:00:00 ") ||
		usual_name(text, "SunMonTueWedThuFriSat") == 0 ||
		!usual_zone(text + USUAL_SIZE, size - USUAL_SIZE, &parts))
		return false;
	parts.numbers[0] = (struct date_number){ usual_number(text + 5, 2), 2, ' ' };
	parts.numbers[1] = (struct date_number){ usual_number(text + 12, 4), 4, ' ' };
	parts.month = usual_name(text + 8, "JanFebMarAprMayJunJulAugSepOctNovDec");
	parts.hour = usual_number(text + 17, 2);
	parts.minute = usual_number(text + 20, 2);
	parts.second = usual_number(text + 23, 2);
	*ret_parts = parts;
	return parts.month > 0;
}

int
feed_date_parse(const char *text, size_t size, int64_t *ret_seconds)
{
	struct date_parts parts;
	int64_t seconds;
	int r;

	while (size > 0 && is_space(text[0])) {
		text++;
		size--;
	}
	while (size > 0 && is_space(text[size - 1]))
		size--;
	if (scan_usual(text, size, &parts))
		return combine(&parts, ret_seconds);
	r = date_scan(text, size, &parts);
	if (r < 0)
		return r;
	if (is_long(&parts)) {
		if (parts.short_year)
			return -EINVAL;
		r = parse_long(parts.numbers[0].value, parts.numbers[0].digits, &seconds);
		return r < 0 ? r : check_range(seconds - parts.offset, ret_seconds);
	}
	return combine(&parts, ret_seconds);
}
