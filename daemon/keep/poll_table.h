/* The polls that are not over, found by their number and by their feed. */
#ifndef DAEMON_KEEP_POLL_TABLE_H
#define DAEMON_KEEP_POLL_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/keep/poll.h"

#define POLL_TABLE_BUCKETS 1024

struct poll_table {
	struct poll *by_number[POLL_TABLE_BUCKETS], *by_feed[POLL_TABLE_BUCKETS];
	size_t of_host[POLL_TABLE_BUCKETS]; /* polls; hosts of one bucket are counted together */
	size_t n;
};

/* The table does not own polls. A feed has one poll at a time. */
void poll_table_add(struct poll_table *table, struct poll *poll);
void poll_table_remove(struct poll_table *table, struct poll *poll);
/* NULL where there is none. */
struct poll *poll_table_by_number(const struct poll_table *table, uint64_t number);
struct poll *poll_table_by_feed(const struct poll_table *table, int64_t feed);
/* How many polls ask this host, about: never fewer than do. */
size_t poll_table_of_host(const struct poll_table *table, uint32_t host);
/* Any poll; NULL when empty. */
struct poll *poll_table_any(const struct poll_table *table);

#endif
