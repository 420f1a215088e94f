/* lib/spool/follow: all that comes, once, in order, whatever happens to the folders and the writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <newspool/spool.h>

#include "daemon/keep/delivery.h"
#include "lib/spool/layout.h"
#include "lib/spool/scan.h"
#include "tests/unit/scratch.h"

struct fixture {
	struct scratch scratch;
	struct np_spool *spool;
	struct np_spool_follow *follow;
};

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	scratch_make(&fixture->scratch);
	assert_int_equal(mkdirat(fixture->scratch.dir, "articles", 0750), 0);
	assert_int_equal(mkdirat(fixture->scratch.dir, "tmp", 0750), 0);
	assert_int_equal(np_spool_open(fixture->scratch.path, &fixture->spool), 0);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	np_spool_follow_free(fixture->follow);
	np_spool_close(fixture->spool);
	scratch_remove(&fixture->scratch);
	free(fixture);
	return 0;
}

static void
follow(struct fixture *fixture, const char *tag, uint64_t after)
{
	struct np_spool_query query = { .tag = tag, .after = after };

	assert_int_equal(np_spool_follow_new(fixture->spool, &query, &fixture->follow), 0);
}

/* As the daemon does it: written elsewhere, moved to its place. */
static void
deliver(struct fixture *fixture, const char *folder, uint64_t seq)
{
	int dir = fixture->scratch.dir;
	char name[SPOOL_NAME_SIZE], path[512];

	for (const char *end = folder; end; end = strchr(end + 1, '/')) {
		snprintf(path, sizeof(path), "%.*s", (int)(end - folder), folder);
		if (*path)
			mkdirat(dir, path, 0750);
	}
	mkdirat(dir, folder, 0750);
	spool_name_join(seq, seq, name);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	scratch_file(&fixture->scratch, "tmp/x", "{\"_newspool\":{\"schema\":1}}\n");
	assert_int_equal(renameat(dir, "tmp/x", dir, path), 0);
}

static void
assert_next(struct fixture *fixture, uint64_t seq)
{
	const struct np_spool_entry *entry = NULL;
	char *line;
	size_t size;

	if (seq == 0) {
		assert_int_equal(np_spool_follow_next(fixture->follow, &entry), 0);
		return;
	}
	assert_int_equal(np_spool_follow_next(fixture->follow, &entry), 1);
	assert_int_equal(entry->seq, seq);
	assert_int_equal(np_spool_read(fixture->spool, entry->path, &line, &size), 0);
	assert_non_null(strstr(entry->path, entry->day));
	assert_string_equal(strrchr(entry->path, '/') + 1, entry->name);
	free(line);
}

static void
test_gives_what_is_there_and_then_what_comes(void **state)
{
	struct fixture *fixture = *state;

	deliver(fixture, "articles/2026-11-21", 1);
	deliver(fixture, "articles/2026-11-22", 2);
	deliver(fixture, "articles/2026-11-22", 3);
	follow(fixture, NULL, 1);
	assert_next(fixture, 2);
	deliver(fixture, "articles/2026-11-22", 4);
	assert_next(fixture, 3);
	assert_next(fixture, 4);
	assert_next(fixture, 0);
	assert_int_equal(np_spool_follow_wait(fixture->follow, 0), 0);
	deliver(fixture, "articles/2026-11-22", 7);
	assert_int_equal(np_spool_follow_wait(fixture->follow, 60000), 1);
	assert_next(fixture, 7);
	assert_next(fixture, 0);
	assert_true(np_spool_follow_fd(fixture->follow) >= 0);
}

static void
test_days_change(void **state)
{
	struct fixture *fixture = *state;

	follow(fixture, NULL, 0);
	assert_next(fixture, 0);
	deliver(fixture, "articles/2026-11-21", 1);
	assert_next(fixture, 1);
	deliver(fixture, "articles/2026-11-21", 2);
	deliver(fixture, "articles/2026-11-22", 3);
	deliver(fixture, "articles/2026-11-23", 4);
	assert_next(fixture, 2);
	assert_next(fixture, 3);
	deliver(fixture, "articles/2026-11-23", 5);
	deliver(fixture, "articles/2026-11-24", 6);
	assert_next(fixture, 4);
	assert_next(fixture, 5);
	assert_next(fixture, 6);
	assert_next(fixture, 0);
	deliver(fixture, "articles/2026-11-24", 7);
	assert_next(fixture, 7);
	assert_next(fixture, 0);
}

