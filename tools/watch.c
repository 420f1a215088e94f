/* The terminal is cleared before each round; where there is none, rounds follow each other. */
#include "tools/watch.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

int
watch_run(struct command_call *call, bool watch, int (*show)(void *arg), void *arg)
{
	const struct timespec pause = { 2, 0 };
	int status;

	do {
		if (watch && isatty(STDOUT_FILENO))
			fputs("\033[H\033[J", stdout);
		status = command_finish(call, show(arg));
		if (watch && status == COMMAND_OK)
			nanosleep(&pause, NULL);
	} while (watch && status == COMMAND_OK);
	return status;
}
