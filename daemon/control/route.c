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
	{ HEAD_GET, "/", view_home_get, ROUTE_LISTEN },
	{ HEAD_GET, "/article/{seq}", view_article_get, ROUTE_LISTEN },
	{ HEAD_GET, "/tag/{tag}", view_tag_get, ROUTE_LISTEN },
	{ HEAD_GET, "/search", view_search_get, ROUTE_LISTEN },
	{ HEAD_GET, "/favicon.ico", view_icon_get, ROUTE_LISTEN },
	{ HEAD_GET, "/feeds", view_feeds_get, ROUTE_LISTEN },
	{ HEAD_GET, "/feed/{name}", view_feed_get, ROUTE_LISTEN },
	{ HEAD_GET, "/healthz", health_get, ROUTE_LISTEN },
	{ HEAD_GET, "/metrics", metrics_get, ROUTE_LISTEN },
	{ HEAD_GET, "/v1/status", status_get, ROUTE_LISTEN },
	{ HEAD_GET, "/v1/feeds", feeds_get, ROUTE_LISTEN },
	{ HEAD_GET, "/v1/feeds/{name}", feed_get, ROUTE_LISTEN },
	{ HEAD_POST, "/v1/feeds/{name}/poll", feed_poll, ROUTE_CHANGES },
	{ HEAD_POST, "/v1/feeds/{name}/pause", feed_pause, ROUTE_CHANGES },
	{ HEAD_POST, "/v1/feeds/{name}/resume", feed_resume, ROUTE_CHANGES },
	{ HEAD_POST, "/v1/feeds/{name}/reset", feed_reset, ROUTE_CHANGES },
	{ HEAD_POST, "/v1/feeds/{name}/undo-move", feed_undo_move, ROUTE_CHANGES },
	{ HEAD_GET, "/v1/held", held_get, ROUTE_LISTEN },
	{ HEAD_POST, "/v1/held/release", held_release, ROUTE_CHANGES },
	{ HEAD_POST, "/v1/held/drop", held_drop, ROUTE_CHANGES },
	{ HEAD_GET, "/v1/articles", articles_get, ROUTE_LISTEN },
	{ HEAD_GET, "/v1/articles/{seq}", article_get, ROUTE_LISTEN },
	{ HEAD_GET, "/v1/log-level", log_level_get, ROUTE_LISTEN },
	{ HEAD_PUT, "/v1/log-level", log_level_put, ROUTE_CHANGES },
	{ HEAD_POST, "/v1/reload", reload_post, ROUTE_CHANGES },
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
