/* From the configuration's feeds to the store's. */
#ifndef DAEMON_KEEP_FEEDS_H
#define DAEMON_KEEP_FEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/keep/store.h"

/*
 * Reads the feeds of config's file again, each straight into the store, in one transaction: all of
 * them, or nothing changes. config has been loaded from that file and gives the defaults. *ret_new:
 * how many feeds, or new URLs of known ones, there are. Returns 0; -EINVAL for a mistake in the
 * files; -errno of the store; err is set for each.
 */
int feeds_sync(struct store *store, const struct config *config, int64_t now, size_t *ret_new,
	struct config_error *err);

#endif
