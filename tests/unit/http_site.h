/* The site that tests of polling ask: one path for each way in which a server can answer. */
#ifndef TESTS_UNIT_HTTP_SITE_H
#define TESTS_UNIT_HTTP_SITE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "tests/unit/http_server.h"

#define SITE_ETAG "W/\"a/b:1--gzip\""
#define SITE_LAST_MODIFIED "Sun, 06 Nov 1994 08:49:37 GMT"
#define SITE_ITEMS 3 /* articles of the feed that is served */

/* An http_answer; arg: another server's URL to redirect to, or NULL. */
bool http_site(void *arg, const struct http_exchange *exchange, struct buf *out);

/* Whether "/late" may be answered. */
void http_site_release(bool release);

/* The feed's text. */
const char *http_site_feed(void);

#endif
