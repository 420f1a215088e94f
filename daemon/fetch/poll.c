/*
 * The polls of one fetcher. Owns them, the HTTP client and the hosts; a poll owns the arena in which
 * it stands, its command, URLs and headers too, and the body with its codings and parser.
 *
 * A poll waits for its host, asks, perhaps goes round by a redirect, sends its articles, and is
 * over; poll_set_state() alone moves it. Articles leave only when the body came whole and is not
 * the old one, so nothing of a response that failed is ever seen. Credentials and own headers go
 * to the origin of the configured URL alone, validators to the very URL that gave them.
 *
 * Errors: what goes wrong ends the poll with a result and words; it never reaches another poll.
 */
#include "daemon/fetch/poll.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fetch/answer.h"
#include "daemon/fetch/body.h"
#include "daemon/fetch/coding.h"
#include "daemon/fetch/hosts.h"
#include "daemon/fetch/poll_request.h"
#include "daemon/fetch/redirect.h"
#include "daemon/wire/log.h"
#include "lib/base/buf.h"
#include "lib/base/url.h"

#define UNWANTED_MAX (64u * 1024) /* of a redirect's or error's body, to keep the connection */
#define PUT_OFF_MS 1000           /* of the deadline, while the sink is full */

enum poll_state {
	POLL_NEW,
	POLL_WAITING, /* for its host */
	POLL_ASKING,
	POLL_SENDING, /* articles wait for room */
	POLL_OVER,
};

struct poller {
	struct loop *loop;
	struct poller_sink sink;
	struct fetcher_page *page;
	struct http *http;
	struct hosts *hosts;
	struct poll *first, *last;
	struct arena_pool *arenas;
	bool full;
};

struct poll {
	struct poller *poller;
	struct poll *prev, *next;
	enum poll_state state;
	struct arena arena;
	struct message_poll command;
	struct poll_identity identity;
	struct redirect redirect;
	struct hosts_ticket ticket;
	struct http_request *request; /* while asking */
	struct headers headers;
	struct body body;
	bool has_body;
	struct coding *coding;   /* NULL: the body has none */
	bool conditional, delta; /* as the request was made */
	uint64_t unwanted;
	struct page no_feed; /* the beginning of a body in a feed's stead */
	struct loop_timer *deadline;
	int64_t start; /* monotonic ms; 0: not yet */
	struct message_done done;
	char reason[1024];
};

static const char *const state_names[] = { [POLL_NEW] = "new",
	[POLL_WAITING] = "waiting",
	[POLL_ASKING] = "asking",
	[POLL_SENDING] = "sending",
	[POLL_OVER] = "over" };

static int body_decoded(void *arg, const void *data, size_t size);
static void poll_hop(struct poll *poll);
static void poll_ask(void *arg);
static void poll_late(void *arg);
static void poll_answered(void *arg, const struct http_outcome *outcome);

static void
poll_set_state(struct poll *poll, enum poll_state state)
{
	log_debug(poll->command.feed, "poll %s -> %s poll=%llu", state_names[poll->state],
		state_names[state], (unsigned long long)poll->command.poll);
	poll->state = state;
}

static void
poll_free(struct poll *poll)
{
	struct poller *poller = poll->poller;
	struct arena arena = poll->arena;

	if (poll->prev != NULL)
		poll->prev->next = poll->next;
	else
		poller->first = poll->next;
	if (poll->next != NULL)
		poll->next->prev = poll->prev;
	else
		poller->last = poll->prev;
	http_cancel(poll->request);
	hosts_leave(poller->hosts, &poll->ticket);
	loop_timer_free(poll->deadline);
	coding_free(poll->coding);
	body_done(&poll->body);
	page_done(&poll->no_feed);
	arena_give(poller->arenas, &arena);
}

/* The end of every poll. reason NULL: as set before. */
static void
poll_end(struct poll *poll, enum message_result result, const char *reason)
{
	struct poller *poller = poll->poller;
	struct message_done *done = &poll->done;

	poll_set_state(poll, POLL_OVER);
	if (reason != NULL)
		snprintf(poll->reason, sizeof(poll->reason), "%s", reason);
	done->result = result;
	done->reason = poll->reason[0] != '\0' ? poll->reason : NULL;
	if (poll->start != 0)
		done->elapsed = (uint32_t)(loop_monotonic(poller->loop) - poll->start);
	if (poll->has_body) {
		done->bytes_body = poll->body.size;
		done->parse_time = body_parse_time(&poll->body);
	}
	poller->sink.done(poller->sink.arg, done);
	poll_free(poll);
}

static void
poll_end_for(struct poll *poll, int error)
{
	poll_end(poll, RESULT_INTERNAL, strerror(-error));
}

