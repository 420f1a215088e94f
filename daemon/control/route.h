/*
 * Which handler answers which request: one table. To add one, write its handler in the file that
 * its subject has, declare it in handlers.h and name it in the table in route.c.
 */
#ifndef DAEMON_CONTROL_ROUTE_H
#define DAEMON_CONTROL_ROUTE_H

#include <stdbool.h>

#include "daemon/control/call.h"
#include "daemon/control/parts.h"

/*
 * Answers, or a part of it: CALL_DONE, CALL_MORE; -errno for trouble of ours, which is answered for
 * it.
 */
typedef int route_handler(const struct control_parts *parts, struct call *call);

#define ROUTE_CHANGES 1u /* for who may change things alone */
#define ROUTE_LISTEN 2u  /* on the TCP address too, which everybody on this machine can read */

struct route {
	unsigned int method; /* enum head_method */
	const char *pattern; /* "/v1/feeds/{name}": each {…} is one segment, unescaped */
	route_handler *handler;
	unsigned int flags;
	/*
	 * The names of its query's parameters, each followed by a blank, with '!' before those that
	 * are flags. NULL: whatever is given, for pages, and what others link to or scrape.
	 */
	const char *query;
};

/*
 * The route of a path (still escaped) and method; its segments go to call->params. NULL: there is
 * none, and the call has its answer (400, 404, 405). tcp: only what ROUTE_LISTEN is there.
 */
const struct route *route_find(struct call *call, const char *path, bool tcp);

/*
 * Whether the call's query has what its route knows, each once: a parameter with a slip of the pen
 * in its name must not make "all feeds" of a choice. False: the call has its answer (400).
 */
bool route_knows_query(const struct route *route, struct call *call);

#endif
