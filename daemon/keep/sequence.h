/* The spool's highest sequence against the store's, at the start. */
#ifndef DAEMON_KEEP_SEQUENCE_H
#define DAEMON_KEEP_SEQUENCE_H

#include <stdint.h>

#include "daemon/keep/adopt.h"
#include "daemon/keep/store.h"

struct sequence_raised {
	uint64_t highest;            /* that the spool has; 0: none */
	uint64_t last;               /* that the store knew; 0: none */
	struct adopt_result adopted; /* where the spool's is the higher one */
};

/*
 * Sees to it that no article gets a sequence that the spool has had: where the database is another
 * than the one that filled the spool (lost, or an old copy), it comes to know what lies in articles/
 * above its last article, and counting goes on above that. Returns 0 or -errno.
 */
int sequence_raise(struct store *store, const struct config *config, int64_t now,
	struct sequence_raised *ret_raised);

#endif
