daemon_libnpdaemon_la_SOURCES += \
	%D%/channel.h \
	%D%/log.h \
	%D%/loop.h \
	%D%/message.h
