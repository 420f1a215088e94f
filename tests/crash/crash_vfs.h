/*
 * SQLite's file calls that change something (write, truncate, sync, delete), counted and stopped or
 * made to fail as steps.h says. What is shared in memory between connections is no file call: it is
 * made anew from the files.
 */
#ifndef TESTS_CRASH_CRASH_VFS_H
#define TESTS_CRASH_CRASH_VFS_H

#include "tests/crash/steps.h"

/* A call that succeeded, for who writes them down. */
struct crash_vfs_call {
	enum {
		CRASH_VFS_OPEN, /* made where it was not there */
		CRASH_VFS_WRITE,
		CRASH_VFS_TRUNCATE,
		CRASH_VFS_SYNC,
		CRASH_VFS_DELETE,
		CRASH_VFS_SYNC_FOLDER, /* of the database; name is no name then */
	} what;
	const char *name; /* the path */
	long long at;
	size_t size;
	const void *data;
};

struct crash_vfs_watch {
	void (*done)(void *arg, const struct crash_vfs_call *call);
	void *arg;
};

/* watch may be NULL; both must stay. From now on, in this process, for every database. Ends the program on failure. */
void crash_vfs_install(struct steps *steps, const struct crash_vfs_watch *watch);

#endif
