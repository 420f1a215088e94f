/*
 * What the keeper stands on: free space, the database's file, the spool's directory. Looked at
 * before polls are started; what is wrong is said when it begins and when it is over.
 */
#ifndef DAEMON_KEEP_GROUND_H
#define DAEMON_KEEP_GROUND_H

#include <stdbool.h>

#include "daemon/conf/config.h"
#include "daemon/keep/delivery.h"
#include "daemon/keep/store.h"

struct ground {
	struct store *store;
	struct delivery *delivery;
	bool cramped;        /* less room than min-free */
	bool database_moved; /* its file is not at its place */
	bool spool_moved;    /* nor the spool's directory */
};

/*
 * True where something can be stored. A spool directory that was removed or replaced is gone on
 * with where there is a good one at its path; then *ret_reopened. stuck: something that is
 * committed waits to be moved to its place, for which the old directory is kept while it is there.
 */
bool ground_check(
	struct ground *ground, const struct config *config, bool stuck, bool *ret_reopened);

/* Something was wrong when it was looked at last. */
bool ground_is_watched(const struct ground *ground);

#endif
