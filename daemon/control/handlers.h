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
/* view_home.c, view_article.c, view_list.c */
route_handler view_home_get, view_article_get, view_tag_get, view_feed_get, view_feeds_get;

#endif
