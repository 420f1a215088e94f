/*
 * Frames over a stream socket. Owns the descriptor and two buffers: what came and is not yet a
 * whole frame, and what is not yet sent.
 *
 * Invariants: no callback runs from a call of ours, only from the loop; frames queued within one
 * turn of the loop leave in one send(2); `closed` is the last callback. While paused nothing is
 * read and no frame is given out, not even one that is here already.
 *
 * Errors: a failure in the middle of a call is kept in `error` and told by `closed` from the loop.
 */
#include "daemon/wire/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/buf.h"

#define HEAD_SIZE 5                  /* length and type */
#define READ_SIZE (64u * 1024)       /* asked of the kernel at once */
#define FLUSH_SIZE (256u * 1024)     /* unsent bytes that do not wait for the loop to turn */
#define KEEP_SIZE (1u * 1024 * 1024) /* an empty buffer larger than this is given back */
#define READ_ROUNDS 16               /* reads in a row before others have their turn */

struct channel {
	struct loop *loop;
	struct channel_callbacks callbacks;
	int fd;
	struct loop_io *reader;     /* NULL while paused */
	struct loop_io *writer;     /* while the kernel's buffer is full */
	struct loop_timer *pending; /* something to do when the loop turns */
	struct buf in, out;
	size_t in_taken, out_sent; /* bytes of the buffers that are done with */
	bool paused;
	bool full; /* drained is owed */
	bool ended;
	int error;  /* why it ended */
	bool *gone; /* set when the channel is freed in a callback */
};

static void channel_pending(void *arg);
static void channel_readable(int fd, int events, void *arg);
static void channel_writable(int fd, int events, void *arg);

static size_t
unsent(const struct channel *channel)
{
	return channel->out.len - channel->out_sent;
}

/* No more of this channel; `closed` follows from the loop. */
static void
channel_end(struct channel *channel, int error)
{
	if (channel->ended)
		return;
	channel->ended = true;
	channel->error = error;
	loop_io_free(channel->reader);
	channel->reader = NULL;
	loop_io_free(channel->writer);
	channel->writer = NULL;
	loop_timer_start(channel->pending, 0);
}

/* A peer that is gone has closed, whatever it left unread. */
static int
error_of(int number)
{
	return number == EPIPE || number == ECONNRESET ? 0 : -number;
}

static int
set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int
channel_new(struct loop *loop, int fd, const struct channel_callbacks *callbacks,
	struct channel **ret_channel)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	int r;

	if (channel == NULL)
		return -ENOMEM;
	channel->loop = loop;
	channel->callbacks = *callbacks;
	channel->fd = -1;
	r = set_nonblocking(fd);
	if (r == 0)
		r = loop_timer_new(loop, channel_pending, channel, &channel->pending);
	if (r == 0)
		r = loop_io_new(loop, fd, LOOP_READ, channel_readable, channel, &channel->reader);
	if (r < 0) {
		channel_free(channel);
		return r;
	}
	channel->fd = fd;
	*ret_channel = channel;
	return 0;
}

void
channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	if (channel->gone != NULL)
		*channel->gone = true;
	loop_io_free(channel->reader);
	loop_io_free(channel->writer);
	loop_timer_free(channel->pending);
	buf_done(&channel->in);
	buf_done(&channel->out);
	if (channel->fd >= 0)
		close(channel->fd);
	free(channel);
}

/* Drops what is done with, so that the buffer's length is bounded by what is not. */
static void
buffer_shift(struct buf *buffer, size_t *done)
{
	if (*done == buffer->len) {
		if (buffer->size > KEEP_SIZE)
			buf_done(buffer);
		else
			buf_reset(buffer);
		*done = 0;
	} else if (*done > buffer->len / 2) {
		memmove(buffer->data, buffer->data + *done, buffer->len - *done);
		buf_truncate(buffer, buffer->len - *done);
		*done = 0;
	}
}

static void
channel_flush(struct channel *channel)
{
	while (!channel->ended && unsent(channel) > 0) {
		ssize_t n = send(channel->fd, channel->out.data + channel->out_sent,
			unsent(channel), MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			channel_end(channel, error_of(errno));
			return;
		}
		if (n < 0)
			break;
		channel->out_sent += (size_t)n;
	}
	if (channel->ended)
		return;
	buffer_shift(&channel->out, &channel->out_sent);
	if (unsent(channel) == 0) {
		loop_io_free(channel->writer);
		channel->writer = NULL;
	} else if (channel->writer == NULL) {
		int r = loop_io_new(channel->loop, channel->fd, LOOP_WRITE, channel_writable,
			channel, &channel->writer);
		if (r < 0)
			channel_end(channel, r);
	}
}

