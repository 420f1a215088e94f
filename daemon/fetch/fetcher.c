/*
 * The fetcher's role: one channel, one poller, one sandbox, composed. Owns the loop and all that
 * stands on it until the channel closes.
 *
 * Errors: a message that breaks the rules, or a sandbox that does not stand, ends the process with
 * status 1; the keeper sees the channel close and starts another.
 */
#include "daemon/fetch/fetcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "daemon/fetch/answer.h"
#include "daemon/fetch/poll.h"
#include "daemon/fetch/sandbox.h"
#include "daemon/wire/channel.h"
#include "daemon/wire/log.h"
#include "daemon/wire/loop.h"
#include "daemon/wire/message.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define EXIT_MISUSED 2

struct fetcher {
	struct loop *loop;
	struct channel *channel;
	struct poller *poller; /* after the setup */
	struct fetcher_page *page;
	struct loop_timer *beat;
	struct buf out;           /* the message in the making */
	struct arena_pool arenas; /* of polls */
	int status;               /* for the exit */
};

static void
fetcher_stop(struct fetcher *fetcher, int status)
{
	fetcher->status = status;
	loop_stop(fetcher->loop);
}

static int
fetcher_send(struct fetcher *fetcher, enum message_type type)
{
	int r = buf_error(&fetcher->out);

	if (r == 0)
		r = channel_send(fetcher->channel, type, fetcher->out.data, fetcher->out.len);
	buf_reset(&fetcher->out);
	return r == -E2BIG ? -EMSGSIZE : r;
}

static bool
sink_is_full(void *arg)
{
	const struct fetcher *fetcher = arg;

	return channel_is_full(fetcher->channel);
}

static int
sink_article(void *arg, uint64_t poll, const struct np_article *article)
{
	struct fetcher *fetcher = arg;

	message_article_encode(&fetcher->out, poll, article);
	return fetcher_send(fetcher, MESSAGE_ARTICLE);
}

/* An answer that cannot be sent would leave the keeper waiting for ever, so we end. */
static void
sink_done(void *arg, const struct message_done *done)
{
	struct fetcher *fetcher = arg;
	int r;

	message_done_encode(&fetcher->out, done);
	r = fetcher_send(fetcher, MESSAGE_DONE);
	if (r < 0 && r != -EPIPE) {
		log_error(NULL, "cannot answer the keeper: %s", strerror(-r));
		fetcher_stop(fetcher, 1);
	}
}

static void
read_options(struct fetcher *fetcher, const struct message_setup *setup,
	struct poller_options *ret_options)
{
	*ret_options = (struct poller_options){ .user_agent = setup->user_agent,
		.max_connections = setup->max_connections,
		.max_host_connections = setup->max_host_connections,
		.host_spacing = setup->host_spacing,
		.page = fetcher->page,
		.arenas = &fetcher->arenas };
}

static int
fetcher_set_up(struct fetcher *fetcher, const unsigned char *payload, size_t size)
{
	const struct poller_sink sink = {
		.is_full = sink_is_full, .article = sink_article, .done = sink_done, .arg = fetcher
	};
	struct poller_options options;
	struct message_setup setup;
	struct arena arena = { 0 };
	int r;

	if (fetcher->poller != NULL)
		return -EPROTO;
	r = message_setup_decode(payload, size, &arena, &setup);
	if (r < 0)
		goto out;
	log_set_level((enum log_level)setup.log_level);
	r = sandbox_enter((enum sandbox_mode)setup.sandbox, setup.max_connections);
	if (r < 0) {
		log_error(NULL, "cannot enter the sandbox: %s", strerror(-r));
		goto out;
	}
	read_options(fetcher, &setup, &options);
	r = poller_new(fetcher->loop, &options, &sink, &fetcher->poller);
	if (r == 0)
		r = fetcher_send(fetcher, MESSAGE_READY);
out:
	arena_done(&arena);
	return r;
}

static int
fetcher_change(struct fetcher *fetcher, const unsigned char *payload, size_t size)
{
	struct poller_options options;
	struct message_setup setup;
	struct arena arena = { 0 };
	int r = message_setup_decode(payload, size, &arena, &setup);

	if (r == 0 && fetcher->poller == NULL)
		r = -EPROTO;
	if (r < 0)
		goto out;
	log_set_level((enum log_level)setup.log_level);
	read_options(fetcher, &setup, &options);
	r = poller_set_options(fetcher->poller, &options);
	if (r == 0)
		r = sandbox_resize(setup.max_connections);
out:
	arena_done(&arena);
	return r;
}

