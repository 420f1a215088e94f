/*
 * LMTP over a socket that does not block, with poll(2) before each step. Owns the descriptor and
 * what was read ahead of a line. After a failure of the connection nothing more is sent.
 *
 * Errors: -errno with the reason; what the server refuses is -EAGAIN or -EREMOTEIO.
 */
#include "tools/lmtp.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_SIZE 2048 /* of an answer; RFC 5321 asks for 512 */
#define LINES_MAX 100      /* of one answer */

struct lmtp {
	int fd;
	size_t n; /* read and not used */
	char data[LINE_MAX_SIZE];
};

static int
failed(struct buf *ret_reason, const char *what, int error)
{
	buf_reset(ret_reason);
	buf_printf(ret_reason, "%s: %s", what, strerror(-error));
	return error;
}

static int64_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int
wait_for(int fd, short events, int64_t end)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int got;

	do {
		int64_t left = end - now();

		got = poll(&poll_fd, 1, left > 0 ? (int)left : 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return got == 0 ? -ETIMEDOUT : 0;
}

static int
connect_to(int family, const struct sockaddr *address, socklen_t size, int *ret_fd)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;
	socklen_t length = sizeof(error);

	if (fd < 0)
		return -errno;
	if (connect(fd, address, size) < 0) {
		error = errno == EINPROGRESS ? wait_for(fd, POLLOUT, now() + LMTP_TIMEOUT) : -errno;
		if (error == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0)
			error = -error;
	}
	if (error) {
		close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

static int
connect_local(const char *path, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect_to(AF_UNIX, (const struct sockaddr *)&address, sizeof(address), ret_fd);
}

static int
connect_host(const char *host, const char *port, int *ret_fd)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	int error = -EHOSTUNREACH;

	if (getaddrinfo(host, port, &hints, &list) != 0)
		return error;
	for (const struct addrinfo *one = list; one && error; one = one->ai_next)
		error = connect_to(one->ai_family, one->ai_addr, one->ai_addrlen, ret_fd);
	freeaddrinfo(list);
	return error;
}

static int
connect_place(const char *place, int *ret_fd)
{
	const char *colon = strrchr(place, ':'), *begin = place, *end = colon;
	char host[256];

	if (strchr(place, '/'))
		return connect_local(place, ret_fd);
	if (!colon || colon == place || colon[1] == '\0')
		return -EINVAL;
	if (*begin == '[' && end[-1] == ']') {
		begin++;
		end--;
	}
	if ((size_t)(end - begin) >= sizeof(host))
		return -ENAMETOOLONG;
	memcpy(host, begin, (size_t)(end - begin));
	host[end - begin] = '\0';
	return connect_host(host, colon + 1, ret_fd);
}

/* Reading and writing */

static int
fill(struct lmtp *lmtp, int64_t end)
{
	ssize_t n;
	int error;

	if (lmtp->n == sizeof(lmtp->data))
		return -EPROTO;
	error = wait_for(lmtp->fd, POLLIN, end);
	if (error)
		return error;
	n = recv(lmtp->fd, lmtp->data + lmtp->n, sizeof(lmtp->data) - lmtp->n, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	lmtp->n += (size_t)n;
	return 0;
}

/* A line without its end. */
static int
read_line(struct lmtp *lmtp, int64_t end, char ret_line[LINE_MAX_SIZE])
{
	const char *newline;
	size_t size;
	int error;

	while ((newline = memchr(lmtp->data, '\n', lmtp->n)) == NULL)
		if ((error = fill(lmtp, end)) != 0)
			return error;
	size = (size_t)(newline - lmtp->data);
	memcpy(ret_line, lmtp->data, size);
	ret_line[size - (size > 0 && ret_line[size - 1] == '\r')] = '\0';
	lmtp->n -= size + 1;
	memmove(lmtp->data, newline + 1, lmtp->n);
	return 0;
}

/* What a server says may go to a terminal. */
static void
put_answer(struct buf *out, const char *line)
{
	buf_reset(out);
	for (; *line; line++)
		buf_putc(out, *line >= ' ' && *line <= '~' ? *line : '?');
}

/* The class of an answer, 2 to 5, or -errno; its last line to ret_reason. */
static int
read_answer(struct lmtp *lmtp, struct buf *ret_reason)
{
	char line[LINE_MAX_SIZE];
	int64_t end = now() + LMTP_TIMEOUT;

	for (int i = 0; i < LINES_MAX; i++) {
		int error = read_line(lmtp, end, line);

		if (error)
			return failed(ret_reason, "the server does not answer", error);
		if (line[0] < '2' || line[0] > '5' || strspn(line, "0123456789") != 3)
			break;
		if (line[3] == '-')
			continue;
		put_answer(ret_reason, line);
		return line[0] - '0';
	}
	return failed(ret_reason, "what the server says is no answer", -EPROTO);
}

static int
write_all(struct lmtp *lmtp, const char *data, size_t size, struct buf *ret_reason)
{
	int64_t end = now() + LMTP_TIMEOUT;

	while (size > 0) {
		int error = wait_for(lmtp->fd, POLLOUT, end);
		ssize_t n = error ? -1 : send(lmtp->fd, data, size, MSG_NOSIGNAL);

		if (!error && n < 0 && errno != EAGAIN && errno != EINTR)
			error = -errno;
		if (error)
			return failed(ret_reason, "the server does not listen", error);
		if (n > 0) {
			data += n;
			size -= (size_t)n;
			end = now() + LMTP_TIMEOUT;
		}
	}
	return 0;
}

__attribute__((format(printf, 3, 4))) static int
command(struct lmtp *lmtp, struct buf *ret_reason, const char *format, ...)
{
	struct buf line = { 0 };
	va_list args;
	int error;

	va_start(args, format);
	buf_vprintf(&line, format, args);
	va_end(args);
	buf_puts(&line, "\r\n");
	error = buf_error(&line);
	if (error == 0)
		error = write_all(lmtp, line.data, line.len, ret_reason);
	buf_done(&line);
	return error ? error : read_answer(lmtp, ret_reason);
}

/* 0 where the answer is of the class that is wanted. */
static int
expect(int answer, int wanted)
{
	if (answer < 0 || answer == wanted)
		return answer < 0 ? answer : 0;
	return answer == 5 ? -EREMOTEIO : -EAGAIN;
}

int
lmtp_open(const char *place, struct lmtp **ret_lmtp, struct buf *ret_reason)
{
	struct lmtp *lmtp = calloc(1, sizeof(*lmtp));
	char host[65] = "localhost";
	int error;

	if (!lmtp)
		return failed(ret_reason, place, -ENOMEM);
	error = connect_place(place, &lmtp->fd);
	if (error) {
		free(lmtp);
		return failed(ret_reason, place, error);
	}
	gethostname(host, sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	error = expect(read_answer(lmtp, ret_reason), 2);
	if (error == 0)
		error = expect(command(lmtp, ret_reason, "LHLO %s", host), 2);
	if (error) {
		close(lmtp->fd);
		free(lmtp);
		return error;
	}
	*ret_lmtp = lmtp;
	return 0;
}

void
lmtp_close(struct lmtp *lmtp)
{
	static const char quit[] = "QUIT\r\n";

	if (!lmtp)
		return;
	if (send(lmtp->fd, quit, sizeof(quit) - 1, MSG_NOSIGNAL) < 0)
		errno = 0; /* it has gone first */
	close(lmtp->fd);
	free(lmtp);
}

/* Line ends as the network has them, and no line that could end the message. */
static int
send_data(struct lmtp *lmtp, const struct buf *message, struct buf *ret_reason)
{
	struct buf data = { 0 };
	bool first = true;
	int error;

	for (size_t i = 0; i < message->len; i++) {
		char byte = message->data[i];

		if (first && byte == '.')
			buf_putc(&data, '.');
		if (byte == '\n')
			buf_putc(&data, '\r');
		buf_putc(&data, byte);
		first = byte == '\n';
	}
	if (!first)
		buf_puts(&data, "\r\n");
	buf_puts(&data, ".\r\n");
	error = buf_error(&data);
	if (error == 0)
		error = write_all(lmtp, data.data, data.len, ret_reason);
	buf_done(&data);
	return error;
}

/* The worse of two results: a connection that is gone, then to be tried again, then refused. */
static int
worse(int one, int other)
{
	if (one == 0 || other == 0)
		return one == 0 ? other : one;
	return one == -EREMOTEIO ? other : one;
}

static int
send_recipients(struct lmtp *lmtp, const char *const *to, size_t n_to, size_t *ret_taken,
	struct buf *ret_reason)
{
	struct buf reason = { 0 };
	size_t taken = 0;
	int error = 0;

	for (size_t i = 0; i < n_to; i++) {
		int one = expect(command(lmtp, &reason, "RCPT TO:<%s>", to[i]), 2);

		taken += one == 0;
		if (one != 0) {
			buf_reset(ret_reason);
			buf_printf(ret_reason, "%s: %s", to[i], buf_str(&reason));
		}
		error = worse(error, one);
		if (one != 0 && one != -EAGAIN && one != -EREMOTEIO)
			break;
	}
	buf_done(&reason);
	*ret_taken = taken;
	return error;
}

/* One answer for each recipient that was taken. */
static int
read_results(struct lmtp *lmtp, size_t n, struct buf *ret_reason)
{
	struct buf reason = { 0 };
	int error = 0;

	for (size_t i = 0; i < n; i++) {
		int one = expect(read_answer(lmtp, &reason), 2);

		if (one != 0) {
			buf_reset(ret_reason);
			buf_puts(ret_reason, buf_str(&reason));
		}
		error = worse(error, one);
		if (one != 0 && one != -EAGAIN && one != -EREMOTEIO)
			break;
	}
	buf_done(&reason);
	return error;
}

int
lmtp_send(struct lmtp *lmtp, const char *from, const char *const *to, size_t n_to,
	const struct buf *message, struct buf *ret_reason)
{
	size_t taken = 0;
	struct buf reason = { 0 };
	int error = expect(command(lmtp, ret_reason, "MAIL FROM:<%s>", from), 2), results;

	if (error == 0)
		error = send_recipients(lmtp, to, n_to, &taken, ret_reason);
	if (error == 0)
		error = expect(command(lmtp, ret_reason, "DATA"), 3);
	else if (error == -EAGAIN || error == -EREMOTEIO) {
		/* Some may have been taken: none is sent to, so that a second try repeats nothing. */
		results = command(lmtp, &reason, "RSET");
		error = results < 0 ? results : error;
		buf_done(&reason);
		return error;
	}
	if (error == 0)
		error = send_data(lmtp, message, ret_reason);
	if (error == 0)
		error = read_results(lmtp, taken, ret_reason);
	return error;
}
