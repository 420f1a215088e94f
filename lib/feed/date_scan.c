/*
 * Reads a date's text from left to right, each piece by its form: a time by its colon, a zone by
 * its sign or name, a month by its name; whatever number remains belongs to the date. One pass over
 * at most TEXT_MAX bytes.
 *
 * Errors: -EINVAL where a number has no place; unknown words are only noted.
 */
#include "lib/feed/date_scan.h"

#include <errno.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/feed/date_names.h"

#define TEXT_MAX 128
#define DIGITS_MAX 17

struct scanner {
	const char *text;
	size_t size;
	size_t at;
	size_t time_end; /* where the time ended */
	struct date_parts *parts;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* The byte at an offset from the present one; a NUL outside of the text. */
static char
peek(const struct scanner *s, long offset)
{
	long at = (long)s->at + offset;

	return at >= 0 && (size_t)at < s->size ? s->text[at] : '\0';
}

static int
count_digits(const struct scanner *s, long offset)
{
	int n = 0;

	while (is_digit(peek(s, offset + n)))
		n++;
	return n;
}

/* Takes the given count of digits. */
static int64_t
take_digits(struct scanner *s, int digits)
{
	int64_t value = 0;

	for (int i = 0; i < digits; i++)
		value = value * 10 + (s->text[s->at++] - '0');
	return value;
}

static void
skip_fraction(struct scanner *s)
{
	if ((peek(s, 0) == '.' || peek(s, 0) == ',') && is_digit(peek(s, 1)))
		s->at += 1 + (size_t)count_digits(s, 1);
}

/* "9:15", "09:15:30", "09:15:30.5", "9h15"; the separator is known to be there. */
static void
take_time(struct scanner *s, int digits)
{
	struct date_parts *parts = s->parts;
	char separator;

	parts->time = true;
	parts->hour = (int)take_digits(s, digits);
	separator = s->text[s->at++];
	parts->minute = (int)take_digits(s, count_digits(s, 0) > 2 ? 3 : count_digits(s, 0));
	if (separator == ':' && peek(s, 0) == ':' && is_digit(peek(s, 1))) {
		s->at++;
		parts->second = (int)take_digits(
			s, count_digits(s, 0) > 2 ? 3 : count_digits(s, 0));
	}
	skip_fraction(s);
	s->time_end = s->at;
}

/* "T10", "T1014", "T101455" */
static void
take_basic_time(struct scanner *s, int digits)
{
	struct date_parts *parts = s->parts;

	parts->time = true;
	parts->hour = (int)take_digits(s, 2);
	if (digits >= 4)
		parts->minute = (int)take_digits(s, 2);
	if (digits == 6)
		parts->second = (int)take_digits(s, 2);
	skip_fraction(s);
	s->time_end = s->at;
}

/* "+1", "-05", "+0530", "-05:30", the sign is the present byte. Refuses more than a day. */
static int
take_offset(struct scanner *s)
{
	int sign = s->text[s->at++] == '-' ? -1 : 1;
	int digits = count_digits(s, 0), hours, minutes = 0;

	if (digits < 1 || digits > 4)
		return -EINVAL;
	hours = (int)take_digits(s, digits > 2 ? digits - 2 : digits);
	if (digits > 2) {
		minutes = (int)take_digits(s, 2);
	} else if (peek(s, 0) == ':' && count_digits(s, 1) == 2) {
		s->at++;
		minutes = (int)take_digits(s, 2);
	}
	if (hours > 24 || minutes > 59)
		return -EINVAL;
	s->parts->zone = true;
	s->parts->offset += sign * (hours * 3600 + minutes * 60);
	return 0;
}

static bool
is_time(const struct scanner *s, int digits)
{
	char separator = peek(s, digits);

	if (s->parts->time || digits > 2 || !is_digit(peek(s, digits + 1)))
		return false;
	return separator == ':' ||
	       ((separator == 'h' || separator == 'H') && count_digits(s, digits + 1) == 2);
}

/* Digits behind a "T" that stands behind the date. */
static bool
is_basic_time(const struct scanner *s, int digits)
{
	char before = peek(s, -1);

	return !s->parts->time && s->parts->n_numbers > 0 && (before == 'T' || before == 't') &&
	       (digits == 2 || digits == 4 || digits == 6);
}

static int
scan_number(struct scanner *s)
{
	struct date_parts *parts = s->parts;
	int digits = count_digits(s, 0);
	char before = peek(s, -1);

	if (digits > DIGITS_MAX)
		return -EINVAL;
	if (is_time(s, digits)) {
		take_time(s, digits);
		return 0;
	}
	if (is_basic_time(s, digits)) {
		take_basic_time(s, digits);
		return 0;
	}
	if (parts->n_numbers == DATE_NUMBERS_MAX)
		return -EINVAL;
	parts->numbers[parts->n_numbers++] = (struct date_number){
		.value = take_digits(s, digits),
		.digits = digits,
		.before = before == '-' || before == '/' || before == '.' ? before : ' ',
	};
	if (digits >= 9)
		skip_fraction(s);
	return 0;
}

/* "01시 31분 15초": what the number before the word was. */
static void
take_unit(struct date_parts *parts, enum date_unit unit)
{
	int value;

	if (unit == DATE_UNIT_AM || unit == DATE_UNIT_PM) {
		parts->am = unit == DATE_UNIT_AM;
		parts->pm = unit == DATE_UNIT_PM;
		return;
	}
	if (parts->n_numbers < 2 || parts->numbers[parts->n_numbers - 1].digits > 2)
		return;
	value = (int)parts->numbers[--parts->n_numbers].value;
	parts->time = true;
	if (unit == DATE_UNIT_HOUR)
		parts->hour = value;
	else if (unit == DATE_UNIT_MINUTE)
		parts->minute = value;
	else
		parts->second = value;
}

/* "W05-1", "W051" or "W05", the "W" passed and digits ahead. */
static void
take_week(struct scanner *s)
{
	struct date_parts *parts = s->parts;
	int digits = count_digits(s, 0);

	parts->week = (int)take_digits(s, 2);
	parts->weekday = 1;
	if (digits == 3)
		parts->weekday = (int)take_digits(s, 1);
	else if (peek(s, 0) == '-' && count_digits(s, 1) == 1) {
		s->at++;
		parts->weekday = (int)take_digits(s, 1);
	}
}

/* A name of a zone, and an offset from it ("GMT+1"), where a zone can stand. */
static int
take_zone_name(struct scanner *s, const char *word, bool *ret_taken)
{
	struct date_parts *parts = s->parts;
	int offset;

	*ret_taken = false;
	if (parts->zone || (!parts->time && strcmp(word, "z") != 0) || !date_zone(word, &offset))
		return 0;
	*ret_taken = true;
	parts->zone = true;
	parts->offset = offset;
	if ((peek(s, 0) == '+' || peek(s, 0) == '-') && is_digit(peek(s, 1)) &&
		(offset == 0 || count_digits(s, 1) == 4))
		return take_offset(s);
	return 0;
}

static bool
is_week(const struct scanner *s, const char *word)
{
	int digits = count_digits(s, 0);

	return strcmp(word, "w") == 0 && s->parts->n_numbers == 1 && (digits == 2 || digits == 3);
}

/* "am" and "a.m." are one word; other dots end one. */
static size_t
word_length(const struct scanner *s)
{
	size_t len = 0;

	if (peek(s, 1) == '.' && (peek(s, 2) == 'm' || peek(s, 2) == 'M') && !is_letter(peek(s, 3)))
		return 3;
	while (is_letter(peek(s, (long)len)))
		len++;
	return len;
}

static bool
is_hangul(const char *word, size_t size)
{
	unsigned int codepoint;

	utf8_decode(word, size, &codepoint);
	return codepoint >= 0xAC00 && codepoint <= 0xD7A3;
}

static int
scan_word(struct scanner *s)
{
	struct date_parts *parts = s->parts;
	size_t len = word_length(s);
	char word[DATE_WORD_MAX];
	enum date_unit unit;
	bool taken;
	int month, r;

	date_fold(s->text + s->at, len, word);
	parts->korean |= is_hangul(s->text + s->at, len);
	s->at += len;
	if (strcmp(word, "t") == 0 && is_digit(peek(s, 0)))
		return 0;
	if (is_week(s, word)) {
		take_week(s);
		return 0;
	}
	unit = date_unit(word);
	if (unit != DATE_UNIT_NONE) {
		take_unit(parts, unit);
		return 0;
	}
	/*
	 * a weekday can look like a month ("mar." for Tuesday): the later one is the month; but a
	 * word behind both a month and a time is not looked for among them, for it is mostly GMT
	 */
	month = parts->month > 0 && parts->time ? 0 : date_month(word);
	if (month > 0) {
		parts->month = month;
		return 0;
	}
	r = take_zone_name(s, word, &taken);
	if (!taken)
		parts->words = true;
	return r;
}

/* A sign behind a time, or a plus behind a date, begins a zone. */
static bool
is_offset(const struct scanner *s)
{
	const struct date_parts *parts = s->parts;
	char sign = peek(s, 0);

	if (parts->zone || !is_digit(peek(s, 1)) || (sign != '+' && sign != '-'))
		return false;
	if (parts->time)
		return s->at == s->time_end || peek(s, -1) == ' ';
	if (parts->n_numbers == 0)
		return false;
	return sign == '+' || (parts->n_numbers == 3 && peek(s, 3) == ':');
}

/* A comment as in mail: "(PST)". */
static void
skip_comment(struct scanner *s)
{
	while (s->at < s->size && s->text[s->at] != ')')
		s->at++;
}

int
date_scan(const char *text, size_t size, struct date_parts *ret_parts)
{
	struct date_parts parts = { .week = -1 };
	struct scanner s = { .text = text, .size = size, .parts = &parts };
	int r = 0;

	if (size == 0 || size > TEXT_MAX)
		return -EINVAL;
	if (size > 1 && text[0] == '-' && text[1] == '-')
		return -EINVAL; /* "--12-31" is of every year */
	parts.short_year = text[0] == '-';
	while (r == 0 && s.at < s.size) {
		char c = s.text[s.at];

		if (is_digit(c))
			r = scan_number(&s);
		else if (is_letter(c))
			r = scan_word(&s);
		else if (is_offset(&s))
			r = take_offset(&s);
		else {
			if (c == '(' && s.at > 0)
				skip_comment(&s);
			s.at++;
		}
	}
	if (r == 0)
		*ret_parts = parts;
	return r;
}
