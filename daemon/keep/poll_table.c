/*
 * Polls by number and by feed: two tables of chains through the polls themselves, so that adding
 * cannot fail. Of fixed size, for there are a few thousand polls at most.
 */
#include "daemon/keep/poll_table.h"

#include <assert.h>

static size_t
bucket(uint64_t key)
{
	return (size_t)(key % POLL_TABLE_BUCKETS);
}

void
poll_table_add(struct poll_table *table, struct poll *poll)
{
	struct poll **number = &table->by_number[bucket(poll->number)];
	struct poll **feed = &table->by_feed[bucket((uint64_t)poll->feed)];

	poll->next_number = *number;
	*number = poll;
	poll->next_feed = *feed;
	*feed = poll;
	table->of_host[bucket(poll->host)]++;
	table->n++;
}

void
poll_table_remove(struct poll_table *table, struct poll *poll)
{
	struct poll **number = &table->by_number[bucket(poll->number)];
	struct poll **feed = &table->by_feed[bucket((uint64_t)poll->feed)];

	while (*number != NULL && *number != poll)
		number = &(*number)->next_number;
	while (*feed != NULL && *feed != poll)
		feed = &(*feed)->next_feed;
	assert(*number == poll && *feed == poll);
	*number = poll->next_number;
	*feed = poll->next_feed;
	table->of_host[bucket(poll->host)]--;
	table->n--;
}

struct poll *
poll_table_by_number(const struct poll_table *table, uint64_t number)
{
	struct poll *poll = table->by_number[bucket(number)];

	while (poll != NULL && poll->number != number)
		poll = poll->next_number;
	return poll;
}

struct poll *
poll_table_by_feed(const struct poll_table *table, int64_t feed)
{
	struct poll *poll = table->by_feed[bucket((uint64_t)feed)];

	while (poll != NULL && poll->feed != feed)
		poll = poll->next_feed;
	return poll;
}

size_t
poll_table_of_host(const struct poll_table *table, uint32_t host)
{
	return table->of_host[bucket(host)];
}

struct poll *
poll_table_any(const struct poll_table *table)
{
	for (size_t i = 0; i < POLL_TABLE_BUCKETS && table->n > 0; i++)
		if (table->by_number[i] != NULL)
			return table->by_number[i];
	return NULL;
}
