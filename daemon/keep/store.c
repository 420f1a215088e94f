/*
 * The store's frame: the lock, transactions, counters, the clock's mark, forgetting. Feeds are in
 * store_feeds.c, articles in store_articles.c, SQLite in store_sqlite.c.
 *
 * Invariants: FILE.lock is locked for as long as the store is open, so there is one writer. The
 * sequence is kept here between begin and commit and written once; a rollback takes it back.
 *
 * Errors: -errno from below, passed on; the caller rolls back.
 */
#include "daemon/keep/store_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/keep/lock.h"
#include "lib/spool/layout.h"

/* A share of `remember`: each listed item is written at most this often in that time. */
#define LISTED_SHARES 8
#define FORGET_STEP_MAX 1000

static int
lock_failed(const char *file, int error, struct config_error *err)
{
	if (error == -EBUSY) {
		snprintf(err->text, sizeof(err->text),
			"%s: another newspoold is using this database: stop it first, or name "
			"another "
			"database in [state]",
			file);
		return -EBUSY;
	}
	snprintf(err->text, sizeof(err->text),
		"%s: cannot make its lock file: %s: the database's folder must exist and be "
		"writable by "
		"the daemon's user",
		file, strerror(-error));
	return error;
}

static int
lock(const char *file, int *ret_fd, struct config_error *err)
{
	struct buf path = { 0 };
	int fd, error;

	buf_printf(&path, "%s.lock", file);
	if ((error = buf_error(&path)) != 0)
		goto out;
	fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		error = lock_failed(file, -errno, err);
		goto out;
	}
	if ((error = lock_take(fd)) != 0) {
		error = lock_failed(file, error, err);
		close(fd);
		goto out;
	}
	*ret_fd = fd;
out:
	buf_done(&path);
	return error;
}

int
store_open(const char *file, int64_t now, struct store **ret_store, struct config_error *err)
{
	struct store *store = calloc(1, sizeof(*store));
	int error;

	snprintf(err->text, sizeof(err->text), "%s: out of memory", file);
	if (store == NULL)
		return -ENOMEM;
	store->lock = -1;
	error = lock(file, &store->lock, err);
	if (error == 0)
		error = store_sqlite_open(file, now, &store->db, err);
	if (error == 0)
		(void)store_holds_look(store);
	if (error != 0) {
		store_close(store);
		return error;
	}
	*ret_store = store;
	return 0;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	store_sqlite_close(store->db);
	if (store->lock >= 0)
		close(store->lock);
	free(store->feeds_seen);
	free(store);
}

const char *
store_error(const struct store *store)
{
	return store_sqlite_error(store->db);
}

bool
store_has_moved(const struct store *store)
{
	return store_sqlite_has_moved(store->db);
}

static int
meta_get(struct store *store, const char *key, int64_t *ret_value)
{
	int got;

	store_bind_text(store->db, STORE_META_GET, 1, key);
	got = store_step(store->db, STORE_META_GET);
	if (got != 1)
		return got < 0 ? got : -EIO;
	*ret_value = store_column_int(store->db, STORE_META_GET, 0);
	store_reset(store->db, STORE_META_GET);
	return 0;
}

static int
meta_put(struct store *store, const char *key, int64_t value)
{
	store_bind_text(store->db, STORE_META_PUT, 1, key);
	store_bind_int(store->db, STORE_META_PUT, 2, value);
	return store_run(store->db, STORE_META_PUT);
}

int
store_begin(struct store *store)
{
	store_touch(store);
	return store_begin_outcomes(store);
}

int
store_begin_outcomes(struct store *store)
{
	store->seq = 0;
	return store_sqlite_begin(store->db);
}

uint64_t
store_version(const struct store *store)
{
	return store->version;
}

void
store_touch(struct store *store)
{
	store->version++;
}

int
store_set_cache(struct store *store, unsigned int kib)
{
	char pragma[48];

	snprintf(pragma, sizeof(pragma), "PRAGMA cache_size = -%u; PRAGMA shrink_memory", kib);
	store->cache = kib;
	return store_sqlite_script(store->db, pragma);
}

int
store_begin_read(struct store *store)
{
	return store_run(store->db, STORE_BEGIN_READ);
}

int
store_end_read(struct store *store)
{
	return store_run(store->db, STORE_COMMIT);
}

/* A load is over, one way or the other. */
static void
end_load(struct store *store)
{
	if (store->cache == STORE_CACHE_LOAD)
		(void)store_set_cache(store, STORE_CACHE);
}

int
store_commit(struct store *store)
{
	int error = 0;

	if (store->seq != 0)
		error = meta_put(store, "seq", (int64_t)store->seq);
	if (error == 0)
		error = store_run(store->db, STORE_COMMIT);
	if (error == 0)
		end_load(store);
	return error;
}

void
store_rollback(struct store *store)
{
	store_sqlite_rollback(store->db);
	store->seq = 0;
	end_load(store);
}

int
store_next_seq(struct store *store, uint64_t *ret_seq)
{
	int64_t seq;
	int error;

	if (store->seq == 0) {
		if ((error = meta_get(store, "seq", &seq)) != 0)
			return error;
		store->seq = (uint64_t)seq;
	}
	if (store->seq >= SPOOL_SEQ_MAX)
		return -EOVERFLOW;
	*ret_seq = ++store->seq;
	return 0;
}

