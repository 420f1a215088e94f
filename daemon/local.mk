# libnpdaemon: all of the daemon but main(), so that tests, fuzzers and the tool link it.
noinst_LTLIBRARIES += daemon/libnpdaemon.la
daemon_libnpdaemon_la_SOURCES = daemon/keeper.c daemon/keeper.h
daemon_libnpdaemon_la_LIBADD = $(daemon_libs)

sbin_PROGRAMS += newspoold
newspoold_SOURCES = daemon/main.c
newspoold_LDADD = daemon/libnpdaemon.la lib/libnpcore.la
newspoold_LDFLAGS = $(AM_LDFLAGS) -pie

include daemon/wire/local.mk
include daemon/conf/local.mk
include daemon/fetch/local.mk
include daemon/keep/local.mk
include daemon/control/local.mk
