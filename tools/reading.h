/* Articles of the spool, one after another, as the filter asks for them. */
#ifndef TOOLS_READING_H
#define TOOLS_READING_H

#include <newspool/spool.h>

#include "tools/command.h"
#include "tools/filter.h"

enum reading_order {
	READING_OLDEST_FIRST,
	READING_NEWEST_FIRST,
	READING_FOLLOW, /* the oldest first, and then what comes */
};

struct reading {
	struct command_call *call;
	struct filter *filter;
	struct np_spool *spool;
	struct np_spool_list *list;
	struct np_spool_follow *follow; /* NULL where it is not followed */
	/* May be set once it is open: */
	bool heads;       /* the bodies are not wanted, and records lack them */
	bool paths;       /* nothing but the entry is wanted: record and line may be NULL */
	bool keeps_place; /* what may be readable later must not be passed over */
	/* The article; until the next call. */
	const struct np_spool_entry *entry;
	struct np_record *record;
	char *line; /* whole in any case */
	size_t size;
	uint64_t seq; /* the last one dealt with, whether it was asked for or not; 0: none */
	int status;   /* COMMAND_FAILED when something could not be read, which has been said */
	struct buf head;
};

/*
 * Opens the spool; the reading is to be begun then, as often as is wanted. A zeroed reading can be
 * closed. Returns COMMAND_OK, or another status, said.
 */
int reading_open(struct reading *reading, struct command_call *call, struct filter *filter);
int reading_begin(struct reading *reading, enum reading_order order);
void reading_close(struct reading *reading);

/*
 * The next article that was asked for. What has gone in between is passed over, what is no record
 * or cannot be read is said and passed over, the latter not by who keeps a place. Returns 1, 0 at the end (following: nothing for now) or when standard
 * output has failed, -1 (said).
 */
int reading_next(struct reading *reading);

#endif