int
channel_send(struct channel *channel, uint8_t type, const void *payload, size_t size)
{
	unsigned char head[HEAD_SIZE];
	uint32_t length;
	size_t before = channel->out.len;

	if (size >= CHANNEL_FRAME_MAX)
		return -EMSGSIZE;
	if (channel->ended)
		return -EPIPE;
	length = (uint32_t)size + 1;
	for (int i = 0; i < 4; i++)
		head[i] = (unsigned char)(length >> (8 * i));
	head[4] = type;
	buf_append(&channel->out, head, sizeof(head));
	buf_append(&channel->out, payload, size);
	if (buf_error(&channel->out) != 0) {
		/* The frames before this one are whole and stay. */
		buf_truncate(&channel->out, before);
		channel->out.error = 0;
		return -ENOMEM;
	}
	if (channel_is_full(channel))
		channel->full = true;
	if (channel->writer == NULL && unsent(channel) >= FLUSH_SIZE)
		channel_flush(channel);
	else if (channel->writer == NULL)
		loop_timer_start(channel->pending, 0);
	if (channel->full)
		loop_timer_start(channel->pending, 0);
	return 0;
}

bool
channel_is_full(const struct channel *channel)
{
	return unsent(channel) > CHANNEL_HIGH_WATER;
}

/* Gives out the whole frames that are here. Returns false when the channel is gone. */
static bool
channel_deliver(struct channel *channel)
{
	bool gone = false;

	channel->gone = &gone;
	while (!channel->ended && !channel->paused && channel->in.len - channel->in_taken >= 4) {
		const unsigned char *head = (const unsigned char *)channel->in.data +
					    channel->in_taken;
		size_t length = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 |
				(size_t)head[3] << 24;

		if (length < 1 || length > CHANNEL_FRAME_MAX) {
			channel_end(channel, -EPROTO);
			break;
		}
		if (channel->in.len - channel->in_taken < 4 + length)
			break;
		channel->in_taken += 4 + length;
		channel->callbacks.frame(
			channel->callbacks.arg, head[4], head + HEAD_SIZE, length - 1);
		if (gone)
			return false;
	}
	channel->gone = NULL;
	buffer_shift(&channel->in, &channel->in_taken);
	return true;
}

static void
channel_readable(int fd, int events, void *arg)
{
	struct channel *channel = arg;

	(void)events;
	for (int round = 0; round < READ_ROUNDS && !channel->ended && !channel->paused; round++) {
		char *room = buf_reserve(&channel->in, READ_SIZE);
		ssize_t n;

		if (room == NULL) {
			channel_end(channel, -ENOMEM);
			return;
		}
		n = read(fd, room, READ_SIZE);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			channel_end(channel, n < 0 ? error_of(errno) : 0);
			return;
		}
		buf_add(&channel->in, (size_t)n);
		if (!channel_deliver(channel))
			return;
		if ((size_t)n < READ_SIZE)
			return;
	}
}

static void
channel_tell_drained(struct channel *channel)
{
	if (!channel->full || channel->ended || unsent(channel) >= CHANNEL_LOW_WATER)
		return;
	channel->full = false;
	if (channel->callbacks.drained != NULL)
		channel->callbacks.drained(channel->callbacks.arg);
}

static void
channel_writable(int fd, int events, void *arg)
{
	struct channel *channel = arg;

	(void)fd;
	(void)events;
	channel_flush(channel);
	channel_tell_drained(channel);
}

static void
channel_pending(void *arg)
{
	struct channel *channel = arg;

	if (!channel->ended) {
		channel_flush(channel);
		if (!channel_deliver(channel))
			return;
	}
	if (channel->ended)
		channel->callbacks.closed(channel->callbacks.arg, channel->error);
	else
		channel_tell_drained(channel);
}

void
channel_pause(struct channel *channel, bool pause)
{
	int r;

	if (channel->paused == pause || channel->ended)
		return;
	channel->paused = pause;
	if (pause) {
		loop_io_free(channel->reader);
		channel->reader = NULL;
		return;
	}
	r = loop_io_new(
		channel->loop, channel->fd, LOOP_READ, channel_readable, channel, &channel->reader);
	if (r < 0)
		channel_end(channel, r);
	loop_timer_start(channel->pending, 0);
}
