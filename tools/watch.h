/* --watch: a command's output again and again, until it is interrupted or the daemon goes. */
#ifndef TOOLS_WATCH_H
#define TOOLS_WATCH_H

#include <stdbool.h>

#include "tools/command.h"

#define WATCH_OPTION 0x1001
#define WATCH_OPTIONS \
	{ \
		"watch", no_argument, NULL, WATCH_OPTION \
	}
#define WATCH_HELP "  --watch        show it again every 2 seconds, until interrupted\n"

/* show is called once, or again and again; what it returns other than COMMAND_OK ends it. */
int watch_run(struct command_call *call, bool watch, int (*show)(void *arg), void *arg);

#endif
