/*
 * From a request to its answer: who asks, how often, which handler; and the handlers' turns.
 *
 * Invariants: a call under way is in the list of its control until it is answered; each turn of the
 * loop gives one of them one step, so polling goes on between any two steps.
 *
 * Errors: a handler's -errno is answered as 500 (503 where the machine has no room) and logged;
 * what a client gets wrong is answered and not logged.
 */
#include "daemon/control/control.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "daemon/control/route.h"
#include "daemon/control/server.h"
#include "daemon/control/sockets.h"
#include "daemon/control/view.h"
#include "daemon/keep/notify.h"
#include "daemon/wire/log.h"

/* ms after a reload: the answer to who asked for it is on its way by then. */
#define FOLLOW_AFTER 200

/* One of the two: the Unix socket or the TCP address. */
struct door {
	struct control *control;
	bool tcp;
	bool handed; /* systemd's: neither made nor moved by us */
	char *where; /* as configured; NULL: closed */
	struct server *server;
	struct sockets_file file;
	double tokens;
	int64_t filled; /* monotonic ms */
};

/* A call that is under way. */
struct turn {
	struct turn *next;
	struct door *door;
	struct call call;
	const struct route *route;
	struct server_request *request;
};

struct control {
	struct control_parts parts;
	struct door socket, listen;
	struct loop_timer *timer, *follow;
	struct turn *first, **last;
};

static void
send_answer(struct turn *turn)
{
	struct server_header headers[CALL_HEADERS_MAX];
	struct call *call = &turn->call;
	struct server_answer answer = { .headers = headers, .body = &call->out };

	if (call->html && call->problem != NULL)
		view_error(&turn->door->control->parts, call);
	if (buf_error(&call->out) != 0) {
		call->n_headers = 0;
		call_error(call, 500, "too-large",
			"the answer does not fit: ask for less at a time (limit)");
	}
	if (strcmp(call->type, "application/json") == 0)
		buf_putc(&call->out, '\n');
	for (size_t i = 0; i < call->n_headers; i++)
		headers[i] = (struct server_header){ call->headers[i].name,
			call->headers[i].value };
	answer.n_headers = call->n_headers;
	answer.status = call->status;
	answer.type = call->type;
	server_answer(turn->request, &answer);
	call_done(call);
	free(turn);
}

/* One step of a handler. Returns true when the answer is made. */
static bool
step(struct control *control, struct turn *turn)
{
	int64_t now = loop_monotonic(control->parts.loop);
	int got;

	if (now - turn->call.began > CONTROL_TIME_MAX) {
		call_error(&turn->call, 503, "too-slow", "this took too long and was given up");
		return true;
	}
	got = turn->route->handler(&control->parts, &turn->call);
	if (got == CALL_MORE)
		return false;
	if (got < 0) {
		log_warning(NULL, "control: %s cannot be answered: %s (database: %s)",
			turn->route->pattern, strerror(-got), store_error(control->parts.store));
		call_error(&turn->call, got == -ENOSPC || got == -EBUSY ? 503 : 500, "trouble",
			"%s: the log says more", strerror(-got));
	}
	return true;
}

static void
on_turn(void *arg)
{
	struct control *control = arg;
	struct turn *turn = control->first;

	if (turn == NULL)
		return;
	control->first = turn->next;
	if (control->first == NULL)
		control->last = &control->first;
	turn->next = NULL;
	if (step(control, turn)) {
		send_answer(turn);
	} else {
		*control->last = turn;
		control->last = &turn->next;
	}
	if (control->first != NULL)
		loop_timer_start(control->timer, 0);
}

static bool
is_member(const struct server_peer *peer, const char *name)
{
	const struct group *group = name != NULL ? getgrnam(name) : NULL;

	if (group == NULL)
		return false;
	for (size_t i = 0; i < peer->n_groups; i++)
		if (peer->groups[i] == group->gr_gid)
			return true;
	return peer->gid == group->gr_gid;
}

