/*
 * Copies a spool, folder by folder. What is pending is kept in a list: few, and compared only with what
 * is of their age.
 *
 * Errors: -errno, with the path kept for who says it. What vanishes between being listed and being
 * copied has been taken by a consumer or by retention, and is no error.
 */
#include "tools/backup_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/spool/layout.h"

#define CHUNK 65536

struct pending {
	struct pending *next;
	const char *tmp, *path; /* where the copy has it; where it is to go */
	dev_t device;
	ino_t inode;
};

struct backup_copy {
	int from, to;
	uint64_t last;
	struct arena arena;
	struct pending *pending;
	uint64_t first_pending; /* the lowest sequence of them */
	struct backup_counts counts;
	struct buf error;
};

static int
failed(struct backup_copy *copy, const char *path, int error)
{
	buf_reset(&copy->error);
	buf_puts(&copy->error, path);
	return error;
}

const char *
backup_copy_error(const struct backup_copy *copy)
{
	return buf_str(&copy->error);
}

const struct backup_counts *
backup_copy_counts(const struct backup_copy *copy)
{
	return &copy->counts;
}

void
backup_copy_until(struct backup_copy *copy, uint64_t last)
{
	copy->last = last;
}

/* One folder, as it is in the spool; one that is there is left alone. */
static int
make_folder(struct backup_copy *copy, const char *path)
{
	struct stat st;
	mode_t mask;
	int status, error;

	if (fstatat(copy->from, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(copy, path, -errno);
	if (!S_ISDIR(st.st_mode))
		return -ENOENT;
	mask = umask(0);
	status = mkdirat(copy->to, path, st.st_mode & 07777);
	error = status < 0 ? -errno : 0;
	umask(mask);
	if (error == -EEXIST)
		return 0;
	if (error == 0 && geteuid() == 0 && fchownat(copy->to, path, st.st_uid, st.st_gid, 0) < 0)
		error = -errno;
	return error == 0 ? 0 : failed(copy, path, error);
}

static int
make_folders(struct backup_copy *copy)
{
	static const char *const folders[] = { SPOOL_TMP, SPOOL_ARTICLES, SPOOL_TAGS, SPOOL_QUEUES,
		SPOOL_CURSORS, SPOOL_QUARANTINE };
	int error = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && error == 0; i++)
		error = make_folder(copy, folders[i]);
	return error;
}

int
backup_copy_new(const char *from, const char *to, struct backup_copy **ret_copy)
{
	struct backup_copy *copy = calloc(1, sizeof(*copy));
	struct stat st = { 0 };
	int error = 0;

	if (copy == NULL)
		return -ENOMEM;
	copy->to = -1;
	copy->from = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy->from < 0 || fstat(copy->from, &st) < 0 || mkdir(to, st.st_mode & 07777) < 0 ||
		(copy->to = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		error = -errno;
	if (error == 0 && geteuid() == 0 && fchown(copy->to, st.st_uid, st.st_gid) < 0)
		error = -errno;
	if (error == 0)
		error = make_folders(copy);
	if (error != 0) {
		backup_copy_free(copy);
		return error;
	}
	*ret_copy = copy;
	return 0;
}

void
backup_copy_free(struct backup_copy *copy)
{
	if (copy == NULL)
		return;
	if (copy->from >= 0)
		close(copy->from);
	if (copy->to >= 0)
		close(copy->to);
	arena_done(&copy->arena);
	buf_done(&copy->error);
	free(copy);
}

/* Files */

static int
copy_bytes(int from, int to)
{
	char *chunk = malloc(CHUNK);
	ssize_t n = 0;
	int error = chunk == NULL ? -ENOMEM : 0;

	while (error == 0 && (n = read(from, chunk, CHUNK)) > 0)
		for (ssize_t at = 0, written; at < n && error == 0; at += written)
			if ((written = write(to, chunk + at, (size_t)(n - at))) < 0)
				error = -errno;
	if (error == 0 && n < 0)
		error = -errno;
	free(chunk);
	return error;
}

static int
copy_file(struct backup_copy *copy, const char *from, const char *to)
{
	int in = openat(copy->from, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int out = -1, error = in < 0 ? -errno : 0;
	struct stat st;

	if (error == 0 && fstat(in, &st) < 0)
		error = -errno;
	if (error == 0 && !S_ISREG(st.st_mode))
		error = -ENOENT; /* nothing of a spool's */
	if (error == 0 && (out = openat(copy->to, to,
				   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
		error = -errno;
	if (error == 0)
		error = copy_bytes(in, out);
	if (error == 0 && geteuid() == 0 && fchown(out, st.st_uid, st.st_gid) < 0)
		error = -errno;
	if (error == 0 && fchmod(out, st.st_mode & 07777) < 0)
		error = -errno;
	if (out >= 0 && close(out) < 0 && error == 0)
		error = -errno;
	if (in >= 0)
		close(in);
	return error;
}

/* Within the copy, where other, which is in the copy too, is a link to the same file in the spool. */
static int
link_same(struct backup_copy *copy, const char *from, const char *other, const char *other_copy,
	const char *to)
{
	struct stat one, two;

	if (fstatat(copy->from, from, &one, AT_SYMLINK_NOFOLLOW) < 0 ||
		fstatat(copy->from, other, &two, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (one.st_dev != two.st_dev || one.st_ino != two.st_ino)
		return -ENOENT;
	return linkat(copy->to, other_copy, copy->to, to, 0) == 0 ? 0 : -errno;
}

/* As link_same(), where the other is one that was still in tmp/. */
static int
link_pending(struct backup_copy *copy, const char *from, const char *to)
{
	struct stat st;

	if (copy->pending == NULL)
		return -ENOENT;
	if (fstatat(copy->from, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	for (const struct pending *pending = copy->pending; pending; pending = pending->next)
		if (pending->inode == st.st_ino && pending->device == st.st_dev)
			return linkat(copy->to, pending->tmp, copy->to, to, 0) == 0 ? 0 : -errno;
	return -ENOENT;
}

/*
 * A file of the spool: a link to it; or a link to the copy that was made of another of its names, its
 * article's if that is given; or a copy. 1: done; 0: it has gone.
 */
static int
put(struct backup_copy *copy, const char *from, const char *article, uint64_t seq, const char *to)
{
	int error = linkat(copy->from, from, copy->to, to, 0) == 0 ? 0 : -errno;

	if (error == -EXDEV || error == -EPERM || error == -EMLINK) {
		error = article == NULL ? -ENOENT : link_same(copy, from, article, article, to);
		if (error == -ENOENT && seq >= copy->first_pending)
			error = link_pending(copy, from, to);
		if (error != 0)
			error = copy_file(copy, from, to);
	}
	if (error == -ENOENT)
		return 0;
	return error == 0 ? 1 : failed(copy, to, error);
}

/* Folders */

typedef int entry_fn(struct backup_copy *copy, const char *folder, const char *name);

/* Calls for each entry but hidden ones; a folder that has gone is empty. */
static int
each(struct backup_copy *copy, const char *folder, entry_fn *call)
{
	int fd = openat(copy->from, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *entry;
	int error = 0;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : failed(copy, folder, -errno);
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return failed(copy, folder, -ENOMEM);
	}
	while (error == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			error = call(copy, folder, entry->d_name);
	closedir(dir);
	return error;
}

/* "FOLDER/NAME" for the length of a call. */
static int
path_of(struct backup_copy *copy, struct buf *path, const char *folder, const char *name)
{
	buf_printf(path, "%s/%s", folder, name);
	return buf_error(path) == 0 ? 0 : failed(copy, folder, -ENOMEM);
}

/* A folder with what is in it; not made where it has gone. */
static int
copy_folder(struct backup_copy *copy, const char *above, const char *name, entry_fn *call)
{
	struct buf path = { 0 };
	int error = path_of(copy, &path, above, name);

	if (error == 0)
		error = make_folder(copy, buf_str(&path));
	if (error == 0)
		error = each(copy, buf_str(&path), call);
	buf_done(&path);
	return error == -ENOENT ? 0 : error;
}

static int
cursor(struct backup_copy *copy, const char *folder, const char *name)
{
	struct buf path = { 0 };
	int error = path_of(copy, &path, folder, name);

	if (error == 0)
		error = copy_file(copy, buf_str(&path), buf_str(&path));
	if (error == -ENOENT || error == -EISDIR || error == -ELOOP)
		error = 0;
	else if (error != 0)
		failed(copy, buf_str(&path), error);
	buf_done(&path);
	return error;
}

int
backup_copy_cursors(struct backup_copy *copy)
{
	return each(copy, SPOOL_CURSORS, cursor);
}

/* Pending */

static int
note(struct backup_copy *copy, const char *tmp, const char *path)
{
	struct pending *pending = arena_alloc(&copy->arena, sizeof(*pending));
	struct stat st;

	if (pending == NULL)
		return failed(copy, path, -ENOMEM);
	pending->tmp = arena_strdup(&copy->arena, tmp);
	pending->path = arena_strdup(&copy->arena, path);
	if (pending->tmp == NULL || pending->path == NULL)
		return failed(copy, path, -ENOMEM);
	if (fstatat(copy->from, tmp, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
		fstatat(copy->from, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		memset(&st, 0, sizeof(st)); /* it was taken: nothing else is the same file by it */
	pending->device = st.st_dev;
	pending->inode = st.st_ino;
	pending->next = copy->pending;
	copy->pending = pending;
	return 0;
}

static bool
is_noted(const struct backup_copy *copy, const char *path)
{
	for (const struct pending *pending = copy->pending; pending; pending = pending->next)
		if (strcmp(pending->path, path) == 0)
			return true;
	return false;
}

int
backup_copy_pending(
	struct backup_copy *copy, const char *name, unsigned int index, const char *path)
{
	struct buf tmp = { 0 };
	uint64_t seq = 0;
	int error = 0, got;

	if (spool_name_parse(name, &seq) < 0)
		return failed(copy, name, -EINVAL);
	if (copy->pending == NULL)
		copy->first_pending = seq;
	buf_printf(&tmp, SPOOL_TMP "/%s", name);
	if (index > 0)
		buf_printf(&tmp, ".%u", index);
	if (buf_error(&tmp) != 0)
		error = failed(copy, path, -ENOMEM);
	got = error == 0 ? put(copy, buf_str(&tmp), NULL, seq, buf_str(&tmp)) : error;
	if (got == 1)
		error = note(copy, buf_str(&tmp), path);
	buf_done(&tmp);
	return got < 0 ? got : error;
}

/* Articles and tags */

/* Whether an article's name is of the copy's time and not met in tmp/ already. */
static bool
is_wanted(const struct backup_copy *copy, const char *path, uint64_t seq)
{
	if (seq > copy->last)
		return false;
	return copy->pending == NULL || seq < copy->first_pending || !is_noted(copy, path);
}

static int
article(struct backup_copy *copy, const char *folder, const char *name)
{
	struct buf path = { 0 };
	uint64_t seq;
	int got = 0;

	if (spool_name_parse(name, &seq) < 0)
		return 0;
	got = path_of(copy, &path, folder, name);
	if (got == 0 && is_wanted(copy, buf_str(&path), seq))
		got = put(copy, buf_str(&path), NULL, seq, buf_str(&path));
	copy->counts.articles += got == 1;
	buf_done(&path);
	return got < 0 ? got : 0;
}

static int
article_day(struct backup_copy *copy, const char *folder, const char *name)
{
	return spool_is_day(name) ? copy_folder(copy, folder, name, article) : 0;
}

int
backup_copy_articles(struct backup_copy *copy)
{
	return each(copy, SPOOL_ARTICLES, article_day);
}

/* A link without its article is one whose day was removed meanwhile. */
static int
tag_link(struct backup_copy *copy, const char *folder, const char *name)
{
	struct buf path = { 0 }, whole = { 0 };
	uint64_t seq;
	int got = 0;

	if (spool_name_parse(name, &seq) < 0)
		return 0;
	spool_path_article(&whole, strrchr(folder, '/') + 1, name);
	got = buf_error(&whole) != 0 ? failed(copy, folder, -ENOMEM)
				     : path_of(copy, &path, folder, name);
	if (got == 0 && is_wanted(copy, buf_str(&path), seq) &&
		(faccessat(copy->to, buf_str(&whole), F_OK, 0) == 0 ||
			is_noted(copy, buf_str(&whole))))
		got = put(copy, buf_str(&path), buf_str(&whole), seq, buf_str(&path));
	copy->counts.links += got == 1;
	buf_done(&path);
	buf_done(&whole);
	return got < 0 ? got : 0;
}

static int
tag_day(struct backup_copy *copy, const char *folder, const char *name)
{
	return spool_is_day(name) ? copy_folder(copy, folder, name, tag_link) : 0;
}

static int
tag(struct backup_copy *copy, const char *folder, const char *name)
{
	return spool_is_slug(name) ? copy_folder(copy, folder, name, tag_day) : 0;
}

int
backup_copy_tags(struct backup_copy *copy)
{
	return each(copy, SPOOL_TAGS, tag);
}

/* Queues */

/* Where it stood in new/: a claim and a mail reader's flags come behind its name. */
static bool
was_copied(const struct backup_copy *copy, const char *folder, const char *name)
{
	const char *last = strrchr(folder, '/');
	struct buf path = { 0 };
	bool was;

	buf_append(&path, folder, (size_t)(last - folder));
	buf_printf(&path, "/new/%.*s", (int)strcspn(name, ",:"), name);
	was = buf_error(&path) == 0 &&
	      (faccessat(copy->to, buf_str(&path), F_OK, 0) == 0 || is_noted(copy, buf_str(&path)));
	buf_done(&path);
	return was;
}

static int
queue_file(struct backup_copy *copy, const char *folder, const char *name)
{
	char base[SPOOL_NAME_SIZE + 8];
	struct buf path = { 0 };
	uint64_t seq;
	int got = 0;

	snprintf(base, sizeof(base), "%.*s", (int)strcspn(name, ",:"), name);
	if (spool_queue_name_parse(base, &seq) < 0 || was_copied(copy, folder, name))
		return 0;
	got = path_of(copy, &path, folder, name);
	if (got == 0 && is_wanted(copy, buf_str(&path), seq))
		got = put(copy, buf_str(&path), NULL, seq, buf_str(&path));
	copy->counts.queued += got == 1;
	buf_done(&path);
	return got < 0 ? got : 0;
}

static int
queue_tmp(struct backup_copy *copy, const char *folder, const char *name)
{
	(void)copy;
	(void)folder;
	(void)name;
	return 0;
}

/* What was moved on while this ran is met once more, in the folder that it was moved to. */
static int
queue_folders(struct backup_copy *copy, const char *folder, const char *name)
{
	static const struct {
		const char *name;
		entry_fn *call;
	} parts[] = {
		{ "new", queue_file },
		{ "cur", queue_file },
		{ SPOOL_DEAD, queue_file },
		{ "tmp", queue_tmp },
	};
	struct buf path = { 0 };
	int error = path_of(copy, &path, folder, name);

	if (error == 0)
		error = make_folder(copy, buf_str(&path));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && error == 0; i++)
		error = copy_folder(copy, buf_str(&path), parts[i].name, parts[i].call);
	buf_done(&path);
	return error == -ENOENT ? 0 : error;
}

int
backup_copy_queues(struct backup_copy *copy)
{
	for (const struct pending *pending = copy->pending; pending; pending = pending->next)
		copy->counts.queued += strncmp(pending->path, SPOOL_QUEUES "/", 7) == 0;
	return each(copy, SPOOL_QUEUES, queue_folders);
}
