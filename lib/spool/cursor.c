/*
 * Cursors. Owns the files in cursors/ for as long as it writes them: a new value goes into
 * .NAME.new under a lock, to the disk, over the old by renaming, and the folder to the disk too. The
 * lock keeps two writers from one temporary file; one that was killed leaves a file that the next
 * writer takes over.
 *
 * Errors: -errno, the old value left standing. After a failure of the last flush the new value
 * stands, but is not known to have reached the disk; acknowledging it again tells.
 */
#include <newspool/spool.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/spool/cursor.h"
#include "lib/spool/reader.h"

#define FILE_MODE 0644 /* the daemon reads it, whoever wrote it */
#define LINE_SIZE 24

int
spool_cursor_parse(const char *text, size_t size, uint64_t *ret_seq)
{
	char name[SPOOL_NAME_SIZE];
	uint64_t seq = 0;

	if (size > 0 && text[size - 1] == '\n')
		size--;
	if (size == 0 || size >= sizeof(name))
		return -EBADMSG;
	memcpy(name, text, size);
	name[size] = '\0';
	if (spool_name_parse(name, ret_seq) == 0)
		return 0;
	if (size > SPOOL_SEQ_DIGITS || strspn(name, "0123456789") != size)
		return -EBADMSG;
	for (size_t i = 0; i < size; i++)
		seq = seq * 10 + (uint64_t)(name[i] - '0');
	*ret_seq = seq;
	return 0;
}

static int
open_folder(struct np_spool *spool, const char *name)
{
	int fd;

	if (!spool_is_slug(name))
		return -EINVAL;
	fd = openat(spool->dir, SPOOL_CURSORS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int
read_value(int fd, uint64_t *ret_seq)
{
	char text[SPOOL_CURSOR_MAX + 1];
	ssize_t size = read(fd, text, sizeof(text));

	if (size < 0)
		return errno == EISDIR ? -EBADMSG : -errno;
	return spool_cursor_parse(text, (size_t)size, ret_seq);
}

int
np_cursor_read(struct np_spool *spool, const char *name, uint64_t *ret_seq)
{
	int fd, error, folder = open_folder(spool, name);

	if (folder < 0)
		return folder;
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	error = fd < 0 ? -errno : read_value(fd, ret_seq);
	if (fd >= 0)
		close(fd);
	close(folder);
	return error == -ELOOP ? -EBADMSG : error;
}

/* Another writer may have moved the file to its place while we waited for the lock. */
static bool
is_still(int folder, const char *path, int fd)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && fstatat(folder, path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

static int
open_locked(int folder, const char *path)
{
	for (;;) {
		int fd = openat(folder, path,
			O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			FILE_MODE);
		int error = 0;

		if (fd < 0)
			return -errno;
		while (flock(fd, LOCK_EX) < 0 && error == 0)
			error = errno == EINTR ? 0 : -errno;
		if (error == 0 && is_still(folder, path, fd))
			return fd;
		close(fd);
		if (error)
			return error;
	}
}

static int
write_value(int fd, uint64_t seq)
{
	char line[LINE_SIZE];
	ssize_t size = snprintf(line, sizeof(line), "%0*" PRIu64 "\n", SPOOL_SEQ_DIGITS, seq);
	ssize_t n;

	if (ftruncate(fd, 0) < 0 || fchmod(fd, FILE_MODE) < 0)
		return -errno;
	n = write(fd, line, (size_t)size);
	if (n != size)
		return n < 0 ? -errno : -ENOSPC;
	return fsync(fd) < 0 ? -errno : 0;
}

static int
replace(int folder, const char *name, uint64_t seq)
{
	char path[SPOOL_SLUG_BYTES + sizeof(SPOOL_CURSOR_NEW)];
	int fd, error;

	snprintf(path, sizeof(path), SPOOL_CURSOR_NEW, name);
	fd = open_locked(folder, path);
	if (fd < 0)
		return fd;
	error = write_value(fd, seq);
	if (error == 0 && renameat(folder, path, folder, name) < 0)
		error = -errno;
	if (error)
		unlinkat(folder, path, 0);
	close(fd);
	return error;
}

int
np_cursor_ack(struct np_spool *spool, const char *name, uint64_t seq)
{
	int error, folder = open_folder(spool, name);

	if (folder < 0)
		return folder;
	error = seq > SPOOL_SEQ_MAX ? -EINVAL : replace(folder, name, seq);
	if (error == 0 && fsync(folder) < 0)
		error = -errno;
	close(folder);
	return error;
}

int
np_cursor_remove(struct np_spool *spool, const char *name)
{
	int error = 0, folder = open_folder(spool, name);

	if (folder < 0)
		return folder;
	if (unlinkat(folder, name, 0) < 0 || fsync(folder) < 0)
		error = -errno;
	close(folder);
	return error;
}
