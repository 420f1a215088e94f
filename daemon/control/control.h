/*
 * The control interface: HTTP with JSON answers on a Unix socket, and, read-only, on a loopback TCP
 * address. What there is to ask stands in conf/openapi.yaml.
 *
 * On the Unix socket, who may change things is told by the peer's credentials: root, the daemon's
 * own user, and members of control-group. Everybody else whom the socket's mode lets in may read.
 */
#ifndef DAEMON_CONTROL_CONTROL_H
#define DAEMON_CONTROL_CONTROL_H

#include "daemon/control/parts.h"

struct control;

/* Requests a second, on the long run and at once, of one server. */
#define CONTROL_RATE 200
#define CONTROL_BURST 1000
/* ms that one answer may take; then it is given up. */
#define CONTROL_TIME_MAX 20000

/*
 * Serves from the loop on. A socket that cannot be had is said in the log, and is missing. parts is
 * copied. Returns 0 or -ENOMEM.
 */
int control_new(const struct control_parts *parts, struct control **ret_control);

/* The configuration has changed: sockets come, go and move with it. */
void control_reload(struct control *control);

/* Removes the socket. NULL is fine. */
void control_free(struct control *control);

#endif
