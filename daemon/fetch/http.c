/*
 * The HTTP client: libcurl's multi interface on our loop. Owns the multi handle, a watch for each
 * of its sockets, and the requests; an easy handle is set up once, used for one request after
 * another, and kept on a bounded free list between them.
 *
 * Invariants: libcurl is entered through curl_multi_socket_action() alone, from the loop, never
 * from its own timer callback, which only arms a timer. Finished requests are collected after
 * each entry; done runs when libcurl has been left.
 *
 * Errors: one table turns libcurl's codes into ours; a request without memory fails by itself.
 */
#include "daemon/fetch/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/fetch/address.h"
#include "daemon/fetch/coding.h"
#include "daemon/fetch/http_easy.h"
#include "lib/base/buf.h"
#include "lib/base/url.h"

#define FREE_REQUESTS_MAX 256 /* as many as are under way at once where polls come in bursts */
#define HTTP_HEADERS_MAX (MESSAGE_HEADERS_MAX + 8)
#define NAMES_SECONDS 60L   /* that an address is kept for a name */
#define NAMES_CHECK_MS 5000 /* libcurl looks at all it has, so it does that now and then alone */
/*
 * Without blanks, and no longer than it has to be: it goes out with every request, and libcurl puts
 * a request together byte by byte.
 */
#define ACCEPT \
	"Accept: application/atom+xml,application/rss+xml,application/feed+json," \
	"application/rdf+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.1"

struct http {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer *timer;
	struct http_request *active; /* a list */
	struct http_request *unused; /* a list over next */
	size_t n_unused;
	char *user_agent;
	struct buf accept_encoding; /* a header; empty: libcurl's own */
	int64_t checked;            /* when names that are too old were last thrown out */
	bool paused;
};

struct http_request {
	struct http *http;
	struct http_request *prev, *next;
	CURL *easy;
	char *user_agent; /* a header, for all its requests */
	struct curl_slist headers[HTTP_HEADERS_MAX];
	size_t n_headers;
	bool checks; /* how old the names of libcurl's cache are */
	struct http_callbacks callbacks;
	bool allow_private;
	bool proxied;
	const char *literal; /* what the URL's host is, where a proxy would go there */
	int stopped;
	const char *refused; /* what an address was that the policy refused */
	bool plain;          /* nothing is set beyond what every request has */
	bool last;           /* its handle is to serve no other: see http_easy.c */
	char error[CURL_ERROR_SIZE];
};

/* What libcurl's codes mean; every other one is RESULT_NETWORK_ERROR. */
static const struct {
	CURLcode code;
	enum message_result result;
} results[] = {
	{ CURLE_OK, RESULT_OK },
	{ CURLE_OPERATION_TIMEDOUT, RESULT_TIMEOUT },
	{ CURLE_PARTIAL_FILE, RESULT_TRUNCATED },
	{ CURLE_BAD_CONTENT_ENCODING, RESULT_TRUNCATED },
	{ CURLE_RECV_ERROR, RESULT_TRUNCATED },
	{ CURLE_WRITE_ERROR, RESULT_TRUNCATED },
	{ CURLE_HTTP2_STREAM, RESULT_TRUNCATED },
	{ CURLE_HTTP2, RESULT_TRUNCATED },
	{ CURLE_GOT_NOTHING, RESULT_NETWORK_ERROR },
	{ CURLE_FILESIZE_EXCEEDED, RESULT_TOO_LARGE },
	{ CURLE_OUT_OF_MEMORY, RESULT_INTERNAL },
	{ CURLE_FAILED_INIT, RESULT_INTERNAL },
	{ CURLE_BAD_FUNCTION_ARGUMENT, RESULT_INTERNAL },
	{ CURLE_SSL_CACERT_BADFILE, RESULT_INTERNAL },
};

static void http_timer_fired(void *arg);
static void http_collect(struct http *http);

static enum message_result
result_of(CURLcode code)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (results[i].code == code)
			return results[i].result;
	}
	return RESULT_NETWORK_ERROR;
}

static void
socket_ready(int fd, int events, void *arg)
{
	struct http *http = arg;
	int mask = 0;
	int running;

	if (events & LOOP_READ)
		mask |= CURL_CSELECT_IN;
	if (events & LOOP_WRITE)
		mask |= CURL_CSELECT_OUT;
	curl_multi_socket_action(http->multi, fd, mask, &running);
	http_collect(http);
}

