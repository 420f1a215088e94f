/*
 * Power cuts. Keepers are run over the station's script and all they do to the disks is written down;
 * then, for each moment in it, the disks are made as a cut at that moment may leave them, what nobody
 * had flushed being there or not, and a keeper starts on them.
 *
 * Cuts are tried at every record, four given ones each (nothing unflushed is left; names and sizes
 * without data; of one disk nothing and of the other all), and some by chance, whose seed is fixed.
 * Disks that were judged before are not judged again. NEWSPOOL_CUTS=N, or the argument N, makes it N
 * by chance instead: hundreds take an hour.
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

#include "daemon/keep/delivery.h"
#include "lib/base/sha256.h"
#include "lib/spool/layout.h"
#include "tests/crash/record.h"

#define WORKERS 2
#define SEEN_BEFORE 65536 /* cuts whose digests a worker remembers; a power of two */
#define STARTS 12         /* on what a cut has left, which are cut again */
#define SEED UINT64_C(0x6e657773706f6f6c)

/* A start under a sanitizer is slow: there, a sample; every record is for other builds. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 37
#else
#define STRIDE 1
#endif

static const char *const sync_names[] = {
	[CONFIG_SYNC_BATCH] = "batch",
	[CONFIG_SYNC_EACH] = "each",
	[CONFIG_SYNC_NONE] = "none",
};

/* What a worker has to say, in memory that it shares with the test. */
struct finding {
	unsigned int n_judged, n_had;
	bool wrong;
	char reason[4096];
};

static unsigned int
cuts_by_chance(void)
{
	const char *text = getenv("NEWSPOOL_CUTS");

	return text != NULL ? (unsigned int)strtoul(text, NULL, 10) : 2;
}

struct worker {
	const struct record *records;
	size_t from, n;
	size_t number;
	enum config_sync sync;
	struct disk *disk;
	struct finding *finding;
	uint64_t chance;
	uint64_t had[SEEN_BEFORE];
};

/* True where the disks, and what had been seen, were so at another cut. */
static bool
was_had(struct worker *worker, const struct seen *seen)
{
	uint64_t digest = disk_digest(worker->disk);
	const unsigned char *bytes = (const unsigned char *)seen;
	size_t slot;

	for (size_t i = 0; i < sizeof(*seen); i++)
		digest = (digest ^ bytes[i]) * UINT64_C(1099511628211);
	for (slot = digest % SEEN_BEFORE; worker->had[slot] != 0; slot = (slot + 1) % SEEN_BEFORE)
		if (worker->had[slot] == digest)
			return true;
	if (worker->finding->n_judged < SEEN_BEFORE / 2)
		worker->had[slot] = digest;
	return false;
}

static void
judge_cut(struct worker *worker, size_t at, enum disk_left spool, enum disk_left state)
{
	const struct seen *seen = &worker->records[at].seen;
	struct finding *finding = worker->finding;
	struct station *station;

	if (finding->wrong)
		return;
	disk_cut(worker->disk, spool, state, &worker->chance);
	if (was_had(worker, seen)) {
		finding->n_had++;
		return;
	}
	finding->n_judged++;
	station = station_new(worker->sync);
	station->seen = *seen;
	disk_put(worker->disk, station->directory);
	finding->wrong = !station_judge_cut(station);
	if (finding->wrong)
		snprintf(finding->reason, sizeof(finding->reason),
			"cut after record %zu of %zu (%s), left of spool: %s, of state: %s: %s", at,
			worker->n, worker->records[at].disk.path, disk_left_names[spool],
			disk_left_names[state], station->reason);
	station_free(station);
}

static void
judge_moment(struct worker *worker, size_t at)
{
	static const enum disk_left given[][2] = {
		{ DISK_NOTHING, DISK_NOTHING },
		{ DISK_NAMES, DISK_NAMES },
		{ DISK_NOTHING, DISK_ALL },
		{ DISK_ALL, DISK_NOTHING },
	};
	unsigned int n = cuts_by_chance();

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		judge_cut(worker, at, given[i][0], given[i][1]);
	for (unsigned int i = 0; i < n; i++)
		judge_cut(worker, at,
			i % 2 == 0 ? DISK_ANY : disk_chance(&worker->chance) % DISK_LEFTS,
			i % 4 < 3 ? DISK_ANY : disk_chance(&worker->chance) % DISK_LEFTS);
}

static void
work(struct worker *worker)
{
	int null = open("/dev/null", O_WRONLY);

	if (null >= 0)
		dup2(null, STDERR_FILENO);
	for (size_t at = 0; at < worker->n; at++) {
		disk_apply(worker->disk, &worker->records[at].disk);
		if (at >= worker->from && at / STRIDE % WORKERS == worker->number &&
			at % STRIDE == 0)
			judge_moment(worker, at);
	}
	_exit(0);
}

