# tests/crash: the keeper's side of the spool, stopped at every step.
if HAVE_CMOCKA
crash_tests = %D%/crash_delivery %D%/crash_keeper %D%/crash_faults %D%/crash_power
check_PROGRAMS += $(crash_tests)
TESTS += $(crash_tests)
endif
tests_crash_crash_delivery_SOURCES = %D%/crash_delivery.c \
	%D%/steps.c %D%/steps.h %D%/world.c %D%/world.h
tests_crash_crash_delivery_LDADD = $(test_libs)

tests_crash_crash_keeper_SOURCES = %D%/crash_keeper.c %D%/crash_vfs.c %D%/crash_vfs.h \
	%D%/station.c %D%/station.h %D%/steps.c %D%/steps.h
tests_crash_crash_keeper_LDADD = $(test_libs) $(SQLITE_LIBS)

# The store makes its database with calls of its own, which the recorder sees by their names.
tests_crash_crash_power_SOURCES = %D%/crash_power.c %D%/crash_vfs.c %D%/crash_vfs.h \
	%D%/disk.c %D%/disk.h %D%/record.c %D%/record.h \
	%D%/station.c %D%/station.h %D%/steps.c %D%/steps.h
tests_crash_crash_power_LDADD = $(test_libs) $(SQLITE_LIBS)
tests_crash_crash_power_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=rename -Wl,--wrap=unlink -Wl,--wrap=fsync

tests_crash_crash_faults_SOURCES = %D%/crash_faults.c %D%/crash_vfs.c %D%/crash_vfs.h \
	%D%/station.c %D%/station.h %D%/steps.c %D%/steps.h
tests_crash_crash_faults_LDADD = $(test_libs) $(SQLITE_LIBS)
EXTRA_DIST += %D%/soak
