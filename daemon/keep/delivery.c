/*
 * Deliveries on their way: links in tmp/ and where each of them is to go.
 *
 * One list in the order of staging, cut in three:
 *
 *   [0, n_moved)             at their destination, folders perhaps not flushed
 *   [n_moved, n_committed)   the store knows them as pending: they must get there
 *   [n_committed, n)         staged: they go if the transaction is rolled back
 *
 * All memory that publishing wants is had when staging. A move that failed is tried again and may
 * then find its tmp link gone: it had happened. Text that says what failed is kept here; the keeper
 * logs it.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/delivery.h"
#include "daemon/keep/delivery_open.h"
#include "daemon/keep/folders.h"
#include "daemon/keep/staging.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/spool/layout.h"

#define FILE_MODE 0440

/* Up to so many files are flushed one by one; more, by one flush of the file system. */
#define MAX_FILE_SYNCS 8

struct entry {
	const char *tmp, *path;
	unsigned int folder;
	bool written; /* a file of its own, not a further link */
	bool tried;   /* a move was begun: its tmp link may be gone */
};

struct delivery {
	struct file_ops ops;
	char *directory;
	int dir, lock;
	enum config_sync sync;
	struct arena arena; /* the entries' texts; emptied with the list */
	struct folders folders;
	struct entry *list;
	size_t n, size;
	size_t n_moved, n_committed, n_flushed;
	bool ready;         /* recovery is over */
	bool must_abort;    /* a flush failed */
	bool litter;        /* something in tmp/ could not be removed */
	int recovery_error; /* the first one */
	struct buf error;
};

static int
trouble(struct delivery *delivery, const char *what, const char *path, int error)
{
	if (error == 0)
		return 0;
	buf_reset(&delivery->error);
	buf_printf(&delivery->error, "%s %s: %s", what, path, strerror(-error));
	return error;
}

const char *
delivery_error(const struct delivery *delivery)
{
	return buf_str(&delivery->error);
}

int
delivery_open(const char *directory, enum config_sync sync, const struct file_ops *ops,
	struct delivery **ret_delivery, struct config_error *err)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));
	int error;

	if (!delivery) {
		snprintf(err->text, sizeof(err->text), "%s: out of memory", directory);
		return -ENOMEM;
	}
	delivery->ops = ops ? *ops : file_ops_posix;
	delivery->sync = sync;
	delivery->directory = strdup(directory);
	error = delivery->directory ? delivery_open_directory(directory, &delivery->ops,
					      &delivery->dir, &delivery->lock, err)
				    : -ENOMEM;
	if (error) {
		free(delivery->directory);
		free(delivery);
		return error;
	}
	folders_init(&delivery->folders, &delivery->ops, delivery->dir);
	*ret_delivery = delivery;
	return 0;
}

void
delivery_close(struct delivery *delivery)
{
	if (!delivery)
		return;
	delivery_close_directory(delivery->dir, delivery->lock);
	folders_done(&delivery->folders);
	arena_done(&delivery->arena);
	buf_done(&delivery->error);
	free(delivery->list);
	free(delivery->directory);
	free(delivery);
}

const char *
delivery_directory(const struct delivery *delivery)
{
	return delivery->directory;
}

/* Once nothing is on its way, all that was kept for it can go. */
static void
forget_all(struct delivery *delivery)
{
	delivery->n = delivery->n_moved = delivery->n_committed = delivery->n_flushed = 0;
	arena_done(&delivery->arena);
	folders_reset(&delivery->folders);
}

/* Removes everything in tmp/; only where nothing is on its way. */
static int
empty_tmp(struct delivery *delivery)
{
	int error = staging_empty(&delivery->ops, delivery->dir, &delivery->error);

	assert(delivery->n == 0);
	if (error == 0)
		delivery->litter = false;
	return error;
}

/* Staging */

static int
reserve(struct delivery *delivery, size_t n)
{
	size_t size = delivery->size ? delivery->size : 64;
	struct entry *list;

	while (size - delivery->n < n)
		size *= 2;
	if (size == delivery->size)
		return 0;
	list = reallocarray(delivery->list, size, sizeof(*list));
	if (!list)
		return -ENOMEM;
	delivery->list = list;
	delivery->size = size;
	return 0;
}

static int
prepare_entry(struct delivery *delivery, const char *name, const struct delivery_target *target,
	struct entry *ret_entry)
{
	struct entry entry = { .written = false };
	int error = folders_of(&delivery->folders, target->path, &entry.folder);

	if (error)
		return error;
	entry.tmp = staging_path(&delivery->arena, name, target->index);
	entry.path = arena_strdup(&delivery->arena, target->path);
	if (!entry.tmp || !entry.path)
		return -ENOMEM;
	*ret_entry = entry;
	return 0;
}

