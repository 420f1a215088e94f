/* Guessing a character set from how often its letters occur. */
#ifndef LIB_FEED_CHARSET_GUESS_H
#define LIB_FEED_CHARSET_GUESS_H

#include <stddef.h>

#include "lib/feed/charset_labels.h"

/*
 * What the sample, which is not UTF-8, looks like; an ASCII-compatible character set other than
 * UTF-8. NULL where there is too little to tell by, or no memory.
 */
const struct charset_info *charset_guess(const char *sample, size_t size);

#endif
