/*
 * The fetcher processes, seen from the keeper: started, fed with polls, restarted when they die.
 * Feeds are spread by a hash of their host so that a host's feeds stay in one process. A fetcher
 * that dies loses nothing: the polls it had are handed to its successor.
 */
#ifndef DAEMON_KEEP_POOL_H
#define DAEMON_KEEP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/conf/config.h"
#include "daemon/wire/loop.h"
#include "daemon/wire/message.h"

struct pool;

struct pool_callbacks {
	/* For each article of a poll, before its done. The callee owns the article. */
	void (*article)(void *arg, uint64_t poll, struct np_article *article);
	/*
	 * A fetcher died and this poll begins anew: what came of it so far is void. Called for each
	 * of its polls, before any further article. crashed: this poll was being parsed when the
	 * fetcher died (by a signal or the hang limit). Returns true to have it handed out again,
	 * false to drop it (done is then not called).
	 */
	bool (*restarted)(void *arg, uint64_t poll, bool crashed);
	/*
	 * What went into the parser of a poll that was being parsed when a fetcher died the second
	 * time in a row; just before restarted(). At most FETCHER_KEPT_MAX bytes, valid during the
	 * call. May be NULL.
	 */
	void (*document)(void *arg, uint64_t poll, const void *data, size_t size);
	/* Exactly once for each poll that was not dropped. done is valid during the call. */
	void (*done)(void *arg, const struct message_done *done);
	void *arg;
	/* Where the texts of its done are put; NULL, or returns NULL: they live no longer than it. */
	struct arena *(*arena)(void *arg, uint64_t poll);
};

/* A poll may have this many articles, and this many bytes of them above BODIES times max-body … */
#define POOL_ARTICLES_MAX 200000u
#define POOL_BYTES_MAX (64ull * 1024 * 1024)
#define POOL_BODIES_MAX 8u
/* … and one fetcher this many polls at once. What breaks these ends the fetcher. */
#define POOL_IN_FLIGHT_MAX 2048u
/* A fetcher that parses one piece for longer, in ms, hangs and is killed. */
#define POOL_HANG_MS 60000
/* So does one whose loop has not turned between so many looks at it, which come this often in ms. */
#define POOL_LOOKS 6
#define POOL_LOOK_MS 5000

/*
 * Starts config->fetchers processes of this executable. What is needed of config is copied. Returns
 * 0 or -errno.
 */
int pool_new(struct loop *loop, const struct config *config, const struct pool_callbacks *callbacks,
	struct pool **ret_pool);

/* The same with another executable in the fetchers' role, for tests. */
int pool_new_program(struct loop *loop, const struct config *config, const char *program,
	const struct pool_callbacks *callbacks, struct pool **ret_pool);

/*
 * Hands a poll out; the command is copied. Returns 0, -ENOMEM, or -EAGAIN when there is no room
 * now.
 */
int pool_poll(struct pool *pool, const struct message_poll *command);

/*
 * What config says for the fetchers counts from the next request on, but for their number and their
 * sandbox. Returns 0, or -ENOMEM: everything is as it was.
 */
int pool_reload(struct pool *pool, const struct config *config);

/* What the fetchers log from now on, until the next reload. */
void pool_set_log_level(struct pool *pool, enum log_level level);

/* For tests: how often the fetchers are looked at. */
void pool_set_look(struct pool *pool, int64_t milliseconds);

/* Polls under way. */
size_t pool_in_flight(const struct pool *pool);

/* Stops reading results, or goes on: back-pressure while the disk is behind. */
void pool_pause(struct pool *pool, bool pause);

/*
 * Closes the channels; fetchers end by themselves, those that do not within 1 s are killed. Blocks
 * no longer than that.
 */
void pool_free(struct pool *pool);

/* For status: number of processes, their ids (0: not running now), restarts since the start. */
size_t pool_size(const struct pool *pool);
pid_t pool_pid(const struct pool *pool, size_t index);
unsigned int pool_restarts(const struct pool *pool);

#endif
