/*
 * What a reader of the page is shown, in bounded looks: each takes its rows from an index and no
 * more of them than it is asked for. For return values see store.h.
 */
#ifndef DAEMON_KEEP_STORE_VIEW_H
#define DAEMON_KEEP_STORE_VIEW_H

#include "daemon/keep/store.h"

/*
 * The articles below a sequence, newest first, at most max. The row's texts are for the call (its
 * queues are NULL); with it, the tags of its feed as they are configured. Ends where the callback
 * returns other than 0, and returns that.
 */
int store_view_articles(struct store *store, uint64_t before, size_t max,
	int (*article)(void *arg, const struct store_article *article, const char *feed_tags),
	void *arg);

/* Configured feeds that are stopped, then those that fail, the longest failing first; at most max. */
int store_view_trouble(struct store *store, size_t max, int64_t *ret_ids, size_t *ret_n);

/* How many feeds fail, are stopped, are paused; counted up to STORE_VIEW_COUNTED in all. */
#define STORE_VIEW_COUNTED 10000

struct store_view_counts {
	int64_t failing, stopped, paused;
};
int store_view_counts(struct store *store, struct store_view_counts *ret_counts);

#endif
