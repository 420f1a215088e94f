/*
 * Feeds whose last outcome could not be stored. The store has them due still, though they were asked:
 * here stands when each may be asked again, so that trouble of this machine is no server's trouble.
 */
#ifndef DAEMON_KEEP_UNSTORED_H
#define DAEMON_KEEP_UNSTORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNSTORED_BUCKETS 1024

struct unstored_feed;

/* All zero is empty. Times are monotonic, ms. */
struct unstored {
	struct unstored_feed *buckets[UNSTORED_BUCKETS];
	size_t n;
};

/* Not before until. Returns 0, or -ENOMEM: nothing is noted. */
int unstored_put(struct unstored *unstored, int64_t feed, int64_t until);

/* Whether it has to wait at the time now. One that need not any longer is forgotten. */
bool unstored_waits(struct unstored *unstored, int64_t feed, int64_t now);

/* It may be asked at once. */
void unstored_remove(struct unstored *unstored, int64_t feed);

/* Forgets those whose time has come; returns how long the next one waits, INT64_MAX where none does. */
int64_t unstored_sweep(struct unstored *unstored, int64_t now);

void unstored_done(struct unstored *unstored);

#endif
