/* JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), read item by item. */
#ifndef LIB_FEED_JSONFEED_H
#define LIB_FEED_JSONFEED_H

#include "lib/feed/builder.h"

struct jsonfeed;

/* The builder is the caller's and lives longer. Returns 0 or -ENOMEM. */
int jsonfeed_new(struct builder *builder, struct jsonfeed **ret_feed);
void jsonfeed_free(struct jsonfeed *feed);

/* Reads on; UTF-8. Returns 0, -EBADMSG where the document is no object, or -ENOMEM. */
int jsonfeed_push(struct jsonfeed *feed, const char *text, size_t size);

/* No bytes follow. The same codes; -EBADMSG for an object that is no feed. */
int jsonfeed_finish(struct jsonfeed *feed);

/* Why it is not well-formed; NULL where it is. Static storage or owned by the feed. */
const char *jsonfeed_bozo(const struct jsonfeed *feed);

#endif
