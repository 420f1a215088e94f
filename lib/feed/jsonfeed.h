/* JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/). */
#ifndef LIB_FEED_JSONFEED_H
#define LIB_FEED_JSONFEED_H

#include "lib/feed/builder.h"

/*
 * Reads a whole document into the builder. Returns 0; -EBADMSG where it is no JSON Feed, with
 * *ret_reason in the builder's arena; -ENOMEM.
 */
int jsonfeed_read(struct builder *builder, const char *text, size_t size, const char **ret_reason);

#endif
