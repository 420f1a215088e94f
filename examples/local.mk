# Programs that stand on libnewspool as anyone's would; built and run by make check, installed as sources.
check_PROGRAMS += examples/follow examples/list examples/worker
examples_follow_SOURCES = examples/follow.c
examples_follow_LDADD = lib/libnewspool.la
examples_list_SOURCES = examples/list.c
examples_list_LDADD = lib/libnewspool.la
examples_worker_SOURCES = examples/worker.c
examples_worker_LDADD = lib/libnewspool.la

examplesdir = $(docdir)/examples
dist_examples_DATA = examples/follow.c examples/list.c examples/worker.c

EXTRA_DIST += tests/unit/library_public
TESTS += tests/unit/library_public
