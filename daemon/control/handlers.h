/* The handlers that route.c names; what each answers stands in conf/openapi.yaml. */
#ifndef DAEMON_CONTROL_HANDLERS_H
#define DAEMON_CONTROL_HANDLERS_H

#include "daemon/control/route.h"

/* status.c */
route_handler status_get, health_get;
/* feeds.c, feed.c */
route_handler feeds_get, feed_get;
/* steer.c */
route_handler feed_poll, feed_pause, feed_resume, feed_reset, feed_undo_move, reload_post,
	log_level_get, log_level_put;
/* held.c */
route_handler held_get, held_release, held_drop;
/* articles.c */
route_handler articles_get, article_get;
/* metrics.c */
route_handler metrics_get;
/* view.c, view_home.c, view_article.c, view_list.c, view_feeds.c */
route_handler view_icon_get, view_home_get, view_article_get, view_tag_get, view_search_get,
	view_feed_get, view_feeds_get;

#endif