static void
test_a_tag_may_come_later(void **state)
{
	struct fixture *fixture = *state;

	follow(fixture, "stock-news", 0);
	assert_next(fixture, 0);
	assert_int_equal(mkdirat(fixture->scratch.dir, "tags", 0750), 0);
	assert_next(fixture, 0);
	deliver(fixture, "tags/other/2026-11-22", 1);
	assert_next(fixture, 0);
	deliver(fixture, "tags/stock-news/2026-11-22", 2);
	assert_next(fixture, 2);
	deliver(fixture, "tags/stock-news/2026-11-22", 3);
	deliver(fixture, "tags/stock-news/2026-11-23", 4);
	assert_next(fixture, 3);
	assert_next(fixture, 4);
	assert_next(fixture, 0);
}

static void
test_folders_may_go_and_come_again(void **state)
{
	struct fixture *fixture = *state;
	char path[256];

	follow(fixture, "stock-news", 0);
	deliver(fixture, "tags/stock-news/2026-11-22", 2);
	assert_next(fixture, 2);
	snprintf(path, sizeof(path), "%s/tags", fixture->scratch.path);
	assert_int_equal(scratch_remove_tree(path), 0);
	assert_next(fixture, 0);
	deliver(fixture, "tags/stock-news/2026-11-23", 5);
	assert_next(fixture, 5);
	assert_next(fixture, 0);
	/* what retention does to an old day does not disturb */
	deliver(fixture, "tags/stock-news/2026-11-24", 6);
	snprintf(path, sizeof(path), "%s/tags/stock-news/2026-11-23", fixture->scratch.path);
	assert_int_equal(scratch_remove_tree(path), 0);
	assert_next(fixture, 6);
	assert_next(fixture, 0);
}

/* As an operator does, and then the daemon; the old one is still open here, as it is there. */
static void
make_again(struct fixture *fixture)
{
	struct scratch *scratch = &fixture->scratch;

	scratch_make_again(scratch);
	assert_int_equal(mkdirat(scratch->dir, "articles", 0750), 0);
	assert_int_equal(mkdirat(scratch->dir, "tmp", 0750), 0);
}

static void
await_next(struct fixture *fixture, uint64_t seq)
{
	const struct np_spool_entry *entry = NULL;
	int ret = 0;

	for (int waits = 0; waits < 60 && ret == 0; waits++) {
		ret = np_spool_follow_next(fixture->follow, &entry);
		if (ret == 0)
			assert_true(np_spool_follow_wait(fixture->follow, 60000) >= 0);
	}
	assert_int_equal(ret, 1);
	assert_int_equal(entry->seq, seq);
}

static void
test_a_spool_may_be_removed_or_replaced(void **state)
{
	static const char *const folders[] = { "articles/2026-11-22", "tags/a/2026-11-22" };
	struct fixture *fixture = *state;
	char aside[80];

	snprintf(aside, sizeof(aside), "%s.old", fixture->scratch.path);
	for (size_t i = 0; i < 2; i++) {
		follow(fixture, i == 0 ? NULL : "a", 0);
		deliver(fixture, folders[i], 1);
		await_next(fixture, 1);
		assert_next(fixture, 0);
		assert_int_equal(scratch_remove_tree(fixture->scratch.path), 0);
		assert_next(fixture, 0);
		assert_true(np_spool_follow_fd(fixture->follow) == -1);
		make_again(fixture);
		deliver(fixture, folders[i], 2);
		await_next(fixture, 2);
		assert_true(np_spool_follow_fd(fixture->follow) >= 0);
		assert_next(fixture, 0);
		assert_int_equal(rename(fixture->scratch.path, aside), 0);
		make_again(fixture);
		deliver(fixture, folders[i], 3);
		await_next(fixture, 3);
		assert_next(fixture, 0);
		assert_int_equal(scratch_remove_tree(aside), 0);
		np_spool_follow_free(fixture->follow);
		fixture->follow = NULL;
	}
}

