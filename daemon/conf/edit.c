/*
 * Changing configuration files in one step. Owns the lock (a flock on the folder, which leaves no
 * file behind) and, for each file, what it held and what it is to hold.
 *
 * Invariants: a file is never open to readers half-written; its mode, owner and group stay, and a
 * symbolic link stays one. Files are written in the order in which they were first named, so a list
 * is there before the section that names it.
 *
 * Errors: -errno, worded with the file. A failure on the way puts back what was written.
 */
#include <config.h>

#include "daemon/conf/edit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/conf/ini.h"

struct edit_file {
	struct edit_file *next;
	char *path; /* symbolic links followed */
	struct buf was, text;
	bool existed, gone;
	bool written;
	mode_t mode;
	uid_t owner;
	gid_t group;
};

struct edit {
	const char *config_file; /* in arena */
	struct arena arena;
	int folder; /* locked */
	struct edit_file *files, **end;
};

static int
failed(struct config_error *err, const char *file, int error)
{
	config_error_set(err, file, 0, NULL, "%s", config_file_error(error));
	return error;
}

/* "etc/newspool.conf" → "etc", "newspool.conf" → "." */
static char *
folder_of(struct arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		return arena_strdup(arena, ".");
	return arena_strndup(arena, file, slash == file ? 1 : (size_t)(slash - file));
}

int
edit_begin(const char *config_file, struct edit **ret_edit, struct config_error *err)
{
	struct edit *edit = calloc(1, sizeof(*edit));
	const char *folder;

	if (edit == NULL)
		return failed(err, config_file, -ENOMEM);
	edit->folder = -1;
	edit->end = &edit->files;
	edit->config_file = arena_strdup(&edit->arena, config_file);
	folder = folder_of(&edit->arena, config_file);
	if (edit->config_file == NULL || folder == NULL) {
		edit_free(edit);
		return failed(err, config_file, -ENOMEM);
	}
	edit->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (edit->folder < 0 || flock(edit->folder, LOCK_EX) < 0) {
		int error = -errno;

		failed(err, folder, error);
		edit_free(edit);
		return error;
	}
	*ret_edit = edit;
	return 0;
}

void
edit_free(struct edit *edit)
{
	if (edit == NULL)
		return;
	while (edit->files != NULL) {
		struct edit_file *next = edit->files->next;

		buf_done(&edit->files->was);
		buf_done(&edit->files->text);
		free(edit->files->path);
		free(edit->files);
		edit->files = next;
	}
	if (edit->folder >= 0)
		close(edit->folder);
	arena_done(&edit->arena);
	free(edit);
}

const char *
edit_feeds_path(struct edit *edit, const char *name)
{
	struct buf path = { 0 };
	const char *slash = strrchr(edit->config_file, '/'), *copy;

	if (slash != NULL)
		buf_append(&path, edit->config_file, (size_t)(slash - edit->config_file) + 1);
	buf_printf(&path, "feeds.d/%s", name);
	copy = buf_error(&path) ? NULL : arena_strdup(&edit->arena, buf_str(&path));
	buf_done(&path);
	return copy;
}

static struct edit_file *
find_file(const struct edit *edit, const char *path)
{
	for (struct edit_file *file = edit->files; file != NULL; file = file->next)
		if (strcmp(file->path, path) == 0)
			return file;
	return NULL;
}

/* Takes path over, whatever happens. */
static struct edit_file *
add_file(struct edit *edit, char *path)
{
	struct edit_file *file = calloc(1, sizeof(*file));

	if (file == NULL) {
		free(path);
		return NULL;
	}
	file->path = path;
	file->mode = 0644;
	file->owner = (uid_t)-1;
	file->group = (gid_t)-1;
	*edit->end = file;
	edit->end = &file->next;
	return file;
}

static int
read_stream(FILE *stream, struct buf *ret_text)
{
	char *room;
	size_t size;

	ret_text->max = EDIT_FILE_MAX;
	do {
		room = buf_reserve(ret_text, 65536);
		size = room != NULL ? fread(room, 1, 65536, stream) : 0;
		buf_add(ret_text, size);
	} while (size > 0);
	return ferror(stream) ? -EIO : buf_error(ret_text) == -E2BIG ? -EFBIG : buf_error(ret_text);
}

static int
read_content(const char *path, struct edit_file *ret_meta, struct buf *ret_text)
{
	struct stat status;
	FILE *stream;
	int ret = config_file_open(path, &stream);

	if (ret < 0)
		return ret;
	ret = read_stream(stream, ret_text);
	if (ret == 0 && fstat(fileno(stream), &status) == 0 && ret_meta != NULL) {
		ret_meta->mode = status.st_mode & 07777;
		ret_meta->owner = status.st_uid;
		ret_meta->group = status.st_gid;
	}
	fclose(stream);
	return ret;
}

int
edit_read(struct edit *edit, const char *name, struct buf **ret_text, struct config_error *err)
{
	char *path = realpath(name, NULL);
	struct edit_file *file = path != NULL ? find_file(edit, path) : NULL;
	int ret;

	if (path == NULL)
		return failed(err, name, -errno);
	if (file != NULL) {
		free(path);
		*ret_text = &file->text;
		return 0;
	}
	file = add_file(edit, path);
	if (file == NULL)
		return failed(err, name, -ENOMEM);
	ret = read_content(file->path, file, &file->was);
	buf_append(&file->text, buf_str(&file->was), file->was.len);
	if (ret == 0)
		ret = buf_error(&file->text);
	if (ret < 0)
		return failed(err, name, ret);
	file->existed = true;
	*ret_text = &file->text;
	return 0;
}

