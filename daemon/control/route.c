/*
 * The table of routes, and finding one. Stateless.
 *
 * Errors: a path that fits no pattern, or fits with another method, is answered here.
 */
#include "daemon/control/route.h"

#include <stdio.h>
#include <string.h>

#include "daemon/control/handlers.h"
#include "daemon/control/head.h"

static const struct route routes[] = {
	{ HEAD_GET, "/", view_home_get, ROUTE_LISTEN, NULL },
	{ HEAD_GET, "/article/{seq}", view_article_get, ROUTE_LISTEN, NULL },
	{ HEAD_GET, "/tag/{tag}", view_tag_get, ROUTE_LISTEN, NULL },
	{ HEAD_GET, "/search", view_search_get, ROUTE_LISTEN, NULL },
	{ HEAD_GET, "/favicon.ico", view_icon_get, ROUTE_LISTEN, NULL },
	{ HEAD_GET, "/feeds", view_feeds_get, ROUTE_LISTEN, NULL },
	{ HEAD_GET, "/feed/{name}", view_feed_get, ROUTE_LISTEN, NULL },
	{ HEAD_GET, "/healthz", health_get, ROUTE_LISTEN, NULL },
	{ HEAD_GET, "/metrics", metrics_get, ROUTE_LISTEN, NULL },
	{ HEAD_GET, "/v1/status", status_get, ROUTE_LISTEN, "" },
	{ HEAD_GET, "/v1/feeds", feeds_get, ROUTE_LISTEN, "state tag text limit after " },
	{ HEAD_GET, "/v1/feeds/{name}", feed_get, ROUTE_LISTEN, "" },
	{ HEAD_POST, "/v1/feeds/{name}/poll", feed_poll, ROUTE_CHANGES, "!force !archive " },
	{ HEAD_POST, "/v1/feeds/{name}/pause", feed_pause, ROUTE_CHANGES, "" },
	{ HEAD_POST, "/v1/feeds/{name}/resume", feed_resume, ROUTE_CHANGES, "" },
	{ HEAD_POST, "/v1/feeds/{name}/reset", feed_reset, ROUTE_CHANGES, "" },
	{ HEAD_POST, "/v1/feeds/{name}/undo-move", feed_undo_move, ROUTE_CHANGES, "" },
	{ HEAD_GET, "/v1/held", held_get, ROUTE_LISTEN, "feed limit after " },
	{ HEAD_POST, "/v1/held/release", held_release, ROUTE_CHANGES, "feed id !all " },
	{ HEAD_POST, "/v1/held/drop", held_drop, ROUTE_CHANGES, "feed id !all " },
	{ HEAD_GET, "/v1/articles", articles_get, ROUTE_LISTEN, "feed tag limit before " },
	{ HEAD_GET, "/v1/articles/{seq}", article_get, ROUTE_LISTEN, "" },
	{ HEAD_GET, "/v1/log-level", log_level_get, ROUTE_LISTEN, "" },
	{ HEAD_PUT, "/v1/log-level", log_level_put, ROUTE_CHANGES, "level " },
	{ HEAD_POST, "/v1/reload", reload_post, ROUTE_CHANGES, "" },
};
#define N_ROUTES (sizeof(routes) / sizeof(routes[0]))

/* The segment that begins at text, after its slash. */
static size_t
segment(const char *text)
{
	return strcspn(text, "/");
}

/* Returns 1 it fits, 0 it does not, -1 it would but for what a segment holds. */
static int
match(const char *pattern, const char *path, struct call *call)
{
	call->n_params = 0;
	while (*pattern == '/' && *path == '/') {
		size_t wanted = segment(++pattern), got = segment(++path);

		if (pattern[0] == '{') {
			const char *param = call_unescape(call, path, got, false);

			if (got == 0 || call->n_params == CALL_PARAMS_MAX)
				return 0;
			if (param == NULL)
				return -1;
			call->params[call->n_params++] = param;
		} else if (wanted != got || memcmp(pattern, path, got) != 0) {
			return 0;
		}
		pattern += wanted;
		path += got;
	}
	return *pattern == '\0' && *path == '\0';
}

static const char *
allowed(unsigned int methods)
{
	if (methods == (HEAD_GET | HEAD_POST))
		return "GET, HEAD, POST";
	if (methods == (HEAD_GET | HEAD_DELETE))
		return "GET, HEAD, DELETE";
	if (methods == (HEAD_GET | HEAD_PUT))
		return "GET, HEAD, PUT";
	return methods == HEAD_GET ? "GET, HEAD" : methods == HEAD_POST ? "POST" : "DELETE";
}

const struct route *
route_find(struct call *call, const char *path, bool tcp)
{
	unsigned int methods = 0;

	for (size_t i = 0; i < N_ROUTES; i++) {
		const struct route *route = &routes[i];
		int got;

		if (tcp && !(route->flags & ROUTE_LISTEN))
			continue;
		got = match(route->pattern, path, call);
		if (got < 0) {
			call_error(call, 400, "bad-path",
				"a part of the path is no UTF-8 or holds control characters");
			return NULL;
		}
		if (got == 1 && (route->method & call->method))
			return route;
		if (got == 1)
			methods |= route->method;
	}
	if (methods == 0) {
		call_error(call, 404, "no-such-path", "there is nothing at this path%s",
			tcp ? " of the TCP address; more is at the control socket" : "");
		return NULL;
	}
	call_header(call, "Allow", allowed(methods));
	call_error(call, 405, "method-not-allowed", "this path takes %s", allowed(methods));
	return NULL;
}

/* Where the parameter stands in a route's list; NULL: nowhere. *ret_flag: it is a flag. */
static const char *
find_parameter(const char *list, const char *name, bool *ret_flag)
{
	size_t size = strlen(name);

	for (; *list != '\0'; list += strcspn(list, " ") + 1) {
		*ret_flag = *list == '!';
		if (strncmp(list + *ret_flag, name, size) == 0 && list[*ret_flag + size] == ' ')
			return list;
	}
	return NULL;
}

static bool
is_flag_value(const char *value)
{
	static const char *const values[] = { "", "1", "true", "yes", "0", "false", "no" };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(value, values[i]) == 0)
			return true;
	return false;
}

static bool
is_twice(const struct call *call, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(call->query[k].name, call->query[i].name) == 0)
			return true;
	return false;
}

bool
route_knows_query(const struct route *route, struct call *call)
{
	for (size_t i = 0; route->query != NULL && i < call->n_query; i++) {
		const char *name = call->query[i].name, *wrong = NULL;
		bool flag = false;

		if (find_parameter(route->query, name, &flag) == NULL)
			wrong = "this path has no such parameter";
		else if (is_twice(call, i))
			wrong = "given twice";
		else if (flag && !is_flag_value(call->query[i].value))
			wrong = "expected 1 or 0";
		if (wrong != NULL) {
			call_error(call, 400, "bad-parameter", "%s: %s", name, wrong);
			return false;
		}
	}
	return true;
}
