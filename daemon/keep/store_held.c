/*
 * Articles that wait for an operator.
 *
 * Invariants: one row an item; a row is made and dropped in the transaction that decides about it.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/store_held.h"

#include <errno.h>
#include <string.h>

#include "daemon/keep/store_rows.h"

int
store_held_put(struct store *store, const struct store_held *held)
{
	const enum store_statement s = STORE_HELD_PUT;

	store_bind_int(store->db, s, 1, held->feed);
	store_bind_blob(store->db, s, 2, held->identity, STORE_IDENTITY_SIZE);
	store_bind_blob(store->db, s, 3, held->hash, SHA256_SIZE);
	store_bind_int(store->db, s, 4, (int64_t)held->revises);
	store_bind_int(store->db, s, 5, held->at);
	store_bind_text(store->db, s, 6, held->why);
	store_bind_text(store->db, s, 7, held->tags);
	store_bind_blob(store->db, s, 8, held->record.ptr, held->record.len);
	return store_run(store->db, s);
}

int
store_held_has(struct store *store, int64_t feed, const unsigned char identity[STORE_IDENTITY_SIZE])
{
	const enum store_statement s = STORE_HELD_FIND;
	int got;

	store_bind_int(store->db, s, 1, feed);
	store_bind_blob(store->db, s, 2, identity, STORE_IDENTITY_SIZE);
	got = store_step(store->db, s);
	store_reset(store->db, s);
	return got;
}

/* The row that the statement stands at. */
static int
read_row(struct store *store, struct arena *arena, struct store_held *ret_held)
{
	const enum store_statement s = STORE_HELD_NEXT;
	struct bytes identity = store_column_blob(store->db, s, 2);
	struct bytes hash = store_column_blob(store->db, s, 3);
	struct bytes record = store_column_blob(store->db, s, 8);

	if (identity.len != STORE_IDENTITY_SIZE || hash.len != SHA256_SIZE)
		return -EIO;
	*ret_held = (struct store_held){
		.id = store_column_int(store->db, s, 0),
		.feed = store_column_int(store->db, s, 1),
		.revises = (uint64_t)store_column_int(store->db, s, 4),
		.at = store_column_int(store->db, s, 5),
		.why = arena_strdup(arena, store_column_text(store->db, s, 6)),
		.tags = arena_strdup(arena, store_column_text(store->db, s, 7)),
		.record = { (const unsigned char *)arena_strndup(
				    arena, (const char *)record.ptr, record.len),
			record.len },
	};
	memcpy(ret_held->identity, identity.ptr, STORE_IDENTITY_SIZE);
	memcpy(ret_held->hash, hash.ptr, SHA256_SIZE);
	if (ret_held->why == NULL || ret_held->record.ptr == NULL || ret_held->tags == NULL)
		return -ENOMEM;
	return 1;
}

int
store_held_next(struct store *store, int64_t after, int64_t feed, int64_t id, struct arena *arena,
	struct store_held *ret_held)
{
	const enum store_statement s = STORE_HELD_NEXT;
	int got;

	store_bind_int(store->db, s, 1, after);
	store_bind_int(store->db, s, 2, feed);
	store_bind_int(store->db, s, 3, id);
	if ((got = store_step(store->db, s)) != 1)
		return got;
	got = read_row(store, arena, ret_held);
	store_reset(store->db, s);
	return got;
}

int
store_held_drop(struct store *store, int64_t id)
{
	store_bind_int(store->db, STORE_HELD_DROP, 1, id);
	return store_run(store->db, STORE_HELD_DROP);
}

int
store_held_counts(struct store *store,
	int (*count)(void *arg, const struct store_held_count *count), void *arg)
{
	const enum store_statement s = STORE_HELD_COUNTS;
	int got = 0, answer = 0;

	while (answer == 0 && (got = store_step(store->db, s)) == 1) {
		const struct store_held_count row = {
			.feed = store_column_int(store->db, s, 0),
			.name = store_column_text(store->db, s, 1),
			.n = store_column_int(store->db, s, 2),
			.bytes = store_column_int(store->db, s, 3),
			.oldest = store_column_int(store->db, s, 4),
		};
		answer = count(arg, &row);
	}
	store_reset(store->db, s);
	return answer != 0 ? answer : got;
}

int
store_held_size(struct store *store, int64_t *ret_n, int64_t *ret_bytes)
{
	const enum store_statement s = STORE_HELD_SIZE;
	int got = store_step(store->db, s);

	if (got != 1)
		return got < 0 ? got : -EIO;
	*ret_n = store_column_int(store->db, s, 0);
	*ret_bytes = store_column_int(store->db, s, 1);
	store_reset(store->db, s);
	return 0;
}
