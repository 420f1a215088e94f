/* Hosts: never too many at once, never too soon after another, and no host waits for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "daemon/fetch/hosts.h"
#include "daemon/wire/loop.h"

#define TICKETS 40
#define BOUND_MS 5000

struct visit {
	struct fixture *fixture;
	struct hosts_ticket ticket;
	int host;
	int64_t started; /* -1: not */
};

struct fixture {
	struct loop *loop;
	struct hosts *hosts;
	struct loop_timer *bound;
	struct visit visits[TICKETS];
	int active, most, started, stop_at;
	int host_active[TICKETS], host_most;
};

static void
out_of_time(void *arg)
{
	(void)arg;
	fail_msg("not everything started within %d ms", BOUND_MS);
}

static void
started(void *arg)
{
	struct visit *visit = arg;
	struct fixture *f = visit->fixture;

	assert_int_equal(visit->started, -1);
	visit->started = loop_monotonic(f->loop);
	if (++f->active > f->most)
		f->most = f->active;
	if (++f->host_active[visit->host] > f->host_most)
		f->host_most = f->host_active[visit->host];
	if (++f->started == f->stop_at)
		loop_stop(f->loop);
}

static void
leave(struct visit *visit)
{
	if (visit->ticket.state == HOSTS_IN) {
		visit->fixture->active--;
		visit->fixture->host_active[visit->host]--;
	}
	hosts_leave(visit->fixture->hosts, &visit->ticket);
	assert_int_equal(visit->ticket.state, HOSTS_OUT);
}

static void
set_up(struct fixture *f, uint32_t all, uint32_t each, int64_t spacing)
{
	const struct hosts_options options = { all, each, spacing };

	memset(f, 0, sizeof(*f));
	for (int i = 0; i < TICKETS; i++)
		f->visits[i].fixture = f;
	assert_int_equal(loop_new(&f->loop), 0);
	assert_int_equal(hosts_new(f->loop, &options, &f->hosts), 0);
	assert_int_equal(loop_timer_new(f->loop, out_of_time, f, &f->bound), 0);
	loop_timer_start(f->bound, BOUND_MS);
}

static void
tear_down(struct fixture *f)
{
	for (int i = 0; i < TICKETS; i++)
		leave(&f->visits[i]);
	hosts_free(f->hosts);
	loop_timer_free(f->bound);
	loop_free(f->loop);
}

static void
enter(struct fixture *f, int i, int host)
{
	struct visit *visit = &f->visits[i];
	char name[16];

	visit->host = host;
	visit->started = -1;
	snprintf(name, sizeof(name), "h%d.test", host);
	assert_int_equal(hosts_enter(f->hosts, &visit->ticket, name, started, visit), 0);
	assert_int_equal(visit->started, -1);
}

static void
run_until(struct fixture *f, int n)
{
	f->stop_at = n;
	assert_int_equal(loop_run(f->loop), 0);
	assert_int_equal(f->started, n);
}

static void
stop(void *arg)
{
	loop_stop(arg);
}

/* Everything that can start now has, by the time a timer fires that was set behind it. */
static void
run_once(struct fixture *f)
{
	struct loop_timer *timer;

	assert_int_equal(loop_timer_new(f->loop, stop, f->loop, &timer), 0);
	loop_timer_start(timer, 20);
	f->stop_at = -1;
	assert_int_equal(loop_run(f->loop), 0);
	loop_timer_free(timer);
}

static void
a_host_has_no_more_than_its_connections(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, 100, 2, 0);
	for (int i = 0; i < 10; i++)
		enter(&f, i, 0);
	run_once(&f);
	assert_int_equal(f.started, 2);
	for (int i = 0; i < 8; i++) {
		leave(&f.visits[i]);
		run_until(&f, 3 + i);
	}
	assert_int_equal(f.host_most, 2);
	/* in the order in which they came */
	for (int i = 1; i < 10; i++)
		assert_true(f.visits[i].started >= f.visits[i - 1].started);
	tear_down(&f);
}

static void
a_full_host_delays_no_other(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, 100, 1, 0);
	for (int i = 0; i < 20; i++)
		enter(&f, i, 0);
	for (int i = 20; i < 40; i++)
		enter(&f, i, i);
	run_once(&f);
	assert_int_equal(f.started, 21);
	for (int i = 20; i < 40; i++)
		assert_int_equal(f.visits[i].ticket.state, HOSTS_IN);
	tear_down(&f);
}

