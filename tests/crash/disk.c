/*
 * Owns nodes (files and folders) and all changes that were made to them, flushed or not. A folder's
 * changes are kept in their order: what a name stands for is what the last of its changes that is
 * "there" says. A flush makes all earlier changes be there for ever, so the order cannot be wrong.
 *
 * Errors end the program: a record that cannot be is a mistake of the recorder.
 */
#define _GNU_SOURCE /* strchrnul */
#include "tests/crash/disk.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISKS 2
#define SECTOR 512
#define NAME_MAX_HERE 64

const char *const disk_left_names[DISK_LEFTS] = { "nothing", "names", "all", "order", "any" };

static const char *const disk_names[DISKS] = { "spool", "state" };

/* A name made, or taken away (node NULL). */
struct change {
	char name[NAME_MAX_HERE];
	struct node *node;
	struct node *dir;
	struct change *moved; /* of a name that was renamed away: where to */
	unsigned int when;
	bool flushed, kept;
};

struct write {
	int64_t at;
	size_t size;
	const unsigned char *data; /* NULL: the file is cut to `size` bytes */
	unsigned int when;
};

struct node {
	unsigned int disk;
	bool is_dir;
	mode_t mode;
	/* a folder */
	struct change **changes;
	size_t n_changes;
	struct change *born; /* its own name; NULL: the disk itself */
	/* a file */
	unsigned char *flushed;
	size_t n_flushed, size; /* bytes that are flushed; its size to those who look */
	struct write *writes;   /* since the last flush */
	size_t n_writes;
	unsigned char *left; /* by the last cut */
	size_t n_left;
	char put[512]; /* where it was put first; "" */
};

struct disk {
	struct node *roots[DISKS];
	struct node **nodes;
	size_t n_nodes;
	unsigned int now;
};

