/* One fetcher process: how it is started and ended. */
#ifndef DAEMON_KEEP_POOL_PROCESS_H
#define DAEMON_KEEP_POOL_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "daemon/fetch/fetcher.h"

struct pool_process {
	pid_t pid;                 /* 0: none */
	struct fetcher_page *page; /* NULL: none */
};

/*
 * Executes program as fetcher number index, with one end of a socket pair and the shared page as its
 * only descriptors beside the standard ones. The other end goes to *ret_fd. Returns 0 or -errno.
 */
int pool_process_start(
	const char *program, unsigned int index, struct pool_process *ret_process, int *ret_fd);

/*
 * Takes the process from the kernel if it has ended. Returns true then, with its wait status, and
 * pid is 0; the page stays.
 */
bool pool_process_reap(struct pool_process *process, int *ret_status);

/* The same, waiting for it; after a SIGKILL that is soon. */
void pool_process_wait(struct pool_process *process);

void pool_process_kill(const struct pool_process *process);

/* Gives the page back. */
void pool_process_done(struct pool_process *process);

#endif
