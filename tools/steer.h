/* What pause, resume, reset and undo-move have in common: one request for each feed that is named. */
#ifndef TOOLS_STEER_H
#define TOOLS_STEER_H

#include "tools/command.h"
#include "tools/control_client.h"

#define STEER_USAGE "FEED ..."

/*
 * Reads the options and operands, asks POST /v1/feeds/FEED/ACTION for each, and says what came of
 * it. Returns the exit status: that of the first that failed.
 */
int steer_run(struct command_call *call, const char *action);

#endif
