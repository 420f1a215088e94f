/*
 * Connections and their requests. Owns the listening socket, the connections and their buffers.
 *
 * Invariants: a connection is in one state, and is watched for what that state waits for alone:
 * while its request is being answered for nothing, so it cannot end under the callee. What it has
 * sent beyond one request stays in its buffer, or in the kernel, until its turn.
 *
 * Errors: a connection that no memory is left for, or that fails, is closed; nobody else notices.
 */
#include "config.h"

#include "daemon/control/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SWEEP_EVERY 1000
#define READ_SIZE 4096
#define ACCEPT_AT_ONCE 16
#define LEAVE_TIME 2000 /* ms to read what is left over, so that the last answer is not lost */

enum connection_state {
	CONNECTION_READING, /* a request */
	CONNECTION_BUSY,    /* the callee has it */
	CONNECTION_WRITING, /* the answer */
	CONNECTION_LEAVING, /* all is said; what still comes is thrown away */
};

struct connection {
	struct server_request request; /* first: what the callee has */
	struct server *server;
	struct connection *next, **link;
	int fd;
	enum connection_state state;
	struct loop_io *io; /* NULL: not watched */
	struct buf in, out;
	size_t sent;   /* of out */
	size_t used;   /* of in: the request that is being answered */
	char *text;    /* the request's own copy of its texts */
	int64_t since; /* when its time began, monotonic */
	bool keep, head_only;
};

struct server {
	struct loop *loop;
	int fd;
	struct server_callbacks callbacks;
	struct loop_io *listener; /* NULL: as many as there may be, or none can be accepted */
	struct loop_timer *sweep;
	struct connection *connections;
	size_t n;
};

static void on_ready(int fd, int events, void *arg);
static void on_accept(int fd, int events, void *arg);

static void
listen_on(struct server *server)
{
	if (server->listener == NULL && server->n < SERVER_CONNECTIONS_MAX)
		(void)loop_io_new(
			server->loop, server->fd, LOOP_READ, on_accept, server, &server->listener);
}

static void
listen_no_more(struct server *server)
{
	loop_io_free(server->listener);
	server->listener = NULL;
}

static void
connection_free(struct connection *connection)
{
	struct server *server = connection->server;

	*connection->link = connection->next;
	if (connection->next != NULL)
		connection->next->link = connection->link;
	server->n--;
	loop_io_free(connection->io);
	close(connection->fd);
	buf_done(&connection->in);
	buf_done(&connection->out);
	free(connection->text);
	free(connection);
}

static void
connection_end(struct connection *connection)
{
	struct server *server = connection->server;

	connection_free(connection);
	listen_on(server);
}

/* The one place where a state begins; watches for what it needs. Returns 0 or -ENOMEM. */
static int
connection_become(struct connection *connection, enum connection_state state)
{
	static const int wanted[] = {
		[CONNECTION_READING] = LOOP_READ,
		[CONNECTION_BUSY] = 0,
		[CONNECTION_WRITING] = LOOP_WRITE,
		[CONNECTION_LEAVING] = LOOP_READ,
	};

	connection->state = state;
	loop_io_free(connection->io);
	connection->io = NULL;
	if (wanted[state] == 0)
		return 0;
	return loop_io_new(connection->server->loop, connection->fd, wanted[state], on_ready,
		connection, &connection->io);
}

static int64_t
time_of(const struct connection *connection)
{
	return connection->state == CONNECTION_LEAVING ? LEAVE_TIME : SERVER_TIME_MAX;
}

static void
sweep(void *arg)
{
	struct server *server = arg;
	int64_t now = loop_monotonic(server->loop);
	struct connection *next;

	for (struct connection *c = server->connections; c != NULL; c = next) {
		next = c->next;
		if (c->state != CONNECTION_BUSY && now - c->since >= time_of(c))
			connection_free(c);
	}
	listen_on(server);
	loop_timer_start(server->sweep, SWEEP_EVERY);
}

