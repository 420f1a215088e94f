/*
 * What a look-up costs among 1, 10 and 100 million remembered hashes: of one that is there, and of
 * one that is not. Prints "name value unit ratio yardstick"; the yardstick is the smallest size.
 *
 * Usage: lookup [HASHES_MAX], 10,000,000 where not said; in $TMPDIR: 1 GB for ten million.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/filling.h"

#define FIRST 1000000u
#define LOOKS 20000u
#define FEEDS 1000u

static double
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
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
		filling_hash(hash, random % n, n);
		hash[SHA256_SIZE - 1] ^= there ? 0 : 0xff;
		filling_must(
			store_hash_feed_has(store, hash, FEEDS + 1, &seq) == 0, "no such feed");
		filling_must(store_hash_find(store, hash, &found) == there, "found or not");
	}
	return (cpu_us() - begin) / LOOKS;
}

static void
measure(const char *folder, uint64_t n, double *first)
{
	struct store *store;
	char path[512], name[64];

	snprintf(path, sizeof(path), "%s/state-%" PRIu64 ".db", folder, n);
	filling_hashes(path, n, FEEDS, false);
	store = filling_open(path);
	filling_must(store_begin_read(store) == 0, "begin");
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
	filling_must(mkdtemp(folder) != NULL, folder);
	for (uint64_t n = FIRST; n <= max; n *= 10) {
		measure(folder, n, first);
		fflush(stdout);
		snprintf(leftover, sizeof(leftover), "%s/state-%" PRIu64 ".db.lock", folder, n);
		unlink(leftover);
	}
	rmdir(folder);
	return 0;
}