static void *
must(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

/* Room for one more in an array that doubles. */
static void *
more(void *list, size_t n, size_t size)
{
	if (n > 0 && (n & (n - 1)) != 0)
		return list;
	return must(reallocarray(list, n > 0 ? 2 * n : 1, size));
}

uint64_t
disk_chance(uint64_t *chance)
{
	*chance ^= *chance << 13;
	*chance ^= *chance >> 7;
	*chance ^= *chance << 17;
	return *chance;
}

static struct node *
node_new(struct disk *disk, unsigned int number, bool is_dir, mode_t mode)
{
	struct node *node = must(calloc(1, sizeof(*node)));

	node->disk = number;
	node->is_dir = is_dir;
	node->mode = mode;
	disk->nodes = more(disk->nodes, disk->n_nodes, sizeof(struct node *));
	disk->nodes[disk->n_nodes++] = node;
	return node;
}

struct disk *
disk_new(void)
{
	struct disk *disk = must(calloc(1, sizeof(*disk)));

	for (unsigned int i = 0; i < DISKS; i++)
		disk->roots[i] = node_new(disk, i, true, 0755);
	return disk;
}

void
disk_free(struct disk *disk)
{
	if (disk == NULL)
		return;
	for (size_t i = 0; i < disk->n_nodes; i++) {
		struct node *node = disk->nodes[i];

		for (size_t k = 0; k < node->n_changes; k++)
			free(node->changes[k]);
		free(node->changes);
		free(node->flushed);
		free(node->writes);
		free(node->left);
		free(node);
	}
	free(disk->nodes);
	free(disk);
}

/* Names, as those see them who look now */

static struct change *
last_change(const struct node *dir, const char *name, size_t length)
{
	for (size_t i = dir->n_changes; i > 0; i--) {
		struct change *change = dir->changes[i - 1];

		if (strncmp(change->name, name, length) == 0 && change->name[length] == '\0')
			return change;
	}
	return NULL;
}

static struct change *
change_add(struct disk *disk, struct node *dir, const char *name, struct node *node)
{
	struct change *change = must(calloc(1, sizeof(*change)));

	if (snprintf(change->name, sizeof(change->name), "%s", name) >= NAME_MAX_HERE)
		abort();
	change->node = node;
	change->dir = dir;
	change->when = disk->now;
	dir->changes = more(dir->changes, dir->n_changes, sizeof(struct change *));
	dir->changes[dir->n_changes++] = change;
	return change;
}

static struct node *
root_of(const struct disk *disk, const char *path)
{
	for (unsigned int i = 0; i < DISKS; i++) {
		size_t length = strlen(disk_names[i]);

		if (strncmp(path, disk_names[i], length) == 0 &&
			(path[length] == '/' || path[length] == '\0'))
			return disk->roots[i];
	}
	abort();
}

/* The node at a path; NULL: none. *ret_dir and *ret_name: where its name stands, or would. */
static struct node *
find(const struct disk *disk, const char *path, struct node **ret_dir, const char **ret_name)
{
	struct node *node = root_of(disk, path);
	const char *at = strchrnul(path, '/');

	while (*at == '/') {
		const char *name = at + 1;
		const struct change *change;

		at = strchrnul(name, '/');
		if (node == NULL || !node->is_dir)
			abort();
		if (ret_dir != NULL)
			*ret_dir = node;
		if (ret_name != NULL)
			*ret_name = name;
		if (at - name == 1 && name[0] == '.')
			continue;
		change = last_change(node, name, (size_t)(at - name));
		node = change != NULL ? change->node : NULL;
	}
	return node;
}

static struct node *
find_file(const struct disk *disk, const char *path)
{
	struct node *node = find(disk, path, NULL, NULL);

	return must(node != NULL && !node->is_dir ? node : NULL);
}

/* What is done */

static void
apply_create(struct disk *disk, const struct disk_record *record, bool is_dir)
{
	struct node *dir = NULL, *node = find(disk, record->path, &dir, NULL);
	const char *name = strrchr(record->path, '/') + 1;

	if (node != NULL)
		return;
	node = node_new(disk, dir->disk, is_dir, record->mode);
	node->born = change_add(disk, dir, name, node);
}

static void
add_write(struct disk *disk, struct node *file, struct write write)
{
	size_t end = write.data != NULL ? (size_t)write.at + write.size : write.size;

	write.when = disk->now;
	file->writes = more(file->writes, file->n_writes, sizeof(struct write));
	file->writes[file->n_writes++] = write;
	if (write.data == NULL || end > file->size)
		file->size = end;
}

static void
apply_name(struct disk *disk, const struct disk_record *record)
{
	struct node *dir = NULL, *from = NULL, *node = NULL;
	const char *name = NULL, *old = NULL;
	struct change *made;

	if (record->what == DISK_UNLINK) {
		must(find(disk, record->path, &dir, &name));
		change_add(disk, dir, name, NULL);
		return;
	}
	node = must(find(disk, record->other, &from, &old));
	(void)find(disk, record->path, &dir, &name);
	made = change_add(disk, dir, name, node);
	if (record->what == DISK_RENAME)
		change_add(disk, from, old, NULL)->moved = made;
}

/* Of one write, what is kept of its sectors: all where chance is NULL, else each by chance. */
static void
put_write(unsigned char *bytes, const struct write *write, uint64_t *chance)
{
	size_t at = 0;

	while (at < write->size) {
		size_t offset = (size_t)write->at + at, n = SECTOR - offset % SECTOR;

		if (n > write->size - at)
			n = write->size - at;
		if (chance == NULL || disk_chance(chance) % 2 == 0)
			memcpy(bytes + offset, write->data + at, n);
		at += n;
	}
}

static void
flush_file(struct node *file)
{
	if (file->n_writes == 0)
		return;
	for (size_t i = 0; i < file->n_writes; i++) {
		const struct write *write = &file->writes[i];
		size_t size = file->n_flushed;

		if (write->data == NULL)
			size = write->size;
		else if (size < (size_t)write->at + write->size)
			size = (size_t)write->at + write->size;
		file->flushed = must(realloc(file->flushed, size + 1));
		if (size > file->n_flushed)
			memset(file->flushed + file->n_flushed, 0, size - file->n_flushed);
		file->n_flushed = size;
		if (write->data != NULL)
			put_write(file->flushed, write, NULL);
	}
	file->n_writes = 0;
	free(file->writes);
	file->writes = NULL;
}

static void
flush_dir(struct node *dir)
{
	for (size_t i = 0; i < dir->n_changes; i++)
		dir->changes[i]->flushed = true;
}

static void
flush_disk(struct disk *disk, unsigned int number)
{
	for (size_t i = 0; i < disk->n_nodes; i++) {
		struct node *node = disk->nodes[i];

		if (node->disk != number)
			continue;
		if (node->is_dir)
			flush_dir(node);
		else
			flush_file(node);
	}
}

void
disk_apply(struct disk *disk, const struct disk_record *record)
{
	disk->now++;
	switch (record->what) {
	case DISK_CREATE:
	case DISK_MKDIR:
		apply_create(disk, record, record->what == DISK_MKDIR);
		break;
	case DISK_WRITE:
		add_write(disk, find_file(disk, record->path),
			(struct write){
				.at = record->at, .size = record->size, .data = record->data });
		break;
	case DISK_TRUNCATE:
		add_write(disk, find_file(disk, record->path),
			(struct write){ .size = record->size });
		break;
	case DISK_LINK:
	case DISK_RENAME:
	case DISK_UNLINK:
		apply_name(disk, record);
		break;
	case DISK_SYNC_FILE:
		flush_file(find_file(disk, record->path));
		break;
	case DISK_SYNC_DIR:
		flush_dir(must(find(disk, record->path, NULL, NULL)));
		break;
	case DISK_SYNC_FS:
		flush_disk(disk, root_of(disk, record->path)->disk);
		break;
	}
}

static bool
is_safe(const struct change *change)
{
	while (change != NULL && change->flushed)
		change = change->dir->born;
	return change == NULL;
}

unsigned int
disk_unsafe_files(const struct disk *disk, const char *but)
{
	const struct node *left_out = find(disk, but, NULL, NULL);
	unsigned int n = 0;

	for (size_t i = 0; i < disk->n_nodes; i++) {
		const struct node *dir = disk->nodes[i];

		for (size_t k = 0; k < dir->n_changes && dir != left_out; k++) {
			const struct node *node = dir->changes[k]->node;

			n += node != NULL && !node->is_dir && !is_safe(dir->changes[k]);
		}
	}
	return n;
}

/* The cut */

struct cut {
	enum disk_left left;
	unsigned int until; /* of DISK_ORDER */
	unsigned int share; /* of DISK_ANY: of 4 */
	uint64_t *chance;
};

static bool
keeps(const struct cut *cut, unsigned int when)
{
	switch (cut->left) {
	case DISK_NOTHING:
		return false;
	case DISK_ORDER:
		return when <= cut->until;
	case DISK_ANY:
		return disk_chance(cut->chance) % 4 < cut->share;
	default:
		return true;
	}
}

static bool
is_there(const struct change *change)
{
	return change->flushed || change->kept;
}

static bool
is_reached(const struct node *dir)
{
	while (dir->born != NULL && is_there(dir->born))
		dir = dir->born->dir;
	return dir->born == NULL;
}

/* No file system takes a name away by itself before the new one is there. */
static void
keep_what_moved(const struct node *dir)
{
	for (size_t i = 0; i < dir->n_changes; i++) {
		struct change *change = dir->changes[i];
		const struct change *moved = change->moved;

		if (moved != NULL && !(is_there(moved) && is_reached(moved->dir)))
			change->kept = false;
	}
}

/* The size that a file has where anything of it may be left. */
static size_t
size_by_chance(const struct node *file, uint64_t *chance)
{
	size_t low = file->n_flushed < file->size ? file->n_flushed : file->size;
	size_t high = file->n_flushed < file->size ? file->size : file->n_flushed;

	switch (disk_chance(chance) % 4) {
	case 0:
		return file->n_flushed;
	case 1:
		return low + (size_t)(disk_chance(chance) % (high - low + 1));
	default:
		return file->size;
	}
}

static size_t
size_left(const struct node *file, const struct cut *cut)
{
	size_t size = file->n_flushed;

	if (cut->left == DISK_NAMES || cut->left == DISK_ALL)
		return file->size;
	if (cut->left == DISK_ANY)
		return size_by_chance(file, cut->chance);
	for (size_t i = 0; i < file->n_writes && keeps(cut, file->writes[i].when); i++) {
		const struct write *write = &file->writes[i];

		if (write->data == NULL)
			size = write->size;
		else if (size < (size_t)write->at + write->size)
			size = (size_t)write->at + write->size;
	}
	return size;
}

/* A file may be found longer than it is left: all of it is put together, and then cut. */
static size_t
longest(const struct node *file)
{
	size_t size = file->n_flushed;

	for (size_t i = 0; i < file->n_writes; i++)
		if (size < (size_t)file->writes[i].at + file->writes[i].size)
			size = (size_t)file->writes[i].at + file->writes[i].size;
	return size;
}

static void
cut_file(struct node *file, const struct cut *cut)
{
	size_t size = longest(file);
	uint64_t *chance = cut->left == DISK_ANY ? cut->chance : NULL;
	bool some = cut->left == DISK_ANY && disk_chance(cut->chance) % 3 > 0;

	free(file->left);
	file->left = must(calloc(1, size + 1));
	file->n_left = size_left(file, cut);
	if (file->n_flushed > 0)
		memcpy(file->left, file->flushed, file->n_flushed);
	for (size_t i = 0; i < file->n_writes; i++) {
		const struct write *write = &file->writes[i];

		if (cut->left == DISK_NAMES || (cut->left == DISK_ANY && !some))
			break;
		if (!keeps(cut, write->when))
			continue;
		if (write->data != NULL)
			put_write(file->left, write, chance);
		else
			memset(file->left + write->size, 0, size - write->size);
	}
}

static struct cut
cut_by(const struct disk *disk, enum disk_left left, uint64_t *chance)
{
	return (struct cut){ .left = left,
		.until = (unsigned int)(disk_chance(chance) % (disk->now + 1)),
		.share = 1 + (unsigned int)(disk_chance(chance) % 3),
		.chance = chance };
}

void
disk_cut(struct disk *disk, enum disk_left spool, enum disk_left state, uint64_t *chance)
{
	const struct cut cuts[DISKS] = { cut_by(disk, spool, chance), cut_by(disk, state, chance) };

	for (size_t i = 0; i < disk->n_nodes; i++) {
		struct node *node = disk->nodes[i];
		const struct cut *cut = &cuts[node->disk];

		for (size_t k = 0; k < node->n_changes; k++)
			node->changes[k]->kept = keeps(cut, node->changes[k]->when);
		if (!node->is_dir)
			cut_file(node, cut);
	}
	for (size_t i = 0; i < disk->n_nodes; i++)
		keep_what_moved(disk->nodes[i]);
}

/* What is left */

typedef void visit_fn(void *arg, struct node *node, const char *path);

static bool
is_last(const struct node *dir, size_t at)
{
	for (size_t i = at + 1; i < dir->n_changes; i++)
		if (is_there(dir->changes[i]) &&
			strcmp(dir->changes[i]->name, dir->changes[at]->name) == 0)
			return false;
	return true;
}

static void
visit(const struct node *dir, const char *path, visit_fn *call, void *arg)
{
	for (size_t i = 0; i < dir->n_changes; i++) {
		const struct change *change = dir->changes[i];
		char below[512];

		if (!is_there(change) || change->node == NULL || !is_last(dir, i))
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, change->name) >=
			(int)sizeof(below))
			abort();
		call(arg, change->node, below);
		if (change->node->is_dir)
			visit(change->node, below, call, arg);
	}
}

