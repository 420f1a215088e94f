/*
 * Every file-system call that delivery makes, as a table: so that a test can stop, fail or record
 * at each one of them. All paths are relative to a directory descriptor.
 */
#ifndef DAEMON_KEEP_FILES_H
#define DAEMON_KEEP_FILES_H

#include <stddef.h>
#include <sys/types.h>

/* Each returns 0 (or a descriptor) or -errno, and is called with the arg of the table. */
struct file_ops {
	int (*write_new)(void *arg, int dir, const char *path, mode_t mode, const void *data,
		size_t size); /* O_EXCL; a failure leaves nothing */
	int (*sync_file)(void *arg, int dir, const char *path);
	int (*sync_fs)(void *arg, int dir); /* the whole file system: one flush for many files */
	int (*link)(void *arg, int dir, const char *from, const char *to);
	int (*rename)(void *arg, int dir, const char *from, const char *to);
	int (*unlink)(void *arg, int dir, const char *path);
	int (*mkdir)(void *arg, int dir, const char *path, mode_t mode);
	int (*sync_dir)(void *arg, int dir, const char *path);
	void *arg;
};

/* The real thing. */
extern const struct file_ops file_ops_posix;

#endif
