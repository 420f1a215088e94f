/*
 * The event loop, in our names over libevent: descriptors, timers, signals. One loop a process.
 * Callbacks run from loop_run() alone, never from the call that starts them. A handle may be freed
 * from any callback, its own included.
 */
#ifndef DAEMON_WIRE_LOOP_H
#define DAEMON_WIRE_LOOP_H

#include <stdint.h>

struct event_base;
struct loop;
struct loop_timer;
struct loop_io;
struct loop_signal;

enum loop_events { LOOP_READ = 1, LOOP_WRITE = 2 };

int loop_new(struct loop **ret_loop);
void loop_free(struct loop *loop);

/* Runs until loop_stop(). Returns 0 or -EIO. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* For modules that stand on libevent themselves (bufferevent, evhttp). */
struct event_base *loop_base(struct loop *loop);

/*
 * The wall clock in milliseconds since 1970, and the monotonic clock in milliseconds. Both go
 * through the loop so that a test can set them (loop_set_clock); everything that schedules asks
 * these and nothing else.
 */
int64_t loop_now(const struct loop *loop);
int64_t loop_monotonic(const struct loop *loop);

/* The wall clock less the monotonic one, at this moment. */
int64_t loop_clock_offset(const struct loop *loop);

/*
 * From now on loop_now() is the monotonic clock and this, so that a wall clock that is set changes
 * nothing before its step is known and this is called again.
 */
void loop_hold_clock(struct loop *loop, int64_t offset);

/* A clock for tests: gives both times in milliseconds. NULL: the real one. */
struct loop_clock {
	int64_t (*wall)(void *arg);
	int64_t (*monotonic)(void *arg);
	void *arg;
};
void loop_set_clock(struct loop *loop, const struct loop_clock *clock);

/* A timer that is not running. The callback is called once for each start. */
int loop_timer_new(
	struct loop *loop, void (*callback)(void *arg), void *arg, struct loop_timer **ret_timer);
void loop_timer_start(struct loop_timer *timer,
	int64_t milliseconds); /* restarts; 0: as soon as the loop turns */
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);

/*
 * Watches a descriptor that stays the caller's, level-triggered, until freed. events: enum
 * loop_events.
 */
int loop_io_new(struct loop *loop, int fd, int events,
	void (*callback)(int fd, int events, void *arg), void *arg, struct loop_io **ret_io);
void loop_io_free(struct loop_io *io);

/* Calls back for each delivery of a signal, out of signal context. */
int loop_signal_new(struct loop *loop, int signal, void (*callback)(int signal, void *arg),
	void *arg, struct loop_signal **ret_signal);
void loop_signal_free(struct loop_signal *signal);

#endif