/* Eight bytes at a time: databases are large. */
static void
digest(uint64_t *hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	while (size > 0) {
		uint64_t word = 0;
		size_t n = size < sizeof(word) ? size : sizeof(word);

		memcpy(&word, bytes, n);
		*hash = (*hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		*hash ^= *hash >> 29;
		bytes += n;
		size -= n;
	}
}

static void
digest_one(void *arg, struct node *node, const char *path)
{
	digest(arg, path, strlen(path) + 1);
	digest(arg, &node->n_left, sizeof(node->n_left));
	if (!node->is_dir)
		digest(arg, node->left, node->n_left);
}

uint64_t
disk_digest(struct disk *disk)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (unsigned int i = 0; i < DISKS; i++)
		visit(disk->roots[i], disk_names[i], digest_one, &hash);
	return hash;
}

static void
put_one(void *arg, struct node *node, const char *path)
{
	bool done;
	int fd;

	(void)arg;
	if (node->is_dir) {
		if (mkdir(path, node->mode) < 0)
			abort();
		return;
	}
	if (node->put[0] != '\0') {
		if (link(node->put, path) < 0)
			abort();
		return;
	}
	strncpy(node->put, path, sizeof(node->put) - 1);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, node->mode);
	done = fd >= 0 && write(fd, node->left, node->n_left) == (ssize_t)node->n_left;
	if (!done || close(fd) < 0)
		abort();
}

