/* newspool pause: poll feeds no more, until they are resumed */
#include "tools/steer.h"

static int
run(struct command_call *call)
{
	return steer_run(call, "pause");
}

const struct command cmd_pause = {
	.name = "pause",
	.summary = "poll feeds no more, until they are resumed",
	.usage = STEER_USAGE,
	.help = CONTROL_CLIENT_HELP CONTROL_CLIENT_STATUS "\n"
							  "  newspool pause example-news\n",
	.json = true,
	.words = "* @feeds\n",
	.run = run,
};
