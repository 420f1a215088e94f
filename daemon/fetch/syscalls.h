/* Which system calls a fetcher may make, by libseccomp. */
#ifndef DAEMON_FETCH_SYSCALLS_H
#define DAEMON_FETCH_SYSCALLS_H

/*
 * Filters the system calls of this process and all its threads, for good: what fetching, resolving,
 * TLS and the C library need is allowed; starting programs and what only an intruder would ask for
 * ends the process with SIGSYS; all else fails with EPERM. Files open for reading alone, sockets are
 * of the internet, signals go to the process itself. Needs no-new-privileges. Returns 0; -ENOTSUP
 * where the kernel or a service manager's filter does not let it; -ENOMEM, -EINVAL.
 */
int syscalls_filter(void);

#endif
