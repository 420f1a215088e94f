/*
 * The event loop over libevent. Owns the event_base and the clock; handles belong to who made them
 * and must be freed before the loop. One thread alone uses a loop (EVENT_BASE_FLAG_NOLOCK).
 *
 * Errors: making a handle can fail with -ENOMEM; starting a timer cannot, for the memory it needs
 * (a slot in libevent's heap) is reserved when the timer is made by starting it once.
 */
#include "daemon/wire/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include <event2/event.h>

struct loop {
	struct event_base *base;
	const struct loop_clock *clock; /* NULL: the real one */
	bool holds_clock;
	int64_t offset; /* where it does */
	bool stopped;
};

struct loop_timer {
	struct event *event;
	bool soon; /* it fires when the loop turns: nothing to do to have it do so */
	void (*callback)(void *arg);
	void *arg;
};

struct loop_io {
	struct event *event;
	void (*callback)(int fd, int events, void *arg);
	void *arg;
};

struct loop_signal {
	struct event *event;
	void (*callback)(int signal, void *arg);
	void *arg;
};

int
loop_new(struct loop **ret_loop)
{
	struct event_config *config = event_config_new();
	struct loop *loop = calloc(1, sizeof(*loop));

	if (config == NULL || loop == NULL)
		goto out;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	loop->base = event_base_new_with_config(config);
out:
	if (config != NULL)
		event_config_free(config);
	if (loop == NULL || loop->base == NULL) {
		free(loop);
		return -ENOMEM;
	}
	*ret_loop = loop;
	return 0;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	event_base_free(loop->base);
	free(loop);
}

int
loop_run(struct loop *loop)
{
	int r = 0;

	if (!loop->stopped)
		r = event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	loop->stopped = false;
	return r < 0 ? -EIO : 0;
}

void
loop_stop(struct loop *loop)
{
	loop->stopped = true;
	event_base_loopbreak(loop->base);
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

static int64_t
clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
wall(const struct loop *loop)
{
	return loop->clock != NULL ? loop->clock->wall(loop->clock->arg) : clock_ms(CLOCK_REALTIME);
}

int64_t
loop_now(const struct loop *loop)
{
	return loop->holds_clock ? loop_monotonic(loop) + loop->offset : wall(loop);
}

int64_t
loop_monotonic(const struct loop *loop)
{
	return loop->clock != NULL ? loop->clock->monotonic(loop->clock->arg)
				   : clock_ms(CLOCK_MONOTONIC);
}

int64_t
loop_clock_offset(const struct loop *loop)
{
	return wall(loop) - loop_monotonic(loop);
}

void
loop_hold_clock(struct loop *loop, int64_t offset)
{
	loop->holds_clock = true;
	loop->offset = offset;
}

void
loop_set_clock(struct loop *loop, const struct loop_clock *clock)
{
	loop->clock = clock;
}

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *timer = arg;

	(void)fd;
	(void)what;
	timer->soon = false;
	timer->callback(timer->arg);
}

int
loop_timer_new(
	struct loop *loop, void (*callback)(void *arg), void *arg, struct loop_timer **ret_timer)
{
	static const struct timeval far = { 3600, 0 };
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return -ENOMEM;
	timer->callback = callback;
	timer->arg = arg;
	timer->event = event_new(loop->base, -1, 0, timer_fired, timer);
	if (timer->event == NULL || event_add(timer->event, &far) < 0) {
		loop_timer_free(timer);
		return -ENOMEM;
	}
	event_del(timer->event);
	*ret_timer = timer;
	return 0;
}

void
loop_timer_start(struct loop_timer *timer, int64_t milliseconds)
{
	struct timeval tv;

	if (milliseconds <= 0 && timer->soon)
		return;
	timer->soon = milliseconds <= 0;
	if (milliseconds < 0)
		milliseconds = 0;
	tv.tv_sec = (time_t)(milliseconds / 1000);
	tv.tv_usec = (suseconds_t)(milliseconds % 1000 * 1000);
	event_add(timer->event, &tv);
}

void
loop_timer_stop(struct loop_timer *timer)
{
	timer->soon = false;
	event_del(timer->event);
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	if (timer->event != NULL)
		event_free(timer->event);
	free(timer);
}

static void
io_fired(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io = arg;
	int events = 0;

	if (what & EV_READ)
		events |= LOOP_READ;
	if (what & EV_WRITE)
		events |= LOOP_WRITE;
	io->callback(fd, events, io->arg);
}

int
loop_io_new(struct loop *loop, int fd, int events, void (*callback)(int fd, int events, void *arg),
	void *arg, struct loop_io **ret_io)
{
	struct loop_io *io = calloc(1, sizeof(*io));
	short what = EV_PERSIST;

	if (io == NULL)
		return -ENOMEM;
	if (events & LOOP_READ)
		what |= EV_READ;
	if (events & LOOP_WRITE)
		what |= EV_WRITE;
	io->callback = callback;
	io->arg = arg;
	io->event = event_new(loop->base, fd, what, io_fired, io);
	if (io->event == NULL || event_add(io->event, NULL) < 0) {
		loop_io_free(io);
		return -ENOMEM;
	}
	*ret_io = io;
	return 0;
}

void
loop_io_free(struct loop_io *io)
{
	if (io == NULL)
		return;
	if (io->event != NULL)
		event_free(io->event);
	free(io);
}

static void
signal_fired(evutil_socket_t number, short what, void *arg)
{
	struct loop_signal *signal = arg;

	(void)what;
	signal->callback((int)number, signal->arg);
}

int
loop_signal_new(struct loop *loop, int number, void (*callback)(int signal, void *arg), void *arg,
	struct loop_signal **ret_signal)
{
	struct loop_signal *signal = calloc(1, sizeof(*signal));

	if (signal == NULL)
		return -ENOMEM;
	signal->callback = callback;
	signal->arg = arg;
	signal->event = event_new(loop->base, number, EV_SIGNAL | EV_PERSIST, signal_fired, signal);
	if (signal->event == NULL || event_add(signal->event, NULL) < 0) {
		loop_signal_free(signal);
		return -ENOMEM;
	}
	*ret_signal = signal;
	return 0;
}

void
loop_signal_free(struct loop_signal *signal)
{
	if (signal == NULL)
		return;
	if (signal->event != NULL)
		event_free(signal->event);
	free(signal);
}
