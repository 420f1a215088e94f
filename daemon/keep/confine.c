/*
 * The keeper's own confinement. Owns nothing; what is given up stays given up.
 *
 * Reading is not confined: configuration, lists, secrets and certificates stand wherever their
 * operator wants them, and a reload may name others.
 */
#include "config.h"

#include "daemon/keep/confine.h"

#include <errno.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/wire/landlock.h"

#define FOLDERS 3

void
confine_memory(void)
{
#ifndef WITH_SANITIZERS
	/* The leak checker traces its own process. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static int
seccomp_version(void)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? -errno : 1;
}

static const struct {
	const char *name;
	int (*version)(void);
	const char *without;
} walls[] = {
	{ "Landlock", landlock_version, "keeper and fetchers could touch other files" },
	{ "seccomp", seccomp_version, "fetchers could make any system call" },
};

/* Said once; a wall that must be there and is not ends the start. */
static int
look_at_walls(const struct config *config, struct config_error *err)
{
	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
		int version = walls[i].version();

		if (version > 0)
			continue;
		if (config->sandbox == CONFIG_SANDBOX_REQUIRED) {
			snprintf(err->text, sizeof(err->text),
				"sandbox = required, but %s is not to be had here (%s): run a "
				"kernel "
				"that has it, or say sandbox = yes and go without",
				walls[i].name, strerror(-version));
			return -EPERM;
		}
		log_notice(NULL, "%s is not to be had here (%s): %s", walls[i].name,
			strerror(-version), walls[i].without);
	}
	return 0;
}

/* The folder in which a file stands; "/" of what stands there. */
static void
folder_of(const char *file, char ret_folder[PATH_MAX])
{
	const char *slash = strrchr(file, '/');
	int size = slash != NULL ? (int)(slash - file) : 0;

	snprintf(ret_folder, PATH_MAX, "%.*s", size > 0 ? size : 1, size > 0 ? file : "/");
}

static int
lock_writing(const struct config *config)
{
	const char *const files[FOLDERS] = { config->spool_directory, config->database,
		config->control };
	char folders[FOLDERS][PATH_MAX];
	struct landlock_rule rules[FOLDERS + 1] = { { "/dev/null", LANDLOCK_WRITE } };
	size_t n = config->control != NULL ? FOLDERS : FOLDERS - 1;

	for (size_t i = 0; i < n; i++) {
		folder_of(files[i], folders[i]);
		rules[i + 1] = (struct landlock_rule){ folders[i], LANDLOCK_WRITE };
	}
	/* SQLite's temporary files; else they would be in /var/tmp. */
	if (setenv("SQLITE_TMPDIR", folders[1], 1) < 0)
		return -errno;
	return landlock_confine(LANDLOCK_WRITE | LANDLOCK_SPECIAL, rules, n + 1);
}

int
confine_files(const struct config *config, struct config_error *err)
{
	int error;

	if (config->sandbox == CONFIG_SANDBOX_NO)
		return 0;
	error = look_at_walls(config, err);
	if (error != 0 || landlock_version() < LANDLOCK_MOVES)
		return error;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		error = -errno;
	if (error == 0)
		error = lock_writing(config);
	if (error != 0)
		snprintf(err->text, sizeof(err->text), "the keeper cannot be confined: %s",
			strerror(-error));
	return error;
}
