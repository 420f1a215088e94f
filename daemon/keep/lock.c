/* Taking a lock, with a little patience. Errors: -errno; there is nothing to undo. */
#include "daemon/keep/lock.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#define TRIES 50
#define PAUSE 20000000L /* ns */

int
lock_take(int fd)
{
	const struct timespec pause = { .tv_nsec = PAUSE };

	for (int i = 0; i < TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}
