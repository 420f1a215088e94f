daemon_libnpdaemon_la_SOURCES += \
	%D%/articles.c \
	%D%/call.c %D%/call.h \
	%D%/control.c %D%/control.h \
	%D%/counting.c %D%/counting.h \
	%D%/feed.c \
	%D%/feed_answer.c %D%/feed_answer.h \
	%D%/feed_filter.c %D%/feed_filter.h \
	%D%/feed_state.c %D%/feed_state.h \
	%D%/feeds.c \
	%D%/handlers.h \
	%D%/head.c %D%/head.h \
	%D%/held.c \
	%D%/health.c %D%/health.h \
	%D%/metrics.c \
	%D%/news.c %D%/news.h \
	%D%/parts.h \
	%D%/route.c %D%/route.h \
	%D%/search.c %D%/search.h \
	%D%/server.c %D%/server.h \
	%D%/sockets.c %D%/sockets.h \
	%D%/status.c \
	%D%/steer.c \
	%D%/view.c %D%/view.h \
	%D%/view_advice.c \
	%D%/view_article.c \
	%D%/view_chart.c \
	%D%/view_content.c \
	%D%/view_feed.c \
	%D%/view_feeds.c \
	%D%/view_history.c \
	%D%/view_home.c \
	%D%/view_list.c \
	%D%/view_time.c

# The page's style sheet, from its .css file.
%D%/view_css.h: $(top_srcdir)/%D%/text.awk $(top_srcdir)/%D%/view.css
	$(AM_V_GEN)$(MKDIR_P) %D% && $(AWK) -v name=view_css -f $(top_srcdir)/%D%/text.awk \
		$(top_srcdir)/%D%/view.css >$@.tmp && mv $@.tmp $@
%D%/view.lo: %D%/view_css.h
nodist_daemon_libnpdaemon_la_SOURCES += %D%/view_css.h
BUILT_SOURCES += %D%/view_css.h
CLEANFILES += %D%/view_css.h
EXTRA_DIST += %D%/text.awk %D%/view.css
