/* Handing a message to a sendmail(8) of any make. */
#ifndef TOOLS_SENDMAIL_H
#define TOOLS_SENDMAIL_H

#include <stddef.h>

#include "lib/base/buf.h"

#define SENDMAIL_TIMEOUT 300 /* seconds; then it is killed */

/*
 * Runs the words of command, then "-i", "-f FROM" where from is not NULL, "--" and the recipients,
 * without a shell, with the message on standard input. Returns 0: it has been taken; -EAGAIN: it is
 * to be tried again (the program's status says so, it was killed, or could not be run for now);
 * -EREMOTEIO: refused for good; another -errno. The reason to ret_reason.
 */
int sendmail_send(const char *const *command, const char *from, const char *const *to, size_t n_to,
	const struct buf *message, struct buf *ret_reason);

#endif
