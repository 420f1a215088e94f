/*
 * A small HTTP/1.1 server on a listening socket: keep-alive, pipelining, bodies with a length. Own
 * code, and not libevent's evhttp, which gives no way to bound the number of connections or the
 * time that a request takes to arrive, and answers what is wrong in HTML.
 *
 * Bounded for each server: connections (others wait in the listening socket's queue), the size of a
 * request's head and body, and the time from one answer's end, or the connection's beginning, to
 * the next request's, and that for reading an answer.
 */
#ifndef DAEMON_CONTROL_SERVER_H
#define DAEMON_CONTROL_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "daemon/control/head.h"
#include "daemon/wire/loop.h"
#include "lib/base/buf.h"

#define SERVER_CONNECTIONS_MAX 64
#define SERVER_HEAD_MAX (16u * 1024)
#define SERVER_TIME_MAX 30000 /* ms: idle, sending a request, or reading an answer */
#define SERVER_GROUPS_MAX 256 /* of a peer; what is beyond them does not count */

/* Who asks, as the kernel says it of a Unix socket's peer when it connected. */
struct server_peer {
	bool known;
	uid_t uid;
	gid_t gid;
	gid_t groups[SERVER_GROUPS_MAX];
	size_t n_groups;
};

/* One request; all of it is the server's, and there until server_answer(). */
struct server_request {
	enum head_method method;
	const char *path;  /* as it came, still escaped; begins with a slash */
	const char *query; /* the same, without the question mark; "" for none */
	const char *host;  /* NULL: none */
	const char *body;  /* NUL-terminated; "" for none */
	size_t body_size;
	bool html; /* it is a browser that asks */
	struct server_peer peer;
};

struct server_header {
	const char *name, *value;
};

struct server_answer {
	int status;
	const char *type; /* Content-Type */
	const struct server_header *headers;
	size_t n_headers;
	const struct buf *body; /* is copied; not sent for HEAD */
};

struct server;

struct server_callbacks {
	/*
	 * For each request, from the loop. It is answered by one call of server_answer(), in the
	 * callback or later.
	 */
	void (*request)(void *arg, struct server_request *request);
	/*
	 * Words for what is no request, as the body of its answer, which is JSON. From the loop.
	 */
	void (*refused)(void *arg, int status, const char *reason, struct buf *out);
	void *arg;
};

/*
 * Serves what a listening socket accepts; fd is taken over, on failure as well. Returns 0 or
 * -errno.
 */
int server_new(struct loop *loop, int fd, const struct server_callbacks *callbacks,
	struct server **ret_server);

/* Ends a request; it is no more. */
void server_answer(struct server_request *request, const struct server_answer *answer);

/* Closes everything; requests that were not answered are no more. NULL is fine. */
void server_free(struct server *server);

#endif
