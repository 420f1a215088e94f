lib_libnpcore_la_SOURCES += \
	%D%/arena.c %D%/arena.h \
	%D%/buf.c %D%/buf.h \
	%D%/clock.c %D%/clock.h \
	%D%/json_write.c %D%/json_write.h \
	%D%/sha256.c %D%/sha256.h \
	%D%/url.c %D%/url.h \
	%D%/url_subscribe.c %D%/url_tracker.c %D%/url_tracker.h \
	%D%/utf8.c %D%/utf8.h %D%/word.h \
	%D%/weave.c %D%/weave.h
