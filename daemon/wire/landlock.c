/* Landlock by its system calls, for which the C library has no functions. Owns nothing. */
#include "config.h"

#include "daemon/wire/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_LINUX_LANDLOCK_H

#define OF_FILES \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE)

int
landlock_version(void)
{
	long version = syscall(
		SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? -errno : (int)version;
}

static int
add_rule(int ruleset, const struct landlock_rule *rule)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = rule->access };
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
landlock_confine(uint64_t handled, const struct landlock_rule *rules, size_t n)
{
	const struct landlock_ruleset_attr attributes = { .handled_access_fs = handled };
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
landlock_confine(uint64_t handled, const struct landlock_rule *rules, size_t n)
{
	(void)handled;
	(void)rules;
	(void)n;
	return -ENOSYS;
}

#endif
