/*
 * Looking into a store without changing it, beside a daemon that writes or without one: what fsck
 * and why read. The functions of store.h that find can be used on it as well; those that change
 * fail. For return values see store.h.
 */
#ifndef DAEMON_KEEP_STORE_LOOK_H
#define DAEMON_KEEP_STORE_LOOK_H

#include "daemon/keep/store.h"

/* -ENOTSUP: it is of another version than this program's. store_close() closes it. */
int store_look_open(const char *file, struct store **ret_store, struct config_error *err);

/* Makes a store of what is committed now in a new file, while the daemon goes on. */
int store_look_copy(struct store *store, const char *to, struct config_error *err);

/*
 * Each article that the store remembers, in the order of sequences, from one state of the database.
 * Ends where the callback returns other than 0, and returns that. The row's texts are for the call,
 * and it may use other functions here, not the same again.
 */
int store_look_articles(struct store *store,
	int (*article)(void *arg, const struct store_article *article), void *arg);

/* A feed's name, be it configured or not, into the arena; 1 found, 0 not. */
int store_look_feed(struct store *store, int64_t id, struct arena *arena, const char **ret_name);

/* A feed that has had a content, and when a document listed it last, about. */
struct store_look_had {
	int64_t feed;
	uint64_t seq;
	int64_t listed;
};
int store_look_hash(struct store *store, const unsigned char hash[SHA256_SIZE],
	int (*had)(void *arg, const struct store_look_had *had), void *arg);

/* Items whose last spooled article is this one; and those of a URL, as remember_url() has it. */
struct store_look_item {
	int64_t feed;
	const unsigned char *identity; /* STORE_IDENTITY_SIZE bytes */
	struct store_identity row;
};
int store_look_items(struct store *store, uint64_t seq,
	int (*item)(void *arg, const struct store_look_item *item), void *arg);
/* No index has the URLs: the whole table is gone through. */
int store_look_urls(struct store *store, int64_t url,
	int (*item)(void *arg, const struct store_look_item *item), void *arg);

#endif
