/*
 * Looks at files, the file systems and the kernel. Nothing is changed, nothing but the resolver's
 * own files is asked.
 */
#include "config.h"

#include "tools/doctor_system.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/spool/layout.h"

#define BUILT_AFTER INT64_C(1767225600) /* 2026-01-01: no right clock is behind it */
#define MIB (INT64_C(1) << 20)
#define DATABASE_ROOM (64 * MIB) /* its log alone grows to some of it */

struct owner {
	char name[64];
};

static struct owner
owner_of(const struct stat *st)
{
	const struct passwd *user = getpwuid(st->st_uid);
	struct owner owner;

	if (user != NULL)
		snprintf(owner.name, sizeof(owner.name), "%s", user->pw_name);
	else
		snprintf(owner.name, sizeof(owner.name), "user %ju", (uintmax_t)st->st_uid);
	return owner;
}

static void
look_at_room(const struct diagnosis_sink *sink, const struct config *config)
{
	const char *path = config->spool_directory;
	double least = config->min_free;
	struct statvfs st;
	int64_t available, total;

	if (statvfs(path, &st) < 0) {
		diagnosis_bad(sink, "disk", "", "%s: %s", path, strerror(errno));
		return;
	}
	available = (int64_t)(st.f_bavail * st.f_frsize);
	total = (int64_t)(st.f_blocks * st.f_frsize);
	if (available < config->min_free_bytes || (double)available < least * (double)total)
		diagnosis_bad(sink, "disk",
			"make room, lower retain-age or retain-size, or lower min-free: polling "
			"pauses until then",
			"%s: %" PRId64 " MiB free, less than min-free asks for", path,
			available / MIB);
	else if (st.f_files > 0 && (double)st.f_favail < least * (double)st.f_files)
		diagnosis_bad(sink, "disk",
			"an article takes an inode: remove files, or make the file system with "
			"more of them",
			"%s: %" PRIu64 " inodes free, less than min-free asks for", path,
			(uint64_t)st.f_favail);
	else
		diagnosis_good(sink, "disk", "%s: %" PRId64 " MiB free", path, available / MIB);
}

/*
 * The folders in it: files get into them by links and renames, which end where a file system does,
 * and the daemon's user must own them.
 */
static void
look_at_folders(const struct diagnosis_sink *sink, const char *path, const struct stat *spool)
{
	static const char *const folders[] = { SPOOL_TMP, SPOOL_ARTICLES, SPOOL_TAGS, SPOOL_QUEUES,
		SPOOL_CURSORS, SPOOL_QUARANTINE };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct buf folder = { 0 };
		struct stat st;

		buf_printf(&folder, "%s/%s", path, folders[i]);
		if (lstat(buf_str(&folder), &st) < 0)
			; /* the daemon makes it when it needs it */
		else if (!S_ISDIR(st.st_mode))
			diagnosis_bad(sink, "spool", "move it away: the daemon makes a folder",
				"%s: no directory", buf_str(&folder));
		else if (st.st_dev != spool->st_dev)
			diagnosis_bad(sink, "spool",
				"the whole spool is one file system: articles are linked and moved "
				"within it",
				"%s: another file system is mounted there", buf_str(&folder));
		else if (st.st_uid != spool->st_uid || (st.st_mode & 0700) != 0700)
			diagnosis_bad(sink, "spool",
				"chown it to the spool's own user, and chmod u+rwx",
				"%s: of %s, mode %03o: the spool's user, %s, may not write",
				buf_str(&folder), owner_of(&st).name, st.st_mode & 0777,
				owner_of(spool).name);
		buf_done(&folder);
	}
}

void
doctor_spool(const struct diagnosis_sink *sink, const struct config *config)
{
	const char *path = config->spool_directory;
	struct stat st;

	if (stat(path, &st) < 0) {
		diagnosis_bad(sink, "spool",
			"make it (systemd-tmpfiles --create, or mkdir) or mount it: the daemon "
			"never makes it",
			"%s: %s", path, strerror(errno));
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		diagnosis_bad(
			sink, "spool", "name a directory in [spool]", "%s: no directory", path);
		return;
	}
	if ((st.st_mode & 0700) != 0700)
		diagnosis_bad(sink, "spool", "chmod u+rwx", "%s: its owner, %s, may not write",
			path, owner_of(&st).name);
	else if ((st.st_mode & 0002) != 0)
		diagnosis_bad(sink, "spool", "chmod o-w: what others write is not to be trusted",
			"%s: everybody may write to it", path);
	else
		diagnosis_good(sink, "spool", "%s, of %s", path, owner_of(&st).name);
	look_at_folders(sink, path, &st);
	look_at_room(sink, config);
}

