/*
 * Walks through archives. Errors: -errno from below, passed on.
 */
#include "daemon/keep/store_rows.h"

#include <errno.h>

int
store_archive_put(struct store *store, const struct store_archive *walk)
{
	const enum store_statement s = STORE_ARCHIVE_PUT;

	store_bind_int(store->db, s, 1, walk->feed);
	store_bind_text(store->db, s, 2, walk->url);
	store_bind_int(store->db, s, 3, walk->whole);
	store_bind_text(store->db, s, 4, walk->walked);
	store_bind_int(store->db, s, 5, walk->documents);
	store_bind_int(store->db, s, 6, walk->found);
	store_bind_int(store->db, s, 7, walk->failures);
	store_bind_int(store->db, s, 8, walk->due);
	return store_run(store->db, s);
}

int
store_archive_drop(struct store *store, int64_t feed)
{
	store_bind_int(store->db, STORE_ARCHIVE_DROP, 1, feed);
	return store_run(store->db, STORE_ARCHIVE_DROP);
}

int
store_archive_get(
	struct store *store, int64_t feed, struct arena *arena, struct store_archive *ret_walk)
{
	const enum store_statement s = STORE_ARCHIVE_GET;
	struct store_archive walk = { .feed = feed };
	int got;

	store_bind_int(store->db, s, 1, feed);
	if ((got = store_step(store->db, s)) != 1)
		return got;
	walk.url = arena_strdup(arena, store_column_text(store->db, s, 0));
	walk.whole = store_column_int(store->db, s, 1) != 0;
	walk.walked = arena_strdup(arena, store_column_text(store->db, s, 2));
	walk.documents = store_column_int(store->db, s, 3);
	walk.found = store_column_int(store->db, s, 4);
	walk.failures = store_column_int(store->db, s, 5);
	walk.due = store_column_int(store->db, s, 6);
	store_reset(store->db, s);
	if (walk.url == NULL || walk.walked == NULL)
		return -ENOMEM;
	*ret_walk = walk;
	return 1;
}

int
store_archives_due(struct store *store, int64_t now, size_t max, int64_t *ret_feeds, size_t *ret_n)
{
	const enum store_statement s = STORE_ARCHIVES_DUE;
	size_t n = 0;
	int got;

	store_bind_int(store->db, s, 1, now);
	store_bind_int(store->db, s, 2, (int64_t)max);
	while ((got = store_step(store->db, s)) == 1)
		ret_feeds[n++] = store_column_int(store->db, s, 0);
	if (got == 0)
		*ret_n = n;
	return got;
}

int
store_archives_next(struct store *store, int64_t after, int64_t *ret_when)
{
	const enum store_statement s = STORE_ARCHIVES_NEXT;
	int got;

	store_bind_int(store->db, s, 1, after);
	got = store_step(store->db, s);
	if (got < 0)
		return got;
	*ret_when = got == 0 ? INT64_MAX : store_column_int(store->db, s, 0);
	store_reset(store->db, s);
	return 0;
}
