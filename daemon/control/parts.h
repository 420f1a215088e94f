/*
 * What the control interface's answers are made of: the keeper's parts, which stay the keeper's.
 * Each handler takes the one or two that it needs.
 */
#ifndef DAEMON_CONTROL_PARTS_H
#define DAEMON_CONTROL_PARTS_H

#include "daemon/conf/config.h"
#include "daemon/keep/delivery.h"
#include "daemon/keep/polling.h"
#include "daemon/keep/store.h"
#include "daemon/wire/loop.h"

struct control_parts {
	struct loop *loop;
	struct store *store;
	struct delivery *delivery;
	struct polling *polling;
	int64_t started; /* wall clock, ms */
	/* The configuration in effect; another one after each reload. */
	const struct config *(*config)(void *arg);
	/*
	 * Reads the configuration again. Returns 0, or -errno with err set and everything as it
	 * was. *ret_new: feeds that were not there before.
	 */
	int (*reload)(void *arg, size_t *ret_new, struct config_error *err);
	void *arg;
};

#endif
