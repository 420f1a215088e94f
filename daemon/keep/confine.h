/* What the keeper gives up at its start, by itself: systemd's unit takes away more. */
#ifndef DAEMON_KEEP_CONFINE_H
#define DAEMON_KEEP_CONFINE_H

#include "daemon/conf/config.h"

/*
 * No core is dumped of this process and no other of its user looks into it, for it has read
 * passwords. Call it before the first of them is read.
 */
void confine_memory(void);

/*
 * Files are written from here on below three folders alone: those in which the spool, the database
 * and the control socket stand. (The spool's own would not do: one that was made again is taken up.)
 * What the process executes is bound by the same. No new privileges.
 *
 * Whether the kernel has what keeper and fetchers are to be confined with is said here, once.
 * Returns 0; -EPERM with a sentence where config says that the sandbox is required and it cannot
 * be had; -errno.
 */
int confine_files(const struct config *config, struct config_error *err);

#endif
