/*
 * A file here is SQLite's own with a method table before it, in one piece of memory. Errors are
 * what SQLite's unix VFS makes of the errno.
 */
#include "tests/crash/crash_vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct crash_vfs {
	sqlite3_vfs base;
	sqlite3_vfs *real;
	struct steps *steps;
	const struct crash_vfs_watch *watch;
};

struct crash_file {
	sqlite3_file base;
	struct crash_vfs *vfs;
	const char *name;
	bool sync_folder;   /* a journal that may be new: its first flush is of its name, too */
	sqlite3_file *real; /* behind this struct */
};

#define REAL(file) (((struct crash_file *)(file))->real)
#define NAMED(file) ((struct crash_file *)(file))
#define METHODS(file) (REAL(file)->pMethods)
#define REAL_VFS(vfs) (((struct crash_vfs *)(vfs)->pAppData)->real)

static void
tell(const struct crash_vfs *vfs, struct crash_vfs_call call)
{
	if (vfs->watch != NULL && call.name != NULL)
		vfs->watch->done(vfs->watch->arg, &call);
}

/* A failing write to a full disk is SQLITE_FULL, every other one an I/O error of its kind. */
static int
code_of(int error, int code)
{
	return error == -ENOSPC ? SQLITE_FULL : code;
}

static int
do_close(sqlite3_file *file)
{
	return METHODS(file) ? METHODS(file)->xClose(REAL(file)) : SQLITE_OK;
}

static int
do_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at)
{
	struct steps *steps = ((struct crash_file *)file)->vfs->steps;
	int code;

	if (steps_begin(steps, STEP_DB_READ) != STEPS_CALL)
		return steps_hit(steps), SQLITE_IOERR_READ;
	code = METHODS(file)->xRead(REAL(file), data, size, at);
	return steps_end(steps) == 0 ? code : SQLITE_IOERR_READ;
}

static int
do_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
	struct steps *steps = ((struct crash_file *)file)->vfs->steps;
	enum steps_fate fate = steps_begin(steps, STEP_DB_WRITE);
	int code;

	if (fate == STEPS_HALF)
		METHODS(file)->xWrite(REAL(file), data, size / 2, at);
	if (fate != STEPS_CALL)
		return code_of(steps_hit(steps), SQLITE_IOERR_WRITE);
	code = METHODS(file)->xWrite(REAL(file), data, size, at);
	if (code == SQLITE_OK)
		tell(NAMED(file)->vfs, (struct crash_vfs_call){ CRASH_VFS_WRITE, NAMED(file)->name,
					       at, (size_t)size, data });
	return steps_end(steps) == 0 ? code : SQLITE_IOERR_WRITE;
}

static int
do_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct steps *steps = ((struct crash_file *)file)->vfs->steps;

	if (steps_begin(steps, STEP_DB_TRUNCATE) != STEPS_CALL)
		return steps_hit(steps), SQLITE_IOERR_TRUNCATE;
	if (steps_end(steps) != 0)
		return SQLITE_IOERR_TRUNCATE;
	tell(NAMED(file)->vfs, (struct crash_vfs_call){ CRASH_VFS_TRUNCATE, NAMED(file)->name, 0,
				       (size_t)size, NULL });
	return METHODS(file)->xTruncate(REAL(file), size);
}

static void
tell_of(const sqlite3_file *file, int what)
{
	tell(NAMED(file)->vfs, (struct crash_vfs_call){ .what = what, .name = NAMED(file)->name });
}

/* Nothing is lost by a process that is killed: no flush is needed here. */
static int
do_sync(sqlite3_file *file, int flags)
{
	struct steps *steps = ((struct crash_file *)file)->vfs->steps;

	(void)flags;
	if (steps_begin(steps, STEP_DB_SYNC) != STEPS_CALL)
		return steps_hit(steps), SQLITE_IOERR_FSYNC;
	if (steps_end(steps) != 0)
		return SQLITE_IOERR_FSYNC;
	tell_of(file, CRASH_VFS_SYNC);
	if (NAMED(file)->sync_folder)
		tell_of(file, CRASH_VFS_SYNC_FOLDER);
	NAMED(file)->sync_folder = false;
	return SQLITE_OK;
}

static int
do_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return METHODS(file)->xFileSize(REAL(file), size);
}

static int
do_lock(sqlite3_file *file, int level)
{
	return METHODS(file)->xLock(REAL(file), level);
}

