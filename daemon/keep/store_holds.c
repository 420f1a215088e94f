/*
 * Hosts that are left alone until some time.
 *
 * Invariants: may_hold is false only where the table is empty; most of the time it is, and costs no
 * look-up.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/store_rows.h"

bool
store_may_hold(const struct store *store)
{
	return !store->holds_none;
}

int
store_hold_put(struct store *store, const char *host, int64_t until)
{
	store->holds_none = false;
	store_bind_text(store->db, STORE_HOLD_PUT, 1, host);
	store_bind_int(store->db, STORE_HOLD_PUT, 2, until);
	return store_run(store->db, STORE_HOLD_PUT);
}

int
store_hold_find(struct store *store, const char *host, int64_t now, int64_t *ret_until)
{
	int got;

	store_bind_text(store->db, STORE_HOLD_FIND, 1, host);
	store_bind_int(store->db, STORE_HOLD_FIND, 2, now);
	if ((got = store_step(store->db, STORE_HOLD_FIND)) != 1)
		return got;
	*ret_until = store_column_int(store->db, STORE_HOLD_FIND, 0);
	store_reset(store->db, STORE_HOLD_FIND);
	return 1;
}

int
store_hold_drop(struct store *store, const char *host)
{
	store_bind_text(store->db, STORE_HOLD_DROP, 1, host);
	return store_run(store->db, STORE_HOLD_DROP);
}

int
store_feed_put_off(struct store *store, int64_t id, int64_t next_poll, const char *why)
{
	store_bind_int(store->db, STORE_FEED_PUT_OFF, 1, id);
	store_bind_int(store->db, STORE_FEED_PUT_OFF, 2, next_poll);
	store_bind_text(store->db, STORE_FEED_PUT_OFF, 3, why);
	return store_run(store->db, STORE_FEED_PUT_OFF);
}

int
store_holds_look(struct store *store)
{
	int got = store_step(store->db, STORE_HOLD_ANY);

	if (got < 0)
		return got;
	store->holds_none = got == 0;
	store_reset(store->db, STORE_HOLD_ANY);
	return 0;
}

int
store_holds_end(struct store *store, int64_t now, size_t *dropped)
{
	int error;

	if (store->holds_none)
		return 0;
	store_bind_int(store->db, STORE_HOLD_END, 1, now);
	error = store_run(store->db, STORE_HOLD_END);
	if (error != 0)
		return error;
	*dropped += (size_t)store_changes(store->db);
	return store_holds_look(store);
}
