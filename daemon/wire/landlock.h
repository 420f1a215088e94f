/* Landlock: which files this process, and what it executes, may still touch. Linux 5.13 and later. */
#ifndef DAEMON_WIRE_LANDLOCK_H
#define DAEMON_WIRE_LANDLOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif

/* That the kernel's header may not know yet: files to be moved and linked between folders. */
#define LANDLOCK_REFER (1ULL << 13)

/* What may be done with a file, or with all below a folder. */
struct landlock_rule {
	const char *path;
	uint64_t access;
};

/* The version that the kernel has, from 1; -errno where it is not to be had: -ENOSYS, -EOPNOTSUPP. */
int landlock_version(void);

/*
 * Gives up every access in handled but for what the rules give back. A rule whose path is not there
 * is passed over; of a rule for a file only what files have is asked. New privileges must have been
 * renounced. Returns 0 or -errno: everything is as it was.
 */
int landlock_confine(uint64_t handled, const struct landlock_rule *rules, size_t n);

#endif
