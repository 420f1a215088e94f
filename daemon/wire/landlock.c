/* Landlock by its system calls, for which the C library has no functions. Owns nothing. */
#include "config.h"

#include "daemon/wire/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>

#define REFER (1ULL << 13) /* LANDLOCK_ACCESS_FS_REFER, which older headers lack */
#define OF_FILES \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE)

int
landlock_version(void)
{
	long version = syscall(
		SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? -errno : (int)version;
}

static uint64_t
bits_of(unsigned int access)
{
	uint64_t bits = 0;

	if (access & LANDLOCK_READ)
		bits |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	if (access & LANDLOCK_WRITE)
		bits |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
			LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
			LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK;
	if (access & LANDLOCK_WRITE && landlock_version() >= LANDLOCK_MOVES)
		bits |= REFER;
	if (access & LANDLOCK_SPECIAL)
		bits |= LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_FIFO |
			LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
	if (access & LANDLOCK_EXECUTE)
		bits |= LANDLOCK_ACCESS_FS_EXECUTE;
	return bits;
}

static int
add_rule(int ruleset, const struct landlock_rule *rule)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = bits_of(rule->access) };
	struct stat st;
	int r = 0;

	beneath.parent_fd = open(rule->path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return 0;
	if (fstat(beneath.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		beneath.allowed_access &= OF_FILES;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
		r = -errno;
	close(beneath.parent_fd);
	return r;
}

int
landlock_confine(unsigned int handled, const struct landlock_rule *rules, size_t n)
{
	const struct landlock_ruleset_attr attributes = { .handled_access_fs = bits_of(handled) };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	int r = 0;

	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_rule(ruleset, &rules[i]);
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = -errno;
	close(ruleset);
	return r;
}

#else

int
landlock_version(void)
{
	return -ENOSYS;
}

int
landlock_confine(unsigned int handled, const struct landlock_rule *rules, size_t n)
{
	(void)handled;
	(void)rules;
	(void)n;
	return -ENOSYS;
}

#endif
