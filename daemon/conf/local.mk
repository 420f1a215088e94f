daemon_libnpdaemon_la_SOURCES += \
	%D%/config.c %D%/config.h
