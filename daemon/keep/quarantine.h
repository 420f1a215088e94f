/*
 * quarantine/ of the spool: the documents that made fetchers die or hang, for replay with
 * "newspool parse". One of each feed, the last; QUARANTINE_MAX of them, the oldest go first.
 *
 *   quarantine/FEED.document   the bytes as they went into the parser
 *   quarantine/FEED.txt        the feed, its URL, when and why, in words
 */
#ifndef DAEMON_KEEP_QUARANTINE_H
#define DAEMON_KEEP_QUARANTINE_H

#include <stddef.h>
#include <stdint.h>

#define QUARANTINE_MAX 50
#define QUARANTINE_BYTES_MAX (INT64_C(256) * 1024 * 1024) /* of all documents */

struct quarantine_document {
	const char *feed; /* its name, a slug */
	const char *url;
	const void *data;
	size_t size;
	int64_t when; /* ms */
	const char *why;
};

/* Replaces what there is of the feed, whole or not at all. Returns 0 or -errno. */
int quarantine_put(const char *spool, const struct quarantine_document *document);

#endif
