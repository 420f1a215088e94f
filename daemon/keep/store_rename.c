/*
 * A feed that comes under a new name. A name that is new and has the URL of a feed that is no longer
 * named is that feed, renamed: it goes on with that one's row, and so with its memory, its
 * validators and its schedule. The row that was just made for the name gives way.
 *
 * Invariants: done when the whole load is known, so that a second name for a URL that is still named
 * stays a feed of its own. Pairs are one to one.
 *
 * Errors: -errno from below; the caller rolls back.
 */
#include "daemon/keep/store_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pair {
	int64_t gone, came;
	bool has_key;
	unsigned char key[STORE_KEY_SIZE];
};

struct pairs {
	struct pair *list;
	size_t n, size;
};

static int
add_pair(struct store *store, struct pairs *pairs)
{
	const enum store_statement s = STORE_FEED_RENAMED;
	struct pair *pair;
	struct bytes key;

	if (pairs->n == pairs->size) {
		size_t size = pairs->size > 0 ? 2 * pairs->size : 64;
		struct pair *more = realloc(pairs->list, size * sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		pairs->list = more;
		pairs->size = size;
	}
	pair = &pairs->list[pairs->n++];
	*pair = (struct pair){ .gone = store_column_int(store->db, s, 0),
		.came = store_column_int(store->db, s, 1) };
	key = store_column_blob(store->db, s, 2);
	pair->has_key = key.len == STORE_KEY_SIZE;
	if (pair->has_key)
		memcpy(pair->key, key.ptr, STORE_KEY_SIZE);
	return 0;
}

/* All pairs before the first is changed: the statement must not meet its own changes. */
static int
find_pairs(struct store *store, struct pairs *pairs)
{
	int got, error = 0;

	store_bind_int(store->db, STORE_FEED_RENAMED, 1, store->feeds_last);
	while ((got = store_step(store->db, STORE_FEED_RENAMED)) == 1) {
		error = add_pair(store, pairs);
		if (error != 0) {
			store_reset(store->db, STORE_FEED_RENAMED);
			return error;
		}
	}
	return got;
}

/* The new row's name steps aside, the old row takes it and all that is configured, the new goes. */
static int
take_over(struct store *store, const struct pair *pair)
{
	static const enum store_statement steps[] = { STORE_FEED_STEP_ASIDE, STORE_FEED_TAKE_OVER,
		STORE_FEED_DROP };
	int got = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && got == 0; i++) {
		store_bind_int(store->db, steps[i], 1, pair->came);
		if (steps[i] == STORE_FEED_TAKE_OVER)
			store_bind_int(store->db, steps[i], 2, pair->gone);
		got = store_run(store->db, steps[i]);
	}
	if (got == 0)
		got = store_lead(store, pair->has_key ? pair->key : NULL);
	return got;
}

int
store_rename(struct store *store)
{
	struct pairs pairs = { 0 };
	int got, error;

	store->feeds_renamed = 0;
	got = store_step(store->db, STORE_FEED_ANY_REMOVED);
	store_reset(store->db, STORE_FEED_ANY_REMOVED);
	if (got != 1)
		return got;
	error = find_pairs(store, &pairs);
	for (size_t i = 0; i < pairs.n && error == 0; i++)
		error = take_over(store, &pairs.list[i]);
	if (error == 0)
		store->feeds_renamed = pairs.n;
	free(pairs.list);
	return error;
}

size_t
store_feeds_renamed(const struct store *store)
{
	return store->feeds_renamed;
}
