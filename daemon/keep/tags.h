/*
 * The tags of an article, and the lists of slugs that the store keeps: each slug followed by a
 * blank ("technology-news reuters "), so that a list is "" when empty and grows by appending.
 */
#ifndef DAEMON_KEEP_TAGS_H
#define DAEMON_KEEP_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#include <newspool/article.h>

#include "daemon/conf/config.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define TAGS_MAX 32 /* of one article; what comes after is left out */

struct tags {
	const char *slugs[TAGS_MAX]; /* each once */
	size_t n;
	size_t n_own; /* the first of them, which the operator gave; the others by categories */
	const char *const *rules; /* names of those that matched, for queues that ask for them */
	size_t n_rules;
};

/*
 * The tags of an article: its feed's (a list), and for each of the publisher's categories what the
 * tag table says. The feed's come first where there are too many. Texts are the config's or in the
 * arena. Returns 0 or -ENOMEM. Not sorted: rules may change them before tags_sort().
 */
int tags_of(const struct config *config, const char *feed_tags, const struct np_article *article,
	struct arena *arena, struct tags *ret_tags);

/*
 * Adds a tag of the operator's; where there are too many, the last of the categories' falls out.
 * The text must live as long as the tags.
 */
void tags_add(struct tags *tags, const char *slug);
void tags_remove(struct tags *tags, const char *slug);
void tags_clear(struct tags *tags);

/* The order in which they are written. */
void tags_sort(struct tags *tags);

/* The tags of a list. Texts are in the arena. Returns 0 or -ENOMEM. */
int tags_of_list(const char *list, struct arena *arena, struct tags *ret_tags);

/* True where the list has the slug. */
bool tags_list_has(const char *list, const char *slug);

/*
 * What an article of these tags counts under: the first of its feed's tags, in the order in which
 * the operator wrote them, that it has; else its own first. Returns its length, 0 where there is
 * none; *ret_tag points into the article's list.
 */
size_t tags_list_first(const char *list, const char *feed_tags, const char **ret_tag);

/* Appends the slug to a list. */
void tags_list_add(struct buf *list, const char *slug);

/* True where the queue wants an article of this feed with these tags. */
bool tags_match(const struct config_queue *queue, const char *feed, const struct tags *tags);

#endif
