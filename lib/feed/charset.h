/*
 * Which character set a document is in (RFC 7303, WHATWG Encoding Standard), and making it UTF-8 as
 * it arrives. BOM, then the Content-Type's charset, then the XML declaration, then UTF-8; bytes
 * that prove the declaration wrong overrule it.
 */
#ifndef LIB_FEED_CHARSET_H
#define LIB_FEED_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

struct charset;

/* content_type: the HTTP header's value or NULL. Returns 0 or -ENOMEM. */
int charset_new(const char *content_type, struct charset **ret_charset);
void charset_free(struct charset *charset);

/*
 * Decodes the next bytes, appending UTF-8 to out. The first bytes may be held back until the
 * character set is known (at most 4 KiB). Invalid sequences become U+FFFD, or are read as
 * windows-1252 where the text said it was UTF-8 and is not; both count as repairs. A BOM is
 * dropped. last: no bytes follow. Returns 0 or -ENOMEM. out must not be capped: room for more than
 * comes out is reserved there.
 */
int charset_push(
	struct charset *charset, const void *data, size_t size, bool last, struct buf *out);

/*
 * The character set's preferred name in lower case ("utf-8", "iso-8859-1", "shift_jis"); NULL
 * before it is known. Where a subset was declared that the bytes keep to, it is that ("us-ascii"); gb2312
 * and gbk are gb18030. May change as bytes come. Static storage.
 */
const char *charset_name(const struct charset *charset);

/*
 * Why the bytes or the declaration had to be repaired, in words; NULL when they did not. Owned by
 * the charset.
 */
const char *charset_repaired(const struct charset *charset);

/*
 * The WHATWG name for a label as written in the wild (only letters, in either case, and digits
 * matter); the name that IANA prefers for what only XML has ("ibm037"). NULL when unknown.
 */
const char *charset_label(const char *label, size_t size);

#endif
