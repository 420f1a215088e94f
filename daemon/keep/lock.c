/*
 * Taking a lock, with a little patience. The number in the file is a hint: that of another machine, or
 * of a process that came after, makes us wait less or longer, and never take what is held.
 *
 * Errors: -errno; there is nothing to undo.
 */
#include "daemon/keep/lock.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define TRIES 50
#define TRIES_OF_THE_DEAD 1500
#define PAUSE 20000000L /* ns */
#define NUMBER_SIZE 24

static void
note_holder(int fd)
{
	char number[NUMBER_SIZE];
	int n = snprintf(number, sizeof(number), "%ld\n", (long)getpid());

	/* A full disk has no room for it; the lock is taken all the same. */
	if (ftruncate(fd, 0) == 0 && pwrite(fd, number, (size_t)n, 0) != n)
		(void)!ftruncate(fd, 0);
}

/* True where a process is named that is not there: who holds the lock is what it left behind. */
static bool
is_holder_gone(int fd)
{
	char number[NUMBER_SIZE];
	ssize_t n = pread(fd, number, sizeof(number) - 1, 0);
	long pid;

	if (n <= 0)
		return false;
	number[n] = '\0';
	pid = strtol(number, NULL, 10);
	return pid > 1 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

int
lock_take(int fd)
{
	const struct timespec pause = { .tv_nsec = PAUSE };

	for (int i = 0; i < TRIES_OF_THE_DEAD; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			note_holder(fd);
			return 0;
		}
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (i >= TRIES && !is_holder_gone(fd))
			return -EBUSY;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}