static int
header_line(void *arg, const char *line, size_t size)
{
	struct poll *poll = arg;
	const struct headers *headers = &poll->headers;
	bool complete = headers->complete;
	int r = headers_line(&poll->headers, line, size);

	if (r < 0 || complete || !headers->complete)
		return r;
	/* A body that says itself that it is too large, or in what coding, is not begun. */
	if (headers_content_length(headers) > (int64_t)poll->command.max_body)
		r = -EFBIG;
	if (r == 0)
		r = coding_new(headers_text(headers, HEADERS_CONTENT_ENCODING),
			poll->command.max_body, body_decoded, poll, &poll->coding);
	return poll_is_good(headers->status) ? r : 0;
}

static int
body_begin(struct poll *poll)
{
	const struct headers *headers = &poll->headers;
	bool delta = headers->status == MESSAGE_STATUS_DELTA;
	struct body_options options = {
		.poll = poll->command.poll,
		.max_size = poll->command.max_body,
		.old_hash = delta ? NULL : poll->command.body_hash.ptr,
		.no_feed = &poll->no_feed,
		.feed = {
			.url = redirect_url(&poll->redirect),
			.content_type = headers_text(headers, HEADERS_CONTENT_TYPE),
			.content_location = headers_text(headers, HEADERS_CONTENT_LOCATION),
			.content_language = headers_text(headers, HEADERS_CONTENT_LANGUAGE),
		},
	};

	poll->has_body = true;
	return body_init(&poll->body, poll->poller->loop, poll->poller->page, &options);
}

/* What is left when the codings are off. */
static int
body_decoded(void *arg, const void *data, size_t size)
{
	struct poll *poll = arg;
	int r = 0;

	if (!poll_is_good(poll->headers.status)) {
		poll->unwanted += size;
		page_push(&poll->no_feed, data, size);
		return poll->unwanted > UNWANTED_MAX ? -ECANCELED : 0;
	}
	if (!poll->has_body)
		r = body_begin(poll);
	return r < 0 ? r : body_push(&poll->body, data, size);
}

static int
body_piece(void *arg, const void *data, size_t size)
{
	struct poll *poll = arg;
	int r = poll->coding != NULL ? coding_push(poll->coding, data, size)
				     : body_decoded(poll, data, size);

	/* What cannot be decoded of a body that nobody wants is not missed. */
	return r < 0 && !poll_is_good(poll->headers.status) ? -ECANCELED : r;
}

/* Goes to the queue of the current URL's host. */
static void
poll_hop(struct poll *poll)
{
	struct buf host = { 0 };
	int r;

	url_host(&host, redirect_url(&poll->redirect));
	r = buf_error(&host);
	poll_set_state(poll, POLL_WAITING);
	if (r == 0)
		r = hosts_enter(poll->poller->hosts, &poll->ticket, buf_str(&host), poll_ask, poll);
	buf_done(&host);
	if (r < 0)
		poll_end_for(poll, r);
}

/* The host may be asked. */
static void
poll_ask(void *arg)
{
	struct poll *poll = arg;
	const struct http_callbacks callbacks = {
		.header = header_line, .body = body_piece, .done = poll_answered, .arg = poll
	};
	struct poll_request request;
	int r;

	poll_set_state(poll, POLL_ASKING);
	if (poll->start == 0) {
		poll->start = loop_monotonic(poll->poller->loop);
		loop_timer_start(poll->deadline, poll->command.timeout);
	}
	headers_init(&poll->headers, &poll->arena);
	poll->unwanted = 0;
	coding_free(poll->coding);
	poll->coding = NULL;
	page_done(&poll->no_feed);
	r = poll_request_make(&request, &poll->command, &poll->identity,
		redirect_url(&poll->redirect), &poll->arena);
	if (r == 0) {
		poll->conditional = request.conditional;
		poll->delta = request.delta;
		r = http_start(poll->poller->http, &request.target, &callbacks, &poll->request);
	}
	if (r < 0)
		poll_end_for(poll, r);
}

static void
poll_late(void *arg)
{
	struct poll *poll = arg;

	if (poll->poller->full) {
		loop_timer_start(poll->deadline, PUT_OFF_MS);
		return;
	}
	snprintf(poll->reason, sizeof(poll->reason), "not finished after %u ms",
		(unsigned int)poll->command.timeout);
	poll->done.status = (uint16_t)poll->headers.status;
	poll_end(poll, RESULT_TIMEOUT, NULL);
}

static void
poller_fill(struct poller *poller)
{
	poller->full = true;
	http_pause(poller->http, true);
	hosts_pause(poller->hosts, true);
}

