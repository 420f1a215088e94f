bin_PROGRAMS += newspool
newspool_SOURCES = %D%/newspool.c \
	%D%/command.c %D%/command.h \
	%D%/cmd_add.c \
	%D%/cmd_cat.c \
	%D%/cmd_check.c \
	%D%/cmd_fetch.c \
	%D%/cmd_fsck.c \
	%D%/cmd_ls.c \
	%D%/cmd_parse.c \
	%D%/cmd_recent.c \
	%D%/cmd_remove.c \
	%D%/cmd_rename.c \
	%D%/cmd_tag.c \
	%D%/cmd_why.c \
	%D%/probe.c %D%/probe.h \
	%D%/spool_option.c %D%/spool_option.h \
	%D%/subscription.c %D%/subscription.h \
	%D%/subscription_edit.c \
	%D%/terminal.c %D%/terminal.h
newspool_LDADD = daemon/libnpdaemon.la lib/libnpcore.la
newspool_LDFLAGS = $(AM_LDFLAGS) -pie
