/* What the files of newspool fsck share: its state, and the problems that it has found. */
#ifndef TOOLS_FSCK_H
#define TOOLS_FSCK_H

#include <stdbool.h>
#include <stddef.h>

#include <newspool/spool.h>

#include "daemon/conf/config.h"
#include "daemon/keep/store_look.h"
#include "lib/base/arena.h"
#include "lib/spool/layout.h"
#include "tools/command.h"

enum problem_kind {
	PROBLEM_MISSING,    /* the store says that it is there */
	PROBLEM_EXTRA,      /* the store knows nothing of it */
	PROBLEM_OTHER,      /* a link that is another file than its article */
	PROBLEM_UNREADABLE, /* no record */
	PROBLEM_HASH,       /* its content is not what its name says */
	PROBLEM_STALE,      /* forgotten in tmp/ */
	PROBLEM_CLAIM,      /* taken from a queue long ago, and still there */
	PROBLEM_MAX
};

struct problem {
	struct problem *next;
	enum problem_kind kind;
	const char *path;
	const char *source; /* of a link that is missing; NULL: cannot be made again */
	bool removable;     /* what is damaged: nothing but its content is wrong */
};

/* A destination that is on its way: the daemon's next start sees to it. */
struct awaited {
	struct awaited *next;
	const char *path;
};

struct fsck {
	struct command_call *call;
	struct config *config;
	struct np_spool *spool;
	struct store *store;
	struct store *repaired; /* the same to write; NULL: nothing is repaired */
	int dir;
	bool repair, quick;
	struct arena arena;
	struct problem *first, **last;
	size_t n_articles, n_links;
	struct awaited *awaited;
	char day[SPOOL_DAY_SIZE]; /* that was asked for last, and whether it is there */
	bool has_day;
};

/*
 * Notes a problem. source: what a missing link or article can be made of again, what a link should
 * be, or where a claim came from; NULL: it cannot be repaired so. Returns 0 or -ENOMEM.
 */
int fsck_report(struct fsck *fsck, enum problem_kind kind, const char *path, const char *source,
	bool removable);

bool fsck_is_there(const struct fsck *fsck, const char *path);

/* Repairs one. Returns what was done, in words, or NULL: nothing, or it failed. */
const char *fsck_repair(struct fsck *fsck, const struct problem *problem);

/* What lies in the spool, against the store. Returns 0 or -errno. */
int fsck_walk_spool(struct fsck *fsck);

#endif
