/*
 * Calendar arithmetic and the two date forms of protocols. Feeds' own dates, which follow no rule,
 * are lib/feed/date.c's. The civil calendar is computed in 400-year eras that begin on 1 March,
 * where the leap day is the last of its year.
 *
 * Errors: -EINVAL for a text that is not of the form or names no point in time.
 */
#include "lib/base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DAY 86400
#define ERA_DAYS 146097     /* 400 years */
#define ERA_TO_EPOCH 719468 /* days from 0000-03-01 to 1970-01-01 */
#define YEAR_1 INT64_C(-62135596800)
#define YEAR_9999_END INT64_C(253402300799)

static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec" };

int64_t
clock_days(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - ERA_TO_EPOCH;
}

static int64_t
clamp(int64_t seconds)
{
	if (seconds < YEAR_1)
		return YEAR_1;
	return seconds > YEAR_9999_END ? YEAR_9999_END : seconds;
}

void
clock_civil(int64_t unclamped, struct clock_civil *ret_civil)
{
	int64_t seconds = clamp(unclamped);
	int64_t days = seconds / DAY - (seconds % DAY < 0);
	int rest = (int)(seconds - days * DAY);
	int64_t shifted = days + ERA_TO_EPOCH;
	int64_t era = (shifted >= 0 ? shifted : shifted - (ERA_DAYS - 1)) / ERA_DAYS;
	int64_t day = shifted - era * ERA_DAYS;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t of_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	ret_civil->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	ret_civil->month = (int)(month < 10 ? month + 3 : month - 9);
	ret_civil->year = (int)(year + era * 400 + (ret_civil->month <= 2));
	ret_civil->hour = rest / 3600;
	ret_civil->minute = rest / 60 % 60;
	ret_civil->second = rest % 60;
	ret_civil->weekday = (int)(((days + 4) % 7 + 7) % 7);
}

/* Writes number with the given count of digits and the byte after them; returns what follows. */
static char *
put_number(char *text, int number, int digits, char after)
{
	for (int i = digits - 1; i >= 0; i--) {
		text[i] = (char)('0' + number % 10);
		number /= 10;
	}
	text[digits] = after;
	return text + digits + 1;
}

void
clock_rfc3339(int64_t seconds, char ret_text[CLOCK_RFC3339_SIZE])
{
	struct clock_civil civil;
	char *text = ret_text;

	clock_civil(seconds, &civil);
	text = put_number(text, civil.year, 4, '-');
	text = put_number(text, civil.month, 2, '-');
	text = put_number(text, civil.day, 2, 'T');
	text = put_number(text, civil.hour, 2, ':');
	text = put_number(text, civil.minute, 2, ':');
	text = put_number(text, civil.second, 2, 'Z');
	*text = '\0';
}

void
clock_day(int64_t seconds, char ret_text[CLOCK_DAY_SIZE])
{
	char text[CLOCK_RFC3339_SIZE];

	clock_rfc3339(seconds, text);
	memcpy(ret_text, text, CLOCK_DAY_SIZE - 1);
	ret_text[CLOCK_DAY_SIZE - 1] = '\0';
}

/* Reads exactly the given count of digits. */
static bool
get_number(const char **text, int digits, int *ret_number)
{
	int number = 0;

	for (int i = 0; i < digits; i++) {
		if ((*text)[i] < '0' || (*text)[i] > '9')
			return false;
		number = number * 10 + ((*text)[i] - '0');
	}
	*text += digits;
	*ret_number = number;
	return true;
}

static bool
get_byte(const char **text, char byte)
{
	if (**text != byte)
		return false;
	(*text)++;
	return true;
}

static bool
get_month(const char **text, int *ret_month)
{
	for (int i = 0; i < 12; i++) {
		if (strncasecmp(*text, month_names[i], 3) == 0) {
			*text += 3;
			*ret_month = i + 1;
			return true;
		}
	}
	return false;
}

static bool
get_time(const char **text, struct clock_civil *civil)
{
	return get_number(text, 2, &civil->hour) && get_byte(text, ':') &&
	       get_number(text, 2, &civil->minute) && get_byte(text, ':') &&
	       get_number(text, 2, &civil->second);
}

