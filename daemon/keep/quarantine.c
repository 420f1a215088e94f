/*
 * Owns nothing but what it has open during a call. A document appears under its name when it is
 * whole; what another start left unfinished begins with a dot and is written over.
 *
 * Errors: -errno; nothing of the feed's older document is lost then.
 */
#include "daemon/keep/quarantine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/spool/layout.h"

#define FILE_MODE 0640
#define DOCUMENT ".document"
#define WORDS ".txt"
#define NAME_SIZE (SPOOL_SLUG_BYTES + sizeof(DOCUMENT) + 8)

static int
open_folder(const char *spool, int *ret_dir)
{
	int above = open(spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0, dir;

	if (above < 0)
		return -errno;
	dir = openat(above, SPOOL_QUARANTINE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		error = -errno;
	close(above);
	if (error == 0)
		*ret_dir = dir;
	return error;
}

static int
write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		size -= (size_t)n;
	}
	return fdatasync(fd) == 0 ? 0 : -errno;
}

static int
write_file(int dir, const char *feed, const char *suffix, const void *data, size_t size)
{
	char name[NAME_SIZE], new[NAME_SIZE + 1];
	int fd, error;

	snprintf(name, sizeof(name), "%s%s", feed, suffix);
	snprintf(new, sizeof(new), ".%s", name);
	unlinkat(dir, new, 0);
	fd = openat(dir, new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -errno;
	error = write_all(fd, data, size);
	if (close(fd) < 0 && error == 0)
		error = -errno;
	if (error == 0 && renameat(dir, new, dir, name) < 0)
		error = -errno;
	if (error != 0)
		unlinkat(dir, new, 0);
	return error;
}

struct oldest {
	size_t n;
	int64_t bytes, time;
	char feed[SPOOL_SLUG_BYTES + 1];
};

/* A document's feed; false for other names. */
static bool
feed_of(const char *name, char ret_feed[SPOOL_SLUG_BYTES + 1])
{
	size_t len = strlen(name), suffix = strlen(DOCUMENT);

	if (name[0] == '.' || len <= suffix || len - suffix > SPOOL_SLUG_BYTES ||
		strcmp(name + len - suffix, DOCUMENT) != 0)
		return false;
	memcpy(ret_feed, name, len - suffix);
	ret_feed[len - suffix] = '\0';
	return true;
}

static int
find_oldest(int dir, const char *keep, struct oldest *ret_oldest)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct oldest oldest = { .time = INT64_MAX };
	const struct dirent *entry;

	if (stream == NULL) {
		int error = -errno;
		if (fd >= 0)
			close(fd);
		return error;
	}
	while ((entry = readdir(stream)) != NULL) {
		char feed[SPOOL_SLUG_BYTES + 1];
		struct stat st;
		if (!feed_of(entry->d_name, feed) ||
			fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		oldest.n++;
		oldest.bytes += st.st_size;
		if (strcmp(feed, keep) != 0 && st.st_mtim.tv_sec < oldest.time) {
			oldest.time = st.st_mtim.tv_sec;
			memcpy(oldest.feed, feed, sizeof(feed));
		}
	}
	closedir(stream);
	*ret_oldest = oldest;
	return 0;
}

static int
remove_of(int dir, const char *feed)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s" WORDS, feed);
	unlinkat(dir, name, 0);
	snprintf(name, sizeof(name), "%s" DOCUMENT, feed);
	return unlinkat(dir, name, 0) == 0 ? 0 : -errno;
}

/* The oldest go until the others are few and small enough. */
static int
make_room(int dir, const char *keep)
{
	struct oldest oldest = { 0 };
	int error = find_oldest(dir, keep, &oldest);

	while (error == 0 && oldest.feed[0] != '\0' &&
		(oldest.n > QUARANTINE_MAX || oldest.bytes > QUARANTINE_BYTES_MAX)) {
		error = remove_of(dir, oldest.feed);
		if (error == 0)
			error = find_oldest(dir, keep, &oldest);
	}
	return error;
}

static int
write_words(int dir, const struct quarantine_document *document)
{
	char when[CLOCK_RFC3339_SIZE];
	struct buf text = { 0 };
	int error;

	clock_rfc3339(document->when / 1000, when);
	buf_printf(&text,
		"feed: %s\nurl: %s\nwhen: %s\nbytes: %zu\nwhy: %s\n"
		"replay: newspool parse --url '%s' %s" DOCUMENT "\n",
		document->feed, document->url, when, document->size, document->why, document->url,
		document->feed);
	error = buf_error(&text);
	if (error == 0)
		error = write_file(dir, document->feed, WORDS, text.data, text.len);
	buf_done(&text);
	return error;
}

int
quarantine_put(const char *spool, const struct quarantine_document *document)
{
	int dir = -1, error;

	if (!spool_is_slug(document->feed))
		return -EINVAL;
	error = open_folder(spool, &dir);
	if (error == 0)
		error = write_file(dir, document->feed, DOCUMENT, document->data, document->size);
	if (error == 0)
		error = write_words(dir, document);
	if (error == 0)
		error = make_room(dir, document->feed);
	if (error == 0 && fsync(dir) != 0)
		error = -errno;
	if (dir >= 0)
		close(dir);
	return error;
}
