/* Queues as the configuration has them. Says what is wrong, once. */
#include "tools/queue_option.h"

#include <string.h>

static int
want_no_feeds(void *arg, const struct config *config, const unsigned char digest[SHA256_SIZE],
	struct config_error *err)
{
	(void)arg;
	(void)config;
	(void)digest;
	(void)err;
	return 1;
}

int
queue_option_config(struct command_call *call, struct config **ret_config)
{
	const struct config_feed_sink sink = { .begin = want_no_feeds };
	struct config_error err = { "" };

	if (config_load(command_config(call), &sink, ret_config, &err) == 0)
		return COMMAND_OK;
	command_say(call, "%s", err.text);
	return COMMAND_USAGE;
}

const struct config_queue *
queue_option_find(struct command_call *call, const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_queues; i++)
		if (strcmp(config->queues[i].name, name) == 0)
			return &config->queues[i];
	command_say(call, "%s: there is no [queue %s]", config->file, name);
	return NULL;
}
