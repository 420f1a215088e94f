/* From the configuration's feeds to the store's. */
#ifndef DAEMON_KEEP_FEEDS_H
#define DAEMON_KEEP_FEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/conf/config.h"
#include "daemon/keep/store.h"

/* Who says where the feeds of a load go. */
struct feeds_opener {
	/*
	 * Called once, when all of the configuration but its feeds has been read and found right:
	 * gives the store. Returns 0, or -errno with err set: nothing is loaded.
	 */
	int (*open)(void *arg, const struct config *config, struct store **ret_store,
		struct config_error *err);
	void *arg;
};

/*
 * Reads a configuration, once, its feeds straight into the store in one transaction: all of them, or
 * nothing changes. What the store was last made of is not read again: then *ret_new is 0, and
 * config->n_feeds as it was. *ret_new: how many feeds, or new URLs of known ones, there are.
 *
 * Returns 0; -EINVAL for a mistake in the files; what open returned; -errno of the store; err is set
 * for each.
 */
int feeds_load(const char *file, int64_t now, const struct feeds_opener *opener,
	struct config **ret_config, size_t *ret_new, struct config_error *err);

#endif
