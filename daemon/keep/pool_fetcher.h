/*
 * One fetcher of the pool: a process that is started, fed with what is in its table, watched, and
 * started again when it is gone. For pool.c alone, with which it shares the pool.
 */
#ifndef DAEMON_KEEP_POOL_FETCHER_H
#define DAEMON_KEEP_POOL_FETCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/keep/pool.h"
#include "daemon/keep/pool_process.h"
#include "daemon/keep/pool_table.h"
#include "daemon/wire/channel.h"
#include "lib/base/buf.h"

enum pool_fetcher_state { POOL_FETCHER_RESTING, POOL_FETCHER_RUNNING, POOL_FETCHER_ENDING };

struct pool_fetcher {
	struct pool *pool;
	unsigned int index;
	enum pool_fetcher_state state;
	struct pool_process process;
	struct channel *channel;
	struct loop_timer *rest;
	int64_t started; /* monotonic ms */
	int64_t resting; /* ms of the last rest */
	bool hung;
	uint64_t beats;     /* as last seen */
	unsigned int looks; /* since they were last seen to change */
	uint64_t suspect;   /* the poll that killed the last one; 0: none */
	struct pool_table polls;
};

struct pool {
	struct loop *loop;
	struct pool_callbacks callbacks;
	char *program;
	char *user_agent;
	struct message_setup setup;
	struct buf scratch; /* for a command in the making */
	struct loop_signal *sigchld;
	struct loop_timer *watch; /* for hangs */
	int64_t look;             /* ms between two of them */
	bool paused;
	unsigned int restarts;
	size_t n_fetchers;
	struct pool_fetcher fetchers[];
};

/* Starts one that rests; the callback of its timer. What is in its table is sent again. */
void pool_fetcher_start(void *arg);

/* Ends a process; what it had is handed on when the kernel has said how it ended. */
void pool_fetcher_end(struct pool_fetcher *fetcher);

/* The kernel says that it is gone, with this status. It is started again, soon or at once. */
void pool_fetcher_reaped(struct pool_fetcher *fetcher, int status);

/* Looks at one that runs: it stands still, or has been parsing one piece for too long. */
bool pool_fetcher_hangs(struct pool_fetcher *fetcher);

/* Sends to one that runs. Return 0, -ENOMEM, or -EPIPE where the channel has just failed. */
int pool_fetcher_poll(struct pool_fetcher *fetcher, const struct pool_poll *poll);
int pool_fetcher_set_up(struct pool_fetcher *fetcher, enum message_type type);

#endif
