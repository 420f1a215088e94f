/*
 * The chain of URLs that one poll goes along. newspool follows redirects itself, hop by hop, so
 * that it can judge each: where it leads, whether it is for good, what may travel along.
 */
#ifndef DAEMON_FETCH_REDIRECT_H
#define DAEMON_FETCH_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"

#define REDIRECT_HOPS_MAX 20

struct redirect {
	struct arena *arena;                     /* owns the URLs */
	const char *urls[REDIRECT_HOPS_MAX + 1]; /* asked so far, the last is the current one */
	size_t n;
	bool permanent;    /* each hop so far was for good */
	const char *moved; /* where the unbroken permanent ones from the start led; NULL: nowhere */
	const char *reason; /* why the last one was not followed */
};

/* Begins at url, from which a fragment is taken. Returns 0 or -ENOMEM. */
int redirect_init(struct redirect *redirect, struct arena *arena, const char *url);

/* The URL to ask now. */
const char *redirect_url(const struct redirect *redirect);

/*
 * Whether one URL may lead to another, by a redirect or by a document's link to its archives: to http
 * and https alone, and not from https to http.
 */
bool redirect_may_lead(const char *from, const char *to);

/* True for 301, 302, 303, 307 and 308. */
bool redirect_is(int status);

/*
 * Goes on to where a response points. Returns 0; -ELOOP for a URL had before or too many hops,
 * -EPERM for a scheme other than http and https and for https to http, -EINVAL without a usable
 * Location, all with reason set; -ENOMEM.
 */
int redirect_follow(struct redirect *redirect, int status, const char *location);

#endif
