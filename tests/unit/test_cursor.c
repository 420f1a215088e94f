/* lib/spool/cursor: where a consumer stands, on disk, whatever kills it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <newspool/spool.h>

#include "lib/spool/cursor.h"
#include "tests/unit/scratch.h"

struct fixture {
	struct scratch scratch;
	struct np_spool *spool;
};

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	scratch_make(&fixture->scratch);
	assert_int_equal(mkdirat(fixture->scratch.dir, "articles", 0750), 0);
	assert_int_equal(mkdirat(fixture->scratch.dir, "cursors", 0770), 0);
	assert_int_equal(np_spool_open(fixture->scratch.path, &fixture->spool), 0);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	np_spool_close(fixture->spool);
	scratch_remove(&fixture->scratch);
	free(fixture);
	return 0;
}

static void
test_a_cursor_is_a_sequence_or_a_name(void **state)
{
	static const struct {
		const char *text;
		int64_t seq; /* -1: none */
	} cases[] = {
		{ "1\n", 1 },
		{ "1", 1 },
		{ "0\n", 0 },
		{ "0000000000001234\n", 1234 },
		{ "9999999999999999\n", 9999999999999999 },
		{ "0000000000001234-9f2c4e11a0b37d58.json\n", 1234 },
		{ "0000000000001234-9f2c4e11a0b37d58.json", 1234 },
		{ "", -1 },
		{ "\n", -1 },
		{ "12\n\n", -1 },
		{ "12 \n", -1 },
		{ "-1\n", -1 },
		{ "99999999999999999\n", -1 },
		{ "1234-9f2c4e11a0b37d58.json\n", -1 },
		{ "0000000000001234-9f2c4e11a0b37d58.jsonx\n", -1 },
		{ "twelve\n", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t seq = 77;
		int ret = spool_cursor_parse(cases[i].text, strlen(cases[i].text), &seq);

		assert_int_equal(ret, cases[i].seq < 0 ? -EBADMSG : 0);
		assert_int_equal(seq, cases[i].seq < 0 ? 77 : (uint64_t)cases[i].seq);
	}
	assert_int_equal(spool_cursor_parse("1\0\n", 3, &(uint64_t){ 0 }), -EBADMSG);
}

