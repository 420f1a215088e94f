/*
 * Owns nothing. Cursors are other users' files in a folder that they may write: each is opened
 * without following links or waiting, and no more is read than a cursor has.
 *
 * Errors: those of the folder; a file that is no cursor is passed over or stands at 0.
 */
#include "daemon/keep/cursors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/spool/cursor.h"

/* -ENOENT for what is no file, or is gone. */
static int
read_cursor(int dir, const char *name, uint64_t *ret_seq)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char text[SPOOL_CURSOR_MAX];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return errno == EACCES ? -EBADMSG : -ENOENT;
	n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, text, sizeof(text)) : -2;
	close(fd);
	if (n < 0)
		return n == -2 ? -ENOENT : -EBADMSG;
	return spool_cursor_parse(text, (size_t)n, ret_seq);
}

static void
look_at(int dir, const char *name, struct cursors_last *last)
{
	uint64_t seq = 0;

	if (!spool_is_slug(name) || read_cursor(dir, name, &seq) == -ENOENT || seq >= last->seq)
		return;
	last->seq = seq;
	memcpy(last->name, name, strlen(name) + 1); /* a slug has room */
}

int
cursors_last(int dir, struct cursors_last *ret_last)
{
	struct cursors_last last = { .seq = UINT64_MAX };
	int fd = openat(dir, SPOOL_CURSORS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *open = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (open == NULL) {
		int error = fd < 0 ? -errno : -ENOMEM;
		if (fd >= 0)
			close(fd);
		if (error != -ENOENT)
			return error;
		*ret_last = last;
		return 0;
	}
	for (int i = 0; i < CURSORS_MAX && (entry = readdir(open)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		look_at(dirfd(open), entry->d_name, &last);
		i++;
	}
	closedir(open);
	*ret_last = last;
	return 0;
}
