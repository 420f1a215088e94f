/*
 * The log is one piece of shared memory: records from its beginning, their data from its middle on. It
 * grows in the keeper's process and is read in the test's after that has ended. Only what succeeded
 * is written down.
 */
#include "tests/crash/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RECORDS_MAX 16384
#define DATA_MAX (96u * 1024 * 1024)

struct recorder {
	struct station *station;
	struct file_ops ops;
	struct crash_vfs_watch watch;
	unsigned int n_synced;
	size_t n, n_data;
	struct record records[RECORDS_MAX];
	unsigned char data[DATA_MAX];
};

/* The one whose station runs in this process: the wrapped calls have no other way to know. */
static struct recorder **
current(void)
{
	static struct recorder *recorder;

	return &recorder;
}

static struct record *
add(struct recorder *recorder, enum disk_what what)
{
	struct record *record = &recorder->records[recorder->n];

	if (recorder->n == RECORDS_MAX)
		abort();
	record->disk.what = what;
	record->after_start = recorder->station->recovered > 0;
	record->n_synced = recorder->n_synced;
	return record;
}

/* It counts from now on, with what the consumers have seen. */
static void
done(struct recorder *recorder)
{
	recorder->records[recorder->n++].seen = recorder->station->seen;
}

static void
put_data(struct recorder *recorder, struct record *record, const void *data, size_t size)
{
	if (size > DATA_MAX - recorder->n_data)
		abort();
	memcpy(recorder->data + recorder->n_data, data, size);
	record->disk.data = recorder->data + recorder->n_data;
	record->disk.size = size;
	recorder->n_data += size;
}

static void
spool_path(char path[DISK_PATH_SIZE], const char *below)
{
	if (snprintf(path, DISK_PATH_SIZE, "spool/%s", below) >= DISK_PATH_SIZE)
		abort();
}

static void
add_spool(struct recorder *recorder, enum disk_what what, const char *path)
{
	spool_path(add(recorder, what)->disk.path, path);
	done(recorder);
}

static void
add_pair(struct recorder *recorder, enum disk_what what, const char *from, const char *to)
{
	struct record *record = add(recorder, what);

	spool_path(record->disk.path, to);
	spool_path(record->disk.other, from);
	done(recorder);
}

/* The spool */

#define BELOW (&recorder->station->steps.ops)
#define ARG (recorder->station->steps.ops.arg)

static int
record_write_new(void *arg, int dir, const char *path, mode_t mode, const void *data, size_t size)
{
	struct recorder *recorder = arg;
	struct record *record;
	int error = BELOW->write_new(ARG, dir, path, mode, data, size);

	if (error != 0)
		return error;
	record = add(recorder, DISK_CREATE);
	record->disk.mode = mode;
	spool_path(record->disk.path, path);
	done(recorder);
	record = add(recorder, DISK_WRITE);
	spool_path(record->disk.path, path);
	put_data(recorder, record, data, size);
	done(recorder);
	return 0;
}

static int
record_sync_file(void *arg, int dir, const char *path)
{
	struct recorder *recorder = arg;
	int error = BELOW->sync_file(ARG, dir, path);

	if (error == 0)
		add_spool(recorder, DISK_SYNC_FILE, path);
	return error;
}

static int
record_sync_fs(void *arg, int dir)
{
	struct recorder *recorder = arg;
	int error = BELOW->sync_fs(ARG, dir);

	if (error == 0)
		add_spool(recorder, DISK_SYNC_FS, "");
	return error;
}

static int
record_link(void *arg, int dir, const char *from, const char *to)
{
	struct recorder *recorder = arg;
	int error = BELOW->link(ARG, dir, from, to);

	if (error == 0)
		add_pair(recorder, DISK_LINK, from, to);
	return error;
}

/* Written down before consumers come and take the file away. */
static int
record_rename(void *arg, int dir, const char *from, const char *to)
{
	struct recorder *recorder = arg;
	struct steps *steps = &recorder->station->steps;
	void (*meanwhile)(void *arg) = steps->meanwhile;
	int error;

	steps->meanwhile = NULL;
	error = BELOW->rename(ARG, dir, from, to);
	steps->meanwhile = meanwhile;
	if (error == 0)
		add_pair(recorder, DISK_RENAME, from, to);
	if (meanwhile != NULL)
		meanwhile(steps->arg);
	return error;
}

static int
record_unlink(void *arg, int dir, const char *path)
{
	struct recorder *recorder = arg;
	int error = BELOW->unlink(ARG, dir, path);

	if (error == 0)
		add_spool(recorder, DISK_UNLINK, path);
	return error;
}

static int
record_mkdir(void *arg, int dir, const char *path, mode_t mode)
{
	struct recorder *recorder = arg;
	struct record *record;
	int error = BELOW->mkdir(ARG, dir, path, mode);

	if (error != 0)
		return error;
	record = add(recorder, DISK_MKDIR);
	record->disk.mode = mode;
	spool_path(record->disk.path, path);
	done(recorder);
	return 0;
}

static int
record_sync_dir(void *arg, int dir, const char *path)
{
	struct recorder *recorder = arg;
	int error = BELOW->sync_dir(ARG, dir, path);

	if (error == 0)
		add_spool(recorder, DISK_SYNC_DIR, path);
	return error;
}

