/*
 * Feeds by name, those alone that a query's state, tag and text ask for; in bounded looks, for a
 * list of a million must not keep polling waiting.
 */
#ifndef DAEMON_CONTROL_FEED_FILTER_H
#define DAEMON_CONTROL_FEED_FILTER_H

#include "daemon/control/call.h"
#include "daemon/control/feed_state.h"
#include "daemon/control/parts.h"

struct feed_filter {
	enum feed_state state;  /* FEED_STATES: any */
	const char *tag, *text; /* NULL: any */
	const char *after;      /* the name of the last one that was looked at */
	int64_t left;           /* feeds that are wanted yet */
	bool more;              /* there may be feeds behind `after` */
};

/* What the call's query says. Returns false, and has answered, where that is wrong. */
bool feed_filter_read(struct call *call, int64_t wanted, struct feed_filter *ret_filter);

/*
 * Looks at some more feeds; each that is wanted goes to the callback, which returns 0 or -errno.
 * CALL_MORE where there are more to look at and time for that; CALL_DONE; -errno.
 */
int feed_filter_step(const struct control_parts *parts, struct call *call,
	struct feed_filter *filter, int (*found)(void *arg, const struct store_feed *feed),
	void *arg);

#endif
