/* A cursor's file: cursors/NAME holds one line, the sequence up to which its consumer has read. */
#ifndef LIB_SPOOL_CURSOR_H
#define LIB_SPOOL_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "lib/spool/layout.h"

#define SPOOL_CURSOR_MAX 64 /* bytes of such a file */

/*
 * Reads the content of a cursor: a sequence, leading zeros allowed, or the whole name of an article
 * (a shell may keep that), then a newline or not. Returns 0 or -EBADMSG.
 */
int spool_cursor_parse(const char *text, size_t size, uint64_t *ret_seq);

/* The name of a new cursor on its way: never a slug, so never a cursor. */
#define SPOOL_CURSOR_NEW ".%s.new"

#endif
