/*
 * Delivered once: the keeper from a finished poll to the last rename, with its real database,
 * killed at every call that it makes to the file system and every call that the database makes.
 * What each test prints as comments is how often it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/crash/station.h"

/* A fork with a sanitizer's memory map is slow: there, a sample; every step is for other builds. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 9
#else
#define STRIDE 1
#endif

static const struct {
	enum config_sync sync;
	const char *name;
} syncs[] = {
	{ CONFIG_SYNC_BATCH, "batch" },
	{ CONFIG_SYNC_EACH, "each" },
	{ CONFIG_SYNC_NONE, "none" },
};

static void
judge(struct station *station, const char *what, unsigned int step)
{
	if (!station_judge(station))
		fail_msg("%s %u: %s", what, step, station->reason);
}

static void
test_without_a_fault_all_is_delivered_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct station *station = station_new(syncs[i].sync);

		if (station_run(station) != STATION_DONE)
			fail_msg("%s", station->reason);
		assert_true(station->recovered > 0);
		judge(station, "without a fault", 0);
		station_free(station);
	}
}

/* Returns how many keepers were killed: none when the script ended before the step came. */
static unsigned int
kill_at(enum config_sync sync, unsigned int step, enum steps_when when)
{
	struct station *station = station_new(sync);
	enum station_end end;
	enum step last;

	station->steps.stop_at = step;
	station->steps.when = when;
	end = station_run(station);
	last = station->steps.last;
	if (end == STATION_GAVE_UP)
		fail_msg("step %u: %s", step, station->reason);
	judge(station, "killed at step", step);
	station_free(station);
	if (end == STATION_DIED && when == STEPS_BEFORE &&
		(last == STEP_WRITE_NEW || last == STEP_DB_WRITE))
		return 1 + kill_at(sync, step, STEPS_MIDDLE);
	return end == STATION_DIED;
}

/* The first start's steps, which make the database, are the same whatever the sync mode. */
static unsigned int
first_step(enum config_sync sync)
{
	struct station *station = station_new(sync);
	unsigned int first;

	if (station_run(station) != STATION_DONE)
		fail_msg("%s", station->reason);
	first = sync == CONFIG_SYNC_BATCH ? 1 : station->recovered + 1;
	station_free(station);
	return first;
}

static void
test_killed_at_every_step_all_is_delivered_once(void **state)
{
	unsigned int n = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		unsigned int first = first_step(syncs[i].sync), step = first, killed;

		for (; (killed = kill_at(syncs[i].sync, step, STEPS_BEFORE)) > 0; step += STRIDE)
			n += killed;
		printf("# sync = %s: killed at each of %u steps\n", syncs[i].name,
			(step - first) / STRIDE);
		assert_true(step - first > 200);
	}
	printf("# %u keepers killed\n", n);
}

/* A commit whose flush failed may be on the disk all the same. */
static unsigned int
fail_then_kill(unsigned int sync, unsigned int later)
{
	struct station *station = station_new(CONFIG_SYNC_BATCH);
	enum station_end end;

	station->steps.only = STEP_DB_SYNC;
	station->steps.stop_at = sync;
	station->steps.error = EIO;
	station->steps.die_after = later;
	end = station_run(station);
	if (end == STATION_GAVE_UP)
		fail_msg("flush %u: %s", sync, station->reason);
	if (!station_judge(station))
		fail_msg(
			"flush %u failed, killed %u steps later: %s", sync, later, station->reason);
	station_free(station);
	return end == STATION_DIED;
}

static void
test_killed_after_a_commit_that_failed_all_is_delivered_once(void **state)
{
	unsigned int n = 0, killed = 1;

	(void)state;
	for (unsigned int sync = 1; killed > 0; sync++) {
		killed = 0;
		for (unsigned int later = 1; later <= 12; later += STRIDE)
			killed += fail_then_kill(sync, later);
		n += killed;
	}
	printf("# %u keepers killed after a commit that failed\n", n);
	assert_true(n > 150 / STRIDE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_fault_all_is_delivered_once),
		cmocka_unit_test(test_killed_at_every_step_all_is_delivered_once),
		cmocka_unit_test(test_killed_after_a_commit_that_failed_all_is_delivered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
