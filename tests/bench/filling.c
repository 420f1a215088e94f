/*
 * Rows are written by SQLite itself, in the order of their keys and without a flush: what a keeper
 * remembers after years, in seconds. Errors end the program.
 */
#include "tests/bench/filling.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS 2000

void
filling_must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s\n", what);
	exit(1);
}

void
filling_hash(unsigned char hash[SHA256_SIZE], uint64_t i, uint64_t n)
{
	uint64_t head = UINT64_MAX / n * i;

	for (int byte = 0; byte < 8; byte++)
		hash[byte] = (unsigned char)(head >> (56 - 8 * byte));
	for (int byte = 8; byte < SHA256_SIZE; byte++)
		hash[byte] = (unsigned char)(i * 0x9e3779b97f4a7c15 >> byte);
}

struct store *
filling_open(const char *path)
{
	struct config_error err = { "" };
	struct store *store = NULL;

	filling_must(store_open(path, 1, &store, &err) == 0, err.text);
	return store;
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	filling_must(
		sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, sqlite3_errmsg(db));
	return statement;
}

static void
put(sqlite3 *db, sqlite3_stmt *insert, const unsigned char hash[SHA256_SIZE], uint64_t feed,
	uint64_t seq)
{
	sqlite3_bind_blob(insert, 1, hash, SHA256_SIZE, SQLITE_STATIC);
	sqlite3_bind_int64(insert, 2, (int64_t)feed);
	sqlite3_bind_int64(insert, 3, (int64_t)seq);
	filling_must(sqlite3_step(insert) == SQLITE_DONE, sqlite3_errmsg(db));
	sqlite3_reset(insert);
}

void
filling_hashes(const char *path, uint64_t n, uint64_t n_feeds, bool identities)
{
	unsigned char hash[SHA256_SIZE];
	sqlite3_stmt *insert, *identity;
	sqlite3 *db;

	store_close(filling_open(path));
	filling_must(sqlite3_open(path, &db) == SQLITE_OK, path);
	sqlite3_exec(db, "PRAGMA synchronous = OFF; BEGIN", NULL, NULL, NULL);
	insert = prepare(db, "INSERT INTO hash (hash, feed, seq, listed) VALUES (?1, ?2, ?3, 1)");
	identity = prepare(db, "INSERT INTO identity (feed, identity, hash, seq, listed) "
			       "VALUES (?2, substr(?1, 1, 16), ?1, ?3, 1)");
	for (uint64_t i = 0; i < n; i++) {
		filling_hash(hash, i, n);
		put(db, insert, hash, i % n_feeds + 1, i + 1);
		if (identities)
			put(db, identity, hash, i % n_feeds + 1, i + 1);
	}
	sqlite3_finalize(insert);
	sqlite3_finalize(identity);
	filling_must(sqlite3_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL,
			     NULL) == SQLITE_OK,
		sqlite3_errmsg(db));
	sqlite3_close(db);
}

void
filling_feeds(struct store *store, uint64_t n)
{
	char name[32], url[64];
	bool is_new;

	filling_must(store_begin(store) == 0 && store_feeds_begin(store, 1) == 0, "begin");
	for (uint64_t i = 0; i < n; i++) {
		const struct config_feed feed = {
			.name = name, .url = url, .tags = "news ", .settings = ""
		};

		snprintf(name, sizeof(name), "f%" PRIu64, i);
		snprintf(url, sizeof(url), "https://h%" PRIu64 ".example/%" PRIu64, i % HOSTS, i);
		filling_must(store_feeds_put(store, &feed, NULL, 1 + (int64_t)i, &is_new) == 0,
			store_error(store));
	}
	filling_must(store_feeds_end(store) == 0 && store_commit(store) == 0, store_error(store));
}
