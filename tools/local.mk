bin_PROGRAMS += newspool
newspool_SOURCES = %D%/newspool.c
newspool_LDADD = daemon/libnpdaemon.la lib/libnpcore.la
newspool_LDFLAGS = $(AM_LDFLAGS) -pie
