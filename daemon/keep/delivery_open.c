/*
 * Opens a spool for delivery. Whatever is wrong with the directory is found here, before anything
 * is polled, and said with what to do about it. The lock is an flock(2) on tmp/.lock: it goes with
 * the process that holds it, however that ends, and readers, who cannot enter tmp/, cannot take it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keep/delivery_open.h"
#include "daemon/keep/lock.h"
#include "lib/spool/layout.h"

#define PROBE SPOOL_TMP "/.probe"

/* Readers are of the spool's group; cursors/ is theirs to write, each its own files. */
static const struct spool_folder {
	const char *path;
	mode_t mode;
} spool_folders[] = {
	{ SPOOL_TMP, 0700 },
	{ SPOOL_ARTICLES, 0750 },
	{ SPOOL_TAGS, 0750 },
	{ SPOOL_QUEUES, 0750 },
	{ SPOOL_CURSORS, 01770 },
	{ SPOOL_QUARANTINE, 0750 },
};

__attribute__((format(printf, 4, 5))) static int
refuse(struct config_error *err, const char *directory, int error, const char *format, ...)
{
	int n = snprintf(err->text, sizeof(err->text), "the spool %s: ", directory);
	va_list args;

	if (n < 0 || (size_t)n >= sizeof(err->text))
		return error;
	va_start(args, format);
	vsnprintf(err->text + n, sizeof(err->text) - (size_t)n, format, args);
	va_end(args);
	return error;
}

static int
open_directory(const char *directory, int *ret_dir, struct config_error *err)
{
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0) {
		*ret_dir = dir;
		return 0;
	}
	switch (errno) {
	case ENOENT:
		return refuse(err, directory, -ENOENT,
			"it does not exist; make it: install -d -m 0750 -o USER -g GROUP '%s'",
			directory);
	case ENOTDIR:
		return refuse(err, directory, -ENOTDIR,
			"it, or something above it, is not a directory; "
			"name another one in [spool] directory");
	case EACCES:
		return refuse(err, directory, -EACCES,
			"user %ld may not open it; let that user into it and all above it",
			(long)geteuid());
	default:
		return refuse(err, directory, -errno, "%s", strerror(errno));
	}
}

static int
check_directory(const char *directory, int dir, struct config_error *err)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return refuse(err, directory, -errno, "%s", strerror(errno));
	if (st.st_uid != geteuid())
		return refuse(err, directory, -EPERM,
			"it belongs to user %ld and newspoold runs as user %ld; "
			"run it as the owner, or chown -R the spool",
			(long)st.st_uid, (long)geteuid());
	if (st.st_mode & S_IWOTH)
		return refuse(err, directory, -EPERM, "everybody may write into it; chmod o-w '%s'",
			directory);
	if (faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	if (errno == EROFS)
		return refuse(err, directory, -EROFS,
			"its file system is read-only; mount it writable "
			"(in a unit: ReadWritePaths=%s)",
			directory);
	return refuse(err, directory, -errno, "its owner may not write into it; chmod u+rwx '%s'",
		directory);
}

static int
make_folders(const char *directory, int dir, const struct file_ops *ops, struct config_error *err)
{
	for (size_t i = 0; i < sizeof(spool_folders) / sizeof(spool_folders[0]); i++) {
		const struct spool_folder *folder = &spool_folders[i];
		int error = ops->mkdir(ops->arg, dir, folder->path, folder->mode);
		struct stat st;

		if (error && error != -EEXIST)
			return refuse(err, directory, error, "cannot make %s in it: %s",
				folder->path, strerror(-error));
		if (fstatat(dir, folder->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return refuse(err, directory, -errno, "%s in it: %s", folder->path,
				strerror(errno));
		if (!S_ISDIR(st.st_mode))
			return refuse(err, directory, -ENOTDIR,
				"%s in it is not a directory; move it away", folder->path);
		if (st.st_uid != geteuid())
			return refuse(err, directory, -EPERM,
				"%s in it belongs to user %ld; chown -R the spool to user %ld",
				folder->path, (long)st.st_uid, (long)geteuid());
	}
	return 0;
}

static int
take_lock(const char *directory, int dir, int *ret_lock, struct config_error *err)
{
	int lock = openat(dir, SPOOL_TMP "/" DELIVERY_LOCK,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
	int error;

	if (lock < 0)
		return refuse(err, directory, -errno, "cannot open tmp/" DELIVERY_LOCK ": %s",
			strerror(errno));
	error = lock_take(lock);
	if (error == 0) {
		*ret_lock = lock;
		return 0;
	}
	close(lock);
	if (error == -EBUSY)
		return refuse(err, directory, -EBUSY,
			"another newspoold is delivering into it; stop that one first");
	return refuse(err, directory, error, "cannot lock it: %s", strerror(-error));
}

/* Tags and queues are hard links; a FAT stick, for one, has none. */
static int
check_links(const char *directory, int dir, struct config_error *err)
{
	unlinkat(dir, PROBE, 0); /* of a start that was killed right here */
	if (linkat(dir, SPOOL_TMP "/" DELIVERY_LOCK, dir, PROBE, 0) < 0)
		return refuse(err, directory, -errno,
			"no hard link can be made in it (%s); "
			"put it on a file system that has them",
			strerror(errno));
	if (unlinkat(dir, PROBE, 0) < 0)
		return refuse(
			err, directory, -errno, "cannot remove tmp/.probe: %s", strerror(errno));
	return 0;
}

int
delivery_open_directory(const char *directory, const struct file_ops *ops, int *ret_dir,
	int *ret_lock, struct config_error *err)
{
	int dir = -1, lock = -1;
	int error = open_directory(directory, &dir, err);

	if (error)
		return error;
	error = check_directory(directory, dir, err);
	if (error == 0)
		error = make_folders(directory, dir, ops, err);
	if (error == 0)
		error = take_lock(directory, dir, &lock, err);
	if (error == 0)
		error = check_links(directory, dir, err);
	if (error) {
		delivery_close_directory(dir, lock);
		return error;
	}
	*ret_dir = dir;
	*ret_lock = lock;
	return 0;
}

void
delivery_close_directory(int dir, int lock)
{
	if (lock >= 0)
		close(lock);
	if (dir >= 0)
		close(dir);
}

enum delivery_place
delivery_place_of(const char *directory, int dir)
{
	struct stat open_one, found;

	if (fstat(dir, &open_one) < 0)
		return DELIVERY_THERE; /* a disk in trouble, which shows by itself */
	if (open_one.st_nlink == 0)
		return DELIVERY_GONE;
	if (stat(directory, &found) < 0)
		return errno == ENOENT || errno == ENOTDIR ? DELIVERY_ELSEWHERE : DELIVERY_THERE;
	return found.st_ino == open_one.st_ino && found.st_dev == open_one.st_dev
		       ? DELIVERY_THERE
		       : DELIVERY_ELSEWHERE;
}
