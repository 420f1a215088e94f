/*
 * Runs a pager. While it runs, an interrupt is its matter, not ours, and that it has gone shows as
 * an error of standard output, at which commands stop writing.
 */
#define _GNU_SOURCE /* pipe2 */
#include "tools/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define DEFAULT "command -v less >/dev/null && exec less; exec cat"
#define LESS_OPTIONS "FRX" /* quit if it fits, show colours, leave the screen as it is */

static int
spawn_with(pid_t *pid, const char *command, int input, posix_spawn_file_actions_t *actions,
	posix_spawnattr_t *attributes)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, strdup(command), NULL };
	sigset_t usual;
	int error;

	if (!argv[2])
		return ENOMEM;
	sigemptyset(&usual);
	sigaddset(&usual, SIGINT);
	sigaddset(&usual, SIGPIPE);
	error = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(attributes, &usual);
	if (error == 0)
		error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
	if (error == 0)
		error = posix_spawn(pid, "/bin/sh", actions, attributes, argv, environ);
	free(argv[2]);
	return error;
}

static int
spawn(pid_t *pid, const char *command, int input)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return ENOMEM;
	error = posix_spawnattr_init(&attributes);
	if (error == 0) {
		error = spawn_with(pid, command, input, &actions, &attributes);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Puts the pipe in the place of standard output. */
static int
divert(struct pager *pager, const char *command)
{
	int fds[2], error = 0;

	fflush(stdout);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return errno;
	pager->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (pager->output < 0)
		error = errno;
	if (error == 0)
		error = spawn(&pager->pid, command, fds[0]);
	if (error == 0)
		dup2(fds[1], STDOUT_FILENO);
	else if (pager->output >= 0)
		close(pager->output);
	close(fds[0]);
	close(fds[1]);
	return error;
}

void
pager_begin(struct pager *pager, const struct terminal *terminal)
{
	const char *command = getenv("PAGER");

	*pager = (struct pager){ .pid = 0 };
	if (!terminal->is_terminal)
		return;
	if (command && (*command == '\0' || strcmp(command, "cat") == 0))
		return;
	setenv("LESS", LESS_OPTIONS, 0);
	if (divert(pager, command ? command : DEFAULT) != 0) {
		pager->pid = 0;
		return;
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

void
pager_end(struct pager *pager)
{
	if (pager->pid == 0)
		return;
	fflush(stdout);
	dup2(pager->output, STDOUT_FILENO);
	close(pager->output);
	clearerr(stdout);
	while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
		;
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	pager->pid = 0;
}
