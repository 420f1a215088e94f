/*
 * What the feeds' rows were last made of, so that a load of the same has nothing to do. Errors:
 * -errno from below, passed on.
 */
#include "daemon/keep/store_rows.h"

int
store_feeds_note(struct store *store, const unsigned char digest[SHA256_SIZE], uint64_t n_feeds)
{
	const enum store_statement s = STORE_FEEDS_NOTE;

	store_bind_blob(store->db, s, 1, digest, SHA256_SIZE);
	store_bind_int(store->db, s, 2, (int64_t)n_feeds);
	return store_run(store->db, s);
}

int
store_feeds_noted(
	struct store *store, const unsigned char digest[SHA256_SIZE], uint64_t *ret_n_feeds)
{
	const enum store_statement s = STORE_FEEDS_NOTED;
	int got;

	store_bind_blob(store->db, s, 1, digest, SHA256_SIZE);
	if ((got = store_step(store->db, s)) != 1)
		return got;
	*ret_n_feeds = (uint64_t)store_column_int(store->db, s, 0);
	store_reset(store->db, s);
	return 1;
}