int
edit_create(struct edit *edit, const char *name, struct buf **ret_text, struct config_error *err)
{
	struct edit_file *file;
	struct stat status;
	char *path;

	if (lstat(name, &status) == 0)
		return failed(err, name, -EEXIST);
	path = strdup(name);
	file = path != NULL ? add_file(edit, path) : NULL;
	if (file == NULL)
		return failed(err, name, -ENOMEM);
	*ret_text = &file->text;
	return 0;
}

void
edit_remove(struct edit *edit, const char *name)
{
	char *path = realpath(name, NULL);
	struct edit_file *file = path != NULL ? find_file(edit, path) : NULL;

	if (file != NULL)
		file->gone = true;
	free(path);
}

static int
sync_folder(const char *path)
{
	struct arena arena = { 0 };
	const char *folder = folder_of(&arena, path);
	int fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int ret = fd < 0 ? -errno : 0;

	if (fd >= 0 && fsync(fd) < 0)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	arena_done(&arena);
	return ret;
}

static int
write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* The mode may not be what others could not see before the owner is. */
static int
write_temporary(int fd, const struct edit_file *file, const struct buf *text)
{
	int ret = write_all(fd, buf_str(text), text->len);

	if (ret == 0 && file->owner != (uid_t)-1 &&
		(file->owner != geteuid() || file->group != getegid()) &&
		fchown(fd, file->owner, file->group) < 0)
		ret = -errno;
	if (ret == 0 && fchmod(fd, file->mode) < 0)
		ret = -errno;
	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	return ret;
}

static int
replace(const struct edit_file *file, const struct buf *text)
{
	struct buf temporary = { 0 };
	int fd, ret;

	/* Not ending in .conf, so that no reload takes it for a part of the configuration. */
	buf_printf(&temporary, "%s.new-XXXXXX", file->path);
	if (buf_error(&temporary) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary.data, O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		buf_done(&temporary);
		return ret;
	}
	ret = write_temporary(fd, file, text);
	if (close(fd) < 0 && ret == 0)
		ret = -errno;
	if (ret == 0 && rename(temporary.data, file->path) < 0)
		ret = -errno;
	if (ret < 0)
		unlink(temporary.data);
	buf_done(&temporary);
	return ret < 0 ? ret : sync_folder(file->path);
}

static int
remove_file(const struct edit_file *file)
{
	if (unlink(file->path) < 0 && errno != ENOENT)
		return -errno;
	return sync_folder(file->path);
}

/* feeds.d itself may be missing. */
static int
make_folder(const char *path)
{
	struct arena arena = { 0 };
	const char *folder = folder_of(&arena, path);
	int ret = 0;

	if (folder == NULL)
		ret = -ENOMEM;
	else if (mkdir(folder, 0755) < 0)
		ret = errno == EEXIST ? 0 : -errno;
	else
		ret = sync_folder(folder);
	arena_done(&arena);
	return ret;
}

static int
check_unchanged(const struct edit_file *file)
{
	struct buf now = { 0 };
	struct stat status;
	int ret;

	if (!file->existed)
		return lstat(file->path, &status) == 0 ? -EEXIST : 0;
	ret = read_content(file->path, NULL, &now);
	if (ret == 0 && (now.len != file->was.len ||
				memcmp(buf_str(&now), buf_str(&file->was), now.len) != 0))
		ret = -ESTALE;
	buf_done(&now);
	return ret;
}

static int
write_file(struct edit_file *file)
{
	int ret = check_unchanged(file);

	if (ret < 0)
		return ret;
	if (file->gone)
		ret = file->existed ? remove_file(file) : 0;
	else if (!file->existed)
		ret = make_folder(file->path);
	else if (file->text.len == file->was.len &&
		 memcmp(buf_str(&file->text), buf_str(&file->was), file->was.len) == 0)
		return 0;
	if (ret == 0 && !file->gone)
		ret = replace(file, &file->text);
	file->written = ret == 0;
	return ret;
}

int
edit_undo(struct edit *edit, struct config_error *err)
{
	int ret = 0;

	for (struct edit_file *file = edit->files; file != NULL; file = file->next) {
		int error = 0;

		if (file->written)
			error = file->existed ? replace(file, &file->was) : remove_file(file);
		file->written = false;
		if (error < 0 && ret == 0)
			ret = failed(err, file->path, error);
	}
	return ret;
}

/* Reads all of it as the daemon would. */
static int
check(const struct edit *edit, struct config_error *err)
{
	struct config *config;
	int ret = config_load(edit->config_file, NULL, &config, err);

	if (ret == 0)
		config_free(config);
	return ret;
}

int
edit_commit(struct edit *edit, struct config_error *err)
{
	struct config_error undoing;
	int ret = 0;

	for (struct edit_file *file = edit->files; file != NULL && ret == 0; file = file->next) {
		ret = buf_error(&file->text);
		if (ret == 0)
			ret = write_file(file);
		if (ret == -ESTALE)
			config_error_set(err, file->path, 0, NULL, "has changed meanwhile");
		else if (ret < 0)
			failed(err, file->path, ret);
	}
	if (ret == 0)
		ret = check(edit, err);
	if (ret < 0 && edit_undo(edit, &undoing) < 0)
		*err = undoing;
	return ret;
}
