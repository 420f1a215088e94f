/*
 * The fault table: the keeper's script is run again and again, and each of its calls to the file system
 * and each of the database's is made to fail with each error, once or until the third failure has gone by.
 * What fails must be said with its reason, nothing that is not whole may be shown meanwhile, and when
 * the fault is gone everything is to be delivered once, by the same process.
 *
 * All calls and all errors with sync = batch; of the other modes, a sample. NEWSPOOL_FAULTS=all, or the
 * argument all, has them all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/crash/station.h"

#define WORKERS 2
#define SAMPLE 11 /* each so manieth cell of modes that are not tested whole */

/* A fork with a sanitizer's memory map is slow: there, a sample; every cell is for other builds. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 61
#else
#define STRIDE 1
#endif

static const struct error {
	const char *name;
	int number;
	enum steps_when when;
} errors[] = {
	{ "ENOSPC", ENOSPC, STEPS_BEFORE }, { "EDQUOT", EDQUOT, STEPS_BEFORE },
	{ "EIO", EIO, STEPS_BEFORE }, { "EROFS", EROFS, STEPS_BEFORE },
	{ "EMFILE", EMFILE, STEPS_BEFORE }, { "EACCES", EACCES, STEPS_BEFORE },
	{ "short", ENOSPC, STEPS_MIDDLE }, /* half of it was written */
	{ "late", EIO, STEPS_AFTER },      /* it happened, and is said to have failed */
};
#define N_ERRORS (sizeof(errors) / sizeof(errors[0]))

/* What a worker counts, in memory that it shares with the test. */
struct tally {
	unsigned int cells[STEP_MAX][N_ERRORS];
	unsigned int quiet[STEP_MAX]; /* failures that nobody had to hear of */
	unsigned int n_cells;
	bool wrong;
	char reason[4096];
};

/* What is said names the error as the system does; of the database's files, as SQLite does. */
static bool
is_said(const struct station *station, enum step kind, const struct error *error)
{
	if (strstr(station->trouble, strerror(error->number)))
		return true;
	if (kind < STEP_DB_WRITE || kind == STEP_DB_OPEN)
		return false;
	return strstr(station->trouble, "I/O error") || strstr(station->trouble, strerror(EIO)) ||
	       (error->number == ENOSPC && strstr(station->trouble, "is full"));
}

struct worker {
	const unsigned char *kinds; /* of the calls without a fault */
	unsigned int n, number, stride;
	enum config_sync sync;
	struct tally *tally;
};

static void
fail_at(const struct worker *worker, unsigned int step, size_t number, bool lasting)
{
	enum step kind = worker->kinds[step - 1];
	const struct error *error = &errors[number];
	struct station *station = station_new(worker->sync);
	struct tally *tally = worker->tally;

	station->steps.looks = true;
	station->steps.stop_at = step;
	station->steps.error = error->number;
	station->steps.when = error->when;
	station->steps.lasting = lasting;
	tally->wrong = station_run(station) != STATION_DONE;
	if (!tally->wrong && station->steps.n_hits > 0) {
		tally->cells[kind][number]++;
		tally->n_cells++;
		tally->quiet[kind] += station->trouble[0] == '\0';
		tally->wrong = station->trouble[0] != '\0' && !is_said(station, kind, error);
		if (tally->wrong)
			snprintf(station->reason, sizeof(station->reason), "it is reported as: %s",
				station->trouble);
	}
	tally->wrong = tally->wrong || !station_judge(station);
	if (tally->wrong)
		snprintf(tally->reason, sizeof(tally->reason), "call %u, %s, with %s, %s: %s", step,
			step_names[kind], error->name, lasting ? "lasting" : "once",
			station->reason);
	station_free(station);
}

static void
work(const struct worker *worker)
{
	int null = open("/dev/null", O_WRONLY);
	unsigned int cell = 0;

	if (null >= 0)
		dup2(null, STDERR_FILENO);
	for (unsigned int step = 1; step <= worker->n; step++) {
		bool writes = worker->kinds[step - 1] == STEP_WRITE_NEW ||
			      worker->kinds[step - 1] == STEP_DB_WRITE;

		for (size_t i = 0; i < N_ERRORS && !worker->tally->wrong; i++) {
			bool mine;

			if (errors[i].when == STEPS_MIDDLE && !writes)
				continue;
			mine = cell % worker->stride == 0 &&
			       cell / worker->stride % WORKERS == worker->number;
			cell++;
			if (mine)
				fail_at(worker, step, i, (step + i) % 2 == 0);
		}
	}
	_exit(0);
}

