/*
 * Two disks, that of the spool and that of the database, as they may be found after a power cut: what
 * was done to them is applied, one record after another, and at any moment a cut says what of all that
 * nobody had flushed is there.
 *
 * What was flushed is there: the bytes and the size of a file by a flush of the file, a name by a flush
 * of its folder, all of it by a flush of the file system. Of the rest, each sector of a file (512
 * bytes) is there, is as it was before, or is zero where the file was shorter; each name that was
 * made or taken away is so or not, independently of all others. One thing is asked of a file system, as
 * newspool does: that it does not by itself take the old name of a renamed file away and lose the new
 * one. (Where the old name's folder was flushed and the new one's was not, the file is gone: that is
 * for the keeper not to do.)
 */
#ifndef TESTS_CRASH_DISK_H
#define TESTS_CRASH_DISK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DISK_PATH_SIZE 160

/* Paths begin with the name of their disk: "spool/…" or "state/…". */
enum disk_what {
	DISK_CREATE,    /* path, mode; nothing happens where it is there */
	DISK_WRITE,     /* path, at, data, size */
	DISK_TRUNCATE,  /* path, size */
	DISK_LINK,      /* path, a further name for other */
	DISK_RENAME,    /* other becomes path; what was there is gone */
	DISK_UNLINK,    /* path */
	DISK_MKDIR,     /* path, mode */
	DISK_SYNC_FILE, /* path */
	DISK_SYNC_DIR,  /* path */
	DISK_SYNC_FS,   /* the disk of path */
};

struct disk_record {
	enum disk_what what;
	char path[DISK_PATH_SIZE], other[DISK_PATH_SIZE];
	mode_t mode;
	int64_t at;
	size_t size;
	const void *data; /* must stay */
};

/* What of the unflushed a cut leaves of a disk. */
enum disk_left {
	DISK_NOTHING, /* nothing */
	DISK_NAMES,   /* all names and sizes, no data */
	DISK_ALL,     /* all: as if the process had been killed */
	DISK_ORDER,   /* all up to some moment, nothing after it */
	DISK_ANY,     /* by chance */
	DISK_LEFTS
};
extern const char *const disk_left_names[DISK_LEFTS];

struct disk;

/* Two empty disks. Ends the program where memory does. */
struct disk *disk_new(void);
void disk_free(struct disk *disk); /* NULL is fine */

void disk_apply(struct disk *disk, const struct disk_record *record);

/* How many names files were given, outside of the folder given, that a cut may lose. */
unsigned int disk_unsafe_files(const struct disk *disk, const char *but);

/* Decides what is left. *chance is the state of a generator and must not be 0. */
void disk_cut(struct disk *disk, enum disk_left spool, enum disk_left state, uint64_t *chance);

/* Of what the last cut has left: names and bytes. */
uint64_t disk_digest(struct disk *disk);

/* Makes what the last cut has left below a directory, in which there are spool/ and state/. */
void disk_put(struct disk *disk, const char *directory);

/* What the last cut has left becomes what was flushed: the machine is on again. */
void disk_settle(struct disk *disk);

uint64_t disk_chance(uint64_t *chance);

#endif
