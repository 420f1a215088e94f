# One program a target, tests/fuzz/fuzz_TARGET.c, with its seeds in tests/fuzz/seeds/TARGET/.
# configure --enable-fuzzing (CC=clang) links it with libFuzzer:
#
#	./tests/fuzz/fuzz_url -max_total_time=60 CORPUS SRCDIR/tests/fuzz/seeds/url
#
# Everywhere else replay.c drives it over its seeds, which is a test. Add a target by its block here.
fuzz_targets =
fuzz_libs = daemon/libnpdaemon.la lib/libnpcore.la

if FUZZING
fuzz_driver =
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_driver = %D%/replay.c
fuzz_ldflags = $(AM_LDFLAGS)
TESTS += $(fuzz_targets)
endif

check_PROGRAMS += $(fuzz_targets)
EXTRA_DIST += %D%/replay.c %D%/seeds

fuzz_targets += %D%/fuzz_url
tests_fuzz_fuzz_url_SOURCES = %D%/fuzz_url.c $(fuzz_driver)
tests_fuzz_fuzz_url_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_url_LDFLAGS = $(fuzz_ldflags)

fuzz_targets += %D%/fuzz_xml
tests_fuzz_fuzz_xml_SOURCES = %D%/fuzz_xml.c $(fuzz_driver)
tests_fuzz_fuzz_xml_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_xml_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += %D%/xml.dict

fuzz_targets += %D%/fuzz_charset
tests_fuzz_fuzz_charset_SOURCES = %D%/fuzz_charset.c $(fuzz_driver)
tests_fuzz_fuzz_charset_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_charset_LDFLAGS = $(fuzz_ldflags)

fuzz_targets += %D%/fuzz_wire
tests_fuzz_fuzz_wire_SOURCES = %D%/fuzz_wire.c $(fuzz_driver)
tests_fuzz_fuzz_wire_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_wire_LDFLAGS = $(fuzz_ldflags)

fuzz_targets += %D%/fuzz_html
tests_fuzz_fuzz_html_SOURCES = %D%/fuzz_html.c $(fuzz_driver)
tests_fuzz_fuzz_html_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_html_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += %D%/html.dict

fuzz_targets += %D%/fuzz_config
tests_fuzz_fuzz_config_SOURCES = %D%/fuzz_config.c $(fuzz_driver)
tests_fuzz_fuzz_config_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_config_LDFLAGS = $(fuzz_ldflags)

fuzz_targets += %D%/fuzz_opml
tests_fuzz_fuzz_opml_SOURCES = %D%/fuzz_opml.c $(fuzz_driver)
tests_fuzz_fuzz_opml_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_opml_LDFLAGS = $(fuzz_ldflags)

fuzz_targets += %D%/fuzz_date
tests_fuzz_fuzz_date_SOURCES = %D%/fuzz_date.c $(fuzz_driver)
tests_fuzz_fuzz_date_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_date_LDFLAGS = $(fuzz_ldflags)

fuzz_targets += %D%/fuzz_feed
tests_fuzz_fuzz_feed_SOURCES = %D%/fuzz_feed.c %D%/chunked.c %D%/chunked.h $(fuzz_driver)
tests_fuzz_fuzz_feed_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_feed_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += %D%/feed.dict

fuzz_targets += %D%/fuzz_mail
tests_fuzz_fuzz_mail_SOURCES = %D%/fuzz_mail.c $(fuzz_driver)
tests_fuzz_fuzz_mail_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_mail_LDFLAGS = $(fuzz_ldflags)

fuzz_targets += %D%/fuzz_jsonfeed
tests_fuzz_fuzz_jsonfeed_SOURCES = %D%/fuzz_jsonfeed.c %D%/chunked.c %D%/chunked.h $(fuzz_driver)
tests_fuzz_fuzz_jsonfeed_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_jsonfeed_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += %D%/jsonfeed.dict

fuzz_targets += %D%/fuzz_rule
tests_fuzz_fuzz_rule_SOURCES = %D%/fuzz_rule.c $(fuzz_driver)
tests_fuzz_fuzz_rule_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_rule_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += %D%/rule.dict

fuzz_targets += %D%/fuzz_head
tests_fuzz_fuzz_head_SOURCES = %D%/fuzz_head.c $(fuzz_driver)
tests_fuzz_fuzz_head_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_head_LDFLAGS = $(fuzz_ldflags)

fuzz_targets += %D%/fuzz_coding
tests_fuzz_fuzz_coding_SOURCES = %D%/fuzz_coding.c $(fuzz_driver)
tests_fuzz_fuzz_coding_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_coding_LDFLAGS = $(fuzz_ldflags)
