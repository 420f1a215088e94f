/* Frames over a real socket pair: order, cuts, caps, back-pressure, and how a channel ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/wire/channel.h"
#include "daemon/wire/loop.h"

#define BOUND_MS 10000

struct end {
	struct loop *loop;
	struct channel *channel;
	size_t frames, bytes, drained, closed;
	int error;
	size_t stop_at; /* frames */
	bool free_in_frame;
	uint8_t last_type;
	size_t last_size;
	unsigned char sum; /* of all payload bytes */
};

struct fixture {
	struct loop *loop;
	struct loop_timer *bound;
	struct end left, right;
	int raw; /* the right end where it is no channel */
};

static void
frame(void *arg, uint8_t type, const unsigned char *payload, size_t size)
{
	struct end *end = arg;

	assert_int_equal(end->closed, 0);
	end->frames++;
	end->bytes += size;
	end->last_type = type;
	end->last_size = size;
	for (size_t i = 0; i < size; i++)
		end->sum = (unsigned char)(end->sum + payload[i]);
	if (end->free_in_frame) {
		channel_free(end->channel);
		end->channel = NULL;
	}
	if (end->frames == end->stop_at)
		loop_stop(end->loop);
}

static void
drained(void *arg)
{
	struct end *end = arg;

	assert_false(channel_is_full(end->channel));
	end->drained++;
}

static void
closed(void *arg, int error)
{
	struct end *end = arg;

	end->closed++;
	end->error = error;
	loop_stop(end->loop);
}

static void
out_of_time(void *arg)
{
	(void)arg;
	fail_msg("nothing happened within %d ms", BOUND_MS);
}

static void
stop(void *arg)
{
	loop_stop(arg);
}

static struct channel *
open_end(struct fixture *f, struct end *end, int fd)
{
	const struct channel_callbacks callbacks = { frame, drained, closed, end };

	end->loop = f->loop;
	assert_int_equal(channel_new(f->loop, fd, &callbacks, &end->channel), 0);
	return end->channel;
}

static void
set_up(struct fixture *f, bool raw)
{
	int pair[2];

	memset(f, 0, sizeof(*f));
	f->raw = -1;
	assert_int_equal(loop_new(&f->loop), 0);
	assert_int_equal(loop_timer_new(f->loop, out_of_time, f, &f->bound), 0);
	loop_timer_start(f->bound, BOUND_MS);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	open_end(f, &f->left, pair[0]);
	if (raw)
		f->raw = pair[1];
	else
		open_end(f, &f->right, pair[1]);
}

static void
tear_down(struct fixture *f)
{
	channel_free(f->left.channel);
	channel_free(f->right.channel);
	if (f->raw >= 0)
		close(f->raw);
	loop_timer_free(f->bound);
	loop_free(f->loop);
}

static void
run_for(struct fixture *f, int64_t ms)
{
	struct loop_timer *timer;

	assert_int_equal(loop_timer_new(f->loop, stop, f->loop, &timer), 0);
	loop_timer_start(timer, ms);
	assert_int_equal(loop_run(f->loop), 0);
	loop_timer_free(timer);
}

static void
frames_arrive_whole_and_in_order(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 5, 100, 4096, 65535, 65536, 65537, 3000000, 7 };
	unsigned char *payload = malloc(3000000);
	struct fixture f;
	unsigned char sum = 0;
	size_t n = sizeof(sizes) / sizeof(sizes[0]);

	(void)state;
	assert_non_null(payload);
	set_up(&f, false);
	for (size_t i = 0; i < n; i++) {
		memset(payload, (int)(i + 1), sizes[i]);
		sum = (unsigned char)(sum + sizes[i] * (i + 1));
		assert_int_equal(channel_send(f.left.channel, (uint8_t)i, payload, sizes[i]), 0);
		assert_int_equal(f.right.frames, 0);
	}
	for (size_t i = 0; i < n; i++) {
		f.right.stop_at = i + 1;
		if (f.right.frames <= i)
			assert_int_equal(loop_run(f.loop), 0);
	}
	assert_int_equal(f.right.frames, n);
	assert_int_equal(f.right.last_type, n - 1);
	assert_int_equal(f.right.last_size, 7);
	assert_int_equal(f.right.sum, sum);
	free(payload);
	tear_down(&f);
}

static void
a_frame_may_come_byte_by_byte(void **state)
{
	static const unsigned char bytes[] = { 4, 0, 0, 0, 9, 'a', 'b', 'c', 1, 0, 0, 0, 8 };
	struct fixture f;

	(void)state;
	set_up(&f, true);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(write(f.raw, bytes + i, 1), 1);
		run_for(&f, 1);
		assert_int_equal(f.left.frames, i >= 12 ? 2 : i >= 7 ? 1 : 0);
	}
	assert_int_equal(f.left.last_type, 8);
	assert_int_equal(f.left.bytes, 3);
	tear_down(&f);
}

