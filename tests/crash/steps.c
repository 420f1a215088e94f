/*
 * Every operation begins with begin_before() and ends with end(): there the process may die, or the call
 * be made to fail. "After" for an error means that it happened and was reported as failed, as
 * network file systems do.
 */
#include <errno.h>

#include "tests/crash/steps.h"

const char *const step_names[STEP_MAX] = {
	[STEP_WRITE_NEW] = "write_new",
	[STEP_READ] = "read",
	[STEP_SYNC_FILE] = "sync_file",
	[STEP_SYNC_FS] = "sync_fs",
	[STEP_LINK] = "link",
	[STEP_RENAME] = "rename",
	[STEP_UNLINK] = "unlink",
	[STEP_MKDIR] = "mkdir",
	[STEP_SYNC_DIR] = "sync_dir",
	[STEP_SAME] = "same",
	[STEP_LIST] = "list",
	[STEP_ROOM] = "room",
	[STEP_STORE] = "store",
	[STEP_DB_WRITE] = "db write",
	[STEP_DB_SYNC] = "db sync",
	[STEP_DB_TRUNCATE] = "db truncate",
	[STEP_DB_DELETE] = "db delete",
	[STEP_DB_OPEN] = "db open",
	[STEP_DB_READ] = "db read",
	[STEP_DB_MAP] = "db map",
};

static int
hit(struct steps *steps)
{
	steps->n_hits++;
	if (steps->error == 0)
		longjmp(steps->death, 1);
	errno = steps->error; /* SQLite looks there */
	return -steps->error;
}

/* Counts a call. Sets stop where it is the one. */
static void
count(struct steps *steps, enum step step, int dir)
{
	if (dir >= 0)
		steps->dir = dir;
	steps->counts[step]++;
	steps->last = step;
	steps->stop = false;
	if (steps->die_after > 0 && steps->n_hits > 0 && --steps->die_after == 0)
		longjmp(steps->death, 1);
	if (steps->only >= 0 && steps->only != (int)step)
		return;
	if (step >= STEP_DB_OPEN && !steps->looks)
		return;
	if (steps->kinds != NULL && steps->n < STEPS_KINDS)
		steps->kinds[steps->n] = (unsigned char)step;
	steps->n++;
	if (steps->stop_at == 0)
		return;
	steps->stop = steps->n == steps->stop_at || (steps->lasting && steps->n > steps->stop_at);
}

/* True where this call is to be stopped before it happens. */
static bool
begin_before(struct steps *steps, enum step step, int dir)
{
	count(steps, step, dir);
	return steps->stop && steps->when != STEPS_AFTER;
}

/* result is what the real call gave. */
static int
end(struct steps *steps, int result)
{
	if (steps->meanwhile)
		steps->meanwhile(steps->arg);
	return steps->stop ? hit(steps) : result;
}

#define REAL (&file_ops_posix)

static int
step_write_new(void *arg, int dir, const char *path, mode_t mode, const void *data, size_t size)
{
	struct steps *steps = arg;

	count(steps, STEP_WRITE_NEW, dir);
	if (steps->stop && steps->when == STEPS_BEFORE)
		return hit(steps);
	if (steps->stop && (steps->when == STEPS_MIDDLE || steps->error)) {
		REAL->write_new(NULL, dir, path, mode, data, size / 2);
		return hit(steps);
	}
	return end(steps, REAL->write_new(NULL, dir, path, mode, data, size));
}

static int
step_read(void *arg, int dir, const char *path, struct buf *out)
{
	if (begin_before(arg, STEP_READ, dir))
		return hit(arg);
	return end(arg, REAL->read(NULL, dir, path, out));
}

static int
step_sync_file(void *arg, int dir, const char *path)
{
	(void)path;
	if (begin_before(arg, STEP_SYNC_FILE, dir))
		return hit(arg);
	return end(arg, 0);
}

static int
step_sync_fs(void *arg, int dir)
{
	if (begin_before(arg, STEP_SYNC_FS, dir))
		return hit(arg);
	return end(arg, 0);
}

static int
step_link(void *arg, int dir, const char *from, const char *to)
{
	if (begin_before(arg, STEP_LINK, dir))
		return hit(arg);
	return end(arg, REAL->link(NULL, dir, from, to));
}

static int
step_rename(void *arg, int dir, const char *from, const char *to)
{
	if (begin_before(arg, STEP_RENAME, dir))
		return hit(arg);
	return end(arg, REAL->rename(NULL, dir, from, to));
}

static int
step_unlink(void *arg, int dir, const char *path)
{
	if (begin_before(arg, STEP_UNLINK, dir))
		return hit(arg);
	return end(arg, REAL->unlink(NULL, dir, path));
}

static int
step_mkdir(void *arg, int dir, const char *path, mode_t mode)
{
	if (begin_before(arg, STEP_MKDIR, dir))
		return hit(arg);
	return end(arg, REAL->mkdir(NULL, dir, path, mode));
}

static int
step_sync_dir(void *arg, int dir, const char *path)
{
	(void)path;
	if (begin_before(arg, STEP_SYNC_DIR, dir))
		return hit(arg);
	return end(arg, 0);
}

static int
step_same(void *arg, int dir, const char *one, const char *other)
{
	if (begin_before(arg, STEP_SAME, dir))
		return hit(arg);
	return end(arg, REAL->same(NULL, dir, one, other));
}

static int
step_list(void *arg, int dir, const char *path, int (*entry)(void *entry_arg, const char *name),
	void *entry_arg)
{
	if (begin_before(arg, STEP_LIST, dir))
		return hit(arg);
	return end(arg, REAL->list(NULL, dir, path, entry, entry_arg));
}

static int
step_room(void *arg, int dir, struct file_room *ret_room)
{
	if (begin_before(arg, STEP_ROOM, dir))
		return hit(arg);
	return end(arg, REAL->room(NULL, dir, ret_room));
}

void
steps_init(struct steps *steps)
{
	*steps = (struct steps){ .only = -1, .dir = -1 };
	steps->ops = (struct file_ops){
		.write_new = step_write_new,
		.read = step_read,
		.sync_file = step_sync_file,
		.sync_fs = step_sync_fs,
		.link = step_link,
		.rename = step_rename,
		.unlink = step_unlink,
		.mkdir = step_mkdir,
		.sync_dir = step_sync_dir,
		.same = step_same,
		.list = step_list,
		.room = step_room,
		.arg = steps,
	};
}

int
steps_step(struct steps *steps, enum step step)
{
	if (begin_before(steps, step, steps->dir))
		return hit(steps);
	return end(steps, 0);
}

enum steps_fate
steps_begin(struct steps *steps, enum step step)
{
	count(steps, step, -1);
	if (!steps->stop || steps->when == STEPS_AFTER)
		return STEPS_CALL;
	return steps->when == STEPS_MIDDLE ? STEPS_HALF : STEPS_NOT;
}

int
steps_end(struct steps *steps)
{
	return end(steps, 0);
}

int
steps_hit(struct steps *steps)
{
	return hit(steps);
}