static int
days_in(int year, int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* A leap second is the second after it. */
static int
to_seconds(const struct clock_civil *civil, int64_t *ret_seconds)
{
	if (civil->year < 1 || civil->month < 1 || civil->month > 12 || civil->day < 1 ||
		civil->day > days_in(civil->year, civil->month) || civil->hour > 23 ||
		civil->minute > 59 || civil->second > 60)
		return -EINVAL;
	*ret_seconds = clock_days(civil->year, civil->month, civil->day) * DAY +
		       civil->hour * 3600 + civil->minute * 60 + civil->second;
	return 0;
}

/* "06 Nov 1994 08:49:37 GMT" */
static bool
http_fixdate(const char *text, struct clock_civil *civil)
{
	return get_number(&text, 2, &civil->day) && get_byte(&text, ' ') &&
	       get_month(&text, &civil->month) && get_byte(&text, ' ') &&
	       get_number(&text, 4, &civil->year) && get_byte(&text, ' ') &&
	       get_time(&text, civil) && strcasecmp(text, " GMT") == 0;
}

/* "06-Nov-94 08:49:37 GMT"; the century is the one that keeps the year between 1970 and 2069. */
static bool
http_rfc850(const char *text, struct clock_civil *civil)
{
	if (!get_number(&text, 2, &civil->day) || !get_byte(&text, '-') ||
		!get_month(&text, &civil->month) || !get_byte(&text, '-') ||
		!get_number(&text, 2, &civil->year))
		return false;
	civil->year += civil->year < 70 ? 2000 : 1900;
	return get_byte(&text, ' ') && get_time(&text, civil) && strcasecmp(text, " GMT") == 0;
}

/* "Nov  6 08:49:37 1994" */
static bool
http_asctime(const char *text, struct clock_civil *civil)
{
	if (!get_month(&text, &civil->month) || !get_byte(&text, ' ') ||
		!get_number(&text, *text == ' ' && ++text ? 1 : 2, &civil->day))
		return false;
	return get_byte(&text, ' ') && get_time(&text, civil) && get_byte(&text, ' ') &&
	       get_number(&text, 4, &civil->year) && *text == '\0';
}

int
clock_parse_http(const char *text, int64_t *ret_seconds)
{
	struct clock_civil civil = { 0 };

	while (isalpha((unsigned char)*text))
		text++;
	if (*text == ',')
		text++;
	if (!get_byte(&text, ' '))
		return -EINVAL;
	if (!http_fixdate(text, &civil) && !http_rfc850(text, &civil) &&
		!http_asctime(text, &civil))
		return -EINVAL;
	return to_seconds(&civil, ret_seconds);
}

/* "Z", "+01:00" or "-05:30" and the end of the text. */
static bool
get_offset(const char *text, int *ret_seconds)
{
	int sign, hours, minutes;

	if (*text == 'Z' || *text == 'z') {
		*ret_seconds = 0;
		return text[1] == '\0';
	}
	if (*text != '+' && *text != '-')
		return false;
	sign = *text++ == '+' ? 1 : -1;
	if (!get_number(&text, 2, &hours) || !get_byte(&text, ':') ||
		!get_number(&text, 2, &minutes) || *text != '\0' || hours > 23 || minutes > 59)
		return false;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

int
clock_parse_rfc3339(const char *text, int64_t *ret_seconds)
{
	struct clock_civil civil = { 0 };
	int offset, r;
	int64_t seconds;

	if (!get_number(&text, 4, &civil.year) || !get_byte(&text, '-') ||
		!get_number(&text, 2, &civil.month) || !get_byte(&text, '-') ||
		!get_number(&text, 2, &civil.day) || *text == '\0' || strchr("Tt ", *text) == NULL)
		return -EINVAL;
	text++;
	if (!get_time(&text, &civil))
		return -EINVAL;
	if (*text == '.') {
		if (!isdigit((unsigned char)*++text))
			return -EINVAL;
		while (isdigit((unsigned char)*text))
			text++;
	}
	if (!get_offset(text, &offset))
		return -EINVAL;
	r = to_seconds(&civil, &seconds);
	if (r == 0)
		*ret_seconds = seconds - offset;
	return r;
}
