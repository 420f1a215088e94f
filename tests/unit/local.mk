# One program a module, named after it: add its name to unit_tests and say its sources.
unit_tests =

unit_tests += %D%/test_url
tests_unit_test_url_SOURCES = %D%/test_url.c
tests_unit_test_url_LDADD = $(test_libs)

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