static int
do_unlock(sqlite3_file *file, int level)
{
	return METHODS(file)->xUnlock(REAL(file), level);
}

static int
do_check_lock(sqlite3_file *file, int *result)
{
	return METHODS(file)->xCheckReservedLock(REAL(file), result);
}

static int
do_control(sqlite3_file *file, int op, void *arg)
{
	return METHODS(file)->xFileControl(REAL(file), op, arg);
}

static int
do_sector_size(sqlite3_file *file)
{
	return METHODS(file)->xSectorSize(REAL(file));
}

static int
do_characteristics(sqlite3_file *file)
{
	return METHODS(file)->xDeviceCharacteristics(REAL(file));
}

static int
do_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
	struct steps *steps = ((struct crash_file *)file)->vfs->steps;

	if (steps_begin(steps, STEP_DB_MAP) != STEPS_CALL)
		return steps_hit(steps), SQLITE_IOERR_SHMMAP;
	if (steps_end(steps) != 0)
		return SQLITE_IOERR_SHMMAP;
	return METHODS(file)->xShmMap(REAL(file), page, size, extend, memory);
}

static int
do_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return METHODS(file)->xShmLock(REAL(file), offset, n, flags);
}

static void
do_shm_barrier(sqlite3_file *file)
{
	METHODS(file)->xShmBarrier(REAL(file));
}

static int
do_shm_unmap(sqlite3_file *file, int remove)
{
	return METHODS(file)->xShmUnmap(REAL(file), remove);
}

/* As SQLite's unix VFS has it. */
#define JOURNALS (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)

static int
do_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	static const sqlite3_io_methods methods = { 2, do_close, do_read, do_write, do_truncate,
		do_sync, do_file_size, do_lock, do_unlock, do_check_lock, do_control,
		do_sector_size, do_characteristics, do_shm_map, do_shm_lock, do_shm_barrier,
		do_shm_unmap, NULL, NULL };
	struct crash_file *mine = (struct crash_file *)file;
	int code;

	mine->vfs = vfs->pAppData;
	mine->name = name;
	mine->sync_folder = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & JOURNALS) != 0;
	mine->real = (sqlite3_file *)(mine + 1);
	mine->base.pMethods = NULL;
	if (steps_begin(mine->vfs->steps, STEP_DB_OPEN) != STEPS_CALL)
		return steps_hit(mine->vfs->steps), SQLITE_CANTOPEN;
	if (steps_end(mine->vfs->steps) != 0)
		return SQLITE_CANTOPEN;
	code = REAL_VFS(vfs)->xOpen(REAL_VFS(vfs), name, mine->real, flags, ret_flags);
	mine->base.pMethods = mine->real->pMethods != NULL ? &methods : NULL;
	if (code == SQLITE_OK && (flags & SQLITE_OPEN_CREATE) != 0)
		tell_of(file, CRASH_VFS_OPEN);
	return code;
}

static int
do_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	const struct crash_vfs *mine = vfs->pAppData;
	int code;

	if (steps_begin(mine->steps, STEP_DB_DELETE) != STEPS_CALL)
		return steps_hit(mine->steps), SQLITE_IOERR_DELETE;
	if (steps_end(mine->steps) != 0)
		return SQLITE_IOERR_DELETE;
	code = mine->real->xDelete(mine->real, name, sync);
	if (code == SQLITE_OK)
		tell(mine, (struct crash_vfs_call){ .what = CRASH_VFS_DELETE, .name = name });
	if (code == SQLITE_OK && sync)
		tell(mine, (struct crash_vfs_call){ .what = CRASH_VFS_SYNC_FOLDER, .name = name });
	return code;
}

/* Lives as long as the process, as SQLite wants it. */
void
crash_vfs_install(struct steps *steps, const struct crash_vfs_watch *watch)
{
	struct crash_vfs *vfs = calloc(1, sizeof(*vfs));

	if (vfs == NULL)
		abort();
	vfs->real = sqlite3_vfs_find(NULL);
	vfs->steps = steps;
	vfs->watch = watch;
	vfs->base = *vfs->real;
	vfs->base.zName = "crash";
	vfs->base.pAppData = vfs;
	vfs->base.szOsFile = (int)sizeof(struct crash_file) + vfs->real->szOsFile;
	vfs->base.xOpen = do_open;
	vfs->base.xDelete = do_delete;
	if (sqlite3_vfs_register(&vfs->base, 1) != SQLITE_OK)
		abort();
}
