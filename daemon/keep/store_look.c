/*
 * Read-only statements over a store.
 *
 * Invariants: each is one SELECT, so one state of the database; nothing is locked against the
 * daemon, whose log grows meanwhile.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/store_look.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/store_rows.h"

int
store_look_open(const char *file, struct store **ret_store, struct config_error *err)
{
	struct store *store = calloc(1, sizeof(*store));
	int error;

	if (store == NULL) {
		snprintf(err->text, sizeof(err->text), "%s: out of memory", file);
		return -ENOMEM;
	}
	store->lock = -1;
	error = store_sqlite_look(file, &store->db, err);
	if (error != 0) {
		store_close(store);
		return error;
	}
	*ret_store = store;
	return 0;
}

int
store_look_copy(struct store *store, const char *to, struct config_error *err)
{
	int error = store_sqlite_copy(store->db, to);

	if (error != 0)
		snprintf(err->text, sizeof(err->text), "%s: the database cannot be copied: %s", to,
			strerror(-error));
	return error;
}

int
store_look_articles(struct store *store,
	int (*article)(void *arg, const struct store_article *article), void *arg)
{
	const enum store_statement s = STORE_LOOK_ARTICLES;
	int got, answer = 0;

	while (answer == 0 && (got = store_step(store->db, s)) == 1) {
		struct bytes hash = store_column_blob(store->db, s, 1);
		const struct store_article row = {
			.seq = (uint64_t)store_column_int(store->db, s, 0),
			.hash = hash.ptr,
			.feed = store_column_int(store->db, s, 2),
			.day = store_column_text(store->db, s, 3),
			.tags = store_column_text(store->db, s, 4),
			.queues = store_column_text(store->db, s, 5),
			.targets = (unsigned int)store_column_int(store->db, s, 6),
			.when = store_column_int(store->db, s, 7),
		};
		answer = hash.len == SHA256_SIZE ? article(arg, &row) : -EIO;
	}
	store_reset(store->db, s);
	return answer != 0 ? answer : got;
}

int
store_look_feed(struct store *store, int64_t id, struct arena *arena, const char **ret_name)
{
	const enum store_statement s = STORE_LOOK_FEED;
	const char *name;
	int got;

	store_bind_int(store->db, s, 1, id);
	if ((got = store_step(store->db, s)) != 1)
		return got;
	name = arena_strdup(arena, store_column_text(store->db, s, 0));
	store_reset(store->db, s);
	if (name == NULL)
		return -ENOMEM;
	*ret_name = name;
	return 1;
}

int
store_look_hash(struct store *store, const unsigned char hash[SHA256_SIZE],
	int (*had)(void *arg, const struct store_look_had *had), void *arg)
{
	const enum store_statement s = STORE_LOOK_HASH;
	int got = 0, answer = 0;

	store_bind_blob(store->db, s, 1, hash, SHA256_SIZE);
	while (answer == 0 && (got = store_step(store->db, s)) == 1) {
		const struct store_look_had row = {
			.feed = store_column_int(store->db, s, 0),
			.seq = (uint64_t)store_column_int(store->db, s, 1),
			.listed = store_column_int(store->db, s, 2),
		};
		answer = had(arg, &row);
	}
	store_reset(store->db, s);
	return answer != 0 ? answer : got;
}

static int
look_at_items(struct store *store, enum store_statement s, int64_t key,
	int (*item)(void *arg, const struct store_look_item *item), void *arg)
{
	int got = 0, answer = 0;

	store_bind_int(store->db, s, 1, key);
	while (answer == 0 && (got = store_step(store->db, s)) == 1) {
		struct bytes identity = store_column_blob(store->db, s, 1);
		struct bytes hash = store_column_blob(store->db, s, 2);
		struct store_look_item found = {
			.feed = store_column_int(store->db, s, 0),
			.identity = identity.ptr,
			.row = { .seq = (uint64_t)store_column_int(store->db, s, 3),
				.listed = store_column_int(store->db, s, 4),
				.decision = (enum store_decision)store_column_int(store->db, s, 5),
				.decided = store_column_int(store->db, s, 6),
				.evidence = store_column_int(store->db, s, 7),
				.revisions = store_column_int(store->db, s, 8),
				.url = store_column_int(store->db, s, 9) },
		};
		if (identity.len != STORE_IDENTITY_SIZE || hash.len != SHA256_SIZE) {
			answer = -EIO;
		} else {
			memcpy(found.row.hash, hash.ptr, SHA256_SIZE);
			answer = item(arg, &found);
		}
	}
	store_reset(store->db, s);
	return answer != 0 ? answer : got;
}

int
store_look_items(struct store *store, uint64_t seq,
	int (*item)(void *arg, const struct store_look_item *item), void *arg)
{
	return look_at_items(store, STORE_LOOK_ITEMS, (int64_t)seq, item, arg);
}

int
store_look_urls(struct store *store, int64_t url,
	int (*item)(void *arg, const struct store_look_item *item), void *arg)
{
	return look_at_items(store, STORE_LOOK_URLS, url, item, arg);
}