static void
test_foreign_files_are_passed_over(void **state)
{
	struct fixture *fixture = *state;

	deliver(fixture, "articles/2026-11-22", 1);
	follow(fixture, NULL, 0);
	assert_next(fixture, 1);
	assert_next(fixture, 0);
	scratch_file(&fixture->scratch, "articles/2026-11-22/README", "");
	assert_int_equal(mkdirat(fixture->scratch.dir, "articles/.2026-11-21", 0750), 0);
	assert_int_equal(mkdirat(fixture->scratch.dir, "articles/2026-11-22/x", 0750), 0);
	assert_next(fixture, 0);
	deliver(fixture, "articles/2026-11-22", 2);
	assert_next(fixture, 2);
	assert_next(fixture, 0);
}

static uint64_t
queue_limit(void)
{
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	unsigned long limit = 0;

	if (!file || fscanf(file, "%lu", &limit) != 1)
		limit = UINT32_MAX;
	if (file)
		fclose(file);
	return limit;
}

static void
test_more_changes_than_the_kernel_keeps(void **state)
{
	struct fixture *fixture = *state;
	uint64_t n = queue_limit() + 100;
	int dir = fixture->scratch.dir;

	if (n > 200000)
		skip();
	deliver(fixture, "articles/2026-11-22", 1);
	follow(fixture, NULL, 0);
	assert_next(fixture, 1);
	assert_next(fixture, 0);
	scratch_file(&fixture->scratch, "tmp/more", "{\"_newspool\":{\"schema\":1}}\n");
	for (uint64_t seq = 2; seq <= n; seq++) {
		char name[SPOOL_NAME_SIZE], path[512];

		spool_name_join(seq, seq, name);
		snprintf(path, sizeof(path), "articles/2026-11-%s/%s", seq < n ? "22" : "23", name);
		if (seq == n)
			assert_int_equal(mkdirat(dir, "articles/2026-11-23", 0750), 0);
		assert_int_equal(linkat(dir, "tmp/more", dir, "tmp/link", 0), 0);
		assert_int_equal(renameat(dir, "tmp/link", dir, path), 0);
	}
	for (uint64_t seq = 2; seq <= n; seq++)
		assert_next(fixture, seq);
	assert_next(fixture, 0);
	deliver(fixture, "articles/2026-11-23", n + 1);
	assert_next(fixture, n + 1);
	assert_next(fixture, 0);
}

