daemon_libnpdaemon_la_SOURCES += \
	%D%/delivery.h \
	%D%/files.h \
	%D%/keeper.h \
	%D%/pool.h \
	%D%/store.h