/* libcurl says what it waits for on a socket. */
static int
socket_callback(CURL *easy, curl_socket_t fd, int what, void *arg, void *data)
{
	struct http *http = arg;
	struct loop_io *io = data;
	int events = 0;

	(void)easy;
	loop_io_free(io);
	io = NULL;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= LOOP_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= LOOP_WRITE;
	if (events != 0 && loop_io_new(http->loop, fd, events, socket_ready, http, &io) < 0)
		io = NULL; /* the request runs into its timeout */
	curl_multi_assign(http->multi, fd, io);
	return 0;
}

static int
timer_callback(CURLM *multi, long milliseconds, void *arg)
{
	struct http *http = arg;

	(void)multi;
	if (milliseconds < 0)
		loop_timer_stop(http->timer);
	else
		loop_timer_start(http->timer, milliseconds);
	return 0;
}

static void
http_timer_fired(void *arg)
{
	struct http *http = arg;
	int running;

	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	http_collect(http);
}

/*
 * One line, but where reading was paused: libcurl keeps what came in between, and then gives all
 * lines of it at once.
 */
static size_t
header_callback(char *lines, size_t one, size_t size, void *arg)
{
	struct http_request *request = arg;
	size_t left = one * size, line;

	for (; left > 0 && request->stopped == 0; lines += line, left -= line) {
		const char *end = memchr(lines, '\n', left);

		line = end != NULL ? (size_t)(end - lines) + 1 : left;
		request->stopped = request->callbacks.header(request->callbacks.arg, lines, line);
	}
	return request->stopped == 0 ? one * size : CURL_WRITEFUNC_ERROR;
}

static size_t
body_callback(char *data, size_t one, size_t size, void *arg)
{
	struct http_request *request = arg;

	request->stopped = request->callbacks.body(request->callbacks.arg, data, one * size);
	return request->stopped == 0 ? one * size : CURL_WRITEFUNC_ERROR;
}

/* What a proxy resolves we do not see; where there is nothing to resolve we do. */
static const char *
literal_refusal(const char *text)
{
	struct url url;

	url_split(text, strlen(text), &url);
	return address_refusal_host(url.host.ptr, url.host.len);
}

/* The address policy, at the last moment before a connection is made. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_request *request = arg;
	const char *what = request->literal;

	(void)purpose;
	if (!request->allow_private && !request->proxied)
		what = address_refusal(&address->addr);
	if (what != NULL) {
		request->refused = what;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* And once more before the request is sent: the connection may be another request's, kept. */
static int
before_request(void *arg, char *address, char *local, int port, int local_port)
{
	struct http_request *request = arg;
	const char *what = request->literal;

	(void)local;
	(void)port;
	(void)local_port;
	if (!request->allow_private && !request->proxied)
		what = address_refusal_text(address);
	if (what == NULL)
		return CURL_PREREQFUNC_OK;
	request->refused = what;
	return CURL_PREREQFUNC_ABORT;
}

/* Where a handle's callbacks lead, for all its requests. */
static int
request_set_up(struct http_request *request)
{
	CURL *easy = request->easy;
	CURLcode code = CURLE_OK;

#define SET(option, value) (code = code != CURLE_OK ? code : curl_easy_setopt(easy, option, value))
	SET(CURLOPT_PRIVATE, request);
	SET(CURLOPT_ERRORBUFFER, request->error);
	SET(CURLOPT_HEADERFUNCTION, header_callback);
	SET(CURLOPT_HEADERDATA, request);
	SET(CURLOPT_WRITEFUNCTION, body_callback);
	SET(CURLOPT_WRITEDATA, request);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, request);
	SET(CURLOPT_PREREQFUNCTION, before_request);
	SET(CURLOPT_PREREQDATA, request);
#undef SET
	if (code != CURLE_OK)
		return -ENOMEM;
	return http_easy_set_up(easy);
}

static void
request_free(struct http_request *request)
{
	if (request == NULL)
		return;
	if (request->easy != NULL)
		curl_easy_cleanup(request->easy);
	free(request->user_agent);
	free(request);
}