/* Sends articles while there is room, then ends the poll. */
static void
poll_send(struct poll *poll)
{
	struct poller *poller = poll->poller;
	const struct poller_sink *sink = &poller->sink;
	struct np_article *article;
	int r;

	for (;;) {
		if (sink->is_full != NULL && sink->is_full(sink->arg)) {
			poller_fill(poller);
			return;
		}
		r = body_take(&poll->body, &article);
		if (r <= 0)
			break;
		r = sink->article(sink->arg, poll->command.poll, article);
		np_article_free(article);
		if (r < 0)
			break;
		poll->done.n_articles++;
	}
	if (r == -EMSGSIZE)
		poll_end(poll, RESULT_TOO_LARGE, "an article is too large to pass on");
	else if (r < 0)
		poll_end_for(poll, r);
	else
		poll_end(poll, RESULT_OK, NULL);
}

static void
poll_note_hints(struct poll *poll)
{
	answer_hints(&poll->done, &poll->headers, loop_now(poll->poller->loop) / 1000);
	poll->done.moved_url = poll->redirect.moved;
}

/*
 * A delta has no hash that a body could be told by. One that nobody asked for is against who knows
 * what: its articles are real, but its validators would hide those it left out.
 */
static void
poll_note_body(struct poll *poll)
{
	struct message_done *done = &poll->done;

	if (poll->headers.status != MESSAGE_STATUS_DELTA)
		memcpy(done->body_hash, poll->body.digest, SHA256_SIZE);
	else if (!poll->delta)
		done->etag = done->last_modified = (struct bytes){ 0 };
}

/* The reason, with what the body says of itself. */
static void
poll_explain(struct poll *poll, const char *words)
{
	struct buf out = { .max = sizeof(poll->reason) - 1 };

	buf_puts(&out, words);
	page_describe(&poll->no_feed, &poll->headers, poll->identity.url,
		redirect_url(&poll->redirect), &out);
	snprintf(poll->reason, sizeof(poll->reason), "%s", buf_str(&out));
	buf_done(&out);
}

static void
poll_end_body(struct poll *poll, int error)
{
	const char *words = poll->has_body ? body_error(&poll->body) : NULL;
	struct buf out = { 0 };
	enum message_result result = answer_error(error, words, poll->command.max_body, &out);

	poll_explain(poll, buf_str(&out));
	buf_done(&out);
	poll_end(poll, result, NULL);
}

static void
poll_parsed(struct poll *poll)
{
	int r = poll->has_body ? coding_finish(poll->coding) : -ENODATA;

	if (r == 0)
		r = body_finish(&poll->body);
	/* Where libcurl decodes it takes what is cut short for a whole body: the document tells. */
	if (r == 0 && coding_offer() == NULL && headers_is_coded(&poll->headers) &&
		np_feed_parser_info(poll->body.parser)->cut_off)
		r = -EILSEQ;
	if (r < 0) {
		poll_end_body(poll, r);
		return;
	}
	poll_note_hints(poll);
	poll_note_body(poll);
	if (r == 1) {
		poll_end(poll, RESULT_SAME_BODY, NULL);
		return;
	}
	answer_document(&poll->done, np_feed_parser_info(poll->body.parser));
	poll_set_state(poll, POLL_SENDING);
	loop_timer_stop(poll->deadline);
	poll_send(poll);
}

static void
poll_redirected(struct poll *poll)
{
	int r = redirect_follow(&poll->redirect, poll->headers.status,
		headers_text(&poll->headers, HEADERS_LOCATION));

	if (r == -ENOMEM)
		poll_end_for(poll, r);
	else if (r < 0)
		poll_end(poll, RESULT_REDIRECT, poll->redirect.reason);
	else
		poll_hop(poll);
}

/* A whole response is here: what now? */
static void
poll_judge(struct poll *poll)
{
	int status = poll->headers.status;
	char words[32];

	poll->done.status = (uint16_t)status;
	poll->done.final_url = redirect_url(&poll->redirect);
	poll->done.retry_after = headers_retry_after(
		&poll->headers, loop_now(poll->poller->loop) / 1000);
	if (redirect_is(status)) {
		poll_redirected(poll);
	} else if (poll_is_good(status)) {
		poll_parsed(poll);
	} else if (status == 304 && poll->conditional) {
		poll_note_hints(poll);
		poll_end(poll, RESULT_NOT_MODIFIED, NULL);
	} else {
		snprintf(words, sizeof(words), "HTTP status %d", status);
		poll_explain(poll, words);
		poll_end(poll, status == 410 ? RESULT_GONE : RESULT_HTTP_ERROR, NULL);
	}
}

