# libnpcore: all of lib/, for our own programs and tests, every symbol reachable.
# libnewspool: the same objects as a shared library that shows the public symbols alone.
noinst_LTLIBRARIES += lib/libnpcore.la
lib_libnpcore_la_SOURCES =
lib_libnpcore_la_LIBADD = $(core_libs)

lib_LTLIBRARIES += lib/libnewspool.la
lib_libnewspool_la_SOURCES =
EXTRA_lib_libnewspool_la_DEPENDENCIES = lib/newspool.map
lib_libnewspool_la_LIBADD = lib/libnpcore.la
lib_libnewspool_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	-Wl,--version-script=$(top_srcdir)/lib/newspool.map

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = lib/newspool.pc
EXTRA_DIST += lib/newspool.map

newspoolincludedir = $(includedir)/newspool
newspoolinclude_HEADERS = \
	include/newspool/article.h \
	include/newspool/feed.h \
	include/newspool/spool.h \
	include/newspool/version.h

include lib/base/local.mk
include lib/feed/local.mk
include lib/spool/local.mk
