/* One table of words. Stateless. */
#include "daemon/control/feed_state.h"

#include <string.h>

static const char *const names[FEED_STATES] = {
	[FEED_STATE_OK] = "ok",
	[FEED_STATE_NEW] = "new",
	[FEED_STATE_FAILING] = "failing",
	[FEED_STATE_STOPPED] = "stopped",
	[FEED_STATE_PAUSED] = "paused",
};

enum feed_state
feed_state(const struct store_feed *feed)
{
	if (feed->paused)
		return FEED_STATE_PAUSED;
	if (feed->stopped)
		return FEED_STATE_STOPPED;
	if (feed->failures > 0)
		return FEED_STATE_FAILING;
	return feed->last_poll == 0 ? FEED_STATE_NEW : FEED_STATE_OK;
}

const char *
feed_state_name(enum feed_state state)
{
	return names[state];
}

enum feed_state
feed_state_parse(const char *name)
{
	enum feed_state state = 0;

	while (state < FEED_STATES && strcmp(names[state], name) != 0)
		state++;
	return state;
}
