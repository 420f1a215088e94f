/*
 * The fetcher's sandbox: prctl, resource limits, Landlock, then the filter on system calls. Owns
 * nothing; what is given up stays given up.
 *
 * Errors: a step that fails ends the start of the fetcher, but for Landlock and the filter where
 * they are not to be had, which is tolerated unless the sandbox is required. Feeds' own
 * certificates come with their polls, so that no folder of the operator's need be readable.
 */
#include "config.h"

#include "daemon/fetch/sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/fetch/syscalls.h"
#include "daemon/wire/landlock.h"
#include "daemon/wire/log.h"

#define SPARE_DESCRIPTORS 96 /* beside the connections: the resolver's, libraries', our own */
#define ADDRESS_SPACE (4ULL << 30)

static int
set_limit(int resource, rlim_t value)
{
	struct rlimit limit = { 0 };

	if (getrlimit(resource, &limit) < 0)
		return -errno;
	if (limit.rlim_max != RLIM_INFINITY && value > limit.rlim_max)
		value = limit.rlim_max;
	limit.rlim_cur = limit.rlim_max = value;
	return setrlimit(resource, &limit) < 0 ? -errno : 0;
}

/* A log that is a plain file must stay writable; Landlock keeps others from being opened. */
static int
limit_file_size(void)
{
	struct stat st;

	if (fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	return set_limit(RLIMIT_FSIZE, 0);
}

int
sandbox_resize(uint32_t max_connections)
{
	/* Happy eyeballs and a redirect can have two sockets for one connection. */
	rlim_t value = (rlim_t)max_connections * 2 + SPARE_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	/* The hard limit stays, for the number may grow at a reload. */
	limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

static int
limit_resources(uint32_t max_connections)
{
	int r = set_limit(RLIMIT_CORE, 0);

	if (r == 0)
		r = sandbox_resize(max_connections);
	if (r == 0)
		r = limit_file_size();
#ifndef WITH_SANITIZERS
	if (r == 0)
		r = set_limit(RLIMIT_AS, (rlim_t)ADDRESS_SPACE);
#endif
	return r;
}

static int
drop_privileges(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
#ifndef WITH_SANITIZERS
	/* The leak checker traces its own process. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
#endif
	return 0;
}

/* What TLS, the resolver and the C library read while the fetcher runs. */
static const struct landlock_rule readable[] = {
	{ "/dev/null", LANDLOCK_READ }, { "/dev/urandom", LANDLOCK_READ },
	{ "/etc/ca-certificates", LANDLOCK_READ }, { "/etc/gai.conf", LANDLOCK_READ },
	{ "/etc/host.conf", LANDLOCK_READ }, { "/etc/hosts", LANDLOCK_READ },
	{ "/etc/ld.so.cache", LANDLOCK_READ }, { "/etc/localtime", LANDLOCK_READ },
	{ "/etc/nsswitch.conf", LANDLOCK_READ }, { "/etc/pki", LANDLOCK_READ },
	{ "/etc/protocols", LANDLOCK_READ }, { "/etc/resolv.conf", LANDLOCK_READ },
	{ "/etc/services", LANDLOCK_READ }, { "/etc/ssl", LANDLOCK_READ },
	{ "/lib", LANDLOCK_READ }, { "/lib64", LANDLOCK_READ },
	{ "/run/NetworkManager", LANDLOCK_READ }, { "/run/resolvconf", LANDLOCK_READ },
	{ "/run/systemd/resolve", LANDLOCK_READ }, { "/usr/lib", LANDLOCK_READ },
	{ "/usr/lib64", LANDLOCK_READ }, { "/usr/local/share/ca-certificates", LANDLOCK_READ },
	{ "/usr/share/ca-certificates", LANDLOCK_READ }, { "/usr/share/zoneinfo", LANDLOCK_READ },
#ifdef WITH_SANITIZERS
	{ "/proc", LANDLOCK_READ }, /* the leak checker looks at its own threads */
#endif
};

static int
lock_files(void)
{
	return landlock_confine(
		LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_SPECIAL | LANDLOCK_EXECUTE, readable,
		sizeof(readable) / sizeof(readable[0]));
}

/* Sanitizers need calls that no fetcher does. */
static int
filter_calls(void)
{
#ifdef WITH_SANITIZERS
	return 0;
#else
	return syscalls_filter();
#endif
}

/* The kernel has no such thing, it is switched off, or a service manager's filter keeps it from us. */
static bool
is_unavailable(int error)
{
	return error == -ENOSYS || error == -EOPNOTSUPP || error == -EPERM;
}

static const struct {
	int (*enter)(void);
	const char *without; /* the keeper has said it at its start (keep/confine.c) */
} walls[] = {
	{ lock_files, "Landlock is not to be had here: this process could read other files" },
	{ filter_calls, "seccomp is not to be had here: this process could make any system call" },
};

int
sandbox_enter(enum sandbox_mode mode, uint32_t max_connections)
{
	int r;

	if (mode == SANDBOX_NO)
		return 0;
	r = drop_privileges();
	if (r == 0)
		r = limit_resources(max_connections);
	for (size_t i = 0; r == 0 && i < sizeof(walls) / sizeof(walls[0]); i++) {
		r = walls[i].enter();
		if (!is_unavailable(r) || mode == SANDBOX_REQUIRED)
			continue;
		log_debug(NULL, "%s (%s)", walls[i].without, strerror(-r));
		r = 0;
	}
	return r;
}