static void
poll_answered(void *arg, const struct http_outcome *outcome)
{
	struct poll *poll = arg;
	struct poller *poller = poll->poller;
	struct poller_hop hop = { .url = redirect_url(&poll->redirect),
		.headers = &poll->headers,
		.outcome = outcome,
		.conditional = poll->conditional };
	bool whole = outcome->result == RESULT_OK;

	poll->request = NULL; /* it is gone */
	hosts_leave(poller->hosts, &poll->ticket);
	poll->done.bytes_wire += outcome->bytes_wire;
	if (poller->sink.hop != NULL)
		poller->sink.hop(poller->sink.arg, poll->command.poll, &hop);
	/* Of a response that is no feed anyway the rest of its body is not missed. */
	if (poll->headers.complete && !poll_is_good(poll->headers.status) &&
		(outcome->stopped == -ECANCELED || outcome->result == RESULT_TRUNCATED))
		whole = true;
	/* Junk behind a coded body spoils nothing, where the document in it came to its end. */
	if (outcome->overfull && poll->has_body && headers_is_coded(&poll->headers))
		whole = true;
	if (whole) {
		poll_judge(poll);
		return;
	}
	poll->done.status = (uint16_t)poll->headers.status;
	if (outcome->stopped != 0)
		poll_end_body(poll, outcome->stopped);
	else if (poll->has_body && poll->body.error == -EBADMSG) /* it was read on for its words */
		poll_end_body(poll, -EBADMSG);
	else
		poll_end(poll, outcome->result, outcome->reason);
}

/* A server counts a connection until it has seen its end: an eighth is left to those that end. */
static void
read_options(const struct poller_options *options, struct http_options *ret_http,
	struct hosts_options *ret_hosts)
{
	uint32_t max = options->max_connections - (options->max_connections + 4) / 8;

	*ret_http = (struct http_options){ max, options->max_host_connections,
		options->user_agent };
	*ret_hosts = (struct hosts_options){ .max_connections = max,
		.max_host_connections = options->max_host_connections,
		.host_spacing = options->host_spacing };
}

int
poller_new(struct loop *loop, const struct poller_options *options, const struct poller_sink *sink,
	struct poller **ret_poller)
{
	struct poller *poller = calloc(1, sizeof(*poller));
	struct hosts_options hosts;
	struct http_options http;
	int r;

	if (poller == NULL)
		return -ENOMEM;
	poller->loop = loop;
	poller->sink = *sink;
	poller->page = options->page;
	poller->arenas = options->arenas;
	read_options(options, &http, &hosts);
	r = http_new(loop, &http, &poller->http);
	if (r == 0)
		r = hosts_new(loop, &hosts, &poller->hosts);
	if (r < 0) {
		poller_free(poller);
		return r;
	}
	*ret_poller = poller;
	return 0;
}

int
poller_set_options(struct poller *poller, const struct poller_options *options)
{
	struct hosts_options hosts;
	struct http_options http;
	int r;

	read_options(options, &http, &hosts);
	r = http_set_options(poller->http, &http);
	if (r == 0)
		hosts_set_options(poller->hosts, &hosts);
	return r;
}

void
poller_free(struct poller *poller)
{
	if (poller == NULL)
		return;
	while (poller->first != NULL)
		poll_free(poller->first);
	http_free(poller->http);
	hosts_free(poller->hosts);
	free(poller);
}

int
poller_start(struct poller *poller, struct arena *arena, const struct message_poll *command)
{
	struct poll *poll = arena_alloc(arena, sizeof(*poll));
	int r;

	if (poll == NULL) {
		arena_done(arena);
		return -ENOMEM;
	}
	poll->poller = poller;
	poll->arena = *arena;
	arena_init(arena);
	poll->command = *command;
	answer_init(&poll->done, command->poll);
	poll->prev = poller->last;
	if (poller->last != NULL)
		poller->last->next = poll;
	else
		poller->first = poll;
	poller->last = poll;
	r = loop_timer_new(poller->loop, poll_late, poll, &poll->deadline);
	if (r == 0)
		r = poll_identity_make(&poll->identity, &poll->command, &poll->arena);
	if (r == 0)
		r = redirect_init(&poll->redirect, &poll->arena, poll->identity.url);
	if (r == -ENOMEM) {
		poll_free(poll);
		return r;
	}
	if (r < 0)
		poll_end(poll, RESULT_REDIRECT, "the URL is not http or https");
	else
		poll_hop(poll);
	return 0;
}

void
poller_cancel(struct poller *poller, uint64_t number)
{
	for (struct poll *poll = poller->first; poll != NULL; poll = poll->next) {
		if (poll->command.poll == number) {
			poll_free(poll);
			return;
		}
	}
}

void
poller_drained(struct poller *poller)
{
	struct poll *next;

	if (!poller->full)
		return;
	poller->full = false;
	for (struct poll *poll = poller->first; poll != NULL && !poller->full; poll = next) {
		next = poll->next;
		if (poll->state == POLL_SENDING)
			poll_send(poll);
	}
	if (poller->full)
		return;
	http_pause(poller->http, false);
	hosts_pause(poller->hosts, false);
}
