/* From a feed's row and settings to the poll command that a fetcher gets. */
#ifndef DAEMON_KEEP_COMMAND_H
#define DAEMON_KEEP_COMMAND_H

#include "daemon/conf/config.h"
#include "daemon/keep/store.h"
#include "daemon/wire/message.h"
#include "lib/base/arena.h"

#define COMMAND_REASON_SIZE 512

/*
 * Makes the command; texts are the feed's, the settings' or in the arena. Returns 0; or -errno with
 * the reason in words where a password or token cannot be read: then nothing must be asked.
 */
int command_make(const struct store_feed *feed, const struct config_settings *settings,
	uint64_t number, struct arena *arena, struct message_poll *ret_command,
	char ret_reason[COMMAND_REASON_SIZE]);

#endif
