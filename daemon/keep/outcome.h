/* What a finished poll changes: its articles taken in, its feed's row written. */
#ifndef DAEMON_KEEP_OUTCOME_H
#define DAEMON_KEEP_OUTCOME_H

#include "daemon/keep/poll.h"

#define OUTCOME_QUARANTINE_CRASHES 2

/*
 * So many failures in a row of where a feed has moved to, and its own URL is asked again; at once
 * for what says that nothing is there: 404, 410, something that is no feed.
 */
#define OUTCOME_MOVE_FAILURES 3

/*
 * Inside a store transaction, and after ingest_begin(): stores the outcome of a poll that is done,
 * at the time now. On success the poll is POLL_STORED or POLL_DROPPED. On a failure (-errno) the
 * caller rolls back.
 */
int outcome_store(struct ingest *ingest, int64_t now, struct poll *poll);

#endif