static struct http_request *
request_new(struct http *http)
{
	struct http_request *request = http->unused;
	struct buf user_agent = { 0 };

	if (request != NULL) {
		http->unused = request->next;
		http->n_unused--;
		return request;
	}
	request = calloc(1, sizeof(*request));
	if (request == NULL)
		return NULL;
	request->http = http;
	request->checks = true; /* as libcurl's handles do */
	buf_printf(&user_agent, "User-Agent: %s", http->user_agent);
	request->user_agent = buf_steal(&user_agent);
	request->easy = curl_easy_init();
	if (request->user_agent == NULL || request->easy == NULL || request_set_up(request) < 0) {
		request_free(request);
		return NULL;
	}
	return request;
}

/* Back on the free list. */
static void
request_recycle(struct http_request *request, bool reusable)
{
	struct http *http = request->http;

	if (!reusable || request->last || http->n_unused >= FREE_REQUESTS_MAX) {
		request_free(request);
		return;
	}
	request->prev = NULL;
	request->next = http->unused;
	http->unused = request;
	http->n_unused++;
}

/* Lines stay where they are, in nodes of our own: libcurl reads the list and no more. */
static void
request_add_header(struct http_request *request, const char *line)
{
	struct curl_slist *node = &request->headers[request->n_headers];

	assert(request->n_headers < HTTP_HEADERS_MAX);
	*node = (struct curl_slist){ .data = (void *)(uintptr_t)line };
	if (request->n_headers++ > 0)
		node[-1].next = node;
}

static void
request_add_headers(struct http_request *request, const struct http_target *target)
{
	const struct http *http = request->http;

	request->n_headers = 0;
	request_add_header(request, request->user_agent);
	request_add_header(request, ACCEPT);
	if (http->accept_encoding.len > 0)
		request_add_header(request, buf_str(&http->accept_encoding));
	for (size_t i = 0; i < target->n_headers; i++)
		request_add_header(request, target->headers[i]);
}

/*
 * At its end each request has libcurl look at every name that it knows, but for those that keep
 * names for ever. So only one in NAMES_CHECK_MS looks, and the others find what it has left.
 */
static int
request_keep_names(struct http_request *request)
{
	const struct http *http = request->http;
	bool checks = loop_monotonic(http->loop) - http->checked >= NAMES_CHECK_MS;
	CURLcode code = CURLE_OK;

	if (request->checks != checks)
		code = curl_easy_setopt(
			request->easy, CURLOPT_DNS_CACHE_TIMEOUT, checks ? NAMES_SECONDS : -1L);
	if (code != CURLE_OK)
		return -ENOMEM;
	request->checks = checks;
	return 0;
}

static void
request_link(struct http_request *request)
{
	struct http *http = request->http;

	request->prev = NULL;
	request->next = http->active;
	if (http->active != NULL)
		http->active->prev = request;
	http->active = request;
}

static void
request_unlink(struct http_request *request)
{
	if (request->prev != NULL)
		request->prev->next = request->next;
	else
		request->http->active = request->next;
	if (request->next != NULL)
		request->next->prev = request->prev;
	curl_multi_remove_handle(request->http->multi, request->easy);
}

static void
http_limit(struct http *http, const struct http_options *options)
{
	long all = (long)options->max_connections;
	long one_host = (long)options->max_host_connections;

	curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, all);
	curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, one_host);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, all);
}

int
http_new(struct loop *loop, const struct http_options *options, struct http **ret_http)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http == NULL)
		return -ENOMEM;
	http->loop = loop;
	/* libcurl reads host names that are not ASCII by the locale's character set. */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(http);
		return -ENOMEM;
	}
	if (coding_offer() != NULL)
		buf_printf(&http->accept_encoding, "Accept-Encoding: %s", coding_offer());
	http->multi = curl_multi_init();
	http->user_agent = strdup(options->user_agent);
	if (http->multi == NULL || http->user_agent == NULL ||
		buf_error(&http->accept_encoding) < 0 ||
		loop_timer_new(loop, http_timer_fired, http, &http->timer) < 0) {
		http_free(http);
		return -ENOMEM;
	}
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, socket_callback);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, timer_callback);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	http_limit(http, options);
	*ret_http = http;
	return 0;
}

static void
free_unused(struct http *http)
{
	while (http->unused != NULL) {
		struct http_request *request = http->unused;

		http->unused = request->next;
		request_free(request);
	}
	http->n_unused = 0;
}

