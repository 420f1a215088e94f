daemon_libnpdaemon_la_SOURCES += \
	%D%/config.h
