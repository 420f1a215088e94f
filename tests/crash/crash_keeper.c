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

/* Faults */

static const struct {
	int number;
	const char *name;
	bool half; /* and half of what was to be written is */
} errors[] = {
	{ ENOSPC, "ENOSPC", false },
	{ EDQUOT, "EDQUOT", false },
	{ EIO, "EIO", false },
	{ EROFS, "EROFS", false },
	{ EMFILE, "EMFILE", false },
	{ ENOSPC, "short", true },
};
#define N_ERRORS (sizeof(errors) / sizeof(errors[0]))
#define FIRST_CALLS 3 /* of each kind that see every error; the others see one each, in turn */

/* What is said names the error as the system does; what SQLite had, as SQLite does. */
static void
check_report(const struct station *station, enum step kind, size_t error)
{
	bool full = errors[error].number == ENOSPC;

	if (station->trouble[0] == '\0' || strstr(station->trouble, strerror(errors[error].number)))
		return;
	if (kind >= STEP_DB_WRITE && (strstr(station->trouble, full ? "full" : "I/O error") ||
					     strstr(station->trouble, strerror(EIO))))
		return;
	fail_msg("%s with %s is reported as: %s", step_names[kind], errors[error].name,
		station->trouble);
}

/* Returns false where the script has no such call. */
static bool
fail_at(enum step kind, unsigned int call, size_t error, bool lasting)
{
	struct station *station = station_new(CONFIG_SYNC_BATCH);
	bool hit;

	station->steps.only = (int)kind;
	station->steps.stop_at = call;
	station->steps.error = errors[error].number;
	station->steps.when = errors[error].half ? STEPS_MIDDLE : STEPS_BEFORE;
	station->steps.lasting = lasting;
	if (station_run(station) != STATION_DONE)
		fail_msg("%s number %u with %s: %s", step_names[kind], call, errors[error].name,
			station->reason);
	hit = station->steps.n_hits > 0;
	if (hit)
		check_report(station, kind, error);
	if (!station_judge(station))
		fail_msg("%s number %u with %s, %s: %s", step_names[kind], call, errors[error].name,
			lasting ? "lasting" : "once", station->reason);
	station_free(station);
	return hit;
}

static void
fail_kind(enum step kind, unsigned int cells[N_ERRORS])
{
	bool written = kind == STEP_WRITE_NEW || kind == STEP_DB_WRITE, more = true;

	for (unsigned int call = 1; more; call += STRIDE) {
		for (size_t error = 0; error < N_ERRORS && more; error++) {
			if (errors[error].half && !written)
				continue;
			if (call > FIRST_CALLS && call % N_ERRORS != error)
				continue;
			more = fail_at(kind, call, error, call % 2 == 0);
			cells[error] += more;
		}
	}
}

static void
test_every_call_may_fail_and_goes_on_without_a_restart(void **state)
{
	static const enum step kinds[] = { STEP_WRITE_NEW, STEP_SYNC_FILE, STEP_SYNC_FS, STEP_LINK,
		STEP_RENAME, STEP_MKDIR, STEP_SYNC_DIR, STEP_SAME, STEP_LIST, STEP_DB_WRITE,
		STEP_DB_SYNC, STEP_DB_TRUNCATE, STEP_DB_DELETE };

	(void)state;
	printf("# %-12s", "failures");
	for (size_t i = 0; i < N_ERRORS; i++)
		printf(" %7s", errors[i].name);
	printf("\n");
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		unsigned int cells[N_ERRORS] = { 0 };

		fail_kind(kinds[k], cells);
		printf("# %-12s", step_names[kinds[k]]);
		for (size_t i = 0; i < N_ERRORS; i++)
			printf(" %7u", cells[i]);
		printf("\n");
	}
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
		cmocka_unit_test(test_every_call_may_fail_and_goes_on_without_a_restart),
		cmocka_unit_test(test_killed_after_a_commit_that_failed_all_is_delivered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
