/* The configured feeds as a list for other feed readers. */
#ifndef TOOLS_EXPORT_OPML_H
#define TOOLS_EXPORT_OPML_H

#include "tools/command.h"

/* Prints it. Returns an exit status, said. */
int export_opml(struct command_call *call);

#endif
