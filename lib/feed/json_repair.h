/* What programs that write JSON by hand, or cut texts in the middle of a character, get wrong. */
#ifndef LIB_FEED_JSON_REPAIR_H
#define LIB_FEED_JSON_REPAIR_H

#include <stddef.h>

#include "lib/base/buf.h"

/*
 * Appends the value with its strings made right: half of a surrogate pair becomes U+FFFD, a control
 * character its escape, and a backslash before a character that needs none goes. Everything else stays
 * as it is. Errors stick in out.
 */
void json_repair(struct buf *out, const char *text, size_t size);

#endif
