/*
 * Runs sendmail. The message is in a file in memory, which is the program's standard input: it can
 * neither wait for us nor we for it, but for its end. Owns the child until it has been waited for.
 */
#define _GNU_SOURCE /* memfd_create */
#include "tools/sendmail.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define EXIT_NOT_RUN 127

static int
make_file(const struct buf *message, int *ret_fd)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	size_t written = 0;

	if (fd < 0)
		return -errno;
	while (written < message->len) {
		ssize_t n = write(fd, message->data + written, message->len - written);

		if (n < 0 && errno != EINTR) {
			int error = -errno;
			close(fd);
			return error;
		}
		written += n > 0 ? (size_t)n : 0;
	}
	lseek(fd, 0, SEEK_SET);
	*ret_fd = fd;
	return 0;
}

/* The child: never returns. A group of its own, so that all of it can be killed. */
__attribute__((noreturn)) static void
become(const char *const *words, int message)
{
	setpgid(0, 0);
	if (dup2(message, STDIN_FILENO) == STDIN_FILENO)
		execvp(words[0], (char *const *)words);
	_exit(EXIT_NOT_RUN);
}

/* Waits for the end; a program that does not end is killed. */
static int
wait_for(pid_t child, int *ret_status)
{
	const struct timespec limit = { .tv_sec = SENDMAIL_TIMEOUT };
	sigset_t ends, before;
	pid_t ended;

	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, &before);
	ended = waitpid(child, ret_status, WNOHANG);
	if (ended == 0) {
		sigtimedwait(&ends, NULL, &limit);
		ended = waitpid(child, ret_status, WNOHANG);
	}
	if (ended == 0) {
		kill(-child, SIGKILL);
		while ((ended = waitpid(child, ret_status, 0)) < 0 && errno == EINTR)
			;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ended < 0 ? -errno : 0;
}

/* sysexits(3): what is not said to be temporary is for good. */
static int
judge(int status, const char *name, struct buf *ret_reason)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	buf_reset(ret_reason);
	if (code == 0)
		return 0;
	if (code < 0) {
		buf_printf(ret_reason, "%s: killed by signal %d", name, WTERMSIG(status));
		return -EAGAIN;
	}
	if (code == EXIT_NOT_RUN)
		buf_printf(ret_reason, "%s: cannot be run", name);
	else
		buf_printf(ret_reason, "%s: exit status %d", name, code);
	return code == EX_TEMPFAIL || code == EX_OSERR || code == EX_IOERR || code == EXIT_NOT_RUN
		       ? -EAGAIN
		       : -EREMOTEIO;
}

static size_t
count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

int
sendmail_send(const char *const *command, const char *from, const char *const *to, size_t n_to,
	const struct buf *message, struct buf *ret_reason)
{
	const char **words = calloc(count(command) + n_to + 5, sizeof(*words));
	size_t n = 0;
	int fd = -1, status = 0, error;
	pid_t child;

	if (!words)
		return -ENOMEM;
	for (; command[n]; n++)
		words[n] = command[n];
	words[n++] = "-i";
	if (from) {
		words[n++] = "-f";
		words[n++] = from;
	}
	words[n++] = "--";
	for (size_t i = 0; i < n_to; i++)
		words[n++] = to[i];
	error = make_file(message, &fd);
	child = error ? -1 : fork();
	if (child == 0)
		become(words, fd);
	if (error == 0)
		error = child < 0 ? -errno : wait_for(child, &status);
	if (fd >= 0)
		close(fd);
	free(words);
	return error ? error : judge(status, command[0], ret_reason);
}