int
store_seq_get(struct store *store, uint64_t *ret_seq)
{
	int64_t seq;
	int error = meta_get(store, "seq", &seq);

	if (error == 0)
		*ret_seq = (uint64_t)seq;
	return error;
}

int
store_seq_raise(struct store *store, uint64_t seq, bool *ret_raised)
{
	uint64_t had;
	int error = store_seq_get(store, &had);

	if (error != 0)
		return error;
	*ret_raised = seq > had;
	if (*ret_raised)
		store->seq = seq;
	return 0;
}

int
store_clock_get(struct store *store, int64_t *ret_clock)
{
	return meta_get(store, "clock", ret_clock);
}

int
store_clock_put(struct store *store, int64_t now)
{
	return meta_put(store, "clock", now);
}

int64_t
store_listed_slack(int64_t remember)
{
	return remember / LISTED_SHARES;
}

/* One of the two tables that are walked: they differ in their statements and in their key. */
struct walk {
	enum store_statement step, drop;
	int feed_parameter; /* 1: (feed, key); 2: (key, feed) */
	size_t key_size;
	struct store_walk *at;
};

/* The keys to drop among the next max rows; the walk's place moves on, to the start at the end. */
static int
walk_read(struct store *store, const struct walk *walk, int64_t horizon, int64_t slack, size_t max,
	struct store_walk *keys, size_t *ret_n)
{
	int key_parameter = 3 - walk->feed_parameter;
	struct store_walk next = { 0 };
	size_t n = 0, rows = 0;
	int got;

	store_bind_int(store->db, walk->step, walk->feed_parameter, walk->at->feed);
	store_bind_blob(store->db, walk->step, key_parameter, walk->at->key, walk->key_size);
	store_bind_int(store->db, walk->step, 3, horizon);
	store_bind_int(store->db, walk->step, 4, slack);
	store_bind_int(store->db, walk->step, 5, (int64_t)max);
	while ((got = store_step(store->db, walk->step)) == 1) {
		struct bytes key = store_column_blob(store->db, walk->step, key_parameter - 1);
		next.feed = store_column_int(store->db, walk->step, walk->feed_parameter - 1);
		memcpy(next.key, key.ptr, key.len < walk->key_size ? key.len : walk->key_size);
		if (store_column_int(store->db, walk->step, 2) != 0)
			keys[n++] = next;
		rows++;
	}
	if (got < 0)
		return got;
	if (rows < max)
		memset(&next, 0, sizeof(next));
	*walk->at = next;
	*ret_n = n;
	return 0;
}

static int
walk_step(struct store *store, const struct walk *walk, int64_t horizon, int64_t slack, size_t max,
	size_t *dropped)
{
	struct store_walk *keys = calloc(max, sizeof(*keys));
	size_t n = 0;
	int error;

	if (keys == NULL)
		return -ENOMEM;
	error = walk_read(store, walk, horizon, slack, max, keys, &n);
	for (size_t i = 0; i < n && error == 0; i++) {
		store_bind_int(store->db, walk->drop, walk->feed_parameter, keys[i].feed);
		store_bind_blob(store->db, walk->drop, 3 - walk->feed_parameter, keys[i].key,
			walk->key_size);
		error = store_run(store->db, walk->drop);
	}
	if (error == 0)
		*dropped += n;
	free(keys);
	return error;
}

static int
forget_rows(struct store *store, enum store_statement statement, int64_t horizon, size_t max,
	size_t *dropped)
{
	int error;

	store_bind_int(store->db, statement, 1, horizon);
	store_bind_int(store->db, statement, 2, (int64_t)max);
	error = store_run(store->db, statement);
	if (error == 0)
		*dropped += (size_t)store_changes(store->db);
	return error;
}

int
store_forget(struct store *store, int64_t now, int64_t remember, size_t max, size_t *ret_dropped)
{
	const struct walk identities = { STORE_FORGET_IDENTITY_STEP, STORE_FORGET_IDENTITY, 1,
		STORE_IDENTITY_SIZE, &store->identities };
	const struct walk hashes = { STORE_FORGET_HASH_STEP, STORE_FORGET_HASH, 2, SHA256_SIZE,
		&store->hashes };
	int64_t horizon = now - remember, slack = store_listed_slack(remember);
	size_t dropped = 0;
	int error;

	max = max > FORGET_STEP_MAX ? FORGET_STEP_MAX : max;
	error = walk_step(store, &identities, horizon, slack, max, &dropped);
	if (error == 0)
		error = walk_step(store, &hashes, horizon, slack, max, &dropped);
	if (error == 0)
		error = forget_rows(store, STORE_FORGET_HELD, horizon, max, &dropped);
	if (error == 0)
		error = forget_rows(store, STORE_FORGET_ARTICLES, horizon, max, &dropped);
	if (error == 0)
		error = forget_rows(store, STORE_FORGET_FEEDS, horizon, max, &dropped);
	if (error == 0)
		error = forget_rows(store, STORE_FORGET_DROPPED, horizon, max, &dropped);
	if (error == 0)
		error = forget_rows(store, STORE_FORGET_RULE_HITS, horizon, max, &dropped);
	if (error == 0)
		error = store_holds_end(store, now, &dropped);
	if (error == 0)
		*ret_dropped = dropped;
	return error;
}

int
store_vacuum(struct store *store)
{
	return store_run(store->db, STORE_VACUUM);
}
