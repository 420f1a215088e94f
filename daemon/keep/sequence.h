/* The spool's highest sequence against the store's, at the start. */
#ifndef DAEMON_KEEP_SEQUENCE_H
#define DAEMON_KEEP_SEQUENCE_H

#include <stdint.h>

#include "daemon/keep/store.h"

/*
 * Sees to it that no article gets a sequence that the spool has had: where the database is another
 * than the one that filled the spool (lost, or an old copy), counting goes on above what lies in
 * articles/. *ret_highest: that, where it was so; else 0. Returns 0 or -errno.
 */
int sequence_raise(struct store *store, const char *spool, uint64_t *ret_highest);

#endif
