/*
 * Feeds by hand, and what they have been through.
 *
 * Invariants: a paused feed leads no others, and is not polled for by them; so pausing and resuming
 * tell anew who leads.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/store_rows.h"

#include <errno.h>
#include <string.h>

/* Runs a statement that returns the feed's key, and finds the key's leader anew. */
static int
run_and_lead(struct store *store, enum store_statement s)
{
	unsigned char key[STORE_KEY_SIZE];
	bool has_key = false;
	int got;

	while ((got = store_step(store->db, s)) == 1) {
		struct bytes was = store_column_blob(store->db, s, 0);

		has_key = was.len == STORE_KEY_SIZE;
		if (has_key)
			memcpy(key, was.ptr, STORE_KEY_SIZE);
	}
	return got < 0 ? got : store_lead(store, has_key ? key : NULL);
}

int
store_feed_pause(struct store *store, int64_t id)
{
	store_bind_int(store->db, STORE_FEED_PAUSE, 1, id);
	return run_and_lead(store, STORE_FEED_PAUSE);
}

int
store_feed_resume(struct store *store, int64_t id, int64_t now)
{
	store_bind_int(store->db, STORE_FEED_RESUME, 1, id);
	store_bind_int(store->db, STORE_FEED_RESUME, 2, now);
	return run_and_lead(store, STORE_FEED_RESUME);
}

int
store_feed_reset(struct store *store, int64_t id, int64_t now)
{
	store_bind_int(store->db, STORE_FEED_RESET, 1, id);
	store_bind_int(store->db, STORE_FEED_RESET, 2, now);
	return store_run(store->db, STORE_FEED_RESET);
}

int
store_history_put(struct store *store, int64_t number, const struct store_poll *poll)
{
	const enum store_statement s = STORE_HISTORY_PUT;

	store_bind_int(store->db, s, 1, poll->id);
	store_bind_int(store->db, s, 2, number % poll->history);
	store_bind_int(store->db, s, 3, poll->when);
	store_bind_int(store->db, s, 4, poll->result);
	store_bind_int(store->db, s, 5, poll->status);
	store_bind_int(store->db, s, 6, (int64_t)poll->bytes_wire);
	store_bind_int(store->db, s, 7, (int64_t)poll->bytes_body);
	store_bind_int(store->db, s, 8, poll->n_new);
	store_bind_int(store->db, s, 9, poll->n_known);
	store_bind_int(store->db, s, 10, poll->elapsed);
	store_bind_text(store->db, s, 11, poll->reason);
	return store_run(store->db, s);
}

static int
read_past(struct store *store, struct arena *arena, struct store_past *past)
{
	const enum store_statement s = STORE_HISTORY;
	const char *reason = store_column_text(store->db, s, 8);

	past->when = store_column_int(store->db, s, 0);
	past->result = (enum message_result)store_column_int(store->db, s, 1);
	past->status = (int)store_column_int(store->db, s, 2);
	past->bytes_wire = store_column_int(store->db, s, 3);
	past->bytes_body = store_column_int(store->db, s, 4);
	past->n_new = store_column_int(store->db, s, 5);
	past->n_known = store_column_int(store->db, s, 6);
	past->elapsed = store_column_int(store->db, s, 7);
	past->reason = arena_strdup(arena, reason);
	return reason != NULL && past->reason == NULL ? -ENOMEM : 0;
}

int
store_history(struct store *store, int64_t feed, size_t max, struct arena *arena,
	struct store_past *ret_polls, size_t *ret_n)
{
	const enum store_statement s = STORE_HISTORY;
	size_t n = 0;
	int got;

	store_bind_int(store->db, s, 1, feed);
	store_bind_int(store->db, s, 2, (int64_t)max);
	while ((got = store_step(store->db, s)) == 1) {
		if (read_past(store, arena, &ret_polls[n]) != 0) {
			store_reset(store->db, s);
			return -ENOMEM;
		}
		n++;
	}
	if (got == 0)
		*ret_n = n;
	return got;
}
