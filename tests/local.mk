# make check: every test prints TAP, read by Automake's driver.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	TZ=UTC; export TZ;
test_libs = daemon/libnpdaemon.la lib/libnpcore.la $(CMOCKA_LIBS)

include tests/unit/local.mk
include tests/golden/local.mk
include tests/fuzz/local.mk
include tests/crash/local.mk
include tests/integration/local.mk
include tests/bench/local.mk
include tests/soak/local.mk
include tests/variants/local.mk
include tests/static/local.mk

EXTRA_DIST += tests/hardening/run tests/systemd/run tests/systemd/boot tests/systemd/packages tests/systemd/package.sh \
	tests/systemd/server.py tests/systemd/service.sh tests/systemd/tap.sh
