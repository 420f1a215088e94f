/*
 * A small LMTP client (RFC 2033), for handing messages to the mail system of this host or network.
 * Blocking, and every wait has an end; what the server says is read with a bound and never believed
 * further than its codes.
 */
#ifndef TOOLS_LMTP_H
#define TOOLS_LMTP_H

#include <stddef.h>

#include "lib/base/buf.h"

#define LMTP_TIMEOUT 60000 /* ms, for one answer */

struct lmtp;

/*
 * Connects to "HOST:PORT", "[ADDRESS]:PORT" or, with a "/" in it, a socket's path, and says hello.
 * Returns 0 or -errno, with the reason in ret_reason.
 */
int lmtp_open(const char *place, struct lmtp **ret_lmtp, struct buf *ret_reason);

/* Says goodbye and closes. NULL is fine. */
void lmtp_close(struct lmtp *lmtp);

/*
 * Sends a message (ASCII, lines ended by newlines) from an address, "" for none, to all of to.
 * Returns 0: taken for every one of them; -EAGAIN: not by all, it is to be tried again; -EREMOTEIO:
 * refused for good; another -errno: the connection is of no more use. The reason to ret_reason.
 */
int lmtp_send(struct lmtp *lmtp, const char *from, const char *const *to, size_t n_to,
	const struct buf *message, struct buf *ret_reason);

#endif
