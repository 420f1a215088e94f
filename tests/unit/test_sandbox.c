/*
 * The sandbox from inside: each act is tried by a process that has entered it. What a fetcher needs
 * works; what an intruder would want is refused, or ends the process.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <linux/openat2.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/fetch/sandbox.h"

#define SECONDS 20

/* A build with sanitizers has Landlock alone: see sandbox.c. */
#ifdef WITH_SANITIZERS
#define FILTERED false
#else
#define FILTERED true
#endif

/* Returns 0 where the act could be done, else its errno. */
typedef int act(void);

static int
errno_of(long result)
{
	return result < 0 ? errno : 0;
}

/* Runs the act in the sandbox. Returns what it returned, or minus the signal that ended it. */
static int
try(act *one)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(SECONDS);
		if (sandbox_enter(SANDBOX_REQUIRED, 16) < 0)
			_exit(255);
		_exit(one());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int
connects_to_loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != ECONNREFUSED)
		return errno;
	return errno_of(close(fd));
}

static int
resolves_a_name(void)
{
	struct addrinfo *found;
	int r = getaddrinfo("localhost", "80", NULL, &found);

	if (r == 0)
		freeaddrinfo(found);
	return r == 0 ? 0 : 99;
}

static void *
set_to_seven(void *arg)
{
	*(int *)arg = 7;
	return NULL;
}

static int
starts_a_thread(void)
{
	pthread_t thread;
	int value = 0, r = pthread_create(&thread, NULL, set_to_seven, &value);

	if (r == 0)
		r = pthread_join(thread, NULL);
	return r == 0 && value != 7 ? 99 : r;
}

static int
loads_a_character_set(void)
{
	iconv_t set = iconv_open("UTF-8", "EUC-JP");

	return set == (iconv_t)-1 ? errno : errno_of(iconv_close(set));
}

static int
reads_certificates(void)
{
	int fd = open("/etc/ssl/openssl.cnf", O_RDONLY | O_CLOEXEC);

	return fd < 0 && errno != ENOENT ? errno : 0;
}

