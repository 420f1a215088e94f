daemon_libnpdaemon_la_SOURCES += \
	%D%/channel.c %D%/channel.h \
	%D%/landlock.c %D%/landlock.h \
	%D%/log.c %D%/log.h \
	%D%/log_journal.c %D%/log_journal.h \
	%D%/log_rate.c %D%/log_rate.h \
	%D%/loop.c %D%/loop.h \
	%D%/message.c %D%/message.h \
	%D%/message_article.c \
	%D%/wire.c %D%/wire.h
