/* The handlers that route.c names; what each answers stands in doc/openapi.yaml. */
#ifndef DAEMON_CONTROL_HANDLERS_H
#define DAEMON_CONTROL_HANDLERS_H

#include "daemon/control/route.h"

/* status.c */
route_handler status_get, health_get;
/* feeds.c */
route_handler feeds_get, feed_get;
/* steer.c */
route_handler feed_poll, reload_post;
/* metrics.c */
route_handler metrics_get;

#endif
