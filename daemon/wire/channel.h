/*
 * Frames over a stream socket between keeper and fetcher: 4 bytes length (little-endian, of what
 * follows), 1 byte type, payload. The peer is not trusted: a frame above CHANNEL_FRAME_MAX ends the
 * channel.
 */
#ifndef DAEMON_WIRE_CHANNEL_H
#define DAEMON_WIRE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/wire/loop.h"

#define CHANNEL_FRAME_MAX (24u * 1024 * 1024)
/* Unsent bytes above which channel_is_full(), and below which drained is called. */
#define CHANNEL_HIGH_WATER (4u * 1024 * 1024)
#define CHANNEL_LOW_WATER (1u * 1024 * 1024)

struct channel;

struct channel_callbacks {
	/*
	 * Once for each frame, in order. The payload is valid during the call. May free the
	 * channel.
	 */
	void (*frame)(void *arg, uint8_t type, const unsigned char *payload, size_t size);
	/*
	 * Each time that what is unsent falls below CHANNEL_LOW_WATER after it was full. May be
	 * NULL.
	 */
	void (*drained)(void *arg);
	/*
	 * Once, and nothing after it: the peer closed (error 0), or the channel failed (-errno;
	 * -EPROTO for a frame that breaks the rules). May free the channel.
	 */
	void (*closed)(void *arg, int error);
	void *arg;
};

/*
 * Takes fd over (it becomes non-blocking and is closed with the channel). Returns 0 or -errno; on
 * failure fd stays the caller's.
 */
int channel_new(struct loop *loop, int fd, const struct channel_callbacks *callbacks,
	struct channel **ret_channel);

/* Queues a frame. Returns 0, -EMSGSIZE, -ENOMEM, or -EPIPE after closed. */
int channel_send(struct channel *channel, uint8_t type, const void *payload, size_t size);

/* More than CHANNEL_HIGH_WATER bytes are unsent: the sender should wait for drained. */
bool channel_is_full(const struct channel *channel);

/* Stops reading from the peer, or goes on; how a slow reader makes the peer wait. */
void channel_pause(struct channel *channel, bool pause);

/* Closes without calling back. NULL is fine. */
void channel_free(struct channel *channel);

#endif
