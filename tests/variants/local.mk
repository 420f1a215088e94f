# newspoold for tests: its own objects, with one call of theirs going another way (ld's --wrap).
#
#	memcheck  fetchers are executed by path, for valgrind gives its own where /proc/self/exe is executed
#	planted   a parser with a hole: a document says what the fetcher is to try against its sandbox
check_PROGRAMS += %D%/memcheck %D%/planted

tests_variants_memcheck_SOURCES = daemon/main.c %D%/memcheck.c
tests_variants_memcheck_LDADD = daemon/libnpdaemon.la lib/libnpcore.la
tests_variants_memcheck_LDFLAGS = $(AM_LDFLAGS) -pie -Wl,--wrap=execv

tests_variants_planted_SOURCES = daemon/main.c %D%/planted.c
tests_variants_planted_LDADD = daemon/libnpdaemon.la lib/libnpcore.la
tests_variants_planted_LDFLAGS = $(AM_LDFLAGS) -pie -Wl,--wrap=np_feed_parser_push
