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

#define CERTIFICATES "/etc/ssl/certs/ca-certificates.crt"
#define RESOLVER "/etc/resolv.conf"
#define BUILT_AFTER INT64_C(1767225600) /* 2026-01-01: no right clock is behind it */
#define MIB (INT64_C(1) << 20)

static const char *
owner_of(const struct stat *st)
{
	const struct passwd *user = getpwuid(st->st_uid);

	return user != NULL ? user->pw_name : "a user without a name";
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
			path, owner_of(&st));
	else if ((st.st_mode & 0002) != 0)
		diagnosis_bad(sink, "spool", "chmod o-w: what others write is not to be trusted",
			"%s: everybody may write to it", path);
	else
		diagnosis_good(sink, "spool", "%s, of %s", path, owner_of(&st));
	look_at_room(sink, config);
}

static void
look_at_owners(
	const struct diagnosis_sink *sink, const struct config *config, const struct stat *database)
{
	struct stat spool;

	if (stat(config->spool_directory, &spool) < 0)
		return;
	if (spool.st_uid != database->st_uid)
		diagnosis_bad(sink, "database", "both must be the user's that the daemon runs as",
			"%s is %s's, the spool another user's", config->database,
			owner_of(database));
	else if ((database->st_mode & 0077 & ~0040) != 0)
		diagnosis_note(sink, "database", "chmod 0600 or 0640: it knows what you read",
			"%s can be opened by others", config->database);
	else
		diagnosis_good(sink, "database", "%s, %" PRId64 " kB", config->database,
			(int64_t)database->st_size / 1024);
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
doctor_resolver(const struct diagnosis_sink *sink)
{
	FILE *file = fopen(RESOLVER, "re");
	char line[512];
	int servers = 0;

	if (file == NULL) {
		diagnosis_bad(sink, "resolver", "without it no host has an address", "%s: %s",
			RESOLVER, strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), file) != NULL)
		servers += strncmp(line, "nameserver", strlen("nameserver")) == 0;
	fclose(file);
	if (servers == 0)
		diagnosis_note(sink, "resolver", "feeds by name need one, unless a proxy asks",
			"%s names no server", RESOLVER);
	else
		diagnosis_good(sink, "resolver", "%s names %d", RESOLVER, servers);
}

void
doctor_certificates(const struct diagnosis_sink *sink)
{
	FILE *file = fopen(CERTIFICATES, "re");
	char line[512];
	int n = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		n += strstr(line, "BEGIN CERTIFICATE") != NULL;
	if (file != NULL)
		fclose(file);
	if (n == 0)
		diagnosis_bad(sink, "certificates",
			"install ca-certificates (and run update-ca-certificates): no https feed "
			"can be verified",
			"%s has none", CERTIFICATES);
	else
		diagnosis_good(sink, "certificates", "%s: %d authorities", CERTIFICATES, n);
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
