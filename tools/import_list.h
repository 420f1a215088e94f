/*
 * A list that is taken over: what becomes of each feed in it, and the list of newspool's own that
 * comes of it. Used in this order: import_list_had() for what is configured, import_list_judge(),
 * import_list_write().
 */
#ifndef TOOLS_IMPORT_LIST_H
#define TOOLS_IMPORT_LIST_H

#include <stdbool.h>

#include "daemon/conf/config.h"
#include "daemon/conf/names.h"
#include "lib/base/arena.h"
#include "tools/import.h"

/* What is not taken, or taken and does not work. */
struct import_failure {
	struct import_failure *next;
	unsigned int line;
	const char *what, *reason;
};

struct import_feed; /* one feed's verdict */

struct import_list {
	/* as asked for */
	struct buf text; /* the source */
	enum import_format format;
	bool guess; /* the format by the text */
	bool try, only_working;
	const char *replaced; /* the name of a list that gives way; NULL: none */
	/* what came of it */
	size_t n_taken, n_had, n_left_out, n_failing;
	struct import_failure *failures, **failures_end; /* in the order of the source */
	/* its own */
	struct arena arena;
	struct names urls;
	struct import_feed *feeds; /* in the order of the source */
	size_t n_feeds, size;
	size_t next;   /* of the feeds, when it is written */
	size_t *tried; /* feeds that are tried */
	size_t n_tried, n_ended;
};

/* Notes a configured feed, as a sink of the configuration does; arg is the list. */
int import_list_had(void *arg, const struct config_feed *feed, struct config_error *err);

/*
 * Reads the source and decides. With try, polls what would be taken, and shows progress on a
 * terminal. -EINVAL with err set: the source is not what it is said to be.
 */
int import_list_judge(struct import_list *list, const char *file, const struct config *config,
	struct config_error *err);

/* Appends the list of what is taken, OPML. */
int import_list_write(struct import_list *list, struct buf *out);

/* "FILE:LINE: WHAT: REASON" on standard error, for each. */
void import_list_failures(const struct import_list *list, const char *file);
/* One object on standard output. */
void import_list_json(const struct import_list *list, const char *name, bool dry_run);

void import_list_done(struct import_list *list);

#endif
