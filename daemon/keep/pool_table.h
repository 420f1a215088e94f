/* The polls that one fetcher has: by number, with what it takes to hand them out again. */
#ifndef DAEMON_KEEP_POOL_TABLE_H
#define DAEMON_KEEP_POOL_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/wire/message.h"
#include "lib/base/buf.h"

#define POOL_TABLE_BUCKETS 512u /* a power of 2 */

struct pool_poll {
	struct pool_poll *chain; /* the next of its bucket */
	uint64_t poll;
	uint64_t quota;      /* bytes of articles in all */
	uint64_t bytes_left; /* of the quota */
	uint32_t n_articles;
	size_t size;
	unsigned char command[]; /* encoded */
};

/* All zero: empty. */
struct pool_table {
	struct pool_poll *buckets[POOL_TABLE_BUCKETS];
	size_t n;
};

/*
 * A poll that is in no table yet; free() ends it. quota: bytes of articles. scratch is empty before and
 * after. Returns 0 or -ENOMEM.
 */
int pool_poll_new(const struct message_poll *command, uint64_t quota, struct buf *scratch,
	struct pool_poll **ret_poll);

/* Forgets what came of it. */
void pool_poll_restart(struct pool_poll *poll);

/* The table owns it from here on. */
void pool_table_add(struct pool_table *table, struct pool_poll *poll);

/* NULL where there is none. */
struct pool_poll *pool_table_find(struct pool_table *table, uint64_t number);

/* Frees a poll of the table. */
void pool_table_remove(struct pool_table *table, struct pool_poll *poll);

/* Any poll (after NULL) and then each other; a poll may be removed once its next was asked for. */
struct pool_poll *pool_table_next(const struct pool_table *table, const struct pool_poll *poll);

void pool_table_done(struct pool_table *table);

#endif
