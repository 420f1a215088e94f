/*
 * The store's feeds: what the configuration says of them, when they are due, what each poll found.
 *
 * Invariants: a load of the configuration writes only the rows that differ, so a million known
 * feeds cost a million look-ups and no write. Validators and a move belong to the configured URL
 * and go with it.
 *
 * Errors: -errno from below, passed on; the caller rolls back.
 */
#include "daemon/keep/store_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Far above any list of feeds; keeps the bit map of a load bounded. */
#define FEED_ID_MAX (INT64_C(1) << 32)

int
store_feeds_begin(struct store *store, int64_t now)
{
	int got;

	free(store->feeds_seen);
	store->feeds_seen = NULL;
	store->feeds_seen_size = 0;
	store->feeds_now = now;
	if ((got = store_set_cache(store, STORE_CACHE_LOAD)) != 0)
		return got;
	if ((got = store_run(store->db, STORE_FEEDS_UNNOTE)) != 0)
		return got;
	if ((got = store_step(store->db, STORE_FEED_LAST)) != 1)
		return got < 0 ? got : -EIO;
	store->feeds_last = store_column_int(store->db, STORE_FEED_LAST, 0);
	store_reset(store->db, STORE_FEED_LAST);
	return 0;
}

static bool
is_seen(const struct store *store, int64_t id)
{
	size_t byte = (size_t)id / 8;

	return byte < store->feeds_seen_size && (store->feeds_seen[byte] & 1 << id % 8) != 0;
}