static void
test_follows_without_inotify(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	follow(fixture, "stock-news", 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(np_spool_follow_fd(fixture->follow), -1);
	assert_next(fixture, 0);
	assert_int_equal(np_spool_follow_wait(fixture->follow, 10), 0);
	deliver(fixture, "tags/stock-news/2026-11-22", 2);
	assert_int_equal(np_spool_follow_wait(fixture->follow, 60000), 1);
	assert_next(fixture, 2);
	assert_next(fixture, 0);
	deliver(fixture, "tags/stock-news/2026-11-22", 3);
	deliver(fixture, "tags/stock-news/2026-11-23", 4);
	assert_next(fixture, 3);
	assert_next(fixture, 4);
	assert_next(fixture, 0);
}

static void
test_what_cannot_be_followed_is_refused(void **state)
{
	static const struct np_spool_query wrong[] = {
		{ .tag = "../articles" },
		{ .newest_first = true },
		{ .until = 1 },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(
			np_spool_follow_new(fixture->spool, &wrong[i], &fixture->follow), -EINVAL);
	assert_null(fixture->follow);
}

/*
 * A writer that is killed. It delivers as the keeper does, with the keeper's own delivery; in place
 * of the store stands a file with the last sequence that was committed. Even ones have a tag.
 */

#define DAY_LENGTH 40
#define KILLS 40
#define EACH 12 /* articles between two kills */

static void
target_paths(uint64_t seq, const char *name, char ret_paths[2][SPOOL_PATH_SIZE])
{
	char day[SPOOL_DAY_SIZE];

	snprintf(day, sizeof(day), "2026-%02u-%02u", (unsigned int)(seq / DAY_LENGTH / 28 % 12) + 1,
		(unsigned int)(seq / DAY_LENGTH % 28) + 1);
	snprintf(ret_paths[0], SPOOL_PATH_SIZE, "articles/%s/%s", day, name);
	snprintf(ret_paths[1], SPOOL_PATH_SIZE, "tags/even/%s/%s", day, name);
}

static bool
stage(struct delivery *delivery, uint64_t seq, bool recover)
{
	static const char line[] = "{\"_newspool\":{\"schema\":1}}\n";
	char name[SPOOL_NAME_SIZE], paths[2][SPOOL_PATH_SIZE];
	struct delivery_target targets[2] = { { .path = paths[0] },
		{ .path = paths[1], .index = 1 } };
	size_t n = seq % 2 ? 1 : 2;
	int error = 0;

	spool_name_join(seq, seq, name);
	target_paths(seq, name, paths);
	if (!recover)
		return delivery_stage(delivery, name, line, strlen(line), targets, n) == 0;
	for (size_t i = 0; i < n && error == 0; i++)
		error = delivery_recover(delivery, name, &targets[i]);
	return error == 0;
}

static void
keep_delivering(const char *directory, int journal)
{
	struct delivery *delivery;
	struct config_error err;
	uint64_t committed = 0, seq;
	bool good;

	if (pread(journal, &committed, sizeof(committed), 0) < 0 ||
		delivery_open(directory, CONFIG_SYNC_NONE, NULL, &delivery, &err) < 0)
		_exit(1);
	/* the last batch may have been on its way */
	good = true;
	for (seq = committed > 7 ? committed - 6 : 1; seq <= committed; seq++)
		good = good && stage(delivery, seq, true);
	good = good && delivery_recover_end(delivery) == 0;
	for (seq = committed + 1; good;) {
		for (uint64_t end = seq + 1 + seq % 7; seq < end && good; seq++)
			good = stage(delivery, seq, false);
		committed = seq - 1;
		good = good && delivery_flush(delivery) == 0 &&
		       pwrite(journal, &committed, sizeof(committed), 0) > 0 &&
		       delivery_publish(delivery) == 0;
	}
	_exit(1);
}

static uint64_t
take(struct np_spool_follow *follow, uint64_t last, uint64_t step, uint64_t until)
{
	const struct np_spool_entry *entry;

	while (last < until) {
		int ret = np_spool_follow_next(follow, &entry);

		assert_true(ret >= 0);
		if (ret == 0) {
			assert_int_equal(np_spool_follow_wait(follow, 60000), 1);
			continue;
		}
		if (entry->seq != last + step)
			fail_msg("%" PRIu64 " after %" PRIu64, entry->seq, last);
		last = entry->seq;
	}
	return last;
}

static void
test_nothing_below_what_was_seen_comes_later_whenever_the_writer_is_killed(void **state)
{
	struct fixture *fixture = *state;
	struct np_spool_query query = { .tag = "even" };
	uint64_t all = 0, even = 0;
	struct np_spool_follow *tag;
	int journal;

	scratch_file(&fixture->scratch, "journal", "");
	journal = openat(fixture->scratch.dir, "journal", O_RDWR | O_CLOEXEC);
	assert_int_equal(fchmod(fixture->scratch.dir, 0750), 0);
	follow(fixture, NULL, 0);
	assert_int_equal(np_spool_follow_new(fixture->spool, &query, &tag), 0);
	for (unsigned int i = 0; i < KILLS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			keep_delivering(fixture->scratch.path, journal);
		assert_true(pid > 0);
		all = take(fixture->follow, all, 1, all + EACH + i % 5);
		kill(pid, SIGKILL);
		even = take(tag, even, 2, (all - 1) / 2 * 2); /* those before the last */
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	np_spool_follow_free(tag);
	close(journal);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_gives_what_is_there_and_then_what_comes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_days_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_tag_may_come_later, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_folders_may_go_and_come_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_spool_may_be_removed_or_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_foreign_files_are_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_more_changes_than_the_kernel_keeps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_follows_without_inotify, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_cannot_be_followed_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_nothing_below_what_was_seen_comes_later_whenever_the_writer_is_killed,
			setup, teardown),
	};

	alarm(240);
	return cmocka_run_group_tests_name("follow", tests, NULL, NULL);
}
