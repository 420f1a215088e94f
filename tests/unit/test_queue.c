/* lib/spool/queue: claims, by one consumer and by several, some of whom die. */
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <newspool/spool.h>

#include "lib/spool/layout.h"
#include "tests/unit/scratch.h"

#define NEW "queues/indexer/new/"
#define CUR "queues/indexer/cur/"

struct fixture {
	struct scratch scratch;
	struct np_spool *spool;
	struct np_queue *queue;
};

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	scratch_make(&fixture->scratch);
	scratch_file(&fixture->scratch, "articles/README", "");
	scratch_file(&fixture->scratch, NEW "README", "not an article");
	scratch_file(&fixture->scratch, CUR "0000000000000099-0000000000000063.json:2,S", "mail");
	assert_int_equal(np_spool_open(fixture->scratch.path, &fixture->spool), 0);
	assert_int_equal(np_queue_open(fixture->spool, "indexer", "me", &fixture->queue), 0);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	np_queue_close(fixture->queue);
	np_spool_close(fixture->spool);
	scratch_remove(&fixture->scratch);
	free(fixture);
	return 0;
}

static void
deliver(struct fixture *fixture, uint64_t seq)
{
	char name[SPOOL_NAME_SIZE], path[256];

	spool_name_join(seq, seq, name);
	snprintf(path, sizeof(path), NEW "%s", name);
	scratch_file(&fixture->scratch, "tmp/x", "{\"_newspool\":{\"schema\":1}}\n");
	assert_int_equal(renameat(fixture->scratch.dir, "tmp/x", fixture->scratch.dir, path), 0);
}

/* Claims one and gives its path; the sequence must be this one. */
static const char *
claim(struct fixture *fixture, uint64_t seq)
{
	const struct np_spool_entry *entry = NULL;
	struct np_record *record;

	assert_int_equal(np_queue_claim(fixture->queue, &entry), 1);
	assert_int_equal(entry->seq, seq);
	assert_null(entry->day);
	assert_int_equal(np_spool_record(fixture->spool, entry->path, &record), 0);
	np_record_free(record);
	return entry->path;
}

static void
assert_empty(struct fixture *fixture)
{
	const struct np_spool_entry *entry;

	assert_int_equal(np_queue_claim(fixture->queue, &entry), 0);
}

static void
test_articles_are_claimed_in_order_and_finished(void **state)
{
	struct fixture *fixture = *state;
	char first[NP_SPOOL_PATH_SIZE], second[NP_SPOOL_PATH_SIZE];
	int64_t when;
	char name[SPOOL_NAME_SIZE];

	assert_empty(fixture);
	deliver(fixture, 2);
	deliver(fixture, 10);
	snprintf(first, sizeof(first), "%s", claim(fixture, 2));
	deliver(fixture, 11);
	snprintf(second, sizeof(second), "%s", claim(fixture, 10));
	assert_int_equal(strncmp(first, CUR, strlen(CUR)), 0);
	assert_int_equal(spool_claim_split(first + strlen(CUR), name, &when), 0);
	assert_in_range(when, time(NULL) - 100, time(NULL));
	assert_string_equal(first + strlen(first) - 3, ",me");
	assert_int_equal(np_queue_finish(fixture->queue, first), 0);
	assert_int_equal(np_queue_finish(fixture->queue, first), -ENOENT);
	assert_int_equal(np_queue_release(fixture->queue, second), 0);
	assert_int_equal(np_queue_finish(fixture->queue, claim(fixture, 10)), 0);
	assert_int_equal(np_queue_finish(fixture->queue, claim(fixture, 11)), 0);
	assert_empty(fixture);
	assert_int_equal(scratch_count(&fixture->scratch, NEW), 1);
	assert_int_equal(scratch_count(&fixture->scratch, CUR), 1);
}

