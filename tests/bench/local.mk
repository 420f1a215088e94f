# tests/bench: how fast, as ratios to a yardstick that runs beside it. make bench, never make check.
# BENCH_DOCUMENTS is a folder of feed documents; the samples are few and small, so name a better one.
EXTRA_PROGRAMS += tests/bench/parse
tests_bench_parse_SOURCES = %D%/parse.c
tests_bench_parse_LDADD = lib/libnpcore.la
EXTRA_PROGRAMS += tests/bench/bare
tests_bench_bare_SOURCES = %D%/bare.c
tests_bench_bare_LDADD = $(CURL_LIBS) $(EVENT_LIBS)
EXTRA_DIST += %D%/poll
EXTRA_PROGRAMS += tests/bench/near
tests_bench_near_SOURCES = %D%/near.c
tests_bench_near_LDADD = daemon/libnpdaemon.la lib/libnpcore.la
CLEANFILES += $(EXTRA_PROGRAMS)

BENCH_DOCUMENTS = $(top_srcdir)/conf/sample
bench: newspool newspoold tests/bench/parse tests/bench/bare tests/bench/near
	NEWSPOOL=./newspool tests/bench/parse '$(BENCH_DOCUMENTS)'
	NEWSPOOLD=./newspoold BARE=tests/bench/bare '$(srcdir)/%D%/poll'
	tests/bench/near
	$(MAKE) bench-scale

# A million articles, ten million hashes: some minutes and gigabytes.
EXTRA_DIST += %D%/scale
.PHONY: bench-scale
bench-scale: newspool newspoold
	NEWSPOOL_BUILD='$(abs_top_builddir)' '$(abs_top_srcdir)/tests/bench/scale'
