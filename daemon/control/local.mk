daemon_libnpdaemon_la_SOURCES += \
	%D%/call.c %D%/call.h \
	%D%/control.c %D%/control.h \
	%D%/feed_state.c %D%/feed_state.h \
	%D%/feeds.c \
	%D%/handlers.h \
	%D%/head.c %D%/head.h \
	%D%/health.c %D%/health.h \
	%D%/metrics.c \
	%D%/parts.h \
	%D%/route.c %D%/route.h \
	%D%/server.c %D%/server.h \
	%D%/sockets.c %D%/sockets.h \
	%D%/status.c \
	%D%/steer.c
