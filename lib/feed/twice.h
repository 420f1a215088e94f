/* Text that was made UTF-8 twice. */
#ifndef LIB_FEED_TWICE_H
#define LIB_FEED_TWICE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

/*
 * Publishers take UTF-8 for windows-1252 and encode it once more ("cafÃ©"). Appends the text as it
 * was before where every character beyond ASCII says so; false, appending nothing, for any other.
 * Errors stick in out.
 */
bool twice_undo(struct buf *out, const char *text, size_t size);

/* The character that windows-1252 has where ISO 8859-1 has the C1 control; "" for none. */
const char *twice_windows_1252(unsigned char byte);

#endif
