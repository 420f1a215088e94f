/* From the bytes of one known character set to UTF-8, in pieces. */
#ifndef LIB_FEED_CHARSET_DECODE_H
#define LIB_FEED_CHARSET_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/feed/charset_labels.h"

struct charset_decoder;

/*
 * info is of any kind but CHARSET_UTF8. Returns 0, -ENOTSUP where this system's iconv does not know
 * the character set, or -ENOMEM.
 */
int charset_decoder_new(const struct charset_info *info, struct charset_decoder **ret_decoder);
void charset_decoder_free(struct charset_decoder *decoder);

/*
 * Appends the text to out; what is cut at the end waits for the next piece. Bytes that are no
 * character become U+FFFD. last: no bytes follow. Returns 0 or the output buffer's error.
 */
int charset_decoder_push(
	struct charset_decoder *decoder, const char *data, size_t size, bool last, struct buf *out);

const struct charset_info *charset_decoder_info(const struct charset_decoder *decoder);

/* Whether bytes were seen that are no character. */
bool charset_decoder_bad(const struct charset_decoder *decoder);

/* Whether bytes from 0x80 to 0x9F were seen: these tell windows-1252 from iso-8859-1. */
bool charset_decoder_c1(const struct charset_decoder *decoder);

#endif
