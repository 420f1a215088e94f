/*
 * Files beside a queue's articles. Each is written under another name and renamed, so that it is
 * whole or not there; none is flushed: after a power cut an article is tried more often than was
 * asked for, and that is all. Owns nothing.
 */
#define _GNU_SOURCE /* renameat2 */
#include "tools/hook_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE (SPOOL_NAME_SIZE + 32)
#define FILE_MODE 0660
#define FOLDER_MODE 0770

int
hook_open(const char *directory, const char *queue, int *ret_dir)
{
	struct buf path = { 0 };
	int dir = -1, error;

	buf_printf(&path, "%s/" SPOOL_QUEUES "/%s", directory, queue);
	error = buf_error(&path);
	if (error == 0)
		dir = open(buf_str(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (error == 0 && dir < 0)
		error = -errno;
	buf_done(&path);
	if (error == 0)
		*ret_dir = dir;
	return error;
}

bool
hook_is_same(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int
read_text(int dir, const char *path, char *ret_text, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n;
	int error;

	if (fd < 0)
		return -errno;
	n = read(fd, ret_text, size - 1);
	error = n < 0 ? -errno : 0;
	close(fd);
	if (error == 0)
		ret_text[n] = '\0';
	return error;
}

static int
write_text(int dir, const char *path, const char *text, size_t size)
{
	char new[PATH_SIZE + 4];
	ssize_t n;
	int fd, error = 0;

	snprintf(new, sizeof(new), "%s.new", path);
	fd = openat(dir, new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
		FILE_MODE);
	if (fd < 0)
		return -errno;
	n = write(fd, text, size);
	if (n < 0 || (size_t)n != size)
		error = n < 0 ? -errno : -ENOSPC;
	if (close(fd) < 0 && error == 0)
		error = -errno;
	if (error == 0 && renameat(dir, new, dir, path) < 0)
		error = -errno;
	if (error)
		unlinkat(dir, new, 0);
	return error;
}

static void
tries_path(const char *name, char ret_path[PATH_SIZE])
{
	snprintf(ret_path, PATH_SIZE, SPOOL_TMP "/%.*s.tries", SPOOL_NAME_SIZE, name);
}

int
hook_tries_read(int dir, const char *name, struct hook_tries *ret_tries)
{
	struct hook_tries tries = { .n = 0 };
	char path[PATH_SIZE], text[64];
	int error;

	tries_path(name, path);
	error = read_text(dir, path, text, sizeof(text));
	if (error && error != -ENOENT)
		return error;
	if (error == 0 && sscanf(text, "%9u %" SCNd64, &tries.n, &tries.not_before) != 2)
		tries = (struct hook_tries){ .n = 0 }; /* not ours: it counts for nothing */
	*ret_tries = tries;
	return 0;
}

int
hook_tries_write(int dir, const char *name, const struct hook_tries *tries)
{
	char path[PATH_SIZE], text[64];
	int n = snprintf(text, sizeof(text), "%u %" PRId64 "\n", tries->n, tries->not_before);

	tries_path(name, path);
	return write_text(dir, path, text, (size_t)n);
}

void
hook_tries_forget(int dir, const char *name)
{
	char path[PATH_SIZE];

	tries_path(name, path);
	unlinkat(dir, path, 0); /* mostly there is none */
}

int
hook_lock(int dir, int *ret_fd)
{
	int fd = openat(dir, SPOOL_TMP "/.hooks",
		O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, FILE_MODE);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int error = errno == EWOULDBLOCK ? -EBUSY : -errno;

		close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

int
hook_bury(int dir, const char *file, const char *name, const struct buf *reason)
{
	char path[PATH_SIZE], from[SPOOL_CLAIM_SIZE + 8];
	int error;

	if (mkdirat(dir, SPOOL_DEAD, FOLDER_MODE) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), SPOOL_DEAD "/%.*s.reason", SPOOL_NAME_SIZE, name);
	error = write_text(dir, path, buf_str(reason), reason->len);
	if (error)
		return error;
	snprintf(path, sizeof(path), SPOOL_DEAD "/%.*s", SPOOL_NAME_SIZE, name);
	snprintf(from, sizeof(from), "cur/%.*s", SPOOL_CLAIM_SIZE, file);
	if (renameat(dir, from, dir, path) < 0)
		return -errno;
	hook_tries_forget(dir, name);
	return 0;
}

static int
revive_one(int dir, const char *name)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	snprintf(from, sizeof(from), SPOOL_DEAD "/%.*s", SPOOL_NAME_SIZE, name);
	snprintf(to, sizeof(to), "new/%.*s", SPOOL_NAME_SIZE, name);
	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) < 0 && errno != EEXIST)
		return -errno;
	snprintf(from, sizeof(from), SPOOL_DEAD "/%.*s.reason", SPOOL_NAME_SIZE, name);
	unlinkat(dir, from, 0);
	hook_tries_forget(dir, name);
	return 0;
}

int
hook_revive(int dir, unsigned int *ret_n)
{
	int fd = openat(dir, SPOOL_DEAD, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	unsigned int n = 0;
	uint64_t seq;
	int error = 0;

	if (!stream) {
		error = errno == ENOENT ? 0 : -errno;
		if (fd >= 0)
			close(fd);
		*ret_n = 0;
		return error;
	}
	while (error == 0 && (entry = readdir(stream)) != NULL)
		if (spool_queue_name_parse(entry->d_name, &seq) == 0 &&
			(error = revive_one(dir, entry->d_name)) == 0)
			n++;
	closedir(stream);
	*ret_n = n;
	return error;
}
