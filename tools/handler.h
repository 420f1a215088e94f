/* A command of the user's that is run for an article. */
#ifndef TOOLS_HANDLER_H
#define TOOLS_HANDLER_H

#include <stddef.h>

#include <newspool/spool.h>

/*
 * Runs /bin/sh -c text with the data on its standard input, and NEWSPOOL_SEQ and NEWSPOOL_PATH
 * (relative to the spool) in its environment. All signals are let through to it. Returns its exit
 * status, 128 and the signal that ended it, or -errno.
 */
int handler_run(
	const char *text, const struct np_spool_entry *entry, const char *data, size_t size);

#endif
