/* Writes down what was decided about an item: its identity's row and its content's. */
#ifndef DAEMON_KEEP_REMEMBER_H
#define DAEMON_KEEP_REMEMBER_H

#include <newspool/article.h>

#include "daemon/keep/store.h"

struct remember {
	int64_t feed;
	const unsigned char *identity;       /* STORE_IDENTITY_SIZE bytes */
	const struct store_identity *before; /* as it was; NULL: not seen before */
	int64_t now;
	enum store_decision decision; /* STORE_DECISION_UNKNOWN: the one before stands */
	int64_t evidence;
	uint64_t seq;        /* the item's article from now on; 0: none */
	uint64_t same;       /* the article that there is for its content; 0: none */
	struct sha256 *hash; /* to hash with, left as new; NULL: one is made */
};

/* Inside a transaction. Returns 0 or -errno. */
int remember_item(
	struct store *store, const struct remember *what, const struct np_article *article);

/*
 * What is kept of a URL, in its canonical form; 0 for NULL. kept is an object to hash with, left as
 * new, or NULL. Returns 0 or -errno.
 */
int remember_url(struct sha256 *kept, const char *url, int64_t *ret_url);

#endif