static void
the_total_is_kept(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, 5, 2, 0);
	for (int i = 0; i < TICKETS; i++)
		enter(&f, i, i % 10);
	run_once(&f);
	assert_int_equal(f.started, 5);
	for (int n = 5; n < TICKETS; n++) {
		for (int i = 0; i < TICKETS; i++) {
			if (f.visits[i].ticket.state == HOSTS_IN) {
				leave(&f.visits[i]);
				break;
			}
		}
		run_until(&f, n + 1);
	}
	assert_int_equal(f.most, 5);
	assert_true(f.host_most <= 2);
	tear_down(&f);
}

static void
other_limits_count_from_now_on(void **state)
{
	const struct hosts_options more = { 20, 3, 0 }, fewer = { 20, 1, 0 };
	struct fixture f;

	(void)state;
	set_up(&f, 2, 2, 0);
	for (int i = 0; i < 10; i++)
		enter(&f, i, 0);
	run_once(&f);
	assert_int_equal(f.started, 2);
	hosts_set_options(f.hosts, &more);
	run_until(&f, 3);
	hosts_set_options(f.hosts, &fewer);
	leave(&f.visits[0]);
	leave(&f.visits[1]);
	run_once(&f);
	assert_int_equal(f.started, 3); /* who was in stays in, and is the one */
	leave(&f.visits[2]);
	run_until(&f, 4);
	run_once(&f);
	assert_int_equal(f.started, 4);
	tear_down(&f);
}

static void
starts_of_one_host_are_spaced(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, 100, 10, 60);
	for (int i = 0; i < 5; i++)
		enter(&f, i, 0);
	enter(&f, 5, 1);
	run_until(&f, 6);
	for (int i = 1; i < 5; i++)
		assert_true(f.visits[i].started - f.visits[i - 1].started >= 59);
	assert_true(f.visits[5].started - f.visits[0].started < 59);
	tear_down(&f);
}

static void
spacing_outlives_the_visit(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, 100, 10, 100);
	enter(&f, 0, 0);
	run_until(&f, 1);
	leave(&f.visits[0]);
	enter(&f, 1, 0);
	run_until(&f, 2);
	assert_true(f.visits[1].started - f.visits[0].started >= 99);
	tear_down(&f);
}

/* Hosts begin 20 ms apart, so that one's spacing ends while others' still runs. */
static void
each_host_has_its_own_spacing(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, 100, 10, 70);
	for (int host = 0; host < 3; host++) {
		for (int i = 0; i < 3; i++)
			enter(&f, 3 * host + i, host);
		run_once(&f);
	}
	run_until(&f, 9);
	for (int i = 0; i < 9; i++) {
		if (i % 3 > 0)
			assert_true(f.visits[i].started - f.visits[i - 1].started >= 70);
		if (i >= 3)
			assert_true(f.visits[i].started >= f.visits[i - 3].started);
	}
	tear_down(&f);
}

static void
who_gives_up_is_not_called(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, 100, 1, 0);
	for (int i = 0; i < 4; i++)
		enter(&f, i, 0);
	leave(&f.visits[0]);
	leave(&f.visits[2]);
	run_until(&f, 1);
	assert_int_equal(f.visits[1].ticket.state, HOSTS_IN);
	leave(&f.visits[3]);
	leave(&f.visits[1]);
	run_once(&f);
	assert_int_equal(f.started, 1);
	tear_down(&f);
}

static void
nobody_starts_in_a_pause(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, 100, 1, 0);
	hosts_pause(f.hosts, true);
	enter(&f, 0, 0);
	run_once(&f);
	assert_int_equal(f.started, 0);
	hosts_pause(f.hosts, false);
	run_until(&f, 1);
	tear_down(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_has_no_more_than_its_connections),
		cmocka_unit_test(a_full_host_delays_no_other),
		cmocka_unit_test(the_total_is_kept),
		cmocka_unit_test(other_limits_count_from_now_on),
		cmocka_unit_test(starts_of_one_host_are_spaced),
		cmocka_unit_test(spacing_outlives_the_visit),
		cmocka_unit_test(each_host_has_its_own_spacing),
		cmocka_unit_test(who_gives_up_is_not_called),
		cmocka_unit_test(nobody_starts_in_a_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
