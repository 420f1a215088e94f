/*
 * The file-system calls of delivery, on POSIX and Linux. No state. Nothing is ever followed that is
 * a symbolic link at the last step, no return value is dropped that could mean lost data: close()
 * after writing counts (NFS and quotas report there).
 */
#define _GNU_SOURCE /* syncfs, renameat2 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemon/keep/files.h"

/* Inodes that must be free where the floor is given in bytes. */
#define MIN_INODES 1000

bool
file_room_is_enough(const struct file_room *room, double min_free, int64_t min_free_bytes)
{
	bool by_size = min_free_bytes > 0;
	double bytes = by_size ? (double)min_free_bytes : min_free * (double)room->bytes;
	double inodes = by_size ? MIN_INODES : min_free * (double)room->inodes;

	if ((double)room->bytes_free < bytes)
		return false;
	return room->inodes == 0 || (double)room->inodes_free >= inodes;
}

static int
result(int status)
{
	return status < 0 ? -errno : 0;
}

static int
write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int
posix_write_new(void *arg, int dir, const char *path, mode_t mode, const void *data, size_t size)
{
	int fd = openat(
		dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode);
	int error;

	(void)arg;
	if (fd < 0)
		return -errno;
	error = write_all(fd, data, size);
	if (error == 0)
		error = result(fchmod(fd, mode));
	if (close(fd) < 0 && error == 0)
		error = -errno;
	if (error)
		unlinkat(dir, path, 0); /* failing leaves litter in tmp/, which start-up empties */
	return error;
}

static int
read_all(int fd, struct buf *out)
{
	char block[16384];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n > 0)
			buf_append(out, block, (size_t)n);
		else if (errno != EINTR)
			return -errno;
		if (buf_error(out))
			return buf_error(out);
	}
	return 0;
}

static int
posix_read(void *arg, int dir, const char *path, struct buf *out)
{
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int error;

	(void)arg;
	if (fd < 0)
		return -errno;
	error = read_all(fd, out);
	close(fd);
	return error;
}

static int
sync_and_close(int fd, int (*sync)(int fd))
{
	int error = result(sync(fd));

	if (close(fd) < 0 && error == 0)
		error = -errno;
	return error;
}

static int
posix_sync_file(void *arg, int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	(void)arg;
	return fd < 0 ? -errno : sync_and_close(fd, fsync); /* the mode is to be there, too */
}

static int
posix_sync_dir(void *arg, int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error;

	(void)arg;
	if (fd < 0)
		return -errno;
	error = sync_and_close(fd, fsync);
	return error == -EINVAL ? 0 : error; /* a file system whose folders need no flush */
}

static int
posix_sync_fs(void *arg, int dir)
{
	(void)arg;
	return result(syncfs(dir));
}

static int
posix_link(void *arg, int dir, const char *from, const char *to)
{
	(void)arg;
	return result(linkat(dir, from, dir, to, 0));
}

/* Where the file system cannot refuse to replace by itself: look, then move. */
static int
rename_looking(int dir, const char *from, const char *to)
{
	struct stat st;

	if (fstatat(dir, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	if (errno != ENOENT)
		return -errno;
	return result(renameat(dir, from, dir, to));
}

static int
posix_rename(void *arg, int dir, const char *from, const char *to)
{
	(void)arg;
	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS)
		return rename_looking(dir, from, to);
	return -errno;
}

static int
posix_unlink(void *arg, int dir, const char *path)
{
	(void)arg;
	return result(unlinkat(dir, path, 0));
}

/*
 * The umask is put aside rather than the mode set afterwards: a service is often not allowed to chmod
 * with the set-group-ID bit that the folder may have inherited. The keeper has one thread.
 */
static int
posix_mkdir(void *arg, int dir, const char *path, mode_t mode)
{
	mode_t mask = umask(0);
	int error = result(mkdirat(dir, path, mode));

	(void)arg;
	umask(mask);
	return error;
}

static int
posix_same(void *arg, int dir, const char *one, const char *other)
{
	struct stat a, b;

	(void)arg;
	if (fstatat(dir, one, &a, AT_SYMLINK_NOFOLLOW) < 0 ||
		fstatat(dir, other, &b, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool
is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static int
posix_list(void *arg, int dir, const char *path, int (*entry)(void *entry_arg, const char *name),
	void *entry_arg)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *found;
	int error = 0;

	(void)arg;
	if (!stream) {
		error = -errno;
		if (fd >= 0)
			close(fd);
		return error;
	}
	while (error == 0) {
		errno = 0;
		found = readdir(stream);
		if (!found) {
			error = -errno;
			break;
		}
		if (!is_dots(found->d_name))
			error = entry(entry_arg, found->d_name);
	}
	closedir(stream);
	return error;
}

static int
posix_room(void *arg, int dir, struct file_room *ret_room)
{
	struct statvfs fs;

	(void)arg;
	if (fstatvfs(dir, &fs) < 0)
		return -errno;
	*ret_room = (struct file_room){
		.bytes_free = (uint64_t)fs.f_bavail * fs.f_frsize,
		.bytes = (uint64_t)fs.f_blocks * fs.f_frsize,
		.inodes_free = fs.f_favail,
		.inodes = fs.f_files,
	};
	return 0;
}

const struct file_ops file_ops_posix = {
	.write_new = posix_write_new,
	.read = posix_read,
	.sync_file = posix_sync_file,
	.sync_fs = posix_sync_fs,
	.link = posix_link,
	.rename = posix_rename,
	.unlink = posix_unlink,
	.mkdir = posix_mkdir,
	.sync_dir = posix_sync_dir,
	.same = posix_same,
	.list = posix_list,
	.room = posix_room,
};
