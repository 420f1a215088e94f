/*
 * A table of chains. Owns its entries.
 *
 * Errors: -ENOMEM; what is not noted is asked again sooner, and nothing worse.
 */
#include "daemon/keep/unstored.h"

#include <errno.h>
#include <stdlib.h>

struct unstored_feed {
	struct unstored_feed *next;
	int64_t feed, until;
};

/* Where the feed's entry is linked, or would be: a place that holds NULL. */
static struct unstored_feed **
find(struct unstored *unstored, int64_t feed)
{
	struct unstored_feed **link =
		&unstored->buckets[(size_t)((uint64_t)feed % UNSTORED_BUCKETS)];

	while (*link != NULL && (*link)->feed != feed)
		link = &(*link)->next;
	return link;
}

static void
take_out(struct unstored *unstored, struct unstored_feed **link)
{
	struct unstored_feed *entry = *link;

	*link = entry->next;
	free(entry);
	unstored->n--;
}

int
unstored_put(struct unstored *unstored, int64_t feed, int64_t until)
{
	struct unstored_feed **link = find(unstored, feed), *entry = *link;

	if (entry == NULL) {
		entry = calloc(1, sizeof(*entry));
		if (entry == NULL)
			return -ENOMEM;
		entry->feed = feed;
		*link = entry;
		unstored->n++;
	}
	entry->until = until;
	return 0;
}

bool
unstored_waits(struct unstored *unstored, int64_t feed, int64_t now)
{
	struct unstored_feed **link = unstored->n > 0 ? find(unstored, feed) : NULL;

	if (link == NULL || *link == NULL)
		return false;
	if ((*link)->until > now)
		return true;
	take_out(unstored, link);
	return false;
}

void
unstored_remove(struct unstored *unstored, int64_t feed)
{
	struct unstored_feed **link = find(unstored, feed);

	if (*link != NULL)
		take_out(unstored, link);
}

int64_t
unstored_sweep(struct unstored *unstored, int64_t now)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < UNSTORED_BUCKETS && unstored->n > 0; i++) {
		struct unstored_feed **link = &unstored->buckets[i];

		while (*link != NULL) {
			if ((*link)->until <= now) {
				take_out(unstored, link);
				continue;
			}
			if ((*link)->until - now < first)
				first = (*link)->until - now;
			link = &(*link)->next;
		}
	}
	return first;
}

void
unstored_done(struct unstored *unstored)
{
	(void)unstored_sweep(unstored, INT64_MAX);
}