/* Puts the entries behind the list without counting them in. */
static int
prepare(struct delivery *delivery, const char *name, const struct delivery_target *targets,
	size_t n_targets)
{
	uint64_t seq;
	int error;

	if (!delivery->ready || delivery->must_abort || n_targets == 0 ||
		spool_name_parse(name, &seq) < 0)
		return trouble(delivery, "stage", name, -EINVAL);
	for (size_t i = 0; i < n_targets; i++)
		if (!spool_is_path(targets[i].path))
			return trouble(delivery, "stage for", targets[i].path, -EINVAL);
	if (delivery->litter && delivery->n == 0)
		empty_tmp(delivery); /* failing is no worse than before */
	error = reserve(delivery, n_targets);
	for (size_t i = 0; i < n_targets && error == 0; i++)
		error = prepare_entry(
			delivery, name, &targets[i], &delivery->list[delivery->n + i]);
	return trouble(delivery, "stage", name, error);
}

static bool
is_staged(const struct delivery *delivery, const char *tmp)
{
	for (size_t i = delivery->n_moved; i < delivery->n; i++)
		if (strcmp(delivery->list[i].tmp, tmp) == 0)
			return true;
	return false;
}

struct content {
	const void *data; /* a new file; else */
	size_t size;
	const char *from; /* a further link to this */
};

/* Where both or either may be missing: -ESTALE where it is tmp/. */
static int
link_once(struct delivery *delivery, const char *from, const char *tmp)
{
	const struct file_ops *ops = &delivery->ops;
	int error = ops->link(ops->arg, delivery->dir, from, tmp);

	if (error == -ENOENT && ops->same(ops->arg, delivery->dir, from, from) != -ENOENT)
		error = -ESTALE;
	return error;
}

static int
make_once(struct delivery *delivery, const struct content *content, const char *tmp)
{
	const struct file_ops *ops = &delivery->ops;

	if (content->from)
		return link_once(delivery, content->from, tmp);
	return ops->write_new(
		ops->arg, delivery->dir, tmp, FILE_MODE, content->data, content->size);
}

/* What is in tmp/ and not in the list is left from an abort that could not remove it. */
static int
make_tmp(struct delivery *delivery, const struct content *content, struct entry *entry)
{
	const struct file_ops *ops = &delivery->ops;
	int error = make_once(delivery, content, entry->tmp);

	if (error == -EEXIST && !is_staged(delivery, entry->tmp)) {
		error = ops->unlink(ops->arg, delivery->dir, entry->tmp);
		if (error == 0 || error == -ENOENT)
			error = make_once(delivery, content, entry->tmp);
	}
	entry->written = !content->from;
	trouble(delivery, content->from ? "link" : "write", entry->tmp, error);
	if (error == 0 && entry->written && delivery->sync == CONFIG_SYNC_EACH) {
		error = ops->sync_file(ops->arg, delivery->dir, entry->tmp);
		trouble(delivery, "flush", entry->tmp, error);
		if (error && ops->unlink(ops->arg, delivery->dir, entry->tmp) < 0)
			delivery->litter = true;
	}
	return error;
}

/* Takes back what was staged from `first` on. */
static void
undo(struct delivery *delivery, size_t first)
{
	const struct file_ops *ops = &delivery->ops;

	while (delivery->n > first) {
		const struct entry *entry = &delivery->list[--delivery->n];
		int error = ops->unlink(ops->arg, delivery->dir, entry->tmp);

		if (error && error != -ENOENT)
			delivery->litter = true;
	}
	if (delivery->n == 0)
		forget_all(delivery);
}

static int
stage(struct delivery *delivery, const char *name, struct content content,
	const struct delivery_target *targets, size_t n_targets)
{
	size_t first = delivery->n;
	int error = prepare(delivery, name, targets, n_targets);

	for (size_t i = 0; i < n_targets && error == 0; i++) {
		struct entry *entry = &delivery->list[first + i];

		error = make_tmp(delivery, &content, entry);
		if (error)
			break;
		delivery->n++;
		content.from = delivery->list[first].tmp;
	}
	if (error)
		undo(delivery, first);
	return error;
}

int
delivery_stage(struct delivery *delivery, const char *name, const void *data, size_t size,
	const struct delivery_target *targets, size_t n_targets)
{
	return stage(
		delivery, name, (struct content){ .data = data, .size = size }, targets, n_targets);
}

/* The file of the article: a path of the spool, or tmp/NAME. */
static bool
is_source(const char *path, const char *name)
{
	if (strncmp(path, SPOOL_TMP "/", sizeof(SPOOL_TMP)) == 0)
		return strcmp(path + sizeof(SPOOL_TMP), name) == 0;
	return spool_is_path(path);
}

