/*
 * Runs a command. Its input is a file in memory, so that neither side waits for the other and a
 * command that reads nothing does no harm. Errors: -errno.
 */
#define _GNU_SOURCE /* memfd_create */
#include "tools/handler.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int
write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int
spawn(const char *text, int input, posix_spawn_file_actions_t *actions,
	posix_spawnattr_t *attributes)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, strdup(text), NULL };
	sigset_t none;
	pid_t pid;
	int error;

	if (!argv[2])
		return -ENOMEM;
	sigemptyset(&none);
	error = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
	if (error == 0)
		error = posix_spawnattr_setsigmask(attributes, &none);
	if (error == 0)
		error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
	if (error == 0)
		error = posix_spawn(&pid, "/bin/sh", actions, attributes, argv, environ);
	free(argv[2]);
	return error ? -error : wait_for(pid);
}

static int
spawn_with(const char *text, int input)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int ret;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}
	ret = spawn(text, input, &actions, &attributes);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return ret;
}

int
handler_run(const char *text, const struct np_spool_entry *entry, const char *data, size_t size)
{
	char seq[24];
	int ret, fd = memfd_create("article", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(seq, sizeof(seq), "%" PRIu64, entry->seq);
	ret = write_all(fd, data, size);
	if (ret == 0 &&
		(setenv("NEWSPOOL_SEQ", seq, 1) < 0 || setenv("NEWSPOOL_PATH", entry->path, 1) < 0))
		ret = -ENOMEM;
	if (ret == 0)
		ret = spawn_with(text, fd);
	close(fd);
	return ret;
}
