/* What to do about a feed's trouble: one table, by how its last poll ended. */
#include "daemon/control/view.h"
#include "daemon/keep/store.h"

static const struct {
	enum message_result result;
	int low, high; /* HTTP statuses; 0: any */
	const char *words;
} advice[] = {
	{ RESULT_HTTP_ERROR, 401, 401,
		"It wants to know who asks: give it user and password-file, or token-file." },
	{ RESULT_HTTP_ERROR, 403, 403,
		"It turns newspool away: see whether a browser gets it, and write to its operator; "
		"user-agent should say who you are." },
	{ RESULT_HTTP_ERROR, 404, 404,
		"It is not there: look on the site for its new address, newspool add that and "
		"newspool remove this one." },
	{ RESULT_HTTP_ERROR, 429, 429, "It is asked too often: give it a longer interval." },
	{ RESULT_HTTP_ERROR, 500, 599,
		"Its server has trouble of its own; it is asked again by itself." },
	{ RESULT_HTTP_ERROR, 0, 0, "newspool fetch with its URL shows the whole exchange." },
	{ RESULT_GONE, 0, 0, "It is gone for good, says its server: newspool remove it." },
	{ RESULT_NOT_A_FEED, 0, 0,
		"What is there is no feed: newspool add with the site's URL finds the one that it "
		"links." },
	{ RESULT_NETWORK_ERROR, 0, 0,
		"Its server cannot be reached: see whether it still exists; it is asked again by "
		"itself." },
	{ RESULT_TIMEOUT, 0, 0, "It takes too long: give it a longer timeout if it is worth it." },
	{ RESULT_TOO_LARGE, 0, 0, "It is too long: give it a larger max-body if it is worth it." },
	{ RESULT_TRUNCATED, 0, 0,
		"It ends in the middle; it is asked again by itself, and newspool fetch shows "
		"more." },
	{ RESULT_REDIRECT, 0, 0,
		"It leads nowhere: newspool fetch with its URL shows where it sends on to." },
	{ RESULT_REFUSED, 0, 0,
		"Its address is in a private network: set allow-private = yes for it if it is "
		"yours." },
	{ RESULT_INTERNAL, 0, 0,
		"The trouble is here: the log says more (journalctl -u newspoold)." },
};

const char *
view_advice(const struct store_feed *feed)
{
	if (feed->paused)
		return NULL;
	if (feed->stopped && feed->crashes > 0)
		return "Its document crashes the parser and lies in the spool's quarantine/: "
		       "report "
		       "it; newspool takes it up again when its URL changes.";
	if (feed->failures == 0 && !feed->stopped)
		return NULL;
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (advice[i].result == feed->result &&
			(advice[i].low == 0 ||
				(feed->status >= advice[i].low && feed->status <= advice[i].high)))
			return advice[i].words;
	return "newspool fetch with its URL shows the whole exchange.";
}