int
delivery_read(struct delivery *delivery, const char *name, const char *from, struct buf *out)
{
	const struct file_ops *ops = &delivery->ops;

	if (!is_source(from, name))
		return trouble(delivery, "read", from, -EINVAL);
	return trouble(delivery, "read", from, ops->read(ops->arg, delivery->dir, from, out));
}

int
delivery_stage_link(struct delivery *delivery, const char *name, const char *from,
	const struct delivery_target *targets, size_t n_targets)
{
	if (!is_source(from, name))
		return trouble(delivery, "stage from", from, -EINVAL);
	return stage(delivery, name, (struct content){ .from = from }, targets, n_targets);
}

void
delivery_abort(struct delivery *delivery)
{
	undo(delivery, delivery->n_committed);
	if (delivery->n_flushed > delivery->n_committed)
		delivery->n_flushed = delivery->n_committed;
	delivery->must_abort = false;
	if (delivery->litter && delivery->n == 0)
		empty_tmp(delivery); /* failing, it is tried again when the next is staged */
}

/* Flushing */

/* One by one where they are few; else all at once, tmp/ included, which *ret_all tells. */
static int
flush_files(struct delivery *delivery, bool *ret_all)
{
	const struct file_ops *ops = &delivery->ops;
	size_t n_files = 0;
	int error = 0;

	for (size_t i = delivery->n_flushed; i < delivery->n; i++)
		n_files += delivery->list[i].written;
	*ret_all = n_files > MAX_FILE_SYNCS;
	if (*ret_all)
		return trouble(delivery, "flush", "the file system",
			ops->sync_fs(ops->arg, delivery->dir));
	for (size_t i = delivery->n_flushed; i < delivery->n && error == 0; i++)
		if (delivery->list[i].written)
			error = trouble(delivery, "flush", delivery->list[i].tmp,
				ops->sync_file(ops->arg, delivery->dir, delivery->list[i].tmp));
	return error;
}

int
delivery_flush(struct delivery *delivery)
{
	const struct file_ops *ops = &delivery->ops;
	bool all = false;
	int error = 0;

	if (delivery->must_abort)
		return trouble(delivery, "flush", "a batch that failed before", -EINVAL);
	if (delivery->n_flushed == delivery->n)
		return 0;
	if (delivery->sync == CONFIG_SYNC_BATCH)
		error = flush_files(delivery, &all);
	if (error == 0 && delivery->sync != CONFIG_SYNC_NONE && !all)
		error = trouble(delivery, "flush", SPOOL_TMP,
			ops->sync_dir(ops->arg, delivery->dir, SPOOL_TMP));
	if (error)
		delivery->must_abort = true;
	else
		delivery->n_flushed = delivery->n;
	return error;
}

/* Moving */

/* Something is at the destination: our own file (its name was moved, ours is left), or not. */
static int
settle(struct delivery *delivery, const struct entry *entry)
{
	const struct file_ops *ops = &delivery->ops;
	int same = ops->same(ops->arg, delivery->dir, entry->tmp, entry->path);

	if (same == 1)
		return ops->unlink(ops->arg, delivery->dir, entry->tmp);
	if (same == -ENOENT) /* a consumer has taken it away in this moment */
		return ops->rename(ops->arg, delivery->dir, entry->tmp, entry->path);
	return same < 0 ? same : -EEXIST;
}

/* Either the tmp link is gone or the destination's folder is missing. */
static int
move_without(struct delivery *delivery, const struct entry *entry, bool may_be_gone)
{
	const struct file_ops *ops = &delivery->ops;
	int there = ops->same(ops->arg, delivery->dir, entry->tmp, entry->tmp);
	int error;

	if (there == -ENOENT)
		return may_be_gone ? 0 : -ENOENT;
	if (there < 0)
		return there;
	error = folders_make(&delivery->folders, entry->folder);
	if (error)
		return error;
	return ops->rename(ops->arg, delivery->dir, entry->tmp, entry->path);
}

static int
move(struct delivery *delivery, struct entry *entry)
{
	const struct file_ops *ops = &delivery->ops;
	bool tried = entry->tried;
	int error = ops->rename(ops->arg, delivery->dir, entry->tmp, entry->path);

	entry->tried = true;
	if (error == -ENOENT)
		error = move_without(delivery, entry, tried);
	if (error == -EEXIST)
		error = settle(delivery, entry);
	if (error == 0)
		folders_touch(&delivery->folders, entry->folder);
	return trouble(delivery, "move to", entry->path, error);
}

