/* What the operator hears of a poll: one line for each, and one where the feed's state changed. */
#ifndef DAEMON_KEEP_REPORT_H
#define DAEMON_KEEP_REPORT_H

#include <stdint.h>

#include "daemon/keep/poll.h"

/* A poll that was stored, at the time now. */
void report_poll(const struct poll *poll, int64_t now);

#endif
