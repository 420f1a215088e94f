/*
 * A table of file operations that does what file_ops_posix does and can stop, at any call: by
 * never coming back, as when the process is killed there, or by failing with an error number. Steps
 * that are no file operation (a database's commit) are counted in with steps_step().
 */
#ifndef TESTS_CRASH_STEPS_H
#define TESTS_CRASH_STEPS_H

#include <setjmp.h>
#include <stdbool.h>

#include "daemon/keep/files.h"

enum step {
	STEP_WRITE_NEW,
	STEP_READ,
	STEP_SYNC_FILE,
	STEP_SYNC_FS,
	STEP_LINK,
	STEP_RENAME,
	STEP_UNLINK,
	STEP_MKDIR,
	STEP_SYNC_DIR,
	STEP_SAME,
	STEP_LIST,
	STEP_ROOM,
	STEP_STORE,
	STEP_DB_WRITE,
	STEP_DB_SYNC,
	STEP_DB_TRUNCATE,
	STEP_DB_DELETE,
	STEP_DB_OPEN, /* from here on counted only where `looks` says so: nothing changes by them */
	STEP_DB_READ,
	STEP_DB_MAP,
	STEP_MAX
};
extern const char *const step_names[STEP_MAX];

#define STEPS_KINDS 4096

enum steps_when {
	STEPS_BEFORE, /* the call has not happened */
	STEPS_MIDDLE, /* half of a file was written; as BEFORE for other calls */
	STEPS_AFTER,  /* it has happened and nobody got to know */
	STEPS_WHEN_MAX
};

struct steps {
	struct file_ops ops; /* for the code under test */
	unsigned int n;      /* counted calls so far */
	unsigned int n_hits; /* calls that were stopped */
	unsigned int counts[STEP_MAX];
	unsigned char *kinds; /* of the first STEPS_KINDS counted calls; or NULL */
	enum step last;       /* the kind of the last call */
	bool stop;            /* the call under way is one of them */
	jmp_buf death;        /* set by who wants to go on after it */
	int dir;              /* the descriptor that the last call was given; -1: none yet */
	/* the fault */
	unsigned int stop_at; /* the first call to stop; 0: none */
	enum steps_when when;
	int error;              /* 0: no return, but a jump to death; else calls give -error */
	bool lasting;           /* every call from stop_at on fails, until this is set to false */
	unsigned int die_after; /* death so many calls of any kind after the first that was hit */
	int only;               /* count calls of this kind alone; -1: all */
	bool looks;             /* count what only looks as well */
	/* called after each call: what others do in the meantime */
	void (*meanwhile)(void *arg);
	void *arg;
};

/* No fault, everything counted; the syncs do nothing, for a process that is killed loses no pages. */
void steps_init(struct steps *steps);

/*
 * For calls of other tables, which count themselves: what is to become of the one that begins; then
 * steps_end() after it, or steps_hit() where it is not to happen, or half.
 */
enum steps_fate { STEPS_CALL, STEPS_NOT, STEPS_HALF };
enum steps_fate steps_begin(struct steps *steps, enum step step);
int steps_end(struct steps *steps);
int steps_hit(struct steps *steps);

/* A step of another kind: returns 0, or -errno; does not return at death. */
int steps_step(struct steps *steps, enum step step);

#endif
