/*
 * The items of one document, each with its identity and in the order in which they are delivered.
 */
#ifndef DAEMON_KEEP_IDENTITY_H
#define DAEMON_KEEP_IDENTITY_H

#include <stddef.h>

#include <newspool/article.h>

#include "daemon/keep/store.h"

struct item {
	const struct np_article *article;
	size_t place; /* in the document, from 0 */
	unsigned char identity[STORE_IDENTITY_SIZE];
};

/*
 * An identity is what stays the same when an item is changed: its guid (less a fragment that
 * counts versions, if that leaves it its own) if no other item of the document has it; else its canonical link, likewise; else title and date together, likewise; else
 * its content hash. Which one it is goes into the digest, so that a guid is never taken for a link.
 *
 * Fills ret_items (n of them), oldest first: by date where every item has one, else the document's
 * order turned round, for documents begin with the newest. hash is to work with, and left as new.
 * Returns 0 or -ENOMEM.
 */
int identity_items(
	struct sha256 *hash, struct np_article *const *articles, size_t n, struct item *ret_items);

#endif
