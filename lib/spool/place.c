/*
 * Where a spool stands. An opened spool is a descriptor; a service that reads it for months may
 * outlive the directory, which an operator removes and makes again, or replaces by a backup's. Who
 * follows, or takes from a queue, asks here and goes on with what stands at the path now.
 */
#define _GNU_SOURCE /* dup3 */
#include "lib/spool/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"

int
spool_place(const char *directory, char **ret_place)
{
	struct buf path = { 0 };
	char *here = *directory == '/' ? NULL : getcwd(NULL, 0);

	if (*directory != '/' && !here)
		return -errno;
	if (here)
		buf_printf(&path, "%s/", here);
	buf_puts(&path, directory);
	free(here);
	*ret_place = buf_steal(&path);
	return *ret_place ? 0 : -ENOMEM;
}

/* Where it cannot be told, all is taken to be as it was. */
static bool
is_same(int dir, const char *place)
{
	struct stat ours, there;

	if (stat(place, &there) < 0)
		return errno != ENOENT && errno != ENOTDIR;
	return fstat(dir, &ours) < 0 ||
	       (ours.st_ino == there.st_ino && ours.st_dev == there.st_dev);
}

bool
spool_is_there(const struct np_spool *spool)
{
	return !spool->place || is_same(spool->dir, spool->place);
}

int
spool_renew(struct np_spool *spool)
{
	int error = 0, dir;

	if (spool_is_there(spool))
		return 0;
	dir = open(spool->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (dup3(dir, spool->dir, O_CLOEXEC) < 0)
		error = -errno;
	else
		spool->generation++;
	close(dir);
	return error;
}