int
http_set_options(struct http *http, const struct http_options *options)
{
	char *user_agent = strdup(options->user_agent);

	if (user_agent == NULL)
		return -ENOMEM;
	http_limit(http, options);
	free(http->user_agent);
	http->user_agent = user_agent;
	/* Handles carry the name that they were made with. */
	free_unused(http);
	for (struct http_request *request = http->active; request != NULL; request = request->next)
		request->last = true;
	return 0;
}

void
http_free(struct http *http)
{
	if (http == NULL)
		return;
	while (http->active != NULL)
		http_cancel(http->active);
	free_unused(http);
	if (http->multi != NULL)
		curl_multi_cleanup(http->multi);
	loop_timer_free(http->timer);
	free(http->user_agent);
	buf_done(&http->accept_encoding);
	free(http);
	curl_global_cleanup();
}

int
http_start(struct http *http, const struct http_target *target,
	const struct http_callbacks *callbacks, struct http_request **ret_request)
{
	struct http_request *request = request_new(http);
	int r;

	if (request == NULL)
		return -ENOMEM;
	request->callbacks = *callbacks;
	request->allow_private = target->allow_private;
	request->proxied = target->proxy != NULL;
	request->literal = request->proxied && !target->allow_private ? literal_refusal(target->url)
								      : NULL;
	request->last = target->ca_pem != NULL;
	request->stopped = 0;
	request->refused = NULL;
	request->error[0] = '\0';
	request_add_headers(request, target);
	r = request_keep_names(request);
	if (r == 0)
		r = http_easy_aim(
			request->easy, target, http->user_agent, request->headers, &request->plain);
	if (r == 0 && curl_multi_add_handle(http->multi, request->easy) != CURLM_OK)
		r = -ENOMEM;
	if (r < 0) {
		request_recycle(request, false);
		return r;
	}
	request_link(request);
	if (http->paused)
		curl_easy_pause(request->easy, CURLPAUSE_RECV);
	*ret_request = request;
	return 0;
}

void
http_cancel(struct http_request *request)
{
	if (request == NULL)
		return;
	request_unlink(request);
	request_recycle(request, false);
}

/* What went wrong, in words. */
static void
request_explain(const struct http_request *request, CURLcode code, struct http_outcome *outcome,
	char *reason, size_t size)
{
	snprintf(reason, size, "%s",
		request->error[0] != '\0' ? request->error : curl_easy_strerror(code));
	if (request->refused != NULL) {
		outcome->result = RESULT_REFUSED;
		snprintf(reason, size, "the address is %s; allow-private = yes would permit it",
			request->refused);
	} else if (code == CURLE_RECV_ERROR && outcome->first_byte == 0) {
		outcome->result = RESULT_NETWORK_ERROR; /* nothing came that could be cut */
	}
	/* We did not stop it: so a decoder did, which was done and got more. */
	outcome->overfull = code == CURLE_WRITE_ERROR && request->stopped == 0;
	if (outcome->overfull)
		snprintf(reason, size, "something stands behind the end of the coded body");
	if (code == CURLE_OUT_OF_MEMORY && outcome->first_byte > 0) /* so libcurl calls that */
		snprintf(reason, size, "a header line is too long, or memory is short");
	outcome->reason = reason;
}

static void
request_finish(struct http_request *request, CURLcode code)
{
	struct http *http = request->http;
	struct http_callbacks callbacks = request->callbacks;
	struct http_outcome outcome = { .result = result_of(code), .stopped = request->stopped };
	char reason[CURL_ERROR_SIZE + 128];

	http_easy_measure(request->easy, &outcome);
	if (code != CURLE_OK)
		request_explain(request, code, &outcome, reason, sizeof(reason));
	if (request->checks)
		http->checked = loop_monotonic(http->loop);
	request_unlink(request);
	callbacks.done(callbacks.arg, &outcome);
	request_recycle(request, code == CURLE_OK);
}

static void
http_collect(struct http *http)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		char *request = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
		request_finish((struct http_request *)(void *)request, code);
	}
}

void
http_pause(struct http *http, bool pause)
{
	struct http_request *next;

	http->paused = pause;
	for (struct http_request *request = http->active; request != NULL; request = next) {
		next = request->next;
		curl_easy_pause(request->easy, pause ? CURLPAUSE_RECV : CURLPAUSE_CONT);
	}
}
