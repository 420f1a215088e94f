/*
 * Names and places in the spool (design: newspool-spool(5)). Everything relative to the spool
 * directory; nothing that a publisher wrote is part of a path but as a slug.
 */
#ifndef LIB_SPOOL_LAYOUT_H
#define LIB_SPOOL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* "0000000000001234-9f2c4e11a0b37d58.json" */
#define SPOOL_SEQ_DIGITS 16
#define SPOOL_NAME_SIZE (SPOOL_SEQ_DIGITS + 1 + 16 + 5 + 1) /* with the NUL */

#define SPOOL_SLUG_MAX 64 /* characters of a tag */

/*
 * Writes the name for a sequence (1 to 10^16 - 1) and a content hash (its first 8 bytes are read).
 */
void spool_name_format(uint64_t seq, const unsigned char *hash, char ret_name[SPOOL_NAME_SIZE]);

/* The sequence of a name. Returns 0, or -EINVAL for what is not exactly such a name. */
int spool_name_parse(const char *name, uint64_t *ret_seq);

/* True for YYYY-MM-DD with a possible month and day. */
bool spool_is_day(const char *name);

/*
 * Appends text as a slug: letters and digits of any script in lower case (ASCII for Latin letters
 * with marks), everything else one "-", none at the ends, at most SPOOL_SLUG_MAX characters.
 * Returns false, appending nothing, where nothing is left.
 */
bool spool_slug(struct buf *out, const char *text);

/* True for what spool_slug() would leave as it is. */
bool spool_is_slug(const char *text);

#endif
