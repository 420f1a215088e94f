/* Stores that remember a great many things, made for a benchmark in a moment. */
#ifndef TESTS_BENCH_FILLING_H
#define TESTS_BENCH_FILLING_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/keep/store.h"

/* Ends the program where it is not good, saying what. */
void filling_must(bool good, const char *what);

/* The hash of number i of n: spread over all values, in the order of i. */
void filling_hash(unsigned char hash[SHA256_SIZE], uint64_t i, uint64_t n);

/* Opens the store at path, and makes it where there is none. */
struct store *filling_open(const char *path);

/* n hashes, of n_feeds feeds in turn, each with an identity of its feed where that is asked for. */
void filling_hashes(const char *path, uint64_t n, uint64_t n_feeds, bool identities);

/* n feeds of two thousand hosts, due from the time 1 on, one a millisecond. */
void filling_feeds(struct store *store, uint64_t n);

#endif
