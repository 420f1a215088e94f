/*
 * Reading the folders of a spool: the days in it, and the articles of a day. What is not named as
 * the spool names things is passed over; a folder that is not there, or is none, is empty.
 */
#ifndef LIB_SPOOL_SCAN_H
#define LIB_SPOOL_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/spool/layout.h"

struct item {
	uint64_t seq, hash;
};

struct day {
	char text[SPOOL_DAY_SIZE];
};

/* Growing arrays; zeroed ones are empty, and the lists are to be freed. */
struct items {
	struct item *list;
	size_t n, size;
};

struct days {
	struct day *list;
	size_t n, size;
};

/* Adds the days of a folder, sorted. path is relative to dir. Returns 0 or -errno. */
int scan_days(int dir, const char *path, struct days *days);

/* The sequence of one article in a folder, whichever. Returns whether there is one, or -errno. */
int scan_any(int dir, const char *path, uint64_t *ret_seq);

/*
 * Replaces the items by the articles of a day's folder, sorted by sequence. In a folder that is
 * being delivered into nothing below what is given is missing. Returns 0 or -errno.
 */
int scan_items(int dir, const char *path, struct items *items);

/*
 * The same of a queue's new/, where messages of articles may be too; an article of which both are
 * there stands twice. No promise of what is missing is made, or needed.
 */
int scan_queue(int dir, struct items *items);

#endif
