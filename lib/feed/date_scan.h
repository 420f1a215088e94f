/* The pieces of a date as they stand in a text, before anyone decides what they mean. */
#ifndef LIB_FEED_DATE_SCAN_H
#define LIB_FEED_DATE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATE_NUMBERS_MAX 4

struct date_number {
	int64_t value;
	int digits;
	char before; /* the separator that touches it, a blank for others */
};

struct date_parts {
	struct date_number numbers[DATE_NUMBERS_MAX]; /* of the date, not of the time */
	size_t n_numbers;
	int month; /* 1 to 12 where it was named; 0 */
	int week;  /* of an ISO week date; -1 */
	int weekday;
	bool short_year; /* began with "-": the century was left out */

	bool time;
	int hour, minute, second;
	bool am, pm;

	bool zone;
	int offset; /* seconds east of Greenwich */

	bool words;  /* words without a meaning were passed over */
	bool korean; /* words in Hangul were seen */
};

/* Returns 0, or -EINVAL for a text that has more in it than a date can. */
int date_scan(const char *text, size_t size, struct date_parts *ret_parts);

#endif