static bool
may_change(const struct control *control, const struct server_peer *peer)
{
	if (!peer->known)
		return false;
	return peer->uid == 0 || peer->uid == geteuid() ||
	       is_member(peer, control->parts.config(control->parts.arg)->control_group);
}

/* A bucket of tokens, one a request. */
static bool
is_too_often(struct door *door)
{
	int64_t now = loop_monotonic(door->control->parts.loop);

	door->tokens += (double)(now - door->filled) * CONTROL_RATE / 1000;
	door->filled = now;
	if (door->tokens > CONTROL_BURST)
		door->tokens = CONTROL_BURST;
	if (door->tokens < 1)
		return true;
	door->tokens--;
	return false;
}

/*
 * A page of another site whose name was made to point here must not read what only this machine may:
 * its requests name that site.
 */
static bool
is_own_name(const char *host)
{
	size_t size = host != NULL ? strcspn(host, host[0] == '[' ? "]" : ":") : 0;
	char name[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (size == 0)
		return host == NULL;
	if (size == strlen("localhost") && strncasecmp(host, "localhost", size) == 0)
		return true;
	if (size >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)size, host);
	return inet_pton(AF_INET, name, &address) == 1 ||
	       (host[0] == '[' && inet_pton(AF_INET6, name + 1, &address) == 1);
}

/* Finds the route, or answers. */
static const struct route *
admit(struct door *door, struct turn *turn)
{
	const struct server_request *request = turn->request;
	struct call *call = &turn->call;
	const struct route *route;

	if (is_too_often(door)) {
		call_header(call, "Retry-After", "1");
		call_error(call, 429, "too-often", "too many requests: no more than %d a second",
			CONTROL_RATE);
		return NULL;
	}
	if (door->tcp && !is_own_name(request->host)) {
		call_error(call, 421, "wrong-host",
			"this address answers to localhost and to numbers alone");
		return NULL;
	}
	if (call_parse_query(call, request->query) != 0) {
		call_error(call, 400, "bad-query",
			"the query is no UTF-8, holds control characters or has too many parts");
		return NULL;
	}
	route = route_find(call, request->path, door->tcp);
	if (route != NULL && (route->flags & ROUTE_CHANGES) && !call->may_change) {
		call_error(call, 403, "not-allowed",
			"you may look, not change: root, the daemon's user and members of "
			"control-group may");
		return NULL;
	}
	return route != NULL && route_knows_query(route, call) ? route : NULL;
}

static void
on_request(void *arg, struct server_request *request)
{
	struct door *door = arg;
	struct control *control = door->control;
	struct turn *turn = calloc(1, sizeof(*turn));

	if (turn == NULL) {
		struct buf nothing = { 0 };
		const struct server_answer answer = { 503, "text/plain", NULL, 0, &nothing };

		server_answer(request, &answer);
		return;
	}
	turn->request = request;
	turn->door = door;
	call_init(&turn->call);
	turn->call.method = request->method;
	turn->call.html = request->html && strncmp(request->path, "/v1/", strlen("/v1/")) != 0;
	turn->call.body = request->body;
	turn->call.body_size = request->body_size;
	turn->call.began = loop_monotonic(control->parts.loop);
	turn->call.may_change = !door->tcp && may_change(control, &request->peer);
	turn->route = admit(door, turn);
	if (turn->route == NULL) {
		send_answer(turn);
		return;
	}
	*control->last = turn;
	control->last = &turn->next;
	loop_timer_start(control->timer, 0);
}

static void
on_refused(void *arg, int status, const char *reason, struct buf *out)
{
	struct call call;

	(void)arg;
	call_init(&call);
	call_error(&call, status, "bad-request", "%s", reason);
	buf_append(out, call.out.data, call.out.len);
	buf_putc(out, '\n');
	call_done(&call);
}

