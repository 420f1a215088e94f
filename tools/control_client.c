/*
 * A small HTTP client for one socket: a connection a request, read to its end. Owns the socket's
 * path; answers are the caller's.
 *
 * Errors: said here, once.
 */
#include "tools/control_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "daemon/conf/config.h"

#define ANSWER_MAX (16u * 1024 * 1024)
#define WAIT_SECONDS 60

static int
find_socket(struct control_client *client)
{
	struct config_error err = { "" };
	struct config *config;
	int status = COMMAND_OK;

	if (client->path != NULL)
		return COMMAND_OK;
	if (client->given != NULL) {
		client->path = strdup(client->given);
		return client->path != NULL ? COMMAND_OK : COMMAND_FAILED;
	}
	if (config_load(command_config(client->call), NULL, &config, &err) < 0) {
		command_say(client->call, "%s", err.text);
		return COMMAND_USAGE;
	}
	if (config->control != NULL)
		client->path = strdup(config->control);
	if (client->path == NULL) {
		command_say(client->call, "%s: control is empty: the daemon cannot be asked",
			config->file);
		status = COMMAND_NO_DAEMON;
	}
	config_free(config);
	return status;
}

static int
say_unreachable(const struct control_client *client, int error)
{
	const char *what = "";

	if (error == ENOENT || error == ECONNREFUSED)
		what = ": the daemon does not run: start it (systemctl start newspoold), or say "
		       "with --config or --socket which one you mean";
	else if (error == EACCES)
		what = ": you may not ask this daemon: be a member of the socket's group, or root";
	command_say(client->call, "%s: %s%s", client->path, strerror(error), what);
	return COMMAND_NO_DAEMON;
}

static int
open_socket(const struct control_client *client, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval wait = { WAIT_SECONDS, 0 };
	int fd;

	if (strlen(client->path) >= sizeof(address.sun_path))
		return say_unreachable(client, ENAMETOOLONG);
	memcpy(address.sun_path, client->path, strlen(client->path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return say_unreachable(client, errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = errno;

		close(fd);
		return say_unreachable(client, error);
	}
	*ret_fd = fd;
	return COMMAND_OK;
}

/* Returns 0 or -errno. */
static int
send_all(int fd, const struct buf *request)
{
	size_t sent = 0;

	if (buf_error(request) != 0)
		return buf_error(request);
	while (sent < request->len) {
		ssize_t n = send(fd, request->data + sent, request->len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		sent += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int
receive_all(int fd, struct buf *answer)
{
	ssize_t n;

	answer->max = ANSWER_MAX;
	do {
		char *room = buf_reserve(answer, 16384);

		if (room == NULL)
			return buf_error(answer);
		n = recv(fd, room, 16384, 0);
		if (n > 0)
			buf_add(answer, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

static int
exchange(int fd, const char *method, const char *path, struct buf *answer)
{
	struct buf request = { 0 };
	int error;

	buf_printf(&request,
		"%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		"Content-Length: 0\r\n\r\n",
		method, path);
	error = send_all(fd, &request);
	if (error == 0 || error == -EPIPE)
		error = receive_all(fd, answer);
	buf_done(&request);
	return error;
}

/* Takes the head away. */
static int
read_answer(struct buf *raw, struct control_answer *ret_answer)
{
	struct control_answer answer = { 0 };
	const char *body = strstr(buf_str(raw), "\r\n\r\n");

	if (body == NULL || sscanf(raw->data, "HTTP/1.%*1d %3d", &answer.status) != 1)
		return -EPROTO;
	body += 4;
	buf_append(&answer.text, body, raw->len - (size_t)(body - raw->data));
	if (buf_error(&answer.text) != 0)
		return buf_error(&answer.text);
	answer.json = (struct control_value *)json_loadb(
		buf_str(&answer.text), answer.text.len, JSON_DISABLE_EOF_CHECK, NULL);
	*ret_answer = answer;
	return 0;
}

int
control_client_try(struct control_client *client, const char *method, const char *path,
	struct control_answer *ret_answer)
{
	struct buf raw = { 0 };
	int status = find_socket(client), fd = -1, error;

	if (status == COMMAND_OK)
		status = open_socket(client, &fd);
	if (status != COMMAND_OK)
		return status;
	error = exchange(fd, method, path, &raw);
	close(fd);
	if (error == 0)
		error = read_answer(&raw, ret_answer);
	buf_done(&raw);
	if (error == 0)
		return COMMAND_OK;
	command_say(client->call, "%s: %s: the daemon did not answer", client->path,
		strerror(error == -EAGAIN ? ETIMEDOUT : -error));
	return COMMAND_FAILED;
}

void
control_client_say(const struct control_client *client, const struct control_answer *answer)
{
	const struct control_value *error = control_member(answer->json, "error");
	const char *message = control_text(error, "message");

	if (message != NULL)
		command_say(client->call, "%s", message);
	else
		command_say(client->call, "the daemon answered %d", answer->status);
}

int
control_client_ask(struct control_client *client, const char *method, const char *path,
	struct control_answer *ret_answer)
{
	struct control_answer answer = { 0 };
	int status = control_client_try(client, method, path, &answer);

	if (status != COMMAND_OK)
		return status;
	if (answer.status >= 400) {
		control_client_say(client, &answer);
		control_answer_done(&answer);
		return COMMAND_FAILED;
	}
	*ret_answer = answer;
	return COMMAND_OK;
}

void
control_answer_done(struct control_answer *answer)
{
	json_decref((json_t *)answer->json);
	answer->json = NULL;
	buf_done(&answer->text);
}

void
control_client_done(struct control_client *client)
{
	free(client->path);
	client->path = NULL;
}

void
control_client_escape(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

const struct control_value *
control_member(const struct control_value *object, const char *name)
{
	return (const struct control_value *)json_object_get((const json_t *)object, name);
}

const char *
control_text(const struct control_value *object, const char *name)
{
	return json_string_value((const json_t *)control_member(object, name));
}

int64_t
control_number(const struct control_value *object, const char *name)
{
	const json_t *number = (const json_t *)control_member(object, name);

	return json_is_integer(number) ? json_integer_value(number) : 0;
}

bool
control_flag(const struct control_value *object, const char *name)
{
	return json_is_true((const json_t *)control_member(object, name));
}

size_t
control_size(const struct control_value *array)
{
	return json_array_size((const json_t *)array);
}

const struct control_value *
control_at(const struct control_value *array, size_t index)
{
	return (const struct control_value *)json_array_get((const json_t *)array, index);
}

const char *
control_text_at(const struct control_value *array, size_t index)
{
	return json_string_value((const json_t *)control_at(array, index));
}
