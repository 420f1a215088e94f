/*
 * The web server for tests. A listener thread makes a thread for each connection; stopping shuts
 * every socket down and joins them all, so no thread outlives a test.
 */
#include "config.h"

#include "tests/unit/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define REQUESTS_MAX 1024
#define URLS 16

struct connection {
	struct http_server *server;
	pthread_t thread;
	int fd;
};

struct http_server {
	http_answer *answer;
	void *arg;
	int fd;
	int port;
	pthread_t thread;
	pthread_mutex_t lock; /* over all below */
	struct connection connections[CONNECTIONS_MAX];
	unsigned int n_connections;
	char *requests[REQUESTS_MAX];
	unsigned int n_requests;
};

static void
must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

static bool
is_for(const char *request, const char *path)
{
	size_t len = strlen(path);

	return strncmp(request, "GET ", 4) == 0 && strncmp(request + 4, path, len) == 0 &&
	       request[4 + len] == ' ';
}

/* Keeps the request. Returns how many there were for this path before. */
static unsigned int
keep_request(struct http_server *server, const char *request, const char *path)
{
	unsigned int before = 0;

	pthread_mutex_lock(&server->lock);
	for (unsigned int i = 0; i < server->n_requests; i++)
		before += is_for(server->requests[i], path);
	must(server->n_requests < REQUESTS_MAX, "requests");
	server->requests[server->n_requests++] = strdup(request);
	pthread_mutex_unlock(&server->lock);
	return before;
}

/* Up to the blank line. Returns false at the end of the connection. */
static bool
read_request(int fd, struct buf *in)
{
	buf_reset(in);
	while (in->len < 4 || strcmp(in->data + in->len - 4, "\r\n\r\n") != 0) {
		char byte;

		if (recv(fd, &byte, 1, 0) != 1)
			return false;
		buf_putc(in, byte);
	}
	return true;
}

static bool
write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		size -= (size_t)n;
	}
	return true;
}

static void *
serve_connection(void *arg)
{
	struct connection *connection = arg;
	struct http_server *server = connection->server;
	struct buf in = { 0 }, out = { 0 };
	bool keep = true;

	while (keep && read_request(connection->fd, &in)) {
		char path[2048] = "";
		struct http_exchange exchange = { .path = path,
			.request = buf_str(&in),
			.fd = connection->fd,
			.server = server };

		sscanf(in.data, "GET %2047s", path);
		exchange.number = keep_request(server, in.data, path);
		buf_reset(&out);
		keep = server->answer(server->arg, &exchange, &out);
		keep = write_all(connection->fd, buf_str(&out), out.len) && keep;
	}
	shutdown(connection->fd, SHUT_RDWR);
	buf_done(&in);
	buf_done(&out);
	return NULL;
}

static void *
serve(void *arg)
{
	struct http_server *server = arg;

	for (;;) {
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
		struct connection *connection;

		if (fd < 0)
			return NULL;
		pthread_mutex_lock(&server->lock);
		must(server->n_connections < CONNECTIONS_MAX, "connections");
		connection = &server->connections[server->n_connections++];
		connection->server = server;
		connection->fd = fd;
		must(pthread_create(&connection->thread, NULL, serve_connection, connection) == 0,
			"pthread_create");
		pthread_mutex_unlock(&server->lock);
	}
}

struct http_server *
http_server_start(http_answer *answer, void *arg)
{
	struct http_server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);

	must(server != NULL, "calloc");
	server->answer = answer;
	server->arg = arg;
	pthread_mutex_init(&server->lock, NULL);
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(server->fd >= 0, "socket");
	must(bind(server->fd, (void *)&address, size) == 0, "bind");
	must(listen(server->fd, 64) == 0, "listen");
	must(getsockname(server->fd, (void *)&address, &size) == 0, "getsockname");
	server->port = ntohs(address.sin_port);
	must(pthread_create(&server->thread, NULL, serve, server) == 0, "pthread_create");
	return server;
}

void
http_server_stop(struct http_server *server)
{
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->fd);
	for (unsigned int i = 0; i < server->n_connections; i++) {
		shutdown(server->connections[i].fd, SHUT_RDWR);
		pthread_join(server->connections[i].thread, NULL);
		close(server->connections[i].fd);
	}
	for (unsigned int i = 0; i < server->n_requests; i++)
		free(server->requests[i]);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

const char *
http_server_url(const struct http_server *server, const char *path)
{
	static _Thread_local char urls[URLS][2200];
	static _Thread_local unsigned int next;
	char *url = urls[next++ % URLS];

	snprintf(url, sizeof(urls[0]), "http://127.0.0.1:%d%s", server->port, path);
	return url;
}

unsigned int
http_server_requests(struct http_server *server, const char *path)
{
	unsigned int n = 0;

	pthread_mutex_lock(&server->lock);
	for (unsigned int i = 0; i < server->n_requests; i++)
		n += is_for(server->requests[i], path);
	pthread_mutex_unlock(&server->lock);
	return n;
}

unsigned int
http_server_connections(struct http_server *server)
{
	unsigned int n;

	pthread_mutex_lock(&server->lock);
	n = server->n_connections;
	pthread_mutex_unlock(&server->lock);
	return n;
}

char *
http_server_last(struct http_server *server, const char *path)
{
	char *last = NULL;

	pthread_mutex_lock(&server->lock);
	for (unsigned int i = server->n_requests; last == NULL && i-- > 0;) {
		if (is_for(server->requests[i], path))
			last = strdup(server->requests[i]);
	}
	pthread_mutex_unlock(&server->lock);
	return last;
}

char *
http_header(const char *request, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = strstr(request, "\r\n"); line != NULL;
		line = strstr(line + 2, "\r\n")) {
		const char *at = line + 2;

		if (strncasecmp(at, name, len) == 0 && strncmp(at + len, ": ", 2) == 0)
			return strndup(at + len + 2, strcspn(at + len + 2, "\r"));
	}
	return NULL;
}
