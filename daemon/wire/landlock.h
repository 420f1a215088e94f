/* Landlock: which files this process, and what it executes, may still touch. Linux 5.13 and later. */
#ifndef DAEMON_WIRE_LANDLOCK_H
#define DAEMON_WIRE_LANDLOCK_H

#include <stddef.h>

enum landlock_access {
	LANDLOCK_READ = 1,    /* files and folders */
	LANDLOCK_WRITE = 2,   /* and make, move, link and remove files, folders and sockets */
	LANDLOCK_SPECIAL = 4, /* make devices, pipes and symbolic links */
	LANDLOCK_EXECUTE = 8,
};

/* The first version in which files may move between folders of a process that is confined. */
#define LANDLOCK_MOVES 2

/* What may be done with a file, or with all below a folder. */
struct landlock_rule {
	const char *path;
	unsigned int access; /* of enum landlock_access */
};

/* The version that the kernel has, from 1; -errno where it is not to be had: -ENOSYS, -EOPNOTSUPP. */
int landlock_version(void);

/*
 * Gives up every access in handled but for what the rules give back. A rule whose path is not there
 * is passed over; of a rule for a file only what files have is asked. New privileges must have been
 * renounced. Returns 0 or -errno: everything is as it was.
 */
int landlock_confine(unsigned int handled, const struct landlock_rule *rules, size_t n);

#endif
