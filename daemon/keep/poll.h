/*
 * One poll as the keeper has it: handed to a fetcher, collecting articles, done, stored. Owned by
 * polling while it is under way, by the batch from its done on.
 */
#ifndef DAEMON_KEEP_POLL_H
#define DAEMON_KEEP_POLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <newspool/article.h>

#include "daemon/keep/archive.h"
#include "daemon/keep/group.h"
#include "daemon/keep/ingest.h"
#include "daemon/keep/schedule.h"
#include "daemon/keep/store.h"
#include "daemon/wire/message.h"
#include "lib/base/arena.h"

/* What the articles of one poll may take in memory until it is done. */
#define POLL_BYTES_MAX (256u * 1024 * 1024)

enum poll_state {
	POLL_UNDER_WAY,
	POLL_DONE,    /* done is set; waits for its commit */
	POLL_STORED,  /* committed; outcome is set */
	POLL_DROPPED, /* the feed is gone or has another URL now: nothing was stored */
	POLL_FAILED,  /* our own trouble: nothing was stored, the feed is due as it was */
};

/* What changed for the feed, for the log; one a poll. */
enum poll_event {
	POLL_EVENT_NONE,
	POLL_EVENT_FAILED, /* the first failure in a row */
	POLL_EVENT_RECOVERED,
	POLL_EVENT_STOPPED,
	POLL_EVENT_MOVED,
	POLL_EVENT_MOVE_UNDONE,
	POLL_EVENT_FLOOD,
	POLL_EVENT_GAP,
	POLL_EVENT_ELSEWHERE, /* its document says, for the first time, that it is at another URL */
	POLL_EVENT_NEW_HOME,  /* its document names a home page on another host than before */
};

struct poll {
	struct poll *next;                    /* in the batch */
	struct poll *next_number, *next_feed; /* in the poll table */
	enum poll_state state;
	uint64_t number;
	int64_t feed;
	struct arena arena; /* of the texts here, in done and in group */
	struct group group; /* as it was read at store_version(); n = 0: not kept */
	uint64_t version;
	const char *name;
	const char *url;       /* as configured when it began */
	const char *archive;   /* of an archive of the feed: as store_archive.url; else NULL */
	uint32_t host;         /* a hash of the one that it asks */
	bool moved;            /* it asked where the feed had moved to */
	unsigned int crashes;  /* of fetchers while this poll was being parsed */
	unsigned int restarts; /* because its fetcher ended, for whatever reason */
	struct np_article **articles;
	size_t n_articles, size_articles, bytes;
	bool too_large;
	struct message_done done;
	int64_t not_before; /* monotonic: its feed's least interval from its start is over */
	int64_t ended;      /* when the batch took it, ms since 1970 */
	/* from POLL_STORED on */
	struct schedule_decision decision;
	struct ingest_result result;
	struct archive_report walk; /* where it was of an archive */
	bool follows;               /* a gap is filled from archives */
	enum poll_event event;
};

/*
 * archive: NULL for the feed's own document. arena: taken over with what is in it; or NULL. Returns 0
 * or -ENOMEM.
 */
int poll_new(uint64_t number, const struct store_feed *feed, const char *archive,
	struct arena *arena, struct poll **ret_poll);
void poll_free(struct poll *poll);

/* What was read into its arena to begin it, at this store_version(), is kept for its outcome. */
void poll_keep(struct poll *poll, const struct group *group, uint64_t version);

/* Takes an article over. One that no memory or room is left for is dropped, and the poll fails. */
void poll_add(struct poll *poll, struct np_article *article);

/* Forgets its articles: it begins anew. */
void poll_restart(struct poll *poll);

/* The outcome; its texts live as long as the poll does, as what is in its arena. */
void poll_set_done(struct poll *poll, const struct message_done *done);

/* An outcome of the keeper's own: it failed for this reason, before or after the fetcher had it. */
int poll_set_failed(struct poll *poll, enum message_result result, const char *reason);

#endif