static const char *
words_of(int status)
{
	static const struct {
		int status;
		const char *words;
	} table[] = {
		{ 200, "OK" },
		{ 202, "Accepted" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 417, "Expectation Failed" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return table[i].words;
	return "Answer";
}

/* Puts an answer into out and begins to send it. */
static void
answer(struct connection *connection, const struct server_answer *what)
{
	struct buf *out = &connection->out;

	buf_printf(out,
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n",
		what->status, words_of(what->status), what->type, what->body->len);
	for (size_t i = 0; i < what->n_headers; i++)
		buf_printf(out, "%s: %s\r\n", what->headers[i].name, what->headers[i].value);
	if (!connection->keep)
		buf_puts(out, "Connection: close\r\n");
	buf_puts(out, "\r\n");
	if (!connection->head_only)
		buf_append(out, what->body->data, what->body->len);
	connection->since = loop_monotonic(connection->server->loop);
	if (buf_error(out) != 0 || connection_become(connection, CONNECTION_WRITING) != 0)
		connection_end(connection);
}

static void
refuse(struct connection *connection, int status, const char *reason)
{
	const struct server_callbacks *callbacks = &connection->server->callbacks;
	struct buf body = { 0 };
	const struct server_answer what = {
		.status = status, .type = "application/json", .body = &body
	};

	connection->keep = connection->head_only = false;
	connection->used = connection->in.len;
	callbacks->refused(callbacks->arg, status, reason, &body);
	answer(connection, &what);
	buf_done(&body);
}

/* The request's texts, each with a NUL, in one piece of memory. */
static int
copy_texts(struct connection *connection, const struct head *head, const char *body)
{
	struct server_request *request = &connection->request;
	size_t host = head->host != NULL ? head->host_size : 0;
	char *at = calloc(1, head->path_size + head->query_size + host + head->body_size + 4);

	if (at == NULL)
		return -ENOMEM;
	free(connection->text);
	connection->text = at;
	request->path = memcpy(at, head->path, head->path_size);
	at += head->path_size + 1;
	request->query = memcpy(at, head->query, head->query_size);
	at += head->query_size + 1;
	request->host = NULL;
	if (head->host != NULL)
		request->host = memcpy(at, head->host, host);
	at += host + 1;
	request->body = memcpy(at, body, head->body_size);
	request->body_size = head->body_size;
	request->html = head->html;
	request->method = head->method == HEAD_HEAD ? HEAD_GET : head->method;
	return 0;
}

/* Looks whether a whole request has come, and hands it on. */
static void
look_for_request(struct connection *connection)
{
	const struct server_callbacks *callbacks = &connection->server->callbacks;
	const struct buf *in = &connection->in;
	size_t size = head_size(buf_str(in), in->len);
	const char *reason;
	struct head head;
	int status;

	if (size > SERVER_HEAD_MAX || (size == 0 && in->len > SERVER_HEAD_MAX)) {
		refuse(connection, 431, "the head of the request is too large");
		return;
	}
	if (size == 0)
		return;
	status = head_parse(in->data, size, &head, &reason);
	if (status != 0) {
		refuse(connection, status, reason);
		return;
	}
	if (in->len - size < head.body_size)
		return;
	connection->keep = head.keep;
	connection->head_only = head.method == HEAD_HEAD;
	connection->used = size + head.body_size;
	if (copy_texts(connection, &head, in->data + size) != 0) {
		refuse(connection, 503, "out of memory");
		return;
	}
	(void)connection_become(connection, CONNECTION_BUSY);
	callbacks->request(callbacks->arg, &connection->request);
}

/* Returns what recv(2) does; 0 as well where there is no memory. */
static ssize_t
receive(struct connection *connection)
{
	char *room = buf_reserve(&connection->in, READ_SIZE);
	ssize_t got;

	if (room == NULL)
		return 0;
	got = recv(connection->fd, room, READ_SIZE, 0);
	if (got > 0)
		buf_add(&connection->in, (size_t)got);
	return got;
}

static bool
is_later(ssize_t got)
{
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static void
read_on(struct connection *connection)
{
	ssize_t got = receive(connection);

	if (is_later(got))
		return;
	if (got <= 0) {
		connection_end(connection);
		return;
	}
	if (connection->state == CONNECTION_LEAVING)
		buf_reset(&connection->in);
	else
		look_for_request(connection);
}

/* Drops the request that was answered, and looks at what came behind it. */
static void
go_on(struct connection *connection)
{
	struct buf rest = { 0 };

	buf_append(&rest, connection->in.data + connection->used,
		connection->in.len - connection->used);
	if (buf_error(&rest) != 0 || connection_become(connection, CONNECTION_READING) != 0) {
		buf_done(&rest);
		connection_end(connection);
		return;
	}
	buf_done(&connection->in);
	buf_done(&connection->out);
	connection->in = rest;
	connection->used = connection->sent = 0;
	connection->since = loop_monotonic(connection->server->loop);
	if (rest.len > 0)
		look_for_request(connection);
}

static void
leave(struct connection *connection)
{
	buf_reset(&connection->in);
	connection->since = loop_monotonic(connection->server->loop);
	if (shutdown(connection->fd, SHUT_WR) < 0 ||
		connection_become(connection, CONNECTION_LEAVING) != 0)
		connection_end(connection);
}

static void
write_on(struct connection *connection)
{
	const struct buf *out = &connection->out;
	ssize_t n = send(connection->fd, out->data + connection->sent, out->len - connection->sent,
		MSG_NOSIGNAL);

	if (is_later(n))
		return;
	if (n < 0) {
		connection_end(connection);
		return;
	}
	connection->sent += (size_t)n;
	if (connection->sent < out->len)
		return;
	if (connection->keep)
		go_on(connection);
	else
		leave(connection);
}

static void
on_ready(int fd, int events, void *arg)
{
	struct connection *connection = arg;

	(void)fd;
	(void)events;
	if (connection->state == CONNECTION_WRITING)
		write_on(connection);
	else
		read_on(connection);
}

static void
look_at_peer(int fd, struct server_peer *ret_peer)
{
	socklen_t size = sizeof(int);
	struct ucred cred;
	int domain = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 || domain != AF_UNIX)
		return;
	size = sizeof(cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return;
	ret_peer->known = true;
	ret_peer->uid = cred.uid;
	ret_peer->gid = cred.gid;
	size = sizeof(ret_peer->groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, ret_peer->groups, &size) == 0)
		ret_peer->n_groups = size / sizeof(ret_peer->groups[0]);
}

static void
connection_begin(struct server *server, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL) {
		close(fd);
		return;
	}
	connection->server = server;
	connection->fd = fd;
	connection->since = loop_monotonic(server->loop);
	connection->link = &server->connections;
	connection->next = server->connections;
	if (connection->next != NULL)
		connection->next->link = &connection->next;
	server->connections = connection;
	server->n++;
	look_at_peer(fd, &connection->request.peer);
	if (connection_become(connection, CONNECTION_READING) != 0)
		connection_free(connection);
}

static void
on_accept(int listener, int events, void *arg)
{
	struct server *server = arg;

	(void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE && server->n < SERVER_CONNECTIONS_MAX; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			connection_begin(server, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			listen_no_more(server); /* until the next sweep */
		return;
	}
	if (server->n == SERVER_CONNECTIONS_MAX)
		listen_no_more(server);
}

void
server_answer(struct server_request *request, const struct server_answer *what)
{
	answer((struct connection *)request, what);
}

static int
start(struct server *server)
{
	int flags = fcntl(server->fd, F_GETFL);
	int error;

	if (flags < 0 || fcntl(server->fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	error = loop_timer_new(server->loop, sweep, server, &server->sweep);
	if (error != 0)
		return error;
	loop_timer_start(server->sweep, SWEEP_EVERY);
	return loop_io_new(
		server->loop, server->fd, LOOP_READ, on_accept, server, &server->listener);
}

int
server_new(struct loop *loop, int fd, const struct server_callbacks *callbacks,
	struct server **ret_server)
{
	struct server *server = calloc(1, sizeof(*server));
	int error;

	if (server == NULL) {
		close(fd);
		return -ENOMEM;
	}
	server->loop = loop;
	server->fd = fd;
	server->callbacks = *callbacks;
	error = start(server);
	if (error != 0) {
		server_free(server);
		return error;
	}
	*ret_server = server;
	return 0;
}

void
server_free(struct server *server)
{
	if (server == NULL)
		return;
	while (server->connections != NULL)
		connection_free(server->connections);
	loop_io_free(server->listener);
	loop_timer_free(server->sweep);
	close(server->fd);
	free(server);
}
