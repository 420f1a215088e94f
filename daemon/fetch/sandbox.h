/* What a fetcher gives up before it opens its first connection. */
#ifndef DAEMON_FETCH_SANDBOX_H
#define DAEMON_FETCH_SANDBOX_H

#include <stdint.h>

/* As message_setup.sandbox has it. */
enum sandbox_mode { SANDBOX_NO, SANDBOX_YES, SANDBOX_REQUIRED };

/*
 * Locks the process in: no new privileges, no core, not traceable, limits on descriptors, memory
 * and files, the file system read-only but for what TLS and the resolver need and closed but for
 * that, and the system calls of syscalls.h. max_connections sizes the limit on descriptors. Returns
 * 0; -errno where a part that every kernel has failed, or, with SANDBOX_REQUIRED, where Landlock or
 * seccomp is not to be had: no such kernel, switched off, or a service manager's filter in front of
 * it. Otherwise that is passed over: the keeper has said it once for all.
 */
int sandbox_enter(enum sandbox_mode mode, uint32_t max_connections);

/* Another number of connections: the limit on descriptors follows it. Returns 0 or -errno. */
int sandbox_resize(uint32_t max_connections);

#endif
