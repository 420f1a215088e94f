# tests/crash: the keeper's side of the spool, stopped at every step.
if HAVE_CMOCKA
crash_tests = %D%/crash_delivery %D%/crash_keeper
check_PROGRAMS += $(crash_tests)
TESTS += $(crash_tests)
endif
tests_crash_crash_delivery_SOURCES = %D%/crash_delivery.c \
	%D%/steps.c %D%/steps.h %D%/world.c %D%/world.h
tests_crash_crash_delivery_LDADD = $(test_libs)

tests_crash_crash_keeper_SOURCES = %D%/crash_keeper.c %D%/crash_vfs.c %D%/crash_vfs.h \
	%D%/station.c %D%/station.h %D%/steps.c %D%/steps.h
tests_crash_crash_keeper_LDADD = $(test_libs) $(SQLITE_LIBS)
EXTRA_DIST += %D%/soak
