/* For the commands that deal with queues: the configuration without its feeds, and one queue of it. */
#ifndef TOOLS_QUEUE_OPTION_H
#define TOOLS_QUEUE_OPTION_H

#include "daemon/conf/config.h"
#include "tools/command.h"

/*
 * The configuration, of whose feeds nothing is read: they may be many, and their secrets another
 * user's. Returns COMMAND_OK or another status, said.
 */
int queue_option_config(struct command_call *call, struct config **ret_config);

/* The queue of this name; NULL, said, where there is none. */
const struct config_queue *queue_option_find(
	struct command_call *call, const struct config *config, const char *name);

#endif