static int
record_read(void *arg, int dir, const char *path, struct buf *out)
{
	struct recorder *recorder = arg;

	return BELOW->read(ARG, dir, path, out);
}

static int
record_same(void *arg, int dir, const char *one, const char *other)
{
	struct recorder *recorder = arg;

	return BELOW->same(ARG, dir, one, other);
}

static int
record_list(void *arg, int dir, const char *path, int (*entry)(void *entry_arg, const char *name),
	void *entry_arg)
{
	struct recorder *recorder = arg;

	return BELOW->list(ARG, dir, path, entry, entry_arg);
}

static int
record_room(void *arg, int dir, struct file_room *ret_room)
{
	struct recorder *recorder = arg;

	return BELOW->room(ARG, dir, ret_room);
}

/* The database */

/* Its path from the directory in which both disks are; NULL where it is not there. */
static const char *
below_directory(const struct recorder *recorder, const char *path)
{
	size_t length = strlen(recorder->station->directory);

	if (strncmp(path, recorder->station->directory, length) != 0 || path[length] != '/')
		return NULL;
	return path + length + 1;
}

static void
add_state(struct recorder *recorder, enum disk_what what, const char *path,
	const struct crash_vfs_call *call)
{
	const char *below = below_directory(recorder, path);
	struct record *record;

	if (below == NULL)
		return;
	record = add(recorder, what);
	if (snprintf(record->disk.path, DISK_PATH_SIZE, "%s", below) >= DISK_PATH_SIZE)
		abort();
	if (what == DISK_WRITE) {
		record->disk.at = call->at;
		put_data(recorder, record, call->data, call->size);
	}
	if (what == DISK_TRUNCATE)
		record->disk.size = call->size;
	if (what == DISK_CREATE)
		record->disk.mode = 0644;
	done(recorder);
}

static void
on_database(void *arg, const struct crash_vfs_call *call)
{
	static const enum disk_what what[] = {
		[CRASH_VFS_OPEN] = DISK_CREATE,
		[CRASH_VFS_WRITE] = DISK_WRITE,
		[CRASH_VFS_TRUNCATE] = DISK_TRUNCATE,
		[CRASH_VFS_SYNC] = DISK_SYNC_FILE,
		[CRASH_VFS_DELETE] = DISK_UNLINK,
		[CRASH_VFS_SYNC_FOLDER] = DISK_SYNC_DIR,
	};
	struct recorder *recorder = arg;
	char folder[DISK_PATH_SIZE];

	if (call->what == CRASH_VFS_SYNC)
		recorder->n_synced++;
	if (call->what != CRASH_VFS_SYNC_FOLDER) {
		add_state(recorder, what[call->what], call->name, call);
		return;
	}
	snprintf(folder, sizeof(folder), "%s/state", recorder->station->directory);
	add_state(recorder, DISK_SYNC_DIR, folder, call);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

int
__wrap_rename(const char *from, const char *to)
{
	struct recorder *recorder = *current();
	const char *below;
	int status = __real_rename(from, to);

	if (recorder == NULL || status != 0 || (below = below_directory(recorder, to)) == NULL)
		return status;
	snprintf(recorder->records[recorder->n].disk.other, DISK_PATH_SIZE, "%s",
		below_directory(recorder, from));
	add_state(recorder, DISK_RENAME, to, NULL);
	return 0;
}

int
__wrap_unlink(const char *path)
{
	int status = __real_unlink(path);

	if (*current() != NULL && status == 0)
		add_state(*current(), DISK_UNLINK, path, NULL);
	return status;
}

/* Only folders are flushed so: the spool's go through the table, which flushes nothing here. */
int
__wrap_fsync(int fd)
{
	char link[64], path[512];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (*current() != NULL && n > 0) {
		path[n] = '\0';
		add_state(*current(), DISK_SYNC_DIR, path, NULL);
	}
	return __real_fsync(fd);
}

/* The consumers */

static void
on_taken(void *arg, const char *path)
{
	struct recorder *recorder = arg;

	spool_path(add(recorder, DISK_UNLINK)->disk.path, path);
	recorder->records[recorder->n].taken = true;
	done(recorder);
}

struct recorder *
recorder_new(struct station *station)
{
	struct recorder *recorder = mmap(NULL, sizeof(*recorder), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (recorder == MAP_FAILED)
		abort();
	recorder->station = station;
	recorder->ops = (struct file_ops){
		.write_new = record_write_new,
		.sync_file = record_sync_file,
		.sync_fs = record_sync_fs,
		.link = record_link,
		.rename = record_rename,
		.unlink = record_unlink,
		.mkdir = record_mkdir,
		.sync_dir = record_sync_dir,
		.read = record_read,
		.same = record_same,
		.list = record_list,
		.room = record_room,
		.arg = recorder,
	};
	recorder->watch = (struct crash_vfs_watch){ on_database, recorder };
	station->ops = &recorder->ops;
	station->watch = &recorder->watch;
	station->taken = on_taken;
	station->taken_arg = recorder;
	*current() = recorder;
	return recorder;
}

void
recorder_free(struct recorder *recorder)
{
	struct station *station = recorder->station;

	station->ops = NULL;
	station->watch = NULL;
	station->taken = NULL;
	*current() = NULL;
	munmap(recorder, sizeof(*recorder));
}

size_t
recorder_list(const struct recorder *recorder, const struct record **ret_records)
{
	*ret_records = recorder->records;
	return recorder->n;
}
