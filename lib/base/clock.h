/*
 * Points in time as text. Seconds since 1970-01-01T00:00Z in int64_t (NP_TIME_NONE for none),
 * proleptic Gregorian, no leap seconds, no time zones but UTC, no libc state.
 */
#ifndef LIB_BASE_CLOCK_H
#define LIB_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_RFC3339_SIZE 21 /* 2026-11-23T18:00:00Z and the NUL */
#define CLOCK_DAY_SIZE 11     /* 2026-11-23 and the NUL */

struct clock_civil {
	int year;  /* 1 to 9999 */
	int month; /* 1 to 12 */
	int day;   /* 1 to 31 */
	int hour, minute, second;
	int weekday; /* 0 = Sunday */
};

/* Days since 1970-01-01; the date is not checked. */
int64_t clock_days(int year, int month, int day);

/* Seconds outside of the years 1 to 9999 are clamped, here and below. */
void clock_civil(int64_t seconds, struct clock_civil *ret_civil);
void clock_rfc3339(int64_t seconds, char ret_text[CLOCK_RFC3339_SIZE]);
void clock_day(int64_t seconds, char ret_text[CLOCK_DAY_SIZE]);

/*
 * An HTTP date in any of its three forms (RFC 9110 section 5.6.7). Returns 0 or -EINVAL.
 */
int clock_parse_http(const char *text, int64_t *ret_seconds);

/* An RFC 3339 date-time with any offset; fractions are cut off. Returns 0 or -EINVAL. */
int clock_parse_rfc3339(const char *text, int64_t *ret_seconds);

#endif