static int
fetcher_poll(struct fetcher *fetcher, const unsigned char *payload, size_t size)
{
	struct message_done failed;
	struct message_poll command;
	struct arena arena;
	int r;

	if (fetcher->poller == NULL)
		return -EPROTO;
	arena_take(&fetcher->arenas, &arena);
	r = message_poll_decode(payload, size, &arena, &command);
	if (r < 0) {
		arena_done(&arena);
		return r;
	}
	answer_init(&failed, command.poll);
	failed.result = RESULT_INTERNAL;
	failed.reason = "out of memory";
	if (poller_start(fetcher->poller, &arena, &command) < 0)
		sink_done(fetcher, &failed);
	return 0;
}

static int
fetcher_cancel(struct fetcher *fetcher, const unsigned char *payload, size_t size)
{
	uint64_t poll;
	int r = message_cancel_decode(payload, size, &poll);

	if (r == 0 && fetcher->poller == NULL)
		r = -EPROTO;
	if (r == 0)
		poller_cancel(fetcher->poller, poll);
	return r;
}

static const struct {
	enum message_type type;
	int (*handle)(struct fetcher *fetcher, const unsigned char *payload, size_t size);
} handlers[] = {
	{ MESSAGE_SETUP, fetcher_set_up },
	{ MESSAGE_SETTINGS, fetcher_change },
	{ MESSAGE_POLL, fetcher_poll },
	{ MESSAGE_CANCEL, fetcher_cancel },
};

static void
fetcher_frame(void *arg, uint8_t type, const unsigned char *payload, size_t size)
{
	struct fetcher *fetcher = arg;
	int r = -EPROTO;

	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (handlers[i].type == type)
			r = handlers[i].handle(fetcher, payload, size);
	}
	if (r < 0) {
		log_error(NULL, "message of type %u refused: %s", type, strerror(-r));
		fetcher_stop(fetcher, 1);
	}
}

static void
fetcher_drained(void *arg)
{
	struct fetcher *fetcher = arg;

	if (fetcher->poller != NULL)
		poller_drained(fetcher->poller);
}

static void
fetcher_closed(void *arg, int error)
{
	struct fetcher *fetcher = arg;

	if (error != 0)
		log_error(NULL, "channel to the keeper failed: %s", strerror(-error));
	fetcher_stop(fetcher, error != 0);
}

/* Tells the keeper that the loop turns: one that does not will never answer. */
static void
fetcher_beat(void *arg)
{
	struct fetcher *fetcher = arg;

	atomic_fetch_add(&fetcher->page->beats, 1);
	loop_timer_start(fetcher->beat, FETCHER_BEAT_MS);
}

/* The keeper says when to end, by closing the channel; a terminal or systemd tells it, not us. */
static void
ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
}

/* Whether the keeper started this process: a person cannot, for lack of what stands on these. */
static bool
is_started_by_keeper(void)
{
	int type = 0;
	socklen_t size = sizeof(type);

	return getsockopt(FETCHER_CHANNEL_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
	       type == SOCK_STREAM && fcntl(FETCHER_PAGE_FD, F_GETFD) >= 0;
}

static struct fetcher_page *
map_page(void)
{
	void *page = mmap(
		NULL, FETCHER_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, FETCHER_PAGE_FD, 0);

	return page != MAP_FAILED ? page : NULL;
}

int
fetcher_main(unsigned int index)
{
	struct fetcher fetcher = { .status = 1 };
	const struct channel_callbacks callbacks = { .frame = fetcher_frame,
		.drained = fetcher_drained,
		.closed = fetcher_closed,
		.arg = &fetcher };
	char role[32];
	int r;

	if (!is_started_by_keeper()) {
		fprintf(stderr, "newspoold: --fetcher is for newspoold itself, which starts its "
				"fetchers with it; 'newspool fetch URL' polls a feed by hand\n");
		return EXIT_MISUSED;
	}
	snprintf(role, sizeof(role), "fetcher-%u", index);
	log_open(role, LOG_LEVEL_INFO);
	(void)prctl(PR_SET_NAME, role); /* else ps calls what was executed anew "exe" */
	ignore_signals();
	fetcher.out.max = CHANNEL_FRAME_MAX - 1;
	fetcher.page = map_page();
	r = fetcher.page != NULL ? loop_new(&fetcher.loop) : -errno;
	if (r == 0)
		r = channel_new(fetcher.loop, FETCHER_CHANNEL_FD, &callbacks, &fetcher.channel);
	if (r == 0)
		r = loop_timer_new(fetcher.loop, fetcher_beat, &fetcher, &fetcher.beat);
	if (r == 0) {
		loop_timer_start(fetcher.beat, 0);
		r = loop_run(fetcher.loop);
	}
	if (r < 0)
		log_error(NULL, "cannot run: %s", strerror(-r));
	poller_free(fetcher.poller);
	channel_free(fetcher.channel);
	loop_timer_free(fetcher.beat);
	loop_free(fetcher.loop);
	buf_done(&fetcher.out);
	arena_pool_done(&fetcher.arenas);
	if (fetcher.page != NULL)
		munmap(fetcher.page, sizeof(*fetcher.page));
	return r < 0 ? 1 : fetcher.status;
}
