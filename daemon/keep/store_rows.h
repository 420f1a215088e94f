/* What the store's files share: the store itself. For them alone. */
#ifndef DAEMON_KEEP_STORE_ROWS_H
#define DAEMON_KEEP_STORE_ROWS_H

#include "daemon/keep/store_sqlite.h"

/* A place in a table that is walked in the order of its key. */
struct store_walk {
	int64_t feed;
	unsigned char key[SHA256_SIZE];
};

struct store {
	struct store_sqlite *db;
	int lock;     /* FILE.lock */
	uint64_t seq; /* the last one given out in this transaction; 0: none yet */
	uint64_t version;
	/* a load of the configuration: which feeds it has named, a bit for each number */
	unsigned char *feeds_seen;
	size_t feeds_seen_size;
	int64_t feeds_now;
	int64_t feeds_last;   /* the highest number before the load */
	size_t feeds_renamed; /* by the last load */
	/* forgetting: where each walk stands */
	struct store_walk identities, hashes;
	bool holds_none;    /* surely no host is held */
	unsigned int cache; /* KiB; 0: as it was opened */
};

/*
 * Pages that SQLite keeps, in KiB: its own default, and what a load of the configuration takes, whose
 * look-ups and insertions are all over the indexes.
 */
#define STORE_CACHE 2000
#define STORE_CACHE_LOAD 32768
int store_set_cache(struct store *store, unsigned int kib);

/* Finds the leader of the feeds of a key anew; nothing for NULL. */
int store_lead(struct store *store, const unsigned char *key);
/* At the end of a load: new names for URLs that are no longer named go on as those feeds. */
int store_rename(struct store *store);
/* The poll of this number, from 0, goes into its feed's history. */
int store_history_put(struct store *store, int64_t number, const struct store_poll *poll);
/* Whether there are any. */
int store_holds_look(struct store *store);
/* Drops the holds that are over; *dropped grows by them. */
int store_holds_end(struct store *store, int64_t now, size_t *dropped);

#endif
