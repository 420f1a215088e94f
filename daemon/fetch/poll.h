/*
 * Polls: from a command, over its place in the host's queue and its hops, to articles and an
 * answer. Knows neither the channel nor the keeper, so that a tool can poll with it too.
 */
#ifndef DAEMON_FETCH_POLL_H
#define DAEMON_FETCH_POLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/fetch/fetcher.h"
#include "daemon/fetch/headers.h"
#include "daemon/fetch/http.h"
#include "daemon/wire/loop.h"
#include "daemon/wire/message.h"
#include "lib/base/arena.h"

struct poller;

struct poller_options {
	const char *user_agent;
	uint32_t max_connections, max_host_connections;
	int64_t host_spacing;      /* ms */
	struct fetcher_page *page; /* NULL: none */
	/* Takes the memory of polls that ended; must outlive the poller. NULL: it is freed. */
	struct arena_pool *arenas;
};

/* One answer on the way, for who explains a poll. Valid during the call. */
struct poller_hop {
	const char *url;
	const struct headers *headers;
	const struct http_outcome *outcome;
	bool conditional; /* validators were sent */
};

/* Where polls go. None of these is called after poller_free(). */
struct poller_sink {
	/* True when articles must wait; poller_drained() ends that. NULL: never. */
	bool (*is_full)(void *arg);
	/* For each article, all of them right before done. Returns 0 or -errno: the poll failed. */
	int (*article)(void *arg, uint64_t poll, const struct np_article *article);
	/* Once for each poll that was not cancelled; may be called from poller_start(). */
	void (*done)(void *arg, const struct message_done *done);
	/* After each hop. NULL: not wanted. */
	void (*hop)(void *arg, uint64_t poll, const struct poller_hop *hop);
	void *arg;
};

/* Returns 0 or -ENOMEM. */
int poller_new(struct loop *loop, const struct poller_options *options,
	const struct poller_sink *sink, struct poller **ret_poller);

/*
 * Other options but page and arenas, for the requests that begin from now on. Returns 0, or -ENOMEM:
 * everything is as it was.
 */
int poller_set_options(struct poller *poller, const struct poller_options *options);

/* Polls under way are cancelled. */
void poller_free(struct poller *poller);

/*
 * Starts a poll. The texts of the command stand in arena, which the poller takes over and empties,
 * whatever it returns. Returns 0, or -ENOMEM: nothing was started and done is not called.
 */
int poller_start(struct poller *poller, struct arena *arena, const struct message_poll *command);

/* Forgets a poll; done is not called. Nothing for one that is not under way. */
void poller_cancel(struct poller *poller, uint64_t poll);

/* The sink has room again. */
void poller_drained(struct poller *poller);

#endif