static void
test_messages_are_claimed_as_records_are(void **state)
{
	struct fixture *fixture = *state;
	const struct np_spool_entry *entry = NULL;
	char path[NP_SPOOL_PATH_SIZE];
	unsigned int n = 0;

	deliver(fixture, 3);
	scratch_file(&fixture->scratch, NEW "0000000000000002-0000000000000002.eml", "mail");
	scratch_file(&fixture->scratch, NEW "0000000000000003-0000000000000003.eml", "mail");
	assert_int_equal(np_queue_claim(fixture->queue, &entry), 1);
	assert_int_equal(entry->seq, 2);
	assert_string_equal(entry->name, "0000000000000002-0000000000000002.eml");
	snprintf(path, sizeof(path), "%s", entry->path);
	assert_int_equal(np_queue_release(fixture->queue, path), 0);
	assert_int_equal(np_queue_claim(fixture->queue, &entry), 1);
	assert_string_equal(entry->name, "0000000000000003-0000000000000003.json");
	assert_int_equal(np_queue_claim(fixture->queue, &entry), 1);
	assert_string_equal(entry->name, "0000000000000003-0000000000000003.eml");
	assert_int_equal(np_queue_reap(fixture->queue, INT64_MAX, &n), 0);
	assert_int_equal(n, 2);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(np_queue_claim(fixture->queue, &entry), 1);
		assert_int_equal(np_queue_finish(fixture->queue, entry->path), 0);
	}
	assert_empty(fixture);
	assert_int_equal(scratch_count(&fixture->scratch, CUR), 1);
}

static void
test_what_is_wrong_is_refused(void **state)
{
	static const char *const paths[] = { "", "x", NEW "0000000000000001-0000000000000001.json",
		CUR, CUR "0000000000000099-0000000000000063.json:2,S",
		"queues/other/cur/0000000000000001-0000000000000001.json",
		CUR "../new/0000000000000001-0000000000000001.json" };
	static const char *const ids[] = { "", "a b", "a/b", "a,b",
		"123456789012345678901234567890123", "é" };
	struct fixture *fixture = *state;
	struct np_queue *queue = NULL;
	char renewed[NP_SPOOL_PATH_SIZE];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(np_queue_finish(fixture->queue, paths[i]), -EINVAL);
		assert_int_equal(np_queue_release(fixture->queue, paths[i]), -EINVAL);
		assert_int_equal(np_queue_renew(fixture->queue, paths[i], renewed), -EINVAL);
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_int_equal(np_queue_open(fixture->spool, "indexer", ids[i], &queue), -EINVAL);
	assert_int_equal(np_queue_open(fixture->spool, "../x", NULL, &queue), -EINVAL);
	assert_int_equal(np_queue_open(fixture->spool, "none", NULL, &queue), -ENOENT);
	assert_null(queue);
}

static void
test_a_claim_without_a_name_of_its_own_names_the_process(void **state)
{
	struct fixture *fixture = *state;
	const struct np_spool_entry *entry;
	struct np_queue *queue;
	char end[32];

	deliver(fixture, 1);
	assert_int_equal(np_queue_open(fixture->spool, "indexer", NULL, &queue), 0);
	assert_int_equal(np_queue_claim(queue, &entry), 1);
	snprintf(end, sizeof(end), ".%ld", (long)getpid());
	assert_string_equal(strrchr(entry->path, '.'), end);
	np_queue_close(queue);
}

