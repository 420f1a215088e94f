/* What a finished poll changes: its articles taken in, its feed's row written. */
#ifndef DAEMON_KEEP_OUTCOME_H
#define DAEMON_KEEP_OUTCOME_H

#include "daemon/keep/poll.h"

#define OUTCOME_QUARANTINE_CRASHES 2

/*
 * Inside a store transaction, and after ingest_begin(): stores the outcome of a poll that is done,
 * at the time now. On success the poll is POLL_STORED or POLL_DROPPED. On a failure (-errno) the
 * caller rolls back.
 */
int outcome_store(struct ingest *ingest, int64_t now, struct poll *poll);

#endif