void
disk_put(struct disk *disk, const char *directory)
{
	mode_t mask = umask(0);

	for (size_t i = 0; i < disk->n_nodes; i++)
		disk->nodes[i]->put[0] = '\0';
	for (unsigned int i = 0; i < DISKS; i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/%s", directory, disk_names[i]);
		visit(disk->roots[i], path, put_one, NULL);
	}
	umask(mask);
}

/* What was left is all there is */

/* A folder's changes are replaced by the names that are there; all go where it is not reached. */
static void
settle_dir(struct node *dir, bool reached)
{
	size_t n = 0;

	for (size_t i = 0; i < dir->n_changes; i++) {
		struct change *change = dir->changes[i];

		change->moved = NULL;
		change->kept = reached && is_there(change) && change->node != NULL &&
			       is_last(dir, i);
	}
	for (size_t i = 0; i < dir->n_changes; i++) {
		struct change *change = dir->changes[i];

		change->flushed = true;
		if (change->kept)
			dir->changes[n++] = change;
		else
			free(change);
	}
	dir->n_changes = n;
}

static void
settle_file(struct node *file)
{
	free(file->flushed);
	free(file->writes);
	file->flushed = file->left;
	file->n_flushed = file->size = file->n_left;
	file->left = NULL;
	file->writes = NULL;
	file->n_writes = 0;
}

void
disk_settle(struct disk *disk)
{
	bool *reached = must(calloc(disk->n_nodes, sizeof(*reached)));

	for (size_t i = 0; i < disk->n_nodes; i++)
		reached[i] = is_reached(disk->nodes[i]);
	for (size_t i = 0; i < disk->n_nodes; i++) {
		struct node *node = disk->nodes[i];

		if (!reached[i])
			node->born = NULL;
		if (node->is_dir)
			settle_dir(node, reached[i]);
		else
			settle_file(node);
	}
	free(reached);
}
