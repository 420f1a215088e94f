/*
 * The queues' limits: a queue whose consumer does not come is looked at from time to time (once a
 * minute, and soon after it may have passed its limit), and what its when-full says is done:
 *
 *   warn         it keeps everything; that it is over its limit is said, and when it is no more
 *   drop-oldest  what is too much or too old goes, the oldest first, and how many went is said
 *   drop-new     while it is full no article goes to it, and how many did not is said
 *
 * What a consumer has taken (cur/) counts for nothing here and is never touched.
 */
#ifndef DAEMON_KEEP_QUEUE_LIMITS_H
#define DAEMON_KEEP_QUEUE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/wire/loop.h"

struct queue_limits;

/* Begins to look when the loop runs. config must outlive it, or the next reload. 0 or -errno. */
int queue_limits_new(struct loop *loop, const char *directory, const struct config *config,
	struct queue_limits **ret_limits);
void queue_limits_free(struct queue_limits *limits); /* NULL is fine */

/* Another configuration. Returns 0, or -ENOMEM: then no queue is looked at until the next one. */
int queue_limits_reload(struct queue_limits *limits, const struct config *config);

/* Another directory stands in the spool's place. */
void queue_limits_reopen(struct queue_limits *limits, const char *directory);

/* A transaction begins: what went to queues in the one before is there. NULL is fine. */
void queue_limits_begin(struct queue_limits *limits);

/*
 * An article is about to go to the queue with this number in the configuration. False where the
 * queue is full and says drop-new: then it does not go there. NULL limits: always true.
 */
bool queue_limits_take(struct queue_limits *limits, size_t queue);

/* Looks at one queue now, as the timer does. Returns 0 or -errno. */
int queue_limits_look(struct queue_limits *limits, size_t queue);

/* What the last look at a queue has seen. */
struct queue_limits_state {
	uint64_t n;       /* articles in new/, about: with what came since */
	int64_t oldest;   /* when the oldest of them was delivered, seconds; 0: none */
	bool full;        /* over one of its limits */
	uint64_t dropped; /* since the start, by drop-oldest; */
	uint64_t refused; /* and by drop-new */
};
void queue_limits_state(
	const struct queue_limits *limits, size_t queue, struct queue_limits_state *ret_state);

#endif
