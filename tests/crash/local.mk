# tests/crash: the keeper's side of the spool, stopped at every step.
if HAVE_CMOCKA
check_PROGRAMS += %D%/crash_delivery
TESTS += %D%/crash_delivery
endif
tests_crash_crash_delivery_SOURCES = %D%/crash_delivery.c \
	%D%/steps.c %D%/steps.h %D%/world.c %D%/world.h
tests_crash_crash_delivery_LDADD = $(test_libs)
