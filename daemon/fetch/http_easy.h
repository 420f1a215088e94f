/*
 * One of libcurl's easy handles, for http.c alone: how it is made ready and aimed at a target, and
 * what it measured.
 */
#ifndef DAEMON_FETCH_HTTP_EASY_H
#define DAEMON_FETCH_HTTP_EASY_H

#include <stdbool.h>

#include "daemon/fetch/http.h"

struct curl_slist;

/* What is the same for all requests. Returns 0 or -ENOMEM. */
int http_easy_set_up(void *easy);

/*
 * What differs. Most requests are plain (no credentials, certificates, proxy) and follow a plain one
 * on their handle: then there is little to set. *plain says that of the last one and then of this.
 * headers, User-Agent among them, are not copied; user_agent is what a proxy is told. Returns 0 or
 * -ENOMEM.
 */
int http_easy_aim(void *easy, const struct http_target *target, const char *user_agent,
	struct curl_slist *headers, bool *plain);

/* Version, peer, times and sizes of a request that ended. */
void http_easy_measure(void *easy, struct http_outcome *outcome);

#endif
