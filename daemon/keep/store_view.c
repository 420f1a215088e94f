/*
 * Looks for the page. Changes nothing.
 *
 * Errors: -errno from below, passed on, or what the callback returned.
 */
#include "daemon/keep/store_view.h"

#include <errno.h>

#include "daemon/keep/store_rows.h"

int
store_view_articles(struct store *store, uint64_t before, size_t max,
	int (*article)(void *arg, const struct store_article *article, const char *feed_tags),
	void *arg)
{
	const enum store_statement s = STORE_VIEW_ARTICLES;
	int got;

	store_bind_int(store->db, s, 1, before < INT64_MAX ? (int64_t)before : INT64_MAX);
	store_bind_int(store->db, s, 2, (int64_t)max);
	while ((got = store_step(store->db, s)) == 1) {
		struct bytes hash = store_column_blob(store->db, s, 1);
		const struct store_article row = {
			.seq = (uint64_t)store_column_int(store->db, s, 0),
			.hash = hash.ptr,
			.feed = store_column_int(store->db, s, 2),
			.day = store_column_text(store->db, s, 3),
			.tags = store_column_text(store->db, s, 4),
			.when = store_column_int(store->db, s, 5),
		};

		const char *feed_tags = store_column_text(store->db, s, 6);

		got = hash.len == SHA256_SIZE && row.day != NULL && row.tags != NULL
			      ? article(arg, &row, feed_tags)
			      : -EIO;
		if (got != 0) {
			store_reset(store->db, s);
			return got;
		}
	}
	return got;
}

int
store_view_counts(struct store *store, struct store_view_counts *ret_counts)
{
	const enum store_statement s = STORE_VIEW_COUNTS;
	int got;

	store_bind_int(store->db, s, 1, STORE_VIEW_COUNTED);
	got = store_step(store->db, s);
	if (got != 1)
		return got < 0 ? got : -EIO;
	ret_counts->failing = store_column_int(store->db, s, 0);
	ret_counts->stopped = store_column_int(store->db, s, 1);
	ret_counts->paused = store_column_int(store->db, s, 2);
	store_reset(store->db, s);
	return 0;
}

int
store_view_trouble(struct store *store, size_t max, int64_t *ret_ids, size_t *ret_n)
{
	size_t n = 0;
	int got;

	store_bind_int(store->db, STORE_VIEW_TROUBLE, 1, (int64_t)max);
	while ((got = store_step(store->db, STORE_VIEW_TROUBLE)) == 1)
		ret_ids[n++] = store_column_int(store->db, STORE_VIEW_TROUBLE, 0);
	if (got == 0)
		*ret_n = n;
	return got;
}
