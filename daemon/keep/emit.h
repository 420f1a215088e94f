/* Puts an article into the spool and the store: its record, its destinations. For ingest. */
#ifndef DAEMON_KEEP_EMIT_H
#define DAEMON_KEEP_EMIT_H

#include <stdint.h>

#include <newspool/article.h>

#include "daemon/keep/ingest.h"
#include "daemon/keep/tags.h"

/* An article of a sequence of its own, with these tags, which are sorted. Returns 0 or -errno. */
int emit_new(struct ingest *ingest, const struct ingest_document *document,
	const struct np_article *article, const struct tags *tags, uint64_t revises,
	uint64_t *ret_seq);

/*
 * Links an article that is spooled already as seq under these tags, and into the queues that want
 * one of them, where it is not yet. Where its file is no longer there, nothing is done.
 */
int emit_links(struct ingest *ingest, const struct ingest_document *document,
	const struct tags *tags, uint64_t seq);

#endif
