/* The mail message of an article, for queues of format rfc5322: what emit stages beside the record. */
#ifndef DAEMON_KEEP_MAILING_H
#define DAEMON_KEEP_MAILING_H

#include <newspool/article.h>

#include "daemon/keep/ingest.h"
#include "lib/base/buf.h"
#include "lib/spool/record.h"

/* Appends the message of a new article. Returns 0 or -errno. */
int mailing_write(struct ingest *ingest, const struct np_article *article,
	const struct record_meta *meta, struct buf *out);

/*
 * The same of one that is spooled already, or staged, from its record at the path from, so that it
 * is the same message. -ENOENT: the record is there no more, or is none.
 */
int mailing_write_again(struct ingest *ingest, const char *name, const char *from, struct buf *out);

#endif
