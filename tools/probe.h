/*
 * Trying feeds before they are configured: each is polled once by the daemon's own code, some at a
 * time, and nothing is kept.
 */
#ifndef TOOLS_PROBE_H
#define TOOLS_PROBE_H

#include "daemon/conf/config.h"
#include "daemon/wire/message.h"

#define PROBE_TITLES_MAX 5u /* articles of which the title is told */
#define PROBE_WINDOW 32u    /* polls under way at once */

/* What one poll came to; valid during the call. */
struct probe_result {
	size_t index; /* of the URL */
	const char *url;
	const struct message_done *done;
	const char *const *titles; /* of the first articles; "" where one has none */
	const int64_t *dates;      /* NP_TIME_NONE where it has none */
	size_t n_titles;
	int64_t next_poll; /* ms from now, as a schedule that knows nothing else decides */
	const char *why;
};

struct probe_options {
	const struct config *config;
	const struct config_settings *settings; /* of all of them */
	size_t n;                               /* how many URLs there are */
	/* The URL of an index. */
	const char *(*url)(void *arg, size_t index);
	void (*result)(void *arg, const struct probe_result *result);
	void *arg;
};

/* Polls all of them and calls result once for each. Returns 0 or -errno. */
int probe_run(const struct probe_options *options);

/* RESULT_OK: a feed was read. */
bool probe_is_feed(const struct probe_result *result);

#endif
