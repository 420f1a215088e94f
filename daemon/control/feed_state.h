/* How a feed is, in one word. */
#ifndef DAEMON_CONTROL_FEED_STATE_H
#define DAEMON_CONTROL_FEED_STATE_H

#include "daemon/keep/store.h"

enum feed_state {
	FEED_STATE_OK,
	FEED_STATE_NEW,     /* never polled */
	FEED_STATE_FAILING, /* the last polls failed; it is asked again */
	FEED_STATE_STOPPED, /* gone: not asked any more */
	FEED_STATE_PAUSED,  /* by hand: not asked until it is resumed */
	FEED_STATES
};

enum feed_state feed_state(const struct store_feed *feed);
/* "ok", "new", "failing", "stopped", "paused". */
const char *feed_state_name(enum feed_state state);
/* FEED_STATES where there is no such word. */
enum feed_state feed_state_parse(const char *name);

#endif
