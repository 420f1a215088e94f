/*
 * Feeds and articles for those who look at them: feeds by name, and how many are late; articles from
 * the newest on.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/store_rows.h"

#include <errno.h>

int
store_feed_names(struct store *store, const char *after, size_t max, struct arena *arena,
	struct store_name *ret_names, size_t *ret_n)
{
	const enum store_statement s = STORE_FEED_NAMES;
	size_t n = 0;
	int got;

	store_bind_text(store->db, s, 1, after);
	store_bind_int(store->db, s, 2, (int64_t)max);
	while ((got = store_step(store->db, s)) == 1) {
		ret_names[n].id = store_column_int(store->db, s, 0);
		ret_names[n].name = arena_strdup(arena, store_column_text(store->db, s, 1));
		if (ret_names[n].name == NULL) {
			store_reset(store->db, s);
			return -ENOMEM;
		}
		n++;
	}
	if (got == 0)
		*ret_n = n;
	return got;
}

int
store_overdue(struct store *store, int64_t now, int64_t skip, int64_t max, int64_t *ret_n,
	int64_t *ret_first)
{
	const enum store_statement s = STORE_FEED_OVERDUE;
	int got;

	store_bind_int(store->db, s, 1, now);
	store_bind_int(store->db, s, 2, max);
	store_bind_int(store->db, s, 3, skip);
	if ((got = store_step(store->db, s)) != 1)
		return got < 0 ? got : -EIO;
	*ret_n = store_column_int(store->db, s, 0);
	*ret_first = store_column_int(store->db, s, 1);
	store_reset(store->db, s);
	return 0;
}

int
store_article_before(
	struct store *store, uint64_t seq, struct arena *arena, struct store_article *ret_article)
{
	int64_t before;
	int got;

	store_bind_int(
		store->db, STORE_ARTICLE_BEFORE, 1, seq > INT64_MAX ? INT64_MAX : (int64_t)seq);
	if ((got = store_step(store->db, STORE_ARTICLE_BEFORE)) != 1)
		return got;
	before = store_column_int(store->db, STORE_ARTICLE_BEFORE, 0);
	store_reset(store->db, STORE_ARTICLE_BEFORE);
	return store_article_get(store, (uint64_t)before, arena, ret_article);
}

int
store_feed_counts_on(
	struct store *store, int64_t now, size_t max, int64_t *place, struct store_counts *counts)
{
	const enum store_statement s = STORE_FEED_COUNTS_ON;
	int64_t n;
	int got;

	store_bind_int(store->db, s, 1, now);
	store_bind_int(store->db, s, 2, *place);
	store_bind_int(store->db, s, 3, (int64_t)max);
	if ((got = store_step(store->db, s)) != 1)
		return got < 0 ? got : -EIO;
	n = store_column_int(store->db, s, 0);
	counts->feeds += store_column_int(store->db, s, 1);
	counts->stopped += store_column_int(store->db, s, 2);
	counts->failing += store_column_int(store->db, s, 3);
	counts->unpolled += store_column_int(store->db, s, 4);
	counts->later += store_column_int(store->db, s, 5);
	counts->paused += store_column_int(store->db, s, 6);
	*place = store_column_int(store->db, s, 7);
	store_reset(store->db, s);
	return n == (int64_t)max;
}
