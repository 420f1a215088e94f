/*
 * A hash table of polls by number. Owns the polls in it. Errors: -ENOMEM on making one.
 */
#include "daemon/keep/pool_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

static size_t
bucket_of(uint64_t number)
{
	return number & (POOL_TABLE_BUCKETS - 1);
}

int
pool_poll_new(const struct message_poll *command, uint64_t quota, struct buf *scratch,
	struct pool_poll **ret_poll)
{
	struct pool_poll *poll = NULL;

	message_poll_encode(scratch, command);
	if (buf_error(scratch) == 0)
		poll = malloc(sizeof(*poll) + scratch->len);
	if (poll != NULL) {
		*poll = (struct pool_poll){ .poll = command->poll,
			.quota = quota,
			.bytes_left = quota,
			.size = scratch->len };
		memcpy(poll->command, scratch->data, scratch->len);
	}
	if (scratch->data != NULL)
		explicit_bzero(scratch->data, scratch->len);
	buf_reset(scratch);
	if (poll == NULL)
		return -ENOMEM;
	*ret_poll = poll;
	return 0;
}

void
pool_poll_restart(struct pool_poll *poll)
{
	poll->n_articles = 0;
	poll->bytes_left = poll->quota;
}

void
pool_table_add(struct pool_table *table, struct pool_poll *poll)
{
	struct pool_poll **slot = &table->buckets[bucket_of(poll->poll)];

	poll->chain = *slot;
	*slot = poll;
	table->n++;
}

struct pool_poll *
pool_table_find(struct pool_table *table, uint64_t number)
{
	struct pool_poll *poll = table->buckets[bucket_of(number)];

	while (poll != NULL && poll->poll != number)
		poll = poll->chain;
	return poll;
}

void
pool_table_remove(struct pool_table *table, struct pool_poll *poll)
{
	struct pool_poll **slot = &table->buckets[bucket_of(poll->poll)];

	while (*slot != poll)
		slot = &(*slot)->chain;
	*slot = poll->chain;
	table->n--;
	explicit_bzero(poll->command, poll->size); /* a password may have been in it */
	free(poll);
}

struct pool_poll *
pool_table_next(const struct pool_table *table, const struct pool_poll *poll)
{
	size_t i = 0;

	if (poll != NULL && poll->chain != NULL)
		return poll->chain;
	if (poll != NULL)
		i = bucket_of(poll->poll) + 1;
	for (; i < POOL_TABLE_BUCKETS; i++) {
		if (table->buckets[i] != NULL)
			return table->buckets[i];
	}
	return NULL;
}

void
pool_table_done(struct pool_table *table)
{
	struct pool_poll *poll;

	while ((poll = pool_table_next(table, NULL)) != NULL)
		pool_table_remove(table, poll);
}
