daemon_libnpdaemon_la_SOURCES += \
	%D%/fetcher.h
