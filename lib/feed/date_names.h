/* The words of dates: months in the languages of feeds, time zones, clock words. */
#ifndef LIB_FEED_DATE_NAMES_H
#define LIB_FEED_DATE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define DATE_WORD_MAX 32 /* bytes of a folded word with its NUL; longer ones are cut */

/* What a word beside a number or time says of it. */
enum date_unit {
	DATE_UNIT_NONE,
	DATE_UNIT_AM,
	DATE_UNIT_PM,
	DATE_UNIT_HOUR, /* the number before it is hours, and so on */
	DATE_UNIT_MINUTE,
	DATE_UNIT_SECOND,
};

/*
 * The word in lower case, Latin and Greek letters without their marks, so that tables need no
 * accents. What is neither Latin, Greek nor Cyrillic stays as it is.
 */
void date_fold(const char *word, size_t size, char ret_folded[DATE_WORD_MAX]);

/* 1 to 12 for a month's name or the first three letters of it or more, folded; 0 for others. */
int date_month(const char *folded);

/* True, with seconds east of Greenwich, for a time zone's name (folded), military ones included. */
bool date_zone(const char *folded, int *ret_offset);

enum date_unit date_unit(const char *folded);

#endif
