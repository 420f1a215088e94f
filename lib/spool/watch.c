/*
 * inotify, read an event at a time. Owns its descriptor, which is closed on exec. Errors: -errno;
 * that inotify cannot be had is none. Where one folder of several cannot be watched, for their
 * number is limited, all of it is given up: half a watch is worth nothing.
 */
#include "lib/spool/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define PATH_SIZE 512
#define WANTED (IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

void
watch_init(struct watch *watch)
{
	*watch = (struct watch){ .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
}

void
watch_done(struct watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
	watch->at = watch->size = 0;
}

static int
add(struct watch *watch, int dir, const char *path, uint32_t mask)
{
	char name[PATH_SIZE];
	int folder, size = *path == '/'
				   ? snprintf(name, sizeof(name), "%s", path)
				   : snprintf(name, sizeof(name), "/proc/self/fd/%d/%s", dir, path);

	if (watch->fd < 0)
		return WATCH_NONE;
	if (size < 0 || (size_t)size >= sizeof(name))
		errno = ENAMETOOLONG;
	else if ((folder = inotify_add_watch(watch->fd, name, mask)) >= 0)
		return folder;
	if (errno != ENOENT && errno != ENOTDIR)
		watch_done(watch);
	return WATCH_NONE;
}

int
watch_add(struct watch *watch, int dir, const char *path)
{
	return add(watch, dir, path, WANTED);
}

int
watch_add_holder(struct watch *watch, int dir, const char *path)
{
	return add(watch, dir, path, WANTED | IN_DELETE | IN_MOVED_FROM);
}

void
watch_remove(struct watch *watch, int folder)
{
	if (watch->fd >= 0 && folder != WATCH_NONE)
		inotify_rm_watch(watch->fd, folder);
}

static int
fill(struct watch *watch)
{
	ssize_t size = watch->fd < 0 ? 0 : read(watch->fd, watch->events, sizeof(watch->events));

	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	watch->at = 0;
	watch->size = (size_t)size;
	return size > 0;
}

int
watch_next(struct watch *watch, struct watch_event *ret_event)
{
	struct inotify_event head;
	const char *name;

	if (watch->at == watch->size) {
		int ret = fill(watch);

		if (ret <= 0)
			return ret;
	}
	memcpy(&head, watch->events + watch->at, sizeof(head));
	name = head.len > 0 ? watch->events + watch->at + sizeof(head) : "";
	watch->at += sizeof(head) + head.len;
	*ret_event = (struct watch_event){
		.folder = head.wd,
		.name = name,
		.is_folder = (head.mask & IN_ISDIR) != 0,
		/* a file that is only being made is not whole; a folder is */
		.arrived = (head.mask & IN_MOVED_TO) ||
			   ((head.mask & IN_CREATE) && (head.mask & IN_ISDIR)),
		.gone = (head.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0 ||
			((head.mask & (IN_DELETE | IN_MOVED_FROM)) && (head.mask & IN_ISDIR)),
		.lost = (head.mask & IN_Q_OVERFLOW) != 0,
	};
	return 1;
}

int
watch_wait(struct watch *watch, bool tells, int timeout, int pause)
{
	struct pollfd fd = { .fd = watch->fd, .events = POLLIN };
	bool pauses = (watch->fd < 0 || !tells) && (timeout < 0 || timeout > pause);
	int ret;

	if (watch->at < watch->size)
		return 1;
	ret = poll(&fd, watch->fd >= 0, pauses ? pause : timeout);
	if (ret < 0)
		return -errno;
	return ret > 0 || pauses;
}
