/* The sockets that the control interface listens on. */
#ifndef DAEMON_CONTROL_SOCKETS_H
#define DAEMON_CONTROL_SOCKETS_H

#include <stdbool.h>
#include <sys/types.h>

#include "daemon/conf/config.h"

/* A socket file that is ours, as long as nobody puts another in its place. */
struct sockets_file {
	char *path; /* NULL: none */
	dev_t device;
	ino_t inode;
};

/*
 * A listening Unix socket at path, with this mode and, where group is not NULL, of this group. What
 * a daemon that was killed has left there is removed; what another serves is not (-EADDRINUSE), nor
 * what is no socket. Returns 0 with the descriptor, or -errno with words in err.
 */
int sockets_unix(const char *path, unsigned int mode, const char *group,
	struct sockets_file *ret_file, int *ret_fd, struct config_error *err);

/* Removes the file where it still is ours. */
void sockets_remove(struct sockets_file *file);

/* A listening TCP socket at "127.0.0.1:9753" or "[::1]:9753". */
int sockets_tcp(const char *address, int *ret_fd, struct config_error *err);

/* The address family of a listening socket that was handed over; -1: it is none. */
int sockets_family(int fd);

#endif
