/*
 * Articles that wait for an operator: the store's side of held.h. Return values as in store.h; what
 * changes does so inside a transaction.
 */
#ifndef DAEMON_KEEP_STORE_HELD_H
#define DAEMON_KEEP_STORE_HELD_H

#include "daemon/keep/store.h"

struct store_held {
	int64_t id; /* its number, never given twice */
	int64_t feed;
	unsigned char identity[STORE_IDENTITY_SIZE];
	unsigned char hash[SHA256_SIZE];
	uint64_t revises;    /* 0: nothing */
	int64_t at;          /* since when */
	const char *why;     /* "flood-limit", "rule NAME" */
	const char *tags;    /* a list as in tags.h that it is to get */
	struct bytes record; /* the article, as a record of the spool */
};

/* Replaces what is held of the same item; the number stays. id is not looked at. */
int store_held_put(struct store *store, const struct store_held *held);
/* Whether an item is held: 1, 0. */
int store_held_has(
	struct store *store, int64_t feed, const unsigned char identity[STORE_IDENTITY_SIZE]);
/*
 * The first one above a number, of a feed (0: of any), or one number alone (0: any). Texts are made
 * in the arena. 1 found, 0 not.
 */
int store_held_next(struct store *store, int64_t after, int64_t feed, int64_t id,
	struct arena *arena, struct store_held *ret_held);
int store_held_drop(struct store *store, int64_t id);

/* How much is held, of each feed that has any; and in all. */
struct store_held_count {
	int64_t feed;
	const char *name; /* NULL: the feed is forgotten; for the call */
	int64_t n, bytes;
	int64_t oldest;
};
int store_held_counts(struct store *store,
	int (*count)(void *arg, const struct store_held_count *count), void *arg);
int store_held_size(struct store *store, int64_t *ret_n, int64_t *ret_bytes);

#endif
