# The flags of this build, for tests/static/run.
EXTRA_DIST += %D%/run %D%/cppcheck.txt %D%/analyzer.txt

.PHONY: static-flags
static-flags:
	@printf '%s\n' $(DEFS) $(DEFAULT_INCLUDES) $(INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS)
