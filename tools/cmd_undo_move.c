/* newspool undo-move: ask a feed's own URL again, not where it has moved to */
#include "tools/steer.h"

static int
run(struct command_call *call)
{
	return steer_run(call, "undo-move");
}

const struct command cmd_undo_move = {
	.name = "undo-move",
	.summary = "ask a feed's own URL again, not where it has moved to",
	.usage = STEER_USAGE,
	.help = CONTROL_CLIENT_HELP CONTROL_CLIENT_STATUS "\n"
							  "  newspool undo-move example-news\n",
	.json = true,
	.words = "* @feeds\n",
	.run = run,
};
