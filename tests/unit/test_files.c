/* daemon/keep/files: what each call promises beyond the system call behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keep/files.h"
#include "tests/unit/scratch.h"

static const struct file_ops *const ops = &file_ops_posix;

static int
setup(void **state)
{
	struct scratch *scratch = malloc(sizeof(*scratch));

	assert_non_null(scratch);
	scratch_make(scratch);
	*state = scratch;
	return 0;
}

static int
teardown(void **state)
{
	scratch_remove(*state);
	free(*state);
	return 0;
}

static void
test_a_new_file_is_written_whole_with_its_mode(void **state)
{
	struct scratch *scratch = *state;
	size_t size = 3 * 1024 * 1024;
	char *data = malloc(size);
	struct stat st;

	assert_non_null(data);
	memset(data, 'x', size);
	umask(0777);
	assert_int_equal(ops->write_new(NULL, scratch->dir, "a", 0440, data, size), 0);
	umask(022);
	assert_int_equal(fstatat(scratch->dir, "a", &st, 0), 0);
	assert_int_equal(st.st_size, size);
	assert_int_equal(st.st_mode & 07777, 0440);
	assert_int_equal(ops->sync_file(NULL, scratch->dir, "a"), 0);
	assert_int_equal(ops->write_new(NULL, scratch->dir, "a", 0440, "y", 1), -EEXIST);
	assert_int_equal(fstatat(scratch->dir, "a", &st, 0), 0);
	assert_int_equal(st.st_size, size);
	free(data);
}

/* A limit on the size of files makes write() come back short, then fail. */
static void
test_a_file_that_cannot_be_written_whole_is_not_left(void **state)
{
	struct scratch *scratch = *state;
	struct rlimit before, limit;
	char data[5000] = "";
	int error;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 1000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	error = ops->write_new(NULL, scratch->dir, "a", 0440, data, sizeof(data));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(error, -EFBIG);
	assert_int_equal(scratch_count(scratch, "."), 0);
}

static void
test_symbolic_links_are_not_followed(void **state)
{
	struct scratch *scratch = *state;

	scratch_file(scratch, "real/file", "x");
	assert_int_equal(symlinkat("real", scratch->dir, "folder"), 0);
	assert_int_equal(symlinkat("nowhere", scratch->dir, "new"), 0);
	assert_int_equal(symlinkat("real/file", scratch->dir, "file"), 0);
	assert_int_equal(ops->write_new(NULL, scratch->dir, "new", 0440, "x", 1), -EEXIST);
	assert_int_equal(ops->sync_file(NULL, scratch->dir, "file"), -ELOOP);
	assert_int_equal(ops->sync_dir(NULL, scratch->dir, "folder"), -ENOTDIR);
	assert_int_equal(ops->same(NULL, scratch->dir, "file", "real/file"), 0);
}

static void
test_rename_never_replaces(void **state)
{
	struct scratch *scratch = *state;

	scratch_file(scratch, "one", "1");
	scratch_file(scratch, "other", "2");
	assert_int_equal(ops->link(NULL, scratch->dir, "one", "link"), 0);
	assert_int_equal(ops->rename(NULL, scratch->dir, "one", "other"), -EEXIST);
	assert_int_equal(ops->rename(NULL, scratch->dir, "one", "link"), -EEXIST);
	assert_int_equal(ops->same(NULL, scratch->dir, "one", "link"), 1);
	assert_int_equal(ops->same(NULL, scratch->dir, "one", "other"), 0);
	assert_int_equal(ops->same(NULL, scratch->dir, "one", "none"), -ENOENT);
	assert_int_equal(ops->rename(NULL, scratch->dir, "none", "other"), -ENOENT);
	assert_int_equal(ops->rename(NULL, scratch->dir, "one", "no/folder"), -ENOENT);
	assert_int_equal(ops->rename(NULL, scratch->dir, "one", "new"), 0);
	assert_int_equal(ops->unlink(NULL, scratch->dir, "one"), -ENOENT);
	assert_int_equal(ops->unlink(NULL, scratch->dir, "new"), 0);
}

static int
count_until_three(void *arg, const char *name)
{
	unsigned int *n = arg;

	assert_true(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
	return ++*n == 3 ? 77 : 0;
}

static void
test_a_list_ends_when_it_is_told_to(void **state)
{
	struct scratch *scratch = *state;
	unsigned int n = 0;

	scratch_file(scratch, "a/1", "");
	scratch_file(scratch, "a/.2", "");
	assert_int_equal(ops->list(NULL, scratch->dir, "a", count_until_three, &n), 0);
	assert_int_equal(n, 2);
	scratch_file(scratch, "a/3", "");
	scratch_file(scratch, "a/4", "");
	n = 0;
	assert_int_equal(ops->list(NULL, scratch->dir, "a", count_until_three, &n), 77);
	assert_int_equal(n, 3);
	assert_int_equal(ops->list(NULL, scratch->dir, "b", count_until_three, &n), -ENOENT);
}

static void
test_folders_flush_and_room_is_told(void **state)
{
	struct scratch *scratch = *state;
	struct file_room room = { 0, 0, 0, 0 };

	assert_int_equal(ops->mkdir(NULL, scratch->dir, "a", 01770), 0);
	assert_int_equal(ops->mkdir(NULL, scratch->dir, "a", 01770), -EEXIST);
	assert_int_equal(ops->sync_dir(NULL, scratch->dir, "a"), 0);
	assert_int_equal(ops->sync_dir(NULL, scratch->dir, "."), 0);
	assert_int_equal(ops->sync_dir(NULL, scratch->dir, "b"), -ENOENT);
	assert_int_equal(ops->sync_fs(NULL, scratch->dir), 0);
	assert_int_equal(ops->sync_fs(NULL, -1), -EBADF);
	assert_int_equal(ops->room(NULL, scratch->dir, &room), 0);
	assert_true(room.bytes > 0 && room.bytes_free <= room.bytes);
	assert_true(room.inodes_free <= room.inodes);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_a_new_file_is_written_whole_with_its_mode),
		WITH(test_a_file_that_cannot_be_written_whole_is_not_left),
		WITH(test_symbolic_links_are_not_followed),
		WITH(test_rename_never_replaces),
		WITH(test_a_list_ends_when_it_is_told_to),
		WITH(test_folders_flush_and_room_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
