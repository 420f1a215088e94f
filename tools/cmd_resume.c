/* newspool resume: poll feeds again that were paused or had stopped */
#include "tools/steer.h"

static int
run(struct command_call *call)
{
	return steer_run(call, "resume");
}

const struct command cmd_resume = {
	.name = "resume",
	.summary = "poll feeds again that were paused or had stopped",
	.usage = STEER_USAGE,
	.help = CONTROL_CLIENT_HELP CONTROL_CLIENT_STATUS "\n"
							  "  newspool resume example-news\n",
	.json = true,
	.words = "* @feeds\n",
	.run = run,
};