/* Turns of a server that goes are no more: their requests go with it. */
static void
drop_turns(struct door *door)
{
	struct turn **at = &door->control->first, *turn;

	while ((turn = *at) != NULL) {
		if (turn->door != door) {
			at = &turn->next;
			continue;
		}
		*at = turn->next;
		call_done(&turn->call);
		free(turn);
	}
	door->control->last = at;
}

static void
door_close(struct door *door)
{
	drop_turns(door);
	server_free(door->server);
	door->server = NULL;
	sockets_remove(&door->file);
	free(door->where);
	door->where = NULL;
}

static int
door_socket(struct door *door, const char *where, int *ret_fd, struct config_error *err)
{
	const struct config *config = door->control->parts.config(door->control->parts.arg);

	if (door->tcp)
		return sockets_tcp(where, ret_fd, err);
	return sockets_unix(
		where, config->control_mode, config->control_group, &door->file, ret_fd, err);
}

/* where NULL: fd was handed over. */
static void
door_open(struct door *door, const char *where, int fd)
{
	const struct server_callbacks callbacks = { on_request, on_refused, door };
	struct config_error err = { "" };
	int error = 0;

	if (where != NULL)
		error = door_socket(door, where, &fd, &err);
	if (error == 0) {
		door->where = where != NULL ? strdup(where) : NULL;
		error = server_new(door->control->parts.loop, fd, &callbacks, &door->server);
		if (error != 0)
			snprintf(err.text, sizeof(err.text), "%s: %s", where != NULL ? where : "",
				strerror(-error));
	}
	if (error != 0) {
		log_error(NULL, "%s: polling goes on without it", err.text);
		door_close(door);
	}
}

/* Closed, opened or moved to where the configuration has it. */
static void
door_follow(struct door *door, const char *where)
{
	if (door->handed)
		return;
	if (door->where != NULL && where != NULL && strcmp(door->where, where) == 0)
		return;
	door_close(door);
	if (where != NULL)
		door_open(door, where, -1);
}

static void
door_init(struct door *door, struct control *control, bool tcp)
{
	int fd = notify_socket(tcp ? "metrics" : "control"), family;

	door->control = control;
	door->tcp = tcp;
	door->tokens = CONTROL_BURST;
	door->filled = loop_monotonic(control->parts.loop);
	if (fd < 0)
		return;
	family = sockets_family(fd);
	if (tcp ? family != AF_INET && family != AF_INET6 : family != AF_UNIX) {
		log_error(NULL,
			"the socket '%s' that systemd hands over is no listening %s: not used",
			tcp ? "metrics" : "control", tcp ? "TCP socket" : "Unix socket");
		return;
	}
	door->handed = true;
	door_open(door, NULL, fd);
}

static void
follow(void *arg)
{
	struct control *control = arg;
	const struct config *config = control->parts.config(control->parts.arg);

	door_follow(&control->socket, config->control);
	door_follow(&control->listen, config->listen);
}

int
control_new(const struct control_parts *parts, struct control **ret_control)
{
	struct control *control = calloc(1, sizeof(*control));

	if (control == NULL)
		return -ENOMEM;
	control->parts = *parts;
	control->last = &control->first;
	if (loop_timer_new(parts->loop, on_turn, control, &control->timer) != 0 ||
		loop_timer_new(parts->loop, follow, control, &control->follow) != 0) {
		loop_timer_free(control->timer);
		free(control);
		return -ENOMEM;
	}
	door_init(&control->socket, control, false);
	door_init(&control->listen, control, true);
	follow(control);
	*ret_control = control;
	return 0;
}

void
control_reload(struct control *control)
{
	loop_timer_start(control->follow, FOLLOW_AFTER);
}

void
control_free(struct control *control)
{
	if (control == NULL)
		return;
	door_close(&control->socket);
	door_close(&control->listen);
	loop_timer_free(control->timer);
	loop_timer_free(control->follow);
	free(control);
}