static void
look_at_owners(
	const struct diagnosis_sink *sink, const struct config *config, const struct stat *database)
{
	struct stat spool;

	if (stat(config->spool_directory, &spool) < 0)
		return;
	if (!S_ISREG(database->st_mode))
		diagnosis_bad(sink, "database", "move it away, or name another in [state]",
			"%s: no file", config->database);
	else if (spool.st_uid != database->st_uid)
		diagnosis_bad(sink, "database", "both must be the user's that the daemon runs as",
			"%s is %s's, the spool %s's", config->database, owner_of(database).name,
			owner_of(&spool).name);
	else if ((database->st_mode & 0077 & ~0040) != 0)
		diagnosis_note(sink, "database", "chmod 0600 or 0640: it knows what you read",
			"%s can be opened by others", config->database);
	else
		diagnosis_good(sink, "database", "%s, %" PRId64 " kB", config->database,
			(int64_t)database->st_size / 1024);
}

/* Where the database is on a file system of its own, that needs room as well. */
static void
look_at_its_room(const struct diagnosis_sink *sink, const struct config *config, const char *folder)
{
	struct stat own, spool;
	struct statvfs st;
	int64_t available;

	if (stat(folder, &own) < 0 || statvfs(folder, &st) < 0 ||
		(stat(config->spool_directory, &spool) == 0 && own.st_dev == spool.st_dev))
		return;
	available = (int64_t)(st.f_bavail * st.f_frsize);
	if (available < DATABASE_ROOM)
		diagnosis_bad(sink, "disk", "make room: what is polled cannot be stored without",
			"%s, of the database: %" PRId64 " MiB free", folder, available / MIB);
	else
		diagnosis_good(sink, "disk", "%s, of the database: %" PRId64 " MiB free", folder,
			available / MIB);
}

void
doctor_database(const struct diagnosis_sink *sink, const struct config *config)
{
	char *folder = strdup(config->database), *slash = NULL;
	struct stat st;

	if (folder != NULL)
		slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
	if (stat(config->database, &st) == 0)
		look_at_owners(sink, config, &st);
	else if (errno != ENOENT)
		diagnosis_bad(sink, "database", "run this as root or as the daemon's user",
			"%s: %s", config->database, strerror(errno));
	else if (slash == NULL || stat(folder[0] != '\0' ? folder : "/", &st) < 0)
		diagnosis_bad(sink, "database", "make its folder, for the daemon's user", "%s: %s",
			config->database, strerror(errno));
	else
		diagnosis_note(sink, "database", "",
			"%s is not there yet: the first start makes it", config->database);
	if (slash != NULL)
		look_at_its_room(sink, config, folder[0] != '\0' ? folder : "/");
	free(folder);
}

void
doctor_clock(const struct diagnosis_sink *sink)
{
	struct timex timex = { 0 };
	int state = adjtimex(&timex);
	int64_t now = (int64_t)time(NULL);

	if (now < BUILT_AFTER)
		diagnosis_bad(sink, "clock", "set it: certificates and dates depend on it",
			"it is years behind");
	else if (state == TIME_ERROR || (state >= 0 && (timex.status & STA_UNSYNC)))
		diagnosis_note(sink, "clock", "timedatectl set-ntp true, or run chrony",
			"nothing keeps it right");
	else
		diagnosis_good(sink, "clock", "it is kept right");
}

void
doctor_sandbox(const struct diagnosis_sink *sink, const struct config *config)
{
	const char *advice =
		config->sandbox == CONFIG_SANDBOX_REQUIRED
			? "sandbox = required: no fetcher will start on this kernel"
			: "fetchers run with less around them; Linux 5.13 and later has it";
#ifdef SYS_landlock_create_ruleset
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);
#else
	long version = -1;
#endif

	if (config->sandbox == CONFIG_SANDBOX_NO)
		diagnosis_note(sink, "sandbox", "sandbox = yes costs nothing",
			"it is switched off in the configuration");
	else if (version > 0)
		diagnosis_good(sink, "sandbox", "Landlock, version %ld", version);
	else if (config->sandbox == CONFIG_SANDBOX_REQUIRED)
		diagnosis_bad(sink, "sandbox", advice, "this kernel has no Landlock");
	else
		diagnosis_note(sink, "sandbox", advice, "this kernel has no Landlock");
}
