/*
 * Fetcher processes. Owns the page and the process id until they are given back.
 *
 * Between fork and exec the child calls nothing but system calls; all that needs memory is made
 * before. No descriptor of the keeper's (database, spool, control socket) is left open in a
 * fetcher. Errors: -errno from what failed; a child that cannot execute ends with 127.
 */
#include "config.h"

#include "daemon/keep/pool_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_OTHER_FD (FETCHER_PAGE_FD + 1)
#define PAGE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define CLOSE_ON_EXEC 4u /* CLOSE_RANGE_CLOEXEC */
#define EXIT_CANNOT_EXECUTE 127

static int
page_new(int *ret_fd, struct fetcher_page **ret_page)
{
	int fd = memfd_create("newspool-fetcher", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct fetcher_page *page;
	int r;

	if (fd < 0)
		return -errno;
	/* A fetcher that could cut it short would end the keeper at its next look. */
	if (ftruncate(fd, (off_t)FETCHER_PAGE_SIZE) < 0 || fcntl(fd, F_ADD_SEALS, PAGE_SEALS) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	page = mmap(NULL, FETCHER_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	*ret_page = page;
	return 0;
}

/* In the child: descriptors into their places, then the program. Does not return. */
static void
become(const char *program, char *const argv[], int channel, int page, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The keeper may have died before the signal was asked for. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(EXIT_CANNOT_EXECUTE);
	/* Both away from their targets first, for one may stand where the other belongs. */
	channel = fcntl(channel, F_DUPFD_CLOEXEC, FIRST_OTHER_FD);
	page = fcntl(page, F_DUPFD_CLOEXEC, FIRST_OTHER_FD);
	if (dup2(channel, FETCHER_CHANNEL_FD) < 0 || dup2(page, FETCHER_PAGE_FD) < 0 ||
		syscall(SYS_close_range, FIRST_OTHER_FD, ~0U, CLOSE_ON_EXEC) < 0)
		_exit(EXIT_CANNOT_EXECUTE);
	execv(program, argv);
	_exit(EXIT_CANNOT_EXECUTE);
}

int
pool_process_start(
	const char *program, unsigned int index, struct pool_process *ret_process, int *ret_fd)
{
	struct pool_process process = { 0 };
	char number[16];
	char name[] = "newspoold", role[] = "--fetcher";
	char *const argv[] = { name, role, number, NULL };
	pid_t parent = getpid();
	int pair[2], page = -1;
	int r;

	snprintf(number, sizeof(number), "%u", index);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	r = page_new(&page, &process.page);
	if (r < 0) {
		close(pair[0]);
		close(pair[1]);
		return r;
	}
	process.pid = fork();
	if (process.pid == 0)
		become(program, argv, pair[1], page, parent);
	r = process.pid < 0 ? -errno : 0;
	close(pair[1]);
	close(page);
	if (r < 0) {
		close(pair[0]);
		pool_process_done(&process);
		return r;
	}
	*ret_process = process;
	*ret_fd = pair[0];
	return 0;
}

bool
pool_process_reap(struct pool_process *process, int *ret_status)
{
	pid_t pid;

	if (process->pid <= 0)
		return false;
	do
		pid = waitpid(process->pid, ret_status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return false;
	/* Somebody else took it: it is gone, how is not known. */
	if (pid < 0)
		*ret_status = 0;
	process->pid = 0;
	return true;
}

void
pool_process_wait(struct pool_process *process)
{
	int status;

	if (process->pid <= 0)
		return;
	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		;
	process->pid = 0;
}

void
pool_process_kill(const struct pool_process *process)
{
	if (process->pid > 0)
		kill(process->pid, SIGKILL);
}

void
pool_process_done(struct pool_process *process)
{
	if (process->page != NULL)
		munmap(process->page, FETCHER_PAGE_SIZE);
	process->page = NULL;
	process->pid = 0;
}
