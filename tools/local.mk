bin_PROGRAMS += newspool
newspool_SOURCES = %D%/newspool.c \
	%D%/command.c %D%/command.h \
	%D%/cmd_check.c \
	%D%/cmd_parse.c
newspool_LDADD = daemon/libnpdaemon.la lib/libnpcore.la
newspool_LDFLAGS = $(AM_LDFLAGS) -pie