static int
makes_a_pair(void)
{
	int pair[2];

	return errno_of(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static void
test_what_a_fetcher_needs_works(void **state)
{
	(void)state;
	assert_int_equal(try(connects_to_loopback), 0);
	assert_int_equal(try(resolves_a_name), 0);
	assert_int_equal(try(starts_a_thread), 0);
	assert_int_equal(try(loads_a_character_set), 0);
	assert_int_equal(try(reads_certificates), 0);
	assert_int_equal(try(makes_a_pair), 0);
}

static int
reads_users(void)
{
	return errno_of(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int
lists_the_root(void)
{
	return errno_of(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int
writes_a_file(void)
{
	return errno_of(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static int
makes_a_file(void)
{
	return errno_of(open("/tmp/newspool-made", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

static int
makes_a_nameless_file(void)
{
	return errno_of(open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
}

static int
opens_the_new_way(void)
{
	struct open_how how = { .flags = O_WRONLY | O_CLOEXEC };

	return errno_of(syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof(how)));
}

static int
makes_a_folder(void)
{
	return errno_of(mkdir("/tmp/newspool-made", 0700));
}

static int
removes_a_file(void)
{
	return errno_of(unlink("/tmp/newspool-not-there"));
}

static int
renames_a_file(void)
{
	return errno_of(rename("/tmp/newspool-not-there", "/tmp/newspool-made"));
}

static int
changes_a_mode(void)
{
	return errno_of(chmod("/dev/null", 0666));
}

static void
test_files_are_read_only_and_few(void **state)
{
	(void)state;
	assert_int_equal(try(reads_users), EACCES);
	assert_int_equal(try(lists_the_root), EACCES);
	if (!FILTERED)
		return;
	assert_int_equal(try(writes_a_file), EPERM);
	assert_int_equal(try(makes_a_file), EPERM);
	assert_int_equal(try(makes_a_nameless_file), EPERM);
	assert_int_equal(try(opens_the_new_way), ENOSYS);
	assert_int_equal(try(makes_a_folder), EPERM);
	assert_int_equal(try(removes_a_file), EPERM);
	assert_int_equal(try(renames_a_file), EPERM);
	assert_int_equal(try(changes_a_mode), EPERM);
}

static int
talks_to_local_services(void)
{
	return errno_of(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
sees_packets(void)
{
	return errno_of(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int
talks_to_machines(void)
{
	return errno_of(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
listens(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? 99 : errno_of(listen(fd, 1));
}

static void
test_sockets_are_of_the_internet_and_do_not_listen(void **state)
{
	(void)state;
	if (!FILTERED)
		return;
	assert_int_equal(try(talks_to_local_services), EPERM);
	assert_int_equal(try(sees_packets), EPERM);
	assert_int_equal(try(talks_to_machines), EPERM);
	assert_int_equal(try(listens), EPERM);
}

static int
signals_its_parent(void)
{
	return errno_of(kill(getppid(), 0));
}

static int
makes_memory_to_run(void)
{
	void *memory = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? errno : 0;
}

static int
makes_memory_run(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 99;
	return errno_of(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
}

static int
clones_itself(void)
{
	long pid = syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0)
		_exit(0);
	return errno_of(pid);
}

static int
changes_its_user(void)
{
	return errno_of(setuid(0));
}

static int
dumps_again(void)
{
	return errno_of(syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1L, 0L, 0L, 0L));
}

static void
test_processes_and_memory_are_out_of_reach(void **state)
{
	(void)state;
	if (!FILTERED)
		return;
	assert_int_equal(try(signals_its_parent), EPERM);
	assert_int_equal(try(makes_memory_to_run), EPERM);
	assert_int_equal(try(makes_memory_run), EPERM);
	assert_int_equal(try(clones_itself), EPERM);
	assert_int_equal(try(changes_its_user), EPERM);
	assert_int_equal(try(dumps_again), EPERM);
}

static int
eats_memory(void)
{
	void *memory = mmap(NULL, (size_t)5 << 30, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? errno : 0;
}

static int
opens_without_end(void)
{
	while (socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0)
		;
	return errno;
}

static int
could_be_dumped(void)
{
	struct rlimit core;

	return getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max > 0 ||
	       prctl(PR_GET_DUMPABLE) != 0;
}

static void
test_memory_and_descriptors_have_an_end_and_no_core_is_left(void **state)
{
	(void)state;
	assert_int_equal(try(opens_without_end), EMFILE);
	if (!FILTERED)
		return;
	assert_int_equal(try(eats_memory), ENOMEM);
	assert_int_equal(try(could_be_dumped), 0);
}

static int
runs_a_program(void)
{
	char *const words[] = { (char[]){ "true" }, NULL };

	return errno_of(execv("/bin/true", words));
}

static int
traces(void)
{
	return errno_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
mounts(void)
{
	return errno_of(syscall(SYS_mount, "none", "/mnt", "tmpfs", 0L, NULL));
}

static int
leaves_its_namespaces(void)
{
	return errno_of(unshare(CLONE_NEWUSER));
}

static int
rings(void)
{
	return errno_of(syscall(SYS_io_uring_setup, 1L, NULL));
}

static void
test_what_only_an_intruder_asks_for_ends_the_process(void **state)
{
	(void)state;
	if (!FILTERED)
		return;
	assert_int_equal(try(runs_a_program), -SIGSYS);
	assert_int_equal(try(traces), -SIGSYS);
	assert_int_equal(try(mounts), -SIGSYS);
	assert_int_equal(try(leaves_its_namespaces), -SIGSYS);
	assert_int_equal(try(rings), -SIGSYS);
}

static int
gives_up(void)
{
	abort();
}

static void
test_a_failed_assertion_still_aborts(void **state)
{
	(void)state;
	assert_int_equal(try(gives_up), -SIGABRT);
}

static void
test_without_a_sandbox_nothing_is_given_up(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(SECONDS);
		_exit(sandbox_enter(SANDBOX_NO, 16) < 0 ? 98 : writes_a_file());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Where the kernel or a container withholds Landlock or seccomp, there is nothing to be tried. */
static bool
has_walls(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(sandbox_enter(SANDBOX_REQUIRED, 16) < 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_fetcher_needs_works),
		cmocka_unit_test(test_files_are_read_only_and_few),
		cmocka_unit_test(test_sockets_are_of_the_internet_and_do_not_listen),
		cmocka_unit_test(test_processes_and_memory_are_out_of_reach),
		cmocka_unit_test(test_memory_and_descriptors_have_an_end_and_no_core_is_left),
		cmocka_unit_test(test_what_only_an_intruder_asks_for_ends_the_process),
		cmocka_unit_test(test_a_failed_assertion_still_aborts),
		cmocka_unit_test(test_without_a_sandbox_nothing_is_given_up),
	};

	if (!has_walls()) {
		puts("1..0 # SKIP this kernel withholds Landlock or seccomp");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
