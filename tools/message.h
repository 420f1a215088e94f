/* The mail message of a spooled article, the same that a queue of format rfc5322 holds. */
#ifndef TOOLS_MESSAGE_H
#define TOOLS_MESSAGE_H

#include <newspool/spool.h>

#include "lib/base/buf.h"

/*
 * Appends the message of a record. What it revises is looked for in the spool, which may be NULL;
 * where that has gone, nothing is said of it. Returns 0 or -errno as np_record_parse() does.
 */
int message_of_line(
	struct np_spool *spool, const char *domain, const char *line, size_t size, struct buf *out);

/*
 * Appends the message of the article at a path within a spool: a record's, or a file that is a
 * message already. Returns 0 or -errno as np_spool_read() does.
 */
int message_of_path(struct np_spool *spool, const char *directory, const char *domain,
	const char *path, struct buf *out);

#endif
