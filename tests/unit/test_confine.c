/*
 * The keeper's confinement from inside: each act is tried by a process that has entered it. Its folders
 * stay as they were; elsewhere nothing can be written, by what it executes neither.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/keep/confine.h"
#include "daemon/wire/landlock.h"
#include "tests/unit/scratch.h"

#define SECONDS 20

/* A build with sanitizers leaves cores alone: see confine.c. */
#ifdef WITH_SANITIZERS
#define SILENT false
#else
#define SILENT true
#endif

#define PATH 256

/* own/ is where spool, database and socket stand; other/ is not. The test runs in the folder of both. */
struct places {
	struct scratch scratch;
	char spool[PATH], database[PATH], control[PATH];
	struct config config;
};

static void
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static int
set_up(void **state)
{
	struct places *places = calloc(1, sizeof(*places));
	static const char *const folders[] = { "own", "own/spool", "own/spool/tmp", "own/run",
		"other", "other/sub" };

	assert_non_null(places);
	scratch_make(&places->scratch);
	assert_int_equal(chdir(places->scratch.path), 0);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_int_equal(mkdir(folders[i], 0700), 0);
	make_file("own/spool/tmp/file");
	make_file("other/file");
	snprintf(places->spool, sizeof(places->spool), "%s/own/spool", places->scratch.path);
	snprintf(places->database, sizeof(places->database), "%s/own/state.db",
		places->scratch.path);
	snprintf(places->control, sizeof(places->control), "%s/own/run/socket",
		places->scratch.path);
	places->config = (struct config){ .spool_directory = places->spool,
		.database = places->database,
		.control = places->control,
		.sandbox = CONFIG_SANDBOX_REQUIRED };
	*state = places;
	return 0;
}

static int
tear_down(void **state)
{
	struct places *places = *state;

	assert_int_equal(chdir("/"), 0);
	scratch_remove(&places->scratch);
	free(places);
	return 0;
}

/* Runs the act, confined. Returns 0 where it could be done, else its errno. */
static int
try(const struct places *places, int (*act)(void))
{
	struct config_error err;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(SECONDS);
		if (confine_files(&places->config, &err) != 0)
			_exit(255);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
errno_of(long result)
{
	return result < 0 ? errno : 0;
}

static int
makes_in_the_spool(void)
{
	return errno_of(open("own/spool/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int
moves_within_its_folders(void)
{
	return errno_of(rename("own/spool/tmp/file", "own/spool/file"));
}

static int
links_within_its_folders(void)
{
	return errno_of(link("own/spool/tmp/file", "own/run/file"));
}

/* As a person does who has removed it, whose folder is taken up again. */
static int
makes_the_spool_again(void)
{
	if (rename("own/spool", "own/away") < 0 || mkdir("own/spool", 0700) < 0)
		return errno;
	return makes_in_the_spool();
}

static int
removes_in_the_spool(void)
{
	return errno_of(unlink("own/spool/tmp/file"));
}

static int
reads_elsewhere(void)
{
	return errno_of(open("other/file", O_RDONLY | O_CLOEXEC));
}

static void
its_folders_are_as_they_were(void **state)
{
	const struct places *places = *state;

	assert_int_equal(try(places, makes_in_the_spool), 0);
	assert_int_equal(try(places, links_within_its_folders), 0);
	assert_int_equal(try(places, reads_elsewhere), 0);
	assert_int_equal(try(places, moves_within_its_folders), 0);
	assert_int_equal(rename("own/spool/file", "own/spool/tmp/file"), 0);
	assert_int_equal(try(places, removes_in_the_spool), 0);
	assert_int_equal(try(places, makes_the_spool_again), 0);
}

static int
makes_elsewhere(void)
{
	return errno_of(open("other/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int
writes_elsewhere(void)
{
	return errno_of(open("other/file", O_WRONLY | O_CLOEXEC));
}

static int
makes_a_folder_elsewhere(void)
{
	return errno_of(mkdir("other/new", 0700));
}

static int
removes_elsewhere(void)
{
	return errno_of(unlink("other/file"));
}

static int
removes_a_folder_elsewhere(void)
{
	return errno_of(rmdir("other/sub"));
}

static int
moves_out(void)
{
	return errno_of(rename("own/spool/tmp/file", "other/moved"));
}

static int
links_in(void)
{
	return errno_of(link("other/file", "own/spool/linked"));
}

static int
makes_a_link(void)
{
	return errno_of(symlink("/etc", "own/spool/etc"));
}

static int
writes_by_another_program(void)
{
	char name[] = "sh", option[] = "-c", command[] = ": >other/new 2>/dev/null || exit 13";
	char *const argv[] = { name, option, command, NULL };

	return errno_of(execv("/bin/sh", argv));
}

static void
elsewhere_nothing_is_written(void **state)
{
	static int (*const acts[])(void) = { makes_elsewhere, writes_elsewhere,
		makes_a_folder_elsewhere, removes_elsewhere, removes_a_folder_elsewhere,
		makes_a_link };
	const struct places *places = *state;
	int moved = try(places, moves_out), linked = try(places, links_in);

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		assert_int_equal(try(places, acts[i]), EACCES);
	assert_true(moved == EACCES || moved == EXDEV);
	assert_true(linked == EACCES || linked == EXDEV);
	assert_int_not_equal(try(places, writes_by_another_program), 0);
	assert_int_equal(access("other/new", F_OK), -1);
	assert_int_equal(access("other/file", F_OK), 0);
	assert_int_equal(access("own/spool/tmp/file", F_OK), 0);
}

static void
without_a_sandbox_nothing_is_given_up(void **state)
{
	struct places *places = *state;

	places->config.sandbox = CONFIG_SANDBOX_NO;
	assert_int_equal(try(places, makes_elsewhere), 0);
}

static int
cannot_be_dumped(void)
{
	confine_memory();
	return prctl(PR_GET_DUMPABLE);
}

static void
no_core_is_dumped(void **state)
{
	if (!SILENT)
		return;
	assert_int_equal(try(*state, cannot_be_dumped), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_folders_are_as_they_were),
		TEST(elsewhere_nothing_is_written),
		TEST(without_a_sandbox_nothing_is_given_up),
		TEST(no_core_is_dumped),
	};

	if (landlock_version() < 2) {
		puts("1..0 # SKIP this kernel has no Landlock that lets files move");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
