/*
 * The folders that a batch delivers into. A folder is known by its path, has the number of the one
 * above it, and is "changed" from the moment at which a name in it was made until it was flushed; a
 * failed flush leaves it so. A folder that was found missing makes the one above it changed even
 * where another process has made it in between: who made it need not have flushed.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/folders.h"
#include "lib/base/buf.h"
#include "lib/spool/layout.h"

#define FOLDER_MODE 0750
#define QUEUE_MODE 0770 /* its consumer renames and removes */

/* With more folders than this one flush of the file system is cheaper than one for each. */
#define FOLDERS_MAX_SYNCS 8

struct folder {
	const char *path;
	size_t len;
	unsigned int above;
	bool changed;
};

void
folders_init(struct folders *folders, const struct file_ops *ops, int dir)
{
	*folders = (struct folders){ .ops = ops, .dir = dir };
}

void
folders_reset(struct folders *folders)
{
	arena_done(&folders->arena);
	folders->n = 0;
	if (folders->table)
		memset(folders->table, 0, folders->table_size * sizeof(*folders->table));
}

void
folders_done(struct folders *folders)
{
	arena_done(&folders->arena);
	free(folders->list);
	free(folders->table);
	folders_init(folders, folders->ops, folders->dir);
}

/* Where in the table the path is, or would be. FNV-1a. */
static size_t
find_slot(const struct folders *folders, const char *path, size_t len)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	size_t slot;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)path[i]) * UINT64_C(1099511628211);
	for (slot = hash & (folders->table_size - 1); folders->table[slot];
		slot = (slot + 1) & (folders->table_size - 1)) {
		const struct folder *folder = &folders->list[folders->table[slot] - 1];

		if (folder->len == len && memcmp(folder->path, path, len) == 0)
			break;
	}
	return slot;
}

static int
grow_table(struct folders *folders)
{
	size_t size = folders->table_size ? folders->table_size * 2 : 64;
	unsigned int *table = calloc(size, sizeof(*table));

	if (!table)
		return -ENOMEM;
	free(folders->table);
	folders->table = table;
	folders->table_size = size;
	for (size_t i = 0; i < folders->n; i++)
		table[find_slot(folders, folders->list[i].path, folders->list[i].len)] =
			(unsigned int)i + 1;
	return 0;
}

static int
grow_list(struct folders *folders)
{
	size_t size = folders->size ? folders->size * 2 : 32;
	struct folder *list = reallocarray(folders->list, size, sizeof(*list));

	if (!list)
		return -ENOMEM;
	folders->list = list;
	folders->size = size;
	return 0;
}

static int
put(struct folders *folders, const char *path, size_t len, unsigned int above,
	unsigned int *ret_folder)
{
	int error = 0;
	size_t slot;
	char *copy;

	if (folders->n == folders->size)
		error = grow_list(folders);
	if (error == 0 && 2 * (folders->n + 1) > folders->table_size)
		error = grow_table(folders);
	if (error)
		return error;
	slot = find_slot(folders, path, len);
	if (folders->table[slot]) {
		*ret_folder = folders->table[slot] - 1;
		return 0;
	}
	copy = arena_strndup(&folders->arena, path, len);
	if (!copy)
		return -ENOMEM;
	folders->list[folders->n] = (struct folder){ .path = copy, .len = len, .above = above };
	folders->table[slot] = (unsigned int)++folders->n;
	*ret_folder = (unsigned int)folders->n - 1;
	return 0;
}

int
folders_of(struct folders *folders, const char *path, unsigned int *ret_folder)
{
	unsigned int folder;
	int error = put(folders, ".", 1, 0, &folder);

	for (const char *end = strchr(path, '/'); end && error == 0; end = strchr(end + 1, '/'))
		error = put(folders, path, (size_t)(end - path), folder, &folder);
	if (error)
		return error;
	*ret_folder = folder;
	return 0;
}

void
folders_touch(struct folders *folders, unsigned int folder)
{
	folders->list[folder].changed = true;
}

static bool
is_queue_new(const char *path)
{
	const char *queues = SPOOL_QUEUES "/", *last = strrchr(path, '/');

	if (!last || strncmp(path, queues, strlen(queues)) != 0)
		return false;
	return last >= path + strlen(queues) && strcmp(last, "/new") == 0; /* not the queue "new" */
}

static int
make_one(struct folders *folders, const char *path, mode_t mode)
{
	const struct file_ops *ops = folders->ops;
	int error = ops->mkdir(ops->arg, folders->dir, path, mode);

	return error == -EEXIST ? 0 : error;
}

/* What a consumer of a queue needs beside new/: where it moves what it has taken. */
static int
make_beside(struct folders *folders, const char *path)
{
	static const char *const names[] = { "cur", "tmp", SPOOL_DEAD };
	size_t above = (size_t)(strrchr(path, '/') - path) + 1;
	struct buf beside = { 0 };
	int error = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && error == 0; i++) {
		buf_reset(&beside);
		buf_append(&beside, path, above);
		buf_puts(&beside, names[i]);
		error = buf_error(&beside);
		if (error == 0)
			error = make_one(folders, buf_str(&beside), QUEUE_MODE);
	}
	buf_done(&beside);
	return error;
}

int
folders_make(struct folders *folders, unsigned int number)
{
	const struct folder *folder = &folders->list[number];
	bool queue = is_queue_new(folder->path);
	mode_t mode = queue ? QUEUE_MODE : FOLDER_MODE;
	int error;

	if (number == 0)
		return 0;
	error = make_one(folders, folder->path, mode);
	if (error == -ENOENT) {
		error = folders_make(folders, folder->above);
		if (error == 0)
			error = make_one(folders, folder->path, mode);
	}
	if (error == 0 && queue)
		error = make_beside(folders, folder->path);
	if (error == 0)
		folders_touch(folders, folder->above);
	return error;
}

int
folders_sync(struct folders *folders, unsigned int number)
{
	const struct file_ops *ops = folders->ops;
	struct folder *folder = &folders->list[number];
	int error = 0;

	if (folder->changed)
		error = ops->sync_dir(ops->arg, folders->dir, folder->path);
	if (error && error != -ENOENT) /* gone with all that was in it: nothing to flush */
		return error;
	folder->changed = false;
	return number == 0 ? 0 : folders_sync(folders, folder->above);
}

static int
sync_file_system(struct folders *folders)
{
	const struct file_ops *ops = folders->ops;
	int error = ops->sync_fs(ops->arg, folders->dir);

	for (size_t i = 0; i < folders->n && error == 0; i++)
		folders->list[i].changed = false;
	return error;
}

int
folders_sync_all(struct folders *folders)
{
	size_t n = 0;
	int error = 0;

	for (size_t i = 0; i < folders->n; i++)
		n += folders->list[i].changed;
	if (n > FOLDERS_MAX_SYNCS)
		return sync_file_system(folders);
	for (size_t i = 0; i < folders->n && error == 0; i++)
		error = folders_sync(folders, (unsigned int)i);
	return error;
}
