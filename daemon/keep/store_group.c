/*
 * Feeds of one key: who leads, who follows.
 *
 * Invariants: of the configured feeds of a key one has leader = 0 and knows how many follow it; all
 * others name it. Told anew whenever a feed joins or leaves.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/store_rows.h"

int
store_lead(struct store *store, const unsigned char *key)
{
	if (key == NULL)
		return 0;
	store_bind_blob(store->db, STORE_FEED_LEAD, 1, key, STORE_KEY_SIZE);
	return store_run(store->db, STORE_FEED_LEAD);
}

int
store_followers(struct store *store, int64_t leader, size_t max, int64_t *ret_ids, size_t *ret_n)
{
	size_t n = 0;
	int got;

	store_bind_int(store->db, STORE_FEED_FOLLOWERS, 1, leader);
	store_bind_int(store->db, STORE_FEED_FOLLOWERS, 2, (int64_t)max);
	while ((got = store_step(store->db, STORE_FEED_FOLLOWERS)) == 1)
		ret_ids[n++] = store_column_int(store->db, STORE_FEED_FOLLOWERS, 0);
	if (got == 0)
		*ret_n = n;
	return got;
}
