/* newspool reset: forget a feed's validators, failures and move, and poll it */
#include "tools/steer.h"

static int
run(struct command_call *call)
{
	return steer_run(call, "reset");
}

const struct command cmd_reset = {
	.name = "reset",
	.summary = "forget a feed's validators, failures and move, and poll it",
	.usage = STEER_USAGE,
	.help = CONTROL_CLIENT_HELP CONTROL_CLIENT_STATUS "\n"
							  "  newspool reset example-news\n",
	.json = true,
	.words = "* @feeds\n",
	.run = run,
};