/*
 * Cuts a log, of what was done to the disks given, at each of its records from one on. Returns how many
 * cuts were judged.
 */
static unsigned int
cut_everywhere(struct disk *disk, const struct record *records, size_t from, size_t n,
	enum config_sync sync)
{
	struct finding *findings = mmap(NULL, WORKERS * sizeof(*findings), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int n_judged = 0;
	pid_t children[WORKERS];

	assert_ptr_not_equal(findings, MAP_FAILED);
	fflush(NULL);
	for (size_t i = 0; i < WORKERS; i++) {
		static struct worker worker;

		worker = (struct worker){ .records = records,
			.from = from,
			.n = n,
			.number = i,
			.sync = sync,
			.disk = disk,
			.finding = &findings[i],
			.chance = SEED + i };
		children[i] = fork();
		if (children[i] == 0)
			work(&worker);
	}
	for (size_t i = 0; i < WORKERS; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		if (findings[i].wrong)
			fail_msg("%s", findings[i].reason);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("a worker crashed after %u cuts", findings[i].n_judged);
		n_judged += findings[i].n_judged;
	}
	munmap(findings, WORKERS * sizeof(*findings));
	disk_free(disk);
	return n_judged;
}

/* A keeper's life, killed at the given rename (0: not), and the next one's after it. */
static void
run_script(struct station *station, unsigned int killed_at)
{
	if (killed_at > 0) {
		station->steps.only = STEP_RENAME;
		station->steps.stop_at = killed_at;
		assert_int_equal(station_run(station), STATION_DIED);
		steps_init(&station->steps);
	}
	if (station_run(station) != STATION_DONE)
		fail_msg("%s", station->reason);
}

/* The first start makes the database in the same way whatever the sync mode: one script has it. */
static size_t
first_record(const struct record *records, size_t n, bool all)
{
	size_t at = 0;

	while (!all && at < n && !records[at].after_start)
		at++;
	return at;
}

static unsigned int
cut_script(enum config_sync sync, unsigned int killed_at)
{
	struct station *station = station_new(sync);
	struct recorder *recorder = recorder_new(station);
	const struct record *records;
	unsigned int n_judged;
	size_t from, n;

	run_script(station, killed_at);
	n = recorder_list(recorder, &records);
	from = first_record(records, n, sync == CONFIG_SYNC_BATCH && killed_at == 0);
	n_judged = cut_everywhere(disk_new(), records, from, n, sync);
	printf("# sync = %s%s: %u different cuts at %zu records\n", sync_names[sync],
		killed_at > 0 ? ", killed and started again" : "", n_judged, n - from);
	recorder_free(recorder);
	station_free(station);
	return n_judged;
}

static void
test_after_a_power_cut_nothing_is_lost_with_sync_batch(void **state)
{
	(void)state;
	assert_true(cut_script(CONFIG_SYNC_BATCH, 0) > 300 / STRIDE);
	assert_true(cut_script(CONFIG_SYNC_BATCH, 20) > 300 / STRIDE);
}

static void
test_after_a_power_cut_nothing_is_lost_with_sync_each(void **state)
{
	(void)state;
	assert_true(cut_script(CONFIG_SYNC_EACH, 0) > 300 / STRIDE);
}

static void
test_after_a_power_cut_the_daemon_goes_on_with_sync_none(void **state)
{
	(void)state;
	assert_true(cut_script(CONFIG_SYNC_NONE, 0) > 300 / STRIDE);
}

/* A start on what a cut has left, and at each record of it the next cut. */
static unsigned int
cut_start(struct disk *disk, const struct seen *seen)
{
	struct station *station = station_new(CONFIG_SYNC_BATCH);
	struct recorder *recorder = recorder_new(station);
	const struct record *records;
	unsigned int n_judged;
	size_t n;

	disk_put(disk, station->directory);
	disk_settle(disk);
	station->seen = *seen;
	station->rounds = 0;
	if (station_run(station) != STATION_DONE)
		fail_msg("%s", station->reason);
	n = recorder_list(recorder, &records);
	n_judged = cut_everywhere(disk, records, 0, n, CONFIG_SYNC_BATCH);
	recorder_free(recorder);
	station_free(station);
	return n_judged;
}

static void
test_after_a_power_cut_while_a_start_follows_one_nothing_is_lost(void **state)
{
	struct station *station = station_new(CONFIG_SYNC_BATCH);
	struct recorder *recorder = recorder_new(station);
	const struct record *records;
	unsigned int n_judged = 0, n_starts = 0;
	uint64_t chance = SEED;
	size_t n, step;

	(void)state;
	run_script(station, 0);
	n = recorder_list(recorder, &records);
	step = n * STRIDE / STARTS;
	for (size_t at = first_record(records, n, false); at < n; at += step, n_starts++) {
		struct disk *disk = disk_new();

		for (size_t i = 0; i <= at; i++)
			disk_apply(disk, &records[i].disk);
		disk_cut(disk, DISK_ANY, DISK_ANY, &chance);
		n_judged += cut_start(disk, &records[at].seen);
	}
	printf("# %u different cuts while %u starts followed a cut\n", n_judged, n_starts);
	assert_true(n_judged > 0);
	recorder_free(recorder);
	station_free(station);
}

/* Every name that a file has outside of tmp/ is flushed before the next move. */
static void
test_with_sync_each_a_move_is_on_the_disk_before_the_next(void **state)
{
	struct station *station = station_new(CONFIG_SYNC_EACH);
	struct recorder *recorder = recorder_new(station);
	struct disk *disk = disk_new();
	const struct record *records;
	unsigned int n_moves = 0;
	size_t n;

	(void)state;
	run_script(station, 0);
	n = recorder_list(recorder, &records);
	for (size_t i = 0; i < n; i++) {
		bool move = records[i].disk.what == DISK_RENAME &&
			    strncmp(records[i].disk.path, "spool/", 6) == 0;

		if (move)
			assert_int_equal(disk_unsafe_files(disk, "spool/tmp"), 0);
		n_moves += move;
		disk_apply(disk, &records[i].disk);
	}
	assert_true(n_moves > 30);
	disk_free(disk);
	recorder_free(recorder);
	station_free(station);
}

/* Group commit */

#define DAY "2026-11-23"

static void
stage(struct delivery *delivery, uint64_t seq)
{
	const unsigned char hash[SHA256_SIZE] = { 1 };
	char name[SPOOL_NAME_SIZE], article[128], tag[128];
	const struct delivery_target targets[] = { { article, 0 }, { tag, 1 } };

	spool_name_format(seq, hash, name);
	snprintf(article, sizeof(article), "articles/" DAY "/%s", name);
	snprintf(tag, sizeof(tag), "tags/news/" DAY "/%s", name);
	assert_int_equal(delivery_stage(delivery, name, "{}\n", 3, targets, 2), 0);
}

/* Of a second batch of n articles: the first has made the folders. */
static unsigned int
count_flushes(enum config_sync sync, unsigned int n)
{
	struct station *station = station_new(sync);
	struct steps *steps = &station->steps;
	struct config_error err;
	struct delivery *delivery;
	unsigned int n_flushes;

	assert_int_equal(delivery_open(station->spool, sync, &steps->ops, &delivery, &err), 0);
	assert_int_equal(delivery_recover_end(delivery), 0);
	for (unsigned int batch = 0; batch < 2; batch++) {
		memset(steps->counts, 0, sizeof(steps->counts));
		for (unsigned int i = 0; i < n; i++)
			stage(delivery, 1 + batch * n + i);
		assert_int_equal(delivery_flush(delivery), 0);
		assert_int_equal(delivery_publish(delivery), 0);
	}
	n_flushes = steps->counts[STEP_SYNC_FILE] + steps->counts[STEP_SYNC_FS] +
		    steps->counts[STEP_SYNC_DIR];
	delivery_close(delivery);
	station_free(station);
	return n_flushes;
}

static void
test_what_a_batch_flushes_does_not_grow_with_it(void **state)
{
	unsigned int few = count_flushes(CONFIG_SYNC_BATCH, 20),
		     many = count_flushes(CONFIG_SYNC_BATCH, 500),
		     each = count_flushes(CONFIG_SYNC_EACH, 500);

	(void)state;
	printf("# flushes of 500 articles under a tag: %u with sync = batch, %u with each\n", many,
		each);
	assert_int_equal(many, few);
	assert_in_range(many, 1, 5);
	assert_in_range(each, 3 * 500, 3 * 500 + 2); /* a file and two names for each */
	assert_int_equal(count_flushes(CONFIG_SYNC_NONE, 500), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after_a_power_cut_nothing_is_lost_with_sync_batch),
		cmocka_unit_test(test_after_a_power_cut_nothing_is_lost_with_sync_each),
		cmocka_unit_test(test_after_a_power_cut_while_a_start_follows_one_nothing_is_lost),
		cmocka_unit_test(test_what_a_batch_flushes_does_not_grow_with_it),
		cmocka_unit_test(test_with_sync_each_a_move_is_on_the_disk_before_the_next),
		cmocka_unit_test(test_after_a_power_cut_the_daemon_goes_on_with_sync_none),
	};

	if (argc > 1)
		setenv("NEWSPOOL_CUTS", argv[1], 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
