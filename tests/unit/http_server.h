/*
 * A web server for tests: raw sockets on a loopback port, one thread a connection, full control of
 * each byte of an answer.
 */
#ifndef TESTS_UNIT_HTTP_SERVER_H
#define TESTS_UNIT_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

struct http_server;

/* One request as it came. */
struct http_exchange {
	const char *path;    /* with the query */
	const char *request; /* line and header, as received */
	unsigned int number; /* of requests for this path before this one */
	int fd;              /* for answers that take their time */
	const struct http_server *server;
};

/*
 * Makes the answer. Called from a thread of its own. Returns true to keep the connection, false to
 * close it after what was written.
 */
typedef bool http_answer(void *arg, const struct http_exchange *exchange, struct buf *out);

/* Fails the test where it cannot listen. */
struct http_server *http_server_start(http_answer *answer, void *arg);
void http_server_stop(struct http_server *server);

/* "http://127.0.0.1:PORT" and the path, in one of a few static buffers: good for a while. */
const char *http_server_url(const struct http_server *server, const char *path);

/* How many requests there were for a path; connections in all. */
unsigned int http_server_requests(struct http_server *server, const char *path);
unsigned int http_server_connections(struct http_server *server);

/* A copy of the last request for a path, for free(); NULL where there was none. */
char *http_server_last(struct http_server *server, const char *path);

/* The value of a header of a request, for free(); NULL where it is absent. */
char *http_header(const char *request, const char *name);

#endif
