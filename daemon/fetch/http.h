/*
 * HTTP requests, in our names over libcurl's multi interface: GET alone, one hop each (redirects
 * are the caller's to follow), any number at once on one loop. Connections are kept and shared.
 */
#ifndef DAEMON_FETCH_HTTP_H
#define DAEMON_FETCH_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/wire/loop.h"
#include "daemon/wire/message.h"

struct http;
struct http_request;

struct http_options {
	uint32_t max_connections; /* open ones, idle included */
	uint32_t max_host_connections;
	const char *user_agent; /* copied */
};

/* What to ask. Everything is copied but lines of headers; NULL where there is none. */
struct http_target {
	const char *url;
	const char *const *headers; /* "Name: value"; must outlive the request */
	size_t n_headers;
	const char *user, *password, *token;
	const char *proxy;
	const char *ca_pem;     /* authorities to trust instead of the system's, as PEM */
	const char *client_pem; /* certificate and key, as PEM */
	bool allow_private, insecure;
};

struct http_outcome {
	enum message_result result; /* RESULT_OK: the response came whole, whatever its status */
	int stopped;                /* what header or body returned; 0: neither stopped it */
	const char *reason;         /* words, where it is not RESULT_OK */
	bool overfull;              /* a coded body ended well, and something came behind its end */
	uint64_t bytes_wire;        /* header and body as they came */
	bool reused;                /* the connection was had before */
	int version;                /* 10, 11, 20 */
	const char *address;        /* of the peer, "" where there was no connection */
	int64_t lookup, connected, secured, first_byte, total; /* µs since the start; 0: not */
};

/* All are called from the loop, or from http_pause(), and none after done or http_cancel(). */
struct http_callbacks {
	/*
	 * For each line of the header, line end included, and of the trailer. Returns 0, or -errno
	 * to stop.
	 */
	int (*header)(void *arg, const char *line, size_t size);
	/*
	 * For each piece of the decoded body. Returns 0, or -errno to stop. Neither may start or
	 * cancel a request.
	 */
	int (*body)(void *arg, const void *data, size_t size);
	/* Once, unless cancelled. May start others. The request is gone. */
	void (*done)(void *arg, const struct http_outcome *outcome);
	void *arg;
};

/* Returns 0 or -ENOMEM. One for each process, before it has threads; sets LC_CTYPE to UTF-8. */
int http_new(struct loop *loop, const struct http_options *options, struct http **ret_http);

/*
 * For the requests that start from now on. Returns 0, or -ENOMEM: everything is as it was.
 */
int http_set_options(struct http *http, const struct http_options *options);

/* Requests under way are cancelled. */
void http_free(struct http *http);

/* Returns 0, or -ENOMEM; callbacks come later. */
int http_start(struct http *http, const struct http_target *target,
	const struct http_callbacks *callbacks, struct http_request **ret_request);

/* Not from header or body. NULL is fine. */
void http_cancel(struct http_request *request);

/* Stops reading all bodies, or goes on: back-pressure down to the network. */
void http_pause(struct http *http, bool pause);

#endif
