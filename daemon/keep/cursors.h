/* Where the spool's readers stand: cursors/NAME, for retention. */
#ifndef DAEMON_KEEP_CURSORS_H
#define DAEMON_KEEP_CURSORS_H

#include <stdint.h>

#include "lib/spool/layout.h"

#define CURSORS_MAX 1000 /* looked at; more hold nothing */

/* The one that stands furthest behind. */
struct cursors_last {
	char name[SPOOL_SLUG_BYTES + 1]; /* "": there is none */
	uint64_t seq;                    /* UINT64_MAX where there is none */
};

/*
 * Reads the cursors below the spool directory dir. One that cannot be read stands at 0, for nobody
 * knows what its reader has seen. Returns 0, also where there is no such folder, or -errno.
 */
int cursors_last(int dir, struct cursors_last *ret_last);

#endif
