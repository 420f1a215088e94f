/* Dates as feeds write them. */
#ifndef LIB_FEED_DATE_H
#define LIB_FEED_DATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads a date in any form that feeds are known to use: RFC 822/2822 with its misuse, RFC 3339 and
 * W3C date-times in every precision, ISO 8601 basic, week and ordinal forms, asctime, epoch
 * numbers, other languages' month names, the Korean, Greek, Hungarian and Nate forms. Seconds since
 * 1970-01-01T00:00Z. Returns 0, -EINVAL where it is no date,
 * -ERANGE where it is one that cannot be (month 13, year 20000).
 */
int feed_date_parse(const char *text, size_t size, int64_t *ret_seconds);

#endif