static void
test_what_was_acknowledged_is_read_again(void **state)
{
	struct fixture *fixture = *state;
	struct np_spool *spool = fixture->spool;
	struct stat st;
	uint64_t seq;

	assert_int_equal(np_cursor_read(spool, "mailer", &seq), -ENOENT);
	assert_int_equal(np_cursor_ack(spool, "mailer", 12), 0);
	assert_int_equal(np_cursor_read(spool, "mailer", &seq), 0);
	assert_int_equal(seq, 12);
	assert_int_equal(np_cursor_ack(spool, "mailer", 0), 0);
	assert_int_equal(np_cursor_ack(spool, "почта", UINT64_C(9999999999999999)), 0);
	assert_int_equal(np_cursor_read(spool, "mailer", &seq), 0);
	assert_int_equal(seq, 0);
	assert_int_equal(np_cursor_read(spool, "почта", &seq), 0);
	assert_int_equal(seq, UINT64_C(9999999999999999));
	assert_int_equal(fstatat(fixture->scratch.dir, "cursors/mailer", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(np_cursor_ack(spool, "mailer", UINT64_MAX), -EINVAL);
	assert_int_equal(np_cursor_remove(spool, "mailer"), 0);
	assert_int_equal(np_cursor_remove(spool, "mailer"), -ENOENT);
	assert_int_equal(np_cursor_read(spool, "mailer", &seq), -ENOENT);
}

static void
test_a_name_that_is_no_slug_is_refused(void **state)
{
	static const char *const wrong[] = { "", ".", "..", "../x", "a/b", "Mailer",
		".mailer.new" };
	struct fixture *fixture = *state;
	uint64_t seq;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(np_cursor_read(fixture->spool, wrong[i], &seq), -EINVAL);
		assert_int_equal(np_cursor_ack(fixture->spool, wrong[i], 1), -EINVAL);
		assert_int_equal(np_cursor_remove(fixture->spool, wrong[i]), -EINVAL);
	}
}

static void
test_what_is_no_cursor_is_not_read_and_can_be_replaced(void **state)
{
	struct fixture *fixture = *state;
	uint64_t seq;

	scratch_file(&fixture->scratch, "cursors/broken", "one\n");
	assert_int_equal(np_cursor_read(fixture->spool, "broken", &seq), -EBADMSG);
	assert_int_equal(np_cursor_ack(fixture->spool, "broken", 3), 0);
	assert_int_equal(np_cursor_read(fixture->spool, "broken", &seq), 0);
	assert_int_equal(symlinkat("/etc/passwd", fixture->scratch.dir, "cursors/link"), 0);
	assert_int_equal(np_cursor_read(fixture->spool, "link", &seq), -EBADMSG);
	assert_int_equal(mkfifoat(fixture->scratch.dir, "cursors/fifo", 0640), 0);
	assert_int_equal(np_cursor_read(fixture->spool, "fifo", &seq), -EBADMSG);
	assert_int_equal(mkdirat(fixture->scratch.dir, "cursors/folder", 0750), 0);
	assert_int_equal(np_cursor_read(fixture->spool, "folder", &seq), -EBADMSG);
	assert_true(np_cursor_ack(fixture->spool, "folder", 1) < 0);
	assert_int_equal(scratch_count(&fixture->scratch, "cursors"), 4);
	/* nothing of the failed one is left */
	assert_int_equal(faccessat(fixture->scratch.dir, "cursors/.folder.new", F_OK, 0), -1);
}

/* Acknowledges 1, 2, 3, … and says each that is done. */
static void
acknowledge_for_ever(struct np_spool *spool, int out)
{
	for (uint64_t seq = 1;; seq++)
		if (np_cursor_ack(spool, "mailer", seq) < 0 ||
			write(out, &seq, sizeof(seq)) != sizeof(seq))
			_exit(1);
}

static void
test_a_kill_leaves_the_old_value_or_the_new(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned int round = 1; round <= 20; round++) {
		uint64_t said = 0, more, seq;
		int pipes[2];
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		if (pid == 0)
			acknowledge_for_ever(fixture->spool, pipes[1]);
		assert_true(pid > 0);
		close(pipes[1]);
		while (said < round && read(pipes[0], &said, sizeof(said)) == sizeof(said))
			;
		assert_int_equal(said, round);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		while (read(pipes[0], &more, sizeof(more)) == sizeof(more))
			said = more;
		close(pipes[0]);
		assert_int_equal(np_cursor_read(fixture->spool, "mailer", &seq), 0);
		assert_in_range(seq, said, said + 1);
	}
	assert_int_equal(np_cursor_ack(fixture->spool, "mailer", 7), 0);
	assert_int_equal(faccessat(fixture->scratch.dir, "cursors/.mailer.new", F_OK, 0), -1);
}

static void
test_of_writers_at_once_each_writes_a_whole_value(void **state)
{
	struct fixture *fixture = *state;
	uint64_t seq = 0;
	int status, n = 0;

	assert_int_equal(np_cursor_ack(fixture->spool, "mailer", 1), 0);
	for (uint64_t i = 1; i <= 4; i++)
		if (fork() == 0) {
			for (uint64_t j = 0; j < 50; j++)
				if (np_cursor_ack(fixture->spool, "mailer",
					    i * UINT64_C(1111111111111)) < 0)
					_exit(1);
			_exit(0);
		}
	do {
		assert_int_equal(np_cursor_read(fixture->spool, "mailer", &seq), 0);
		assert_true(seq == 1 || seq % UINT64_C(1111111111111) == 0);
		if (waitpid(-1, &status, WNOHANG) > 0) {
			assert_int_equal(status, 0);
			n++;
		}
	} while (n < 4);
	assert_int_equal(scratch_count(&fixture->scratch, "cursors"), 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_cursor_is_a_sequence_or_a_name),
		cmocka_unit_test_setup_teardown(
			test_what_was_acknowledged_is_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_name_that_is_no_slug_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_is_no_cursor_is_not_read_and_can_be_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_kill_leaves_the_old_value_or_the_new, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_of_writers_at_once_each_writes_a_whole_value, setup, teardown),
	};

	alarm(120);
	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
