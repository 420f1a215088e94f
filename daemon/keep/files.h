/*
 * Every file-system call that delivery makes, as a table: so that a test can stop, fail or record
 * at each one of them. All paths are relative to a directory descriptor.
 */
#ifndef DAEMON_KEEP_FILES_H
#define DAEMON_KEEP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"

/* What is free for us on a file system. Numbers of 0 inodes in all: it does not count them. */
struct file_room {
	uint64_t bytes_free, bytes;
	uint64_t inodes_free, inodes;
};

/* True above the floor: a share of it all (0 to 1) or, where that is above 0, so many bytes. */
bool file_room_is_enough(const struct file_room *room, double min_free, int64_t min_free_bytes);

/* Each returns 0 (or what is said) or -errno, and is called with the arg of the table. */
struct file_ops {
	/*
	 * A new file with all of data, or -EEXIST; a failure leaves nothing behind where the file
	 * system still lets us remove it. mode is what the file gets, whatever the umask. Not
	 * durable yet.
	 */
	int (*write_new)(
		void *arg, int dir, const char *path, mode_t mode, const void *data, size_t size);
	/* Appends the whole of a file. -E2BIG: it is larger than out may get. */
	int (*read)(void *arg, int dir, const char *path, struct buf *out);
	int (*sync_file)(void *arg, int dir, const char *path);
	int (*sync_fs)(void *arg, int dir); /* the whole file system: one flush for many files */
	int (*link)(void *arg, int dir, const char *from, const char *to);
	/*
	 * Moves and never replaces: -EEXIST where there is something at to, be it the same file.
	 * -ENOENT: no from, or no folder for to.
	 */
	int (*rename)(void *arg, int dir, const char *from, const char *to);
	int (*unlink)(void *arg, int dir, const char *path);
	/* mode is what the folder gets, whatever the umask; a set-group-ID bit is inherited. */
	int (*mkdir)(void *arg, int dir, const char *path, mode_t mode);
	int (*sync_dir)(void *arg, int dir, const char *path);
	/* 1: both names are there and are links to one file, 0: two files, -ENOENT: not both. */
	int (*same)(void *arg, int dir, const char *one, const char *other);
	/* Calls entry for each name in a folder but "." and ".." until it returns other than 0. */
	int (*list)(void *arg, int dir, const char *path,
		int (*entry)(void *entry_arg, const char *name), void *entry_arg);
	int (*room)(void *arg, int dir, struct file_room *ret_room);
	void *arg;
};

/* The real thing. */
extern const struct file_ops file_ops_posix;

#endif
