/* The feeds in figures, counted over as many turns of the loop as it takes. */
#ifndef DAEMON_CONTROL_COUNTING_H
#define DAEMON_CONTROL_COUNTING_H

#include "daemon/control/call.h"
#include "daemon/control/parts.h"

/*
 * Counts on; the counting is kept in call->state, which the handler must not use for anything else.
 * Returns CALL_MORE, which the handler returns; CALL_DONE with the counts; or -errno.
 */
int counting_go_on(
	const struct control_parts *parts, struct call *call, struct store_counts *ret_counts);

#endif
