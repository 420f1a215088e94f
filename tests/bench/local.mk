# tests/bench: how fast, as ratios to a yardstick that runs beside it. make bench, never make check.
# BENCH_DOCUMENTS is a folder of feed documents; the samples are few and small, so name a better one.
EXTRA_PROGRAMS += tests/bench/parse
tests_bench_parse_SOURCES = %D%/parse.c
tests_bench_parse_LDADD = lib/libnpcore.la
CLEANFILES += $(EXTRA_PROGRAMS)

BENCH_DOCUMENTS = $(top_srcdir)/conf/sample
bench: newspool tests/bench/parse
	NEWSPOOL=./newspool tests/bench/parse '$(BENCH_DOCUMENTS)'