static void
a_length_that_breaks_the_rules_ends_the_channel(void **state)
{
	static const unsigned char heads[][5] = { { 0, 0, 0, 0, 1 }, { 1, 0, 0x80, 1, 1 },
		{ 255, 255, 255, 255, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct fixture f;

		set_up(&f, true);
		assert_int_equal(write(f.raw, heads[i], 5), 5);
		assert_int_equal(loop_run(f.loop), 0);
		assert_int_equal(f.left.closed, 1);
		assert_int_equal(f.left.error, -EPROTO);
		assert_int_equal(channel_send(f.left.channel, 1, "x", 1), -EPIPE);
		run_for(&f, 10);
		assert_int_equal(f.left.closed, 1);
		tear_down(&f);
	}
}

static void
the_last_frames_come_before_the_end(void **state)
{
	static const unsigned char bytes[] = { 1, 0, 0, 0, 1, 1, 0, 0, 0, 2, 9, 0 };
	struct fixture f;

	(void)state;
	set_up(&f, true);
	assert_int_equal(write(f.raw, bytes, sizeof(bytes)), sizeof(bytes));
	close(f.raw);
	f.raw = -1;
	assert_int_equal(loop_run(f.loop), 0);
	assert_int_equal(f.left.frames, 2);
	assert_int_equal(f.left.closed, 1);
	assert_int_equal(f.left.error, 0);
	tear_down(&f);
}

static void
a_reader_that_waits_makes_the_writer_full(void **state)
{
	unsigned char *payload = calloc(1, 1u << 20);
	struct fixture f;
	size_t n = 0;

	(void)state;
	assert_non_null(payload);
	set_up(&f, false);
	channel_pause(f.right.channel, true);
	while (!channel_is_full(f.left.channel) && n < 100) {
		assert_int_equal(channel_send(f.left.channel, 1, payload, 1u << 20), 0);
		n++;
		run_for(&f, 1);
	}
	assert_true(n > 4 && n < 20);
	run_for(&f, 20);
	assert_int_equal(f.right.frames, 0);
	assert_int_equal(f.left.drained, 0);
	channel_pause(f.right.channel, false);
	f.right.stop_at = n;
	assert_int_equal(loop_run(f.loop), 0);
	assert_int_equal(f.right.frames, n);
	run_for(&f, 20);
	assert_int_equal(f.left.drained, 1);
	free(payload);
	tear_down(&f);
}

static void
a_pause_holds_back_what_is_here_already(void **state)
{
	static const unsigned char bytes[] = { 1, 0, 0, 0, 1, 1, 0, 0, 0, 2 };
	struct fixture f;

	(void)state;
	set_up(&f, true);
	channel_pause(f.left.channel, true);
	assert_int_equal(write(f.raw, bytes, sizeof(bytes)), sizeof(bytes));
	run_for(&f, 20);
	assert_int_equal(f.left.frames, 0);
	channel_pause(f.left.channel, false);
	assert_int_equal(f.left.frames, 0);
	f.left.stop_at = 2;
	assert_int_equal(loop_run(f.loop), 0);
	tear_down(&f);
}

static void
a_channel_may_be_freed_by_its_own_frame(void **state)
{
	static const unsigned char bytes[] = { 1, 0, 0, 0, 1, 1, 0, 0, 0, 2 };
	struct fixture f;

	(void)state;
	set_up(&f, true);
	f.left.free_in_frame = true;
	f.left.stop_at = 1;
	assert_int_equal(write(f.raw, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(loop_run(f.loop), 0);
	assert_int_equal(f.left.frames, 1);
	run_for(&f, 10);
	assert_int_equal(f.left.frames, 1);
	assert_int_equal(f.left.closed, 0);
	tear_down(&f);
}

static void
a_frame_above_the_cap_is_not_sent(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, false);
	assert_int_equal(channel_send(f.left.channel, 1, "", CHANNEL_FRAME_MAX), -EMSGSIZE);
	assert_int_equal(channel_send(f.left.channel, 2, "x", 1), 0);
	f.right.stop_at = 1;
	assert_int_equal(loop_run(f.loop), 0);
	assert_int_equal(f.right.last_type, 2);
	tear_down(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_arrive_whole_and_in_order),
		cmocka_unit_test(a_frame_may_come_byte_by_byte),
		cmocka_unit_test(a_length_that_breaks_the_rules_ends_the_channel),
		cmocka_unit_test(the_last_frames_come_before_the_end),
		cmocka_unit_test(a_reader_that_waits_makes_the_writer_full),
		cmocka_unit_test(a_pause_holds_back_what_is_here_already),
		cmocka_unit_test(a_channel_may_be_freed_by_its_own_frame),
		cmocka_unit_test(a_frame_above_the_cap_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