/* The calls of a run without a fault. Returns how many. */
static unsigned int
list_calls(enum config_sync sync, unsigned char kinds[STEPS_KINDS])
{
	struct station *station = station_new(sync);
	unsigned int n;

	station->steps.looks = true;
	station->steps.kinds = kinds;
	if (station_run(station) != STATION_DONE)
		fail_msg("%s", station->reason);
	n = station->steps.n;
	station_free(station);
	assert_in_range(n, 300, STEPS_KINDS);
	return n;
}

static void
run_workers(enum config_sync sync, unsigned int stride, struct tally *tallies)
{
	unsigned char *kinds = mmap(
		NULL, STEPS_KINDS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct worker worker = { .kinds = kinds, .stride = stride, .sync = sync };
	pid_t children[WORKERS];
	int status;

	assert_ptr_not_equal(kinds, MAP_FAILED);
	worker.n = list_calls(sync, kinds);
	fflush(NULL);
	for (unsigned int i = 0; i < WORKERS; i++) {
		worker.number = i;
		worker.tally = &tallies[i];
		children[i] = fork();
		if (children[i] == 0)
			work(&worker);
	}
	for (unsigned int i = 0; i < WORKERS; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		if (tallies[i].wrong)
			fail_msg("%s", tallies[i].reason);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("a worker crashed after %u cells", tallies[i].n_cells);
	}
	munmap(kinds, STEPS_KINDS);
}

/* "quiet": SQLite tries a checkpoint again by itself, the next commit says what one at the end would. */
static void
print_table(const struct tally *tallies)
{
	printf("# %-12s", "calls failed");
	for (size_t i = 0; i < N_ERRORS; i++)
		printf(" %6s", errors[i].name);
	printf(" %6s\n", "quiet");
	for (int kind = 0; kind < STEP_MAX; kind++) {
		unsigned int sums[N_ERRORS] = { 0 }, sum = 0, quiet = 0;

		for (size_t k = 0; k < WORKERS; k++) {
			for (size_t i = 0; i < N_ERRORS; i++)
				sums[i] += tallies[k].cells[kind][i];
			quiet += tallies[k].quiet[kind];
		}
		for (size_t i = 0; i < N_ERRORS; i++)
			sum += sums[i];
		if (sum == 0)
			continue;
		printf("# %-12s", step_names[kind]);
		for (size_t i = 0; i < N_ERRORS; i++)
			printf(" %6u", sums[i]);
		printf(" %6u\n", quiet);
	}
}

static void
test_mode(enum config_sync sync, const char *name, unsigned int sample)
{
	const char *how = getenv("NEWSPOOL_FAULTS");
	unsigned int stride = how != NULL && strcmp(how, "all") == 0 ? 1 : sample * STRIDE;
	struct tally *tallies = mmap(NULL, WORKERS * sizeof(*tallies), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int n_cells = 0;

	assert_ptr_not_equal(tallies, MAP_FAILED);
	run_workers(sync, stride, tallies);
	for (size_t i = 0; i < WORKERS; i++)
		n_cells += tallies[i].n_cells;
	print_table(tallies);
	printf("# sync = %s: %u calls failed%s; all went on without a restart\n", name, n_cells,
		stride == 1 ? "" : ", a sample");
	assert_true(n_cells > 2000 / stride);
	munmap(tallies, WORKERS * sizeof(*tallies));
}

static void
test_any_call_may_fail_with_sync_batch(void **state)
{
	(void)state;
	test_mode(CONFIG_SYNC_BATCH, "batch", 1);
}

static void
test_any_call_may_fail_with_sync_each(void **state)
{
	(void)state;
	test_mode(CONFIG_SYNC_EACH, "each", SAMPLE);
}

static void
test_any_call_may_fail_with_sync_none(void **state)
{
	(void)state;
	test_mode(CONFIG_SYNC_NONE, "none", SAMPLE);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_call_may_fail_with_sync_batch),
		cmocka_unit_test(test_any_call_may_fail_with_sync_each),
		cmocka_unit_test(test_any_call_may_fail_with_sync_none),
	};

	if (argc > 1)
		setenv("NEWSPOOL_FAULTS", argv[1], 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
