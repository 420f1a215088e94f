# One program a module, named after it: add its name to unit_tests and say its sources.
unit_tests =

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
