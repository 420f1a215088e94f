# tests/bench: how fast, as ratios to a yardstick that runs beside it. make bench, never make check.
# BENCH_DOCUMENTS is a folder of feed documents; the samples are few and small, so name a better one.
bench_programs = %D%/parse %D%/bare %D%/origin %D%/writes %D%/lookup %D%/near
tests_bench_parse_SOURCES = %D%/parse.c
tests_bench_parse_LDADD = lib/libnpcore.la
tests_bench_bare_SOURCES = %D%/bare.c
tests_bench_bare_LDADD = $(CURL_LIBS) $(EVENT_LIBS)
tests_bench_origin_SOURCES = %D%/origin.c
tests_bench_origin_LDADD = $(EVENT_LIBS)
tests_bench_writes_SOURCES = %D%/writes.c
tests_bench_lookup_SOURCES = %D%/lookup.c %D%/filling.c %D%/filling.h
tests_bench_lookup_LDADD = daemon/libnpdaemon.la lib/libnpcore.la $(SQLITE_LIBS)
tests_bench_near_SOURCES = %D%/near.c
tests_bench_near_LDADD = daemon/libnpdaemon.la lib/libnpcore.la
tests_bench_mrss_SOURCES = %D%/mrss.c
tests_bench_mrss_CFLAGS = $(AM_CFLAGS) $(MRSS_CFLAGS)
tests_bench_mrss_LDADD = $(MRSS_LIBS)
if HAVE_MRSS
bench_programs += %D%/mrss
endif
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)
EXTRA_DIST += %D%/charts %D%/figures.json %D%/harness.py %D%/report %D%/run %D%/poll %D%/firstsync %D%/latency %D%/feeds %D%/peers %D%/scale

# Slopes, of every make check: instructions are counted, not time.
check_PROGRAMS += %D%/growth-steps
tests_bench_growth_steps_SOURCES = %D%/growth_steps.c %D%/filling.c %D%/filling.h
tests_bench_growth_steps_LDADD = daemon/libnpdaemon.la lib/libnpcore.la $(SQLITE_LIBS)
TESTS += %D%/growth
EXTRA_DIST += %D%/growth

BENCH_DOCUMENTS = $(top_srcdir)/conf/sample
bench_run = NEWSPOOL_BUILD='$(abs_top_builddir)' BENCH_DOCUMENTS='$(BENCH_DOCUMENTS)' '$(srcdir)/%D%/run'
.PHONY: bench bench-json bench-scale
bench: newspool newspoold $(bench_programs)
	$(bench_run) $(BENCH_PARTS)

# What BENCHMARKS.md is made from, by tests/bench/report.
BENCH_JSON = bench.json
bench-json: newspool newspoold $(bench_programs)
	$(bench_run) --json '$(BENCH_JSON)' $(BENCH_PARTS)

# A million articles, ten million hashes: some minutes and gigabytes.
bench-scale: newspool newspoold
	BENCH_FULL=1 $(bench_run) scale