static void
test_old_claims_are_reaped(void **state)
{
	struct fixture *fixture = *state;
	struct scratch *scratch = &fixture->scratch;
	unsigned int n = 9;
	int64_t now = time(NULL);

	deliver(fixture, 4);
	claim(fixture, 4);
	scratch_file(scratch, CUR "0000000000000003-0000000000000003.json,1000,dead",
		"{\"_newspool\":{\"schema\":1}}\n");
	scratch_file(scratch, CUR "0000000000000005-0000000000000005.json",
		"{\"_newspool\":{\"schema\":1}}\n");
	assert_int_equal(np_queue_reap(fixture->queue, now - 3600, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(np_queue_finish(fixture->queue, claim(fixture, 3)), 0);
	assert_empty(fixture);
	/* the shell's plain name counts from its renaming, ours from our claim */
	assert_int_equal(np_queue_reap(fixture->queue, now + 3600, &n), 0);
	assert_int_equal(n, 2);
	claim(fixture, 4);
	claim(fixture, 5);
	assert_int_equal(scratch_count(scratch, CUR), 3);
	assert_int_equal(np_queue_reap(fixture->queue, now - 3600, NULL), 0);
	assert_empty(fixture);
}

static void
test_who_renews_keeps_his_claim(void **state)
{
	struct fixture *fixture = *state;
	const char *old = CUR "0000000000000003-0000000000000003.json,1000,me";
	char path[NP_SPOOL_PATH_SIZE], again[NP_SPOOL_PATH_SIZE];
	unsigned int n = 9;

	scratch_file(&fixture->scratch, old, "{\"_newspool\":{\"schema\":1}}\n");
	assert_int_equal(np_queue_renew(fixture->queue, old, path), 0);
	assert_int_equal(np_queue_reap(fixture->queue, time(NULL) - 3600, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(np_queue_renew(fixture->queue, path, again), 0);
	assert_int_equal(np_queue_renew(fixture->queue, old, path), -ENOENT);
	assert_int_equal(np_queue_finish(fixture->queue, again), 0);
	assert_int_equal(np_queue_renew(fixture->queue, again, path), -ENOENT);
}

static void
test_an_article_that_a_power_cut_repeats_is_there_once_after_reaping(void **state)
{
	struct fixture *fixture = *state;
	char path[NP_SPOOL_PATH_SIZE];

	deliver(fixture, 4);
	snprintf(path, sizeof(path), "%s", claim(fixture, 4));
	assert_int_equal(linkat(fixture->scratch.dir, path, fixture->scratch.dir,
				 NEW "0000000000000004-0000000000000004.json", 0),
		0);
	assert_int_equal(np_queue_release(fixture->queue, path), 0);
	assert_int_equal(np_queue_finish(fixture->queue, claim(fixture, 4)), 0);
	assert_empty(fixture);
}

static void
test_waiting_ends_when_something_comes(void **state)
{
	struct fixture *fixture = *state;
	int status;
	pid_t pid;

	assert_empty(fixture);
	assert_int_equal(np_queue_wait(fixture->queue, 0), 0);
	pid = fork();
	if (pid == 0) {
		deliver(fixture, 1);
		_exit(0);
	}
	assert_int_equal(np_queue_wait(fixture->queue, 60000), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	claim(fixture, 1);
	assert_empty(fixture);
	assert_int_equal(np_queue_wait(fixture->queue, 0), 0);
	assert_true(np_queue_fd(fixture->queue) >= 0);
}

/* As an operator does, and then the daemon. */
static void
make_again(struct fixture *fixture)
{
	struct scratch *scratch = &fixture->scratch;

	scratch_make_again(scratch);
	scratch_file(scratch, "articles/README", "");
	scratch_file(scratch, NEW "README", "");
	scratch_file(scratch, CUR "README", "");
}

static void
await(struct fixture *fixture, uint64_t seq)
{
	const struct np_spool_entry *entry = NULL;
	int ret = 0;

	for (int waits = 0; waits < 60 && ret == 0; waits++) {
		ret = np_queue_claim(fixture->queue, &entry);
		if (ret == 0)
			assert_true(np_queue_wait(fixture->queue, 60000) >= 0);
	}
	assert_int_equal(ret, 1);
	assert_int_equal(entry->seq, seq);
	assert_int_equal(np_queue_finish(fixture->queue, entry->path), 0);
}

static void
test_a_queue_may_be_removed_or_its_spool_replaced(void **state)
{
	struct fixture *fixture = *state;
	char aside[80], path[80];

	snprintf(path, sizeof(path), "%s/queues", fixture->scratch.path);
	assert_empty(fixture);
	assert_int_equal(scratch_remove_tree(path), 0);
	assert_int_equal(np_queue_wait(fixture->queue, 60000), 1); /* it is told */
	assert_empty(fixture);
	assert_int_equal(np_queue_fd(fixture->queue), -1);
	scratch_file(&fixture->scratch, NEW "README", "");
	scratch_file(&fixture->scratch, CUR "README", "");
	deliver(fixture, 1);
	await(fixture, 1);
	assert_true(np_queue_fd(fixture->queue) >= 0);
	assert_int_equal(scratch_remove_tree(fixture->scratch.path), 0);
	assert_empty(fixture);
	make_again(fixture);
	deliver(fixture, 2);
	await(fixture, 2);
	snprintf(aside, sizeof(aside), "%s.old", fixture->scratch.path);
	assert_int_equal(rename(fixture->scratch.path, aside), 0);
	make_again(fixture);
	deliver(fixture, 3);
	await(fixture, 3);
	assert_int_equal(scratch_remove_tree(aside), 0);
}

#define STREAM 600
#define WORKERS 4

/* Claims until the last has been seen and nothing is left, writing each that it has done. */
static void
work(struct fixture *fixture, int out, unsigned int die_after)
{
	const struct np_spool_entry *entry;
	struct np_queue *queue;

	if (np_queue_open(fixture->spool, "indexer", NULL, &queue) < 0)
		_exit(1);
	for (unsigned int n = 0;;) {
		int ret = np_queue_claim(queue, &entry);

		if (ret == 1 && ++n == die_after)
			raise(SIGKILL);
		if (ret == 0)
			ret = np_queue_wait(queue, 60000);
		else if (ret == 1 && (write(out, &entry->seq, sizeof(entry->seq)) < 0 ||
					     np_queue_finish(queue, entry->path) < 0))
			_exit(1);
		if (ret < 0)
			_exit(1);
	}
}

static void
test_of_several_consumers_each_article_goes_to_one(void **state)
{
	struct fixture *fixture = *state;
	unsigned char seen[STREAM + 1] = { 0 };
	unsigned int n_seen = 0, n = 0;
	pid_t pids[WORKERS];
	int pipes[2], status;
	uint64_t seq;

	assert_int_equal(pipe(pipes), 0);
	for (unsigned int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			work(fixture, pipes[1], i == 0 ? 20 : 0);
		assert_true(pids[i] > 0);
	}
	for (seq = 1; seq <= STREAM; seq++)
		deliver(fixture, seq);
	/* all but the one that the dead one had in its hands */
	for (; n_seen < STREAM; n_seen++) {
		if (n_seen == STREAM - 1) {
			assert_int_equal(waitpid(pids[0], &status, 0), pids[0]);
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
			assert_int_equal(np_queue_reap(fixture->queue, time(NULL) + 3600, &n), 0);
			assert_int_equal(n, 1);
		}
		assert_int_equal(read(pipes[0], &seq, sizeof(seq)), sizeof(seq));
		assert_in_range(seq, 1, STREAM);
		assert_int_equal(seen[seq]++, 0);
	}
	for (unsigned int i = 1; i < WORKERS; i++) {
		kill(pids[i], SIGKILL);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	close(pipes[0]);
	close(pipes[1]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_articles_are_claimed_in_order_and_finished, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_messages_are_claimed_as_records_are, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_wrong_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_claim_without_a_name_of_its_own_names_the_process, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_claims_are_reaped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_who_renews_keeps_his_claim, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_an_article_that_a_power_cut_repeats_is_there_once_after_reaping, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_waiting_ends_when_something_comes, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_queue_may_be_removed_or_its_spool_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_of_several_consumers_each_article_goes_to_one, setup, teardown),
	};

	alarm(120);
	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
