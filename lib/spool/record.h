/*
 * The article record: one article as one line of JSON (newspool-spool(5),
 * conf/article.schema.json).
 */
#ifndef LIB_SPOOL_RECORD_H
#define LIB_SPOOL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include <newspool/article.h>
#include <newspool/spool.h>

#include "lib/base/buf.h"

#define RECORD_SCHEMA 1 /* _newspool.schema */

/* What newspool adds to what the publisher said. Every text may be NULL. */
struct record_meta {
	uint64_t seq;       /* 0: not delivered (newspool parse); left out */
	uint64_t revises;   /* sequence of the article that this one revises; 0: none */
	int64_t fetched_at; /* seconds; NP_TIME_NONE: left out */
	const char *feed_name;
	const char *feed_title;
	const char *feed_url;
	const char *feed_home_page_url;
	const uint64_t *simhash; /* NULL: none */
	uint64_t cluster; /* sequence of the first article that says about the same; 0: none */
	const char *const *tags; /* slugs */
	size_t n_tags;
};

/*
 * Appends the record with its newline. Always valid JSON on one line. Errors stick in out. meta may
 * be NULL: no _newspool.feed, tags, seq.
 */
void record_write(
	struct buf *out, const struct np_article *article, const struct record_meta *meta);

/*
 * Appends the line with content_html and content_text empty, for np_record_parse(): it takes the
 * one where it takes the other, and reads the same but for these two.
 */
void record_head(struct buf *out, const char *line, size_t size);

/* What newspool added to a record that was read; belongs to it. */
const struct record_meta *record_meta_of(const struct np_record *record);

#endif
