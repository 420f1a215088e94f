/*
 * Making and removing sockets. Owns nothing.
 *
 * Invariants: a socket file has its mode and its group before anybody can connect to it.
 *
 * Errors: -errno, and a sentence that says what to do.
 */
#include "daemon/control/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

static int
failed(int error, struct config_error *err, const char *path, const char *what)
{
	snprintf(err->text, sizeof(err->text), "%s: %s: %s", path, what, strerror(-error));
	return error;
}

/* Returns 0 where nothing is in the way (any more). */
static int
clear_place(const struct sockaddr_un *address, struct config_error *err)
{
	const char *path = address->sun_path;
	struct stat st;
	int fd, error;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : failed(-errno, err, path, "cannot be looked at");
	if (!S_ISSOCK(st.st_mode))
		return failed(-EEXIST, err, path, "is there and is no socket: name another place");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return failed(-errno, err, path, "no socket");
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? errno : 0;
	close(fd);
	if (error != ECONNREFUSED)
		return failed(-EADDRINUSE, err, path, "another daemon serves it");
	if (unlink(path) < 0 && errno != ENOENT)
		return failed(-errno, err, path, "what an earlier daemon left cannot be removed");
	return 0;
}

static int
give_to_group(const char *path, const char *name, struct config_error *err)
{
	const struct group *group = getgrnam(name);

	if (group == NULL)
		return failed(-ENOENT, err, name, "control-group: there is no such group");
	if (chown(path, (uid_t)-1, group->gr_gid) < 0)
		return failed(-errno, err, path,
			"cannot be given to control-group: the daemon's user must be in it");
	return 0;
}

static int
bind_unix(int fd, const struct sockaddr_un *address, unsigned int mode, const char *group,
	struct sockets_file *file, struct config_error *err)
{
	const char *path = address->sun_path;
	mode_t mask = umask(0777);
	int error = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	struct stat st;

	umask(mask);
	if (error != 0)
		return failed(error, err, path,
			"cannot be made: its folder must be there and be the daemon's user's");
	if (lstat(path, &st) < 0)
		return failed(-errno, err, path, "cannot be looked at");
	file->device = st.st_dev;
	file->inode = st.st_ino;
	file->path = strdup(path);
	if (file->path == NULL)
		return failed(-ENOMEM, err, path, "out of memory");
	if (group != NULL)
		error = give_to_group(path, group, err);
	if (error == 0 && chmod(path, mode) < 0)
		error = failed(-errno, err, path, "cannot be given its mode");
	if (error == 0 && listen(fd, BACKLOG) < 0)
		error = failed(-errno, err, path, "cannot be listened on");
	return error;
}

int
sockets_unix(const char *path, unsigned int mode, const char *group, struct sockets_file *ret_file,
	int *ret_fd, struct config_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct sockets_file file = { 0 };
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return failed(-ENAMETOOLONG, err, path, "control");
	memcpy(address.sun_path, path, strlen(path));
	if ((error = clear_place(&address, err)) != 0)
		return error;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return failed(-errno, err, path, "no socket");
	error = bind_unix(fd, &address, mode, group, &file, err);
	if (error != 0) {
		sockets_remove(&file);
		close(fd);
		return error;
	}
	*ret_file = file;
	*ret_fd = fd;
	return 0;
}

void
sockets_remove(struct sockets_file *file)
{
	struct stat st;

	if (file->path != NULL && lstat(file->path, &st) == 0 && st.st_dev == file->device &&
		st.st_ino == file->inode)
		unlink(file->path);
	free(file->path);
	file->path = NULL;
}

static socklen_t
parse_address(const char *text, struct sockaddr_storage *ret_address)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret_address;
	struct sockaddr_in *four = (struct sockaddr_in *)ret_address;
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	in_port_t port;

	memset(ret_address, 0, sizeof(*ret_address));
	if (colon == NULL || (size_t)(colon - text) >= sizeof(host))
		return 0;
	port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (text[0] == '[' && colon[-1] == ']') {
		snprintf(host, sizeof(host), "%.*s", (int)(colon - text - 2), text + 1);
		six->sin6_family = AF_INET6;
		six->sin6_port = port;
		return inet_pton(AF_INET6, host, &six->sin6_addr) == 1 ? sizeof(*six) : 0;
	}
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	four->sin_family = AF_INET;
	four->sin_port = port;
	return inet_pton(AF_INET, host, &four->sin_addr) == 1 ? sizeof(*four) : 0;
}

int
sockets_tcp(const char *address, int *ret_fd, struct config_error *err)
{
	struct sockaddr_storage name;
	socklen_t size = parse_address(address, &name);
	int fd, one = 1;

	if (size == 0)
		return failed(-EINVAL, err, address, "listen");
	fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return failed(-errno, err, address, "no socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&name, size) < 0 || listen(fd, BACKLOG) < 0) {
		int error = failed(-errno, err, address, "cannot be listened on");

		close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

int
sockets_family(int fd)
{
	int listens = 0, family = -1;
	socklen_t size = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || !listens)
		return -1;
	size = sizeof(int);
	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 ? family : -1;
}
