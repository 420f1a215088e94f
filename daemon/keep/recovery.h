/* What a run that ended anyhow left half done between store and spool, finished at the start. */
#ifndef DAEMON_KEEP_RECOVERY_H
#define DAEMON_KEEP_RECOVERY_H

#include "daemon/keep/delivery.h"
#include "daemon/keep/store.h"

/*
 * Moves what the store calls pending to its places, empties tmp/ of everything else and writes down
 * that nothing is pending. Returns 0 or -errno; it may then be called again.
 */
int recovery_run(struct store *store, struct delivery *delivery);

/* Writes down that nothing is pending; only where all that was is in its place. */
int recovery_clear(struct store *store);

#endif
