/*
 * What a look-up costs among 1, 10 and 100 million remembered hashes: of one that is there, and of
 * one that is not. Prints "name value unit ratio yardstick"; the yardstick is the smallest size.
 *
 * Usage: lookup [HASHES_MAX], 10,000,000 where not said; in $TMPDIR: 1 GB for ten million.
 */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/keep/store.h"

#define FIRST 1000000u
#define LOOKS 20000u
#define FEEDS 1000u

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "lookup: %s\n", what);
	exit(1);
}

static double
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* The hash of number i: spread over all values, and in the order of i, so that filling is fast. */
static void
make_hash(unsigned char hash[SHA256_SIZE], uint64_t i, uint64_t n)
{
	uint64_t head = UINT64_MAX / n * i;

	for (int byte = 0; byte < 8; byte++)
		hash[byte] = (unsigned char)(head >> (56 - 8 * byte));
	for (int byte = 8; byte < SHA256_SIZE; byte++)
		hash[byte] = (unsigned char)(i * 0x9e3779b97f4a7c15 >> byte);
}

static void
fill(const char *path, uint64_t n)
{
	unsigned char hash[SHA256_SIZE];
	sqlite3_stmt *insert;
	sqlite3 *db;

	must(sqlite3_open(path, &db) == SQLITE_OK, path);
	sqlite3_exec(db, "PRAGMA synchronous = OFF; BEGIN", NULL, NULL, NULL);
	must(sqlite3_prepare_v2(db,
		     "INSERT INTO hash (hash, feed, seq, listed) VALUES (?1, ?2, ?3, 1)", -1,
		     &insert, NULL) == SQLITE_OK,
		sqlite3_errmsg(db));
	for (uint64_t i = 0; i < n; i++) {
		make_hash(hash, i, n);
		sqlite3_bind_blob(insert, 1, hash, sizeof(hash), SQLITE_STATIC);
		sqlite3_bind_int64(insert, 2, (int64_t)(i % FEEDS + 1));
		sqlite3_bind_int64(insert, 3, (int64_t)i + 1);
		must(sqlite3_step(insert) == SQLITE_DONE, sqlite3_errmsg(db));
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	must(sqlite3_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) ==
			SQLITE_OK,
		sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Microseconds of each: as a new article is looked for, in its feed and then in any. */
static double
look(struct store *store, uint64_t n, bool there)
{
	unsigned char hash[SHA256_SIZE];
	double begin = cpu_us();
	uint64_t random = 88172645463325252;
	struct store_hash found;
	uint64_t seq;

	for (unsigned int i = 0; i < LOOKS; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		make_hash(hash, random % n, n);
		hash[SHA256_SIZE - 1] ^= there ? 0 : 0xff;
		must(store_hash_feed_has(store, hash, FEEDS + 1, &seq) == 0, "no such feed");
		must(store_hash_find(store, hash, &found) == there, "found or not");
	}
	return (cpu_us() - begin) / LOOKS;
}

static void
measure(const char *folder, uint64_t n, double *first)
{
	struct config_error err = { "" };
	struct store *store;
	char path[512], name[64];

	snprintf(path, sizeof(path), "%s/state-%" PRIu64 ".db", folder, n);
	must(store_open(path, 1, &store, &err) == 0, err.text);
	store_close(store);
	fill(path, n);
	must(store_open(path, 1, &store, &err) == 0, err.text);
	must(store_begin_read(store) == 0, "begin");
	for (int there = 0; there < 2; there++) {
		double us = look(store, n, there);

		us = look(store, n, there); /* with what the first one has brought into memory */
		if (n == FIRST)
			first[there] = us;
		snprintf(name, sizeof(name), "lookup-%s-%" PRIu64, there ? "known" : "new", n);
		printf("%-34s %10.3f %-12s %8.3f %s\n", name, us, "us", us / first[there],
			"lookup-1000000");
	}
	store_end_read(store);
	store_close(store);
	unlink(path);
}

int
main(int argc, char **argv)
{
	uint64_t max = argc > 1 ? strtoull(argv[1], NULL, 10) : 10 * (uint64_t)FIRST;
	const char *base = getenv("TMPDIR");
	char folder[256], leftover[512];
	double first[2];

	snprintf(folder, sizeof(folder), "%s/np-lookup-XXXXXX", base != NULL ? base : "/var/tmp");
	must(mkdtemp(folder) != NULL, folder);
	for (uint64_t n = FIRST; n <= max; n *= 10) {
		measure(folder, n, first);
		fflush(stdout);
		snprintf(leftover, sizeof(leftover), "%s/state-%" PRIu64 ".db.lock", folder, n);
		unlink(leftover);
	}
	rmdir(folder);
	return 0;
}
