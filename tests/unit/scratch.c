#define _GNU_SOURCE /* nftw */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/scratch.h"

void
scratch_make(struct scratch *scratch)
{
	const char *tmpdir = getenv("TMPDIR");

	snprintf(scratch->path, sizeof(scratch->path), "%s/newspool-XXXXXX",
		tmpdir && strlen(tmpdir) < 40 ? tmpdir : "/tmp");
	if (!mkdtemp(scratch->path))
		errx(1, "no scratch directory %s", scratch->path);
	scratch->dir = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scratch->dir < 0)
		errx(1, "cannot open %s", scratch->path);
}

void
scratch_make_again(struct scratch *scratch)
{
	close(scratch->dir);
	if (mkdir(scratch->path, 0750) < 0)
		errx(1, "cannot make %s again", scratch->path);
	scratch->dir = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scratch->dir < 0)
		errx(1, "cannot open %s", scratch->path);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
scratch_remove_tree(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
scratch_remove(struct scratch *scratch)
{
	close(scratch->dir);
	scratch_remove_tree(scratch->path);
}

void
scratch_file(struct scratch *scratch, const char *path, const char *text)
{
	char folder[1024];
	int fd;

	for (const char *end = strchr(path, '/'); end; end = strchr(end + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(end - path), path);
		if (mkdirat(scratch->dir, folder, 0750) < 0 && errno != EEXIST)
			err(1, "%s", folder);
	}
	fd = openat(scratch->dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) < 0)
		err(1, "%s", path);
}

unsigned int
scratch_count(const struct scratch *scratch, const char *folder)
{
	int fd = openat(scratch->dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fdopendir(fd);
	const struct dirent *entry;
	unsigned int n = 0;

	if (!stream)
		err(1, "%s", folder);
	while ((entry = readdir(stream)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(stream);
	return n;
}