/* tmp/ too: a name that came back after a power cut would be delivered a second time. */
static int
sync_folders(struct delivery *delivery)
{
	const struct file_ops *ops = &delivery->ops;
	int error = folders_sync_all(&delivery->folders);

	if (error)
		return trouble(delivery, "flush", "the folders of the spool", error);
	return trouble(
		delivery, "flush", SPOOL_TMP, ops->sync_dir(ops->arg, delivery->dir, SPOOL_TMP));
}

static int
move_all(struct delivery *delivery)
{
	while (delivery->n_moved < delivery->n_committed) {
		struct entry *entry = &delivery->list[delivery->n_moved];
		int error = move(delivery, entry);

		if (error == 0 && delivery->sync == CONFIG_SYNC_EACH)
			error = trouble(delivery, "flush the folder of", entry->path,
				folders_sync(&delivery->folders, entry->folder));
		if (error)
			return error;
		delivery->n_moved++;
	}
	return 0;
}

int
delivery_publish(struct delivery *delivery)
{
	int error;

	if (delivery->must_abort || delivery->n_flushed != delivery->n)
		return trouble(delivery, "publish", "what was not flushed", -EINVAL);
	if (delivery->n == 0)
		return 0;
	delivery->n_committed = delivery->n;
	error = move_all(delivery);
	if (error == 0 && delivery->sync != CONFIG_SYNC_NONE)
		error = sync_folders(delivery);
	if (error)
		return error;
	forget_all(delivery);
	if (delivery->litter)
		empty_tmp(delivery);
	return 0;
}

size_t
delivery_waiting(const struct delivery *delivery)
{
	return delivery->n;
}

/* Recovery */

int
delivery_recover(struct delivery *delivery, const char *name, const struct delivery_target *target)
{
	struct entry entry;
	uint64_t seq;
	int error;

	if (delivery->ready || spool_name_parse(name, &seq) < 0 || !spool_is_path(target->path))
		error = trouble(delivery, "recover", target->path, -EINVAL);
	else
		error = prepare_entry(delivery, name, target, &entry);
	if (error == 0) {
		entry.tried = true;
		error = move(delivery, &entry);
	}
	if (error && delivery->recovery_error == 0)
		delivery->recovery_error = error;
	return error;
}

/*
 * The whole file system is flushed, for a daemon that was killed may have left folders that nobody
 * has flushed.
 */
int
delivery_recover_end(struct delivery *delivery)
{
	const struct file_ops *ops = &delivery->ops;
	int error = delivery->recovery_error;

	delivery->recovery_error = 0;
	if (error == 0 && delivery->sync != CONFIG_SYNC_NONE)
		error = trouble(delivery, "flush", "the file system",
			ops->sync_fs(ops->arg, delivery->dir));
	if (error == 0)
		error = empty_tmp(delivery);
	forget_all(delivery);
	if (error == 0)
		delivery->ready = true;
	return error;
}

int
delivery_make_queue(struct delivery *delivery, const char *queue)
{
	struct buf path = { 0 };
	unsigned int folder;
	int error;

	if (!spool_is_slug(queue))
		return trouble(delivery, "make queue", queue, -EINVAL);
	spool_path_queue(&path, queue, "");
	error = buf_error(&path);
	if (error == 0)
		error = folders_of(&delivery->folders, buf_str(&path), &folder);
	if (error == 0)
		error = folders_make(&delivery->folders, folder);
	if (error == 0 && delivery->sync != CONFIG_SYNC_NONE)
		error = folders_sync(&delivery->folders, folder);
	buf_done(&path);
	return trouble(delivery, "make queue", queue, error);
}

bool
delivery_has_room(const struct delivery *delivery, double min_free, int64_t min_free_bytes)
{
	struct file_room room;

	return delivery->ops.room(delivery->ops.arg, delivery->dir, &room) < 0 ||
	       file_room_is_enough(&room, min_free, min_free_bytes);
}

enum delivery_place
delivery_place(const struct delivery *delivery)
{
	return delivery_place_of(delivery->directory, delivery->dir);
}

int
delivery_reopen(struct delivery *delivery, size_t *ret_lost, struct config_error *err)
{
	int dir, lock;
	int error = delivery_open_directory(delivery->directory, &delivery->ops, &dir, &lock, err);

	if (error)
		return error;
	*ret_lost = delivery->n_committed - delivery->n_moved;
	delivery_close_directory(delivery->dir, delivery->lock);
	delivery->dir = dir;
	delivery->lock = lock;
	delivery->must_abort = false;
	delivery->litter = true; /* what another keeper may have left in its tmp/ */
	forget_all(delivery);
	folders_done(&delivery->folders);
	folders_init(&delivery->folders, &delivery->ops, dir);
	return 0;
}