static int
mark_seen(struct store *store, int64_t id)
{
	size_t byte = (size_t)id / 8;

	if (id < 0 || id >= FEED_ID_MAX)
		return -EIO;
	if (byte >= store->feeds_seen_size) {
		size_t size = byte * 2 + 1024;
		unsigned char *more = realloc(store->feeds_seen, size);
		if (more == NULL)
			return -ENOMEM;
		memset(more + store->feeds_seen_size, 0, size - store->feeds_seen_size);
		store->feeds_seen = more;
		store->feeds_seen_size = size;
	}
	store->feeds_seen[byte] |= (unsigned char)(1 << id % 8);
	return 0;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* What a load found in the row of a name. */
struct known {
	int64_t id;
	bool same_url, same_rest, same_key;
	bool has_key;
	unsigned char key[STORE_KEY_SIZE];
};

static void
read_key(struct store *store, const unsigned char *key, struct known *known)
{
	struct bytes was = store_column_blob(store->db, STORE_FEED_BY_NAME, 6);

	known->has_key = was.len == STORE_KEY_SIZE;
	if (known->has_key)
		memcpy(known->key, was.ptr, STORE_KEY_SIZE);
	known->same_key = known->has_key
				  ? key != NULL && memcmp(key, known->key, STORE_KEY_SIZE) == 0
				  : key == NULL;
}

static int
find_known(struct store *store, const struct config_feed *feed, const unsigned char *key,
	struct known *ret_known)
{
	const enum store_statement s = STORE_FEED_BY_NAME;
	int got;

	store_bind_text(store->db, s, 1, feed->name);
	if ((got = store_step(store->db, s)) != 1)
		return got;
	ret_known->id = store_column_int(store->db, s, 0);
	ret_known->same_url = same_text(feed->url, store_column_text(store->db, s, 1));
	ret_known->same_rest = same_text(feed->title, store_column_text(store->db, s, 2)) &&
			       same_text(feed->tags, store_column_text(store->db, s, 3)) &&
			       same_text(feed->settings, store_column_text(store->db, s, 4)) &&
			       store_column_int(store->db, s, 5) == 0;
	read_key(store, key, ret_known);
	store_reset(store->db, s);
	return 1;
}

static int
insert_feed(struct store *store, const struct config_feed *feed, const unsigned char *key,
	int64_t first_poll)
{
	const enum store_statement s = STORE_FEED_INSERT;
	int error;

	store_bind_text(store->db, s, 1, feed->name);
	store_bind_text(store->db, s, 2, feed->url);
	store_bind_text(store->db, s, 3, feed->title);
	store_bind_text(store->db, s, 4, feed->tags);
	store_bind_text(store->db, s, 5, feed->settings);
	store_bind_int(store->db, s, 6, first_poll);
	store_bind_blob(store->db, s, 7, key, STORE_KEY_SIZE);
	if ((error = store_run(store->db, s)) != 0)
		return error;
	return mark_seen(store, store_inserted(store->db));
}

static int
readdress(struct store *store, int64_t id, const char *url, int64_t first_poll)
{
	int error;

	store_bind_int(store->db, STORE_FEED_READDRESS, 1, id);
	store_bind_text(store->db, STORE_FEED_READDRESS, 2, url);
	store_bind_int(store->db, STORE_FEED_READDRESS, 3, first_poll);
	error = store_run(store->db, STORE_FEED_READDRESS);
	return error != 0 ? error : store_archive_drop(store, id);
}

static int
reconfigure(
	struct store *store, int64_t id, const struct config_feed *feed, const unsigned char *key)
{
	store_bind_int(store->db, STORE_FEED_RECONFIGURE, 1, id);
	store_bind_text(store->db, STORE_FEED_RECONFIGURE, 2, feed->title);
	store_bind_text(store->db, STORE_FEED_RECONFIGURE, 3, feed->tags);
	store_bind_text(store->db, STORE_FEED_RECONFIGURE, 4, feed->settings);
	store_bind_blob(store->db, STORE_FEED_RECONFIGURE, 5, key, STORE_KEY_SIZE);
	return store_run(store->db, STORE_FEED_RECONFIGURE);
}

/* A known feed is brought to what it is configured as now; what it leaves finds another leader. */
static int
update_feed(struct store *store, const struct config_feed *feed, const unsigned char *key,
	int64_t first_poll, const struct known *known)
{
	int error = 0;

	if (!known->same_url)
		error = readdress(store, known->id, feed->url, first_poll);
	if (error != 0 || (known->same_rest && known->same_key))
		return error;
	error = reconfigure(store, known->id, feed, key);
	if (error == 0 && known->has_key)
		error = store_lead(store, known->key);
	if (error == 0 && !known->same_key)
		error = store_lead(store, key);
	return error;
}

int
store_feeds_put(struct store *store, const struct config_feed *feed,
	const unsigned char key[STORE_KEY_SIZE], int64_t first_poll, bool *ret_new)
{
	struct known known = { 0 };
	int got = find_known(store, feed, key, &known), error = 0;

	if (got < 0)
		return got;
	if (got == 0) {
		error = insert_feed(store, feed, key, first_poll);
		if (error == 0)
			error = store_lead(store, key);
		if (error == 0)
			*ret_new = true;
		return error;
	}
	if (is_seen(store, known.id))
		return -EEXIST;
	error = update_feed(store, feed, key, first_poll, &known);
	if (error == 0)
		error = mark_seen(store, known.id);
	if (error == 0)
		*ret_new = !known.same_url;
	return error;
}

static int
remove_feed(struct store *store, int64_t id)
{
	unsigned char key[STORE_KEY_SIZE];
	struct bytes was;
	bool has_key = false;
	int got;

	if ((got = store_archive_drop(store, id)) != 0)
		return got;
	store_bind_int(store->db, STORE_FEED_REMOVE, 1, id);
	store_bind_int(store->db, STORE_FEED_REMOVE, 2, store->feeds_now);
	while ((got = store_step(store->db, STORE_FEED_REMOVE)) == 1) {
		was = store_column_blob(store->db, STORE_FEED_REMOVE, 0);
		has_key = was.len == STORE_KEY_SIZE;
		if (has_key)
			memcpy(key, was.ptr, STORE_KEY_SIZE);
	}
	if (got < 0)
		return got;
	return store_lead(store, has_key ? key : NULL);
}

int
store_feeds_end(struct store *store)
{
	int got, error = 0;

	/* The rows that go do so under the statement that reads them, which SQLite allows: each is
	 * met once, and removing it only takes it out of what is read. */
	while ((got = store_step(store->db, STORE_FEED_CONFIGURED)) == 1) {
		int64_t id = store_column_int(store->db, STORE_FEED_CONFIGURED, 0);
		if (!is_seen(store, id) && (error = remove_feed(store, id)) != 0) {
			store_reset(store->db, STORE_FEED_CONFIGURED);
			break;
		}
	}
	free(store->feeds_seen);
	store->feeds_seen = NULL;
	store->feeds_seen_size = 0;
	if (got == 0 && error == 0)
		error = store_rename(store);
	return got < 0 ? got : error;
}

int
store_due(struct store *store, int64_t after, int64_t now, size_t max, int64_t *ret_ids,
	size_t *ret_n)
{
	size_t n = 0;
	int got;

	store_bind_int(store->db, STORE_FEED_DUE, 1, now);
	store_bind_int(store->db, STORE_FEED_DUE, 2, (int64_t)max);
	store_bind_int(store->db, STORE_FEED_DUE, 3, after);
	while ((got = store_step(store->db, STORE_FEED_DUE)) == 1)
		ret_ids[n++] = store_column_int(store->db, STORE_FEED_DUE, 0);
	if (got == 0)
		*ret_n = n;
	return got;
}

int
store_next_due(struct store *store, int64_t after, int64_t *ret_when)
{
	int got;

	store_bind_int(store->db, STORE_FEED_NEXT_DUE, 1, after);
	got = store_step(store->db, STORE_FEED_NEXT_DUE);
	if (got < 0)
		return got;
	*ret_when = got == 0 ? INT64_MAX : store_column_int(store->db, STORE_FEED_NEXT_DUE, 0);
	store_reset(store->db, STORE_FEED_NEXT_DUE);
	return 0;
}

/* Columns into an arena; a failed copy is noted and told once. */
struct copier {
	struct store *store;
	struct arena *arena;
	bool failed;
};

static const char *
copy_text(struct copier *copier, int column)
{
	const char *text = store_column_text(copier->store->db, STORE_FEED_GET, column), *copy;

	copy = arena_strdup(copier->arena, text);
	if (text != NULL && copy == NULL)
		copier->failed = true;
	return copy;
}

static struct bytes
copy_blob(struct copier *copier, int column)
{
	struct bytes blob = store_column_blob(copier->store->db, STORE_FEED_GET, column);

	if (blob.ptr == NULL)
		return blob;
	blob.ptr = (unsigned char *)arena_strndup(copier->arena, (const char *)blob.ptr, blob.len);
	if (blob.ptr == NULL) {
		copier->failed = true;
		blob.len = 0;
	}
	return blob;
}

static int64_t
column(const struct copier *copier, int index)
{
	return store_column_int(copier->store->db, STORE_FEED_GET, index);
}

static void
read_feed(struct copier *c, struct store_feed *feed)
{
	feed->id = column(c, 0);
	feed->name = copy_text(c, 1);
	feed->url = copy_text(c, 2);
	feed->title = copy_text(c, 3);
	feed->tags = copy_text(c, 4);
	feed->settings = copy_text(c, 5);
	feed->moved_url = copy_text(c, 6);
	feed->etag = copy_blob(c, 7);
	feed->last_modified = copy_blob(c, 8);
	feed->body_hash = copy_blob(c, 9);
	feed->next_poll = column(c, 10);
	feed->last_poll = column(c, 11);
	feed->last_success = column(c, 12);
	feed->failures = column(c, 13);
	feed->crashes = column(c, 14);
	feed->stopped = column(c, 15) != 0;
	feed->paused = column(c, 15) == 2;
	feed->document_title = copy_text(c, 16);
	feed->home_page_url = copy_text(c, 17);
	feed->synced = column(c, 18);
	feed->parsed = column(c, 19);
	feed->ttl = column(c, 20);
	feed->skip_hours = (uint32_t)column(c, 21);
	feed->skip_days = (uint32_t)column(c, 22);
	feed->rhythm.items = store_column_double(c->store->db, STORE_FEED_GET, 23);
	feed->rhythm.span = store_column_double(c->store->db, STORE_FEED_GET, 24);
	feed->why_next = copy_text(c, 25);
	feed->result = (enum message_result)column(c, 26);
	feed->status = (int)column(c, 27);
	feed->reason = copy_text(c, 28);
	feed->validators_url = copy_text(c, 29);
	feed->followers = column(c, 30);
	feed->self_url = copy_text(c, 31);
	feed->undone_url = copy_text(c, 32);
	feed->leader = column(c, 33);
	feed->polls = column(c, 34);
	feed->not_before = column(c, 35);
}

int
store_feed_get(struct store *store, int64_t id, struct arena *arena, struct store_feed *ret_feed)
{
	struct copier copier = { .store = store, .arena = arena };
	struct store_feed feed = { 0 };
	int got;

	store_bind_int(store->db, STORE_FEED_GET, 1, id);
	if ((got = store_step(store->db, STORE_FEED_GET)) != 1)
		return got;
	read_feed(&copier, &feed);
	store_reset(store->db, STORE_FEED_GET);
	if (copier.failed)
		return -ENOMEM;
	*ret_feed = feed;
	return 1;
}

int
store_feed_find(struct store *store, const char *name, int64_t *ret_id)
{
	int got;

	store_bind_text(store->db, STORE_FEED_ID, 1, name);
	if ((got = store_step(store->db, STORE_FEED_ID)) != 1)
		return got;
	*ret_id = store_column_int(store->db, STORE_FEED_ID, 0);
	store_reset(store->db, STORE_FEED_ID);
	return 1;
}

int
store_feed_counts(struct store *store, int64_t now, struct store_counts *ret_counts)
{
	const enum store_statement s = STORE_FEED_COUNTS;
	int got;

	store_bind_int(store->db, s, 1, now);
	got = store_step(store->db, s);
	if (got != 1)
		return got < 0 ? got : -EIO;
	ret_counts->feeds = store_column_int(store->db, s, 0);
	ret_counts->stopped = store_column_int(store->db, s, 1);
	ret_counts->failing = store_column_int(store->db, s, 2);
	ret_counts->unpolled = store_column_int(store->db, s, 3);
	ret_counts->later = store_column_int(store->db, s, 4);
	ret_counts->paused = store_column_int(store->db, s, 5);
	store_reset(store->db, s);
	return 0;
}

static bool
same_bytes(struct bytes a, struct bytes b)
{
	if (a.ptr == NULL || b.ptr == NULL)
		return a.ptr == b.ptr;
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* A good poll like the good one before it: of the row, times and the rhythm alone are others. */
static bool
is_again(const struct store_feed *before, const struct store_poll *poll)
{
	return before->last_poll > 0 && before->failures == 0 && poll->failures == 0 &&
	       before->crashes == 0 && (!before->stopped || before->paused) && !poll->stop &&
	       before->result == poll->result && before->status == poll->status &&
	       before->reason == NULL && poll->reason == NULL &&
	       before->not_before == poll->not_before &&
	       same_text(before->why_next, poll->why_next);
}

static int
put_outcome_again(struct store *store, const struct store_poll *poll)
{
	const enum store_statement s = STORE_FEED_POLLED_AGAIN;

	store_bind_int(store->db, s, 1, poll->id);
	store_bind_int(store->db, s, 2, poll->when);
	store_bind_int(store->db, s, 3, poll->next_poll);
	store_bind_double(store->db, s, 4, poll->rhythm.items);
	store_bind_double(store->db, s, 5, poll->rhythm.span);
	return store_run(store->db, s);
}

static int
put_outcome(struct store *store, const struct store_feed *before, const struct store_poll *poll)
{
	const enum store_statement s = STORE_FEED_POLLED;
	bool good = poll->failures == 0;

	if (is_again(before, poll))
		return put_outcome_again(store, poll);
	store_bind_int(store->db, s, 1, poll->id);
	store_bind_int(store->db, s, 2, poll->when);
	store_bind_int(store->db, s, 3, poll->next_poll);
	store_bind_text(store->db, s, 4, poll->why_next);
	store_bind_int(store->db, s, 5, poll->result);
	store_bind_int(store->db, s, 6, poll->status);
	store_bind_text(store->db, s, 7, poll->reason);
	store_bind_int(store->db, s, 8, poll->failures);
	store_bind_int(store->db, s, 9, good ? 0 : before->crashes + poll->crashes);
	store_bind_int(store->db, s, 10, poll->stop);
	store_bind_int(store->db, s, 11, good ? poll->when : before->last_success);
	store_bind_double(store->db, s, 12, poll->rhythm.items);
	store_bind_double(store->db, s, 13, poll->rhythm.span);
	store_bind_int(store->db, s, 14, poll->not_before);
	return store_run(store->db, s);
}

static int
put_validators(struct store *store, const struct store_feed *before, const struct store_poll *poll)
{
	const enum store_statement s = STORE_FEED_VALIDATORS;

	if (poll->keep_validators ||
		(same_bytes(before->etag, poll->etag) &&
			same_bytes(before->last_modified, poll->last_modified) &&
			same_bytes(before->body_hash, poll->body_hash) &&
			same_text(before->validators_url, poll->validators_url)))
		return 0;
	store_bind_int(store->db, s, 1, poll->id);
	store_bind_blob(store->db, s, 2, poll->etag.ptr, poll->etag.len);
	store_bind_blob(store->db, s, 3, poll->last_modified.ptr, poll->last_modified.len);
	store_bind_blob(store->db, s, 4, poll->body_hash.ptr, poll->body_hash.len);
	store_bind_text(store->db, s, 5, poll->validators_url);
	return store_run(store->db, s);
}

static int
put_move(struct store *store, const struct store_poll *poll)
{
	if (poll->moved_url == NULL)
		return 0;
	store_bind_int(store->db, STORE_FEED_MOVED, 1, poll->id);
	store_bind_text(store->db, STORE_FEED_MOVED, 2,
		poll->moved_url[0] != '\0' ? poll->moved_url : NULL);
	return store_run(store->db, STORE_FEED_MOVED);
}

int
store_feed_undo_move(struct store *store, int64_t id)
{
	int error;

	store_bind_int(store->db, STORE_FEED_UNDO_MOVE, 1, id);
	error = store_run(store->db, STORE_FEED_UNDO_MOVE);
	return error != 0 ? error : store_changes(store->db) > 0;
}

static int
put_document(struct store *store, const struct store_poll *poll)
{
	const enum store_statement s = STORE_FEED_PARSED;

	if (!poll->parsed)
		return 0;
	store_bind_int(store->db, s, 1, poll->id);
	store_bind_int(store->db, s, 2, poll->when);
	store_bind_text(store->db, s, 3, poll->document_title);
	store_bind_text(store->db, s, 4, poll->home_page_url);
	store_bind_int(store->db, s, 5, poll->ttl);
	store_bind_int(store->db, s, 6, poll->skip_hours);
	store_bind_int(store->db, s, 7, poll->skip_days);
	store_bind_text(store->db, s, 8, poll->self_url);
	return store_run(store->db, s);
}

int
store_feed_polled(
	struct store *store, const struct store_feed *before, const struct store_poll *poll)
{
	int error = put_outcome(store, before, poll);

	if (error == 0)
		error = put_validators(store, before, poll);
	if (error == 0)
		error = put_move(store, poll);
	if (error == 0)
		error = put_document(store, poll);
	if (error == 0 && poll->history > 0)
		error = store_history_put(store, before->polls, poll);
	return error;
}

int
store_shift(struct store *store, int64_t delta)
{
	int error;

	store_bind_int(store->db, STORE_FEED_SHIFT, 1, delta);
	if ((error = store_run(store->db, STORE_FEED_SHIFT)) != 0)
		return error;
	store_bind_int(store->db, STORE_HOLD_SHIFT, 1, delta);
	if ((error = store_run(store->db, STORE_HOLD_SHIFT)) != 0)
		return error;
	store_bind_int(store->db, STORE_ARCHIVES_SHIFT, 1, delta);
	return store_run(store->db, STORE_ARCHIVES_SHIFT);
}
