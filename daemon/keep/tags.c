/*
 * The tags of an article. Owns nothing; what a publisher wrote becomes a tag through the tag table
 * alone, so tags are slugs that the operator chose.
 *
 * Invariants: each slug once; the operator's (the feed's, and those of rules) stand before those of
 * the publisher's categories, and push these out where there are too many.
 */
#include "daemon/keep/tags.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the slug is; tags->n where it is not. */
static size_t
find(const struct tags *tags, const char *slug)
{
	size_t i = 0;

	while (i < tags->n && strcmp(tags->slugs[i], slug) != 0)
		i++;
	return i;
}

static void
take_out(struct tags *tags, size_t i)
{
	tags->n--;
	tags->n_own -= i < tags->n_own;
	memmove(&tags->slugs[i], &tags->slugs[i + 1], (tags->n - i) * sizeof(tags->slugs[0]));
}

void
tags_add(struct tags *tags, const char *slug)
{
	size_t i = find(tags, slug);

	if (i < tags->n_own || tags->n_own == TAGS_MAX)
		return;
	if (i < tags->n)
		take_out(tags, i);
	else if (tags->n == TAGS_MAX)
		tags->n--;
	memmove(&tags->slugs[tags->n_own + 1], &tags->slugs[tags->n_own],
		(tags->n - tags->n_own) * sizeof(tags->slugs[0]));
	tags->slugs[tags->n_own++] = slug;
	tags->n++;
}

static void
add_category(struct tags *tags, const char *slug)
{
	if (tags->n < TAGS_MAX && find(tags, slug) == tags->n)
		tags->slugs[tags->n++] = slug;
}

void
tags_remove(struct tags *tags, const char *slug)
{
	size_t i = find(tags, slug);

	if (i < tags->n)
		take_out(tags, i);
}

void
tags_clear(struct tags *tags)
{
	tags->n = tags->n_own = 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
add_list(struct tags *tags, const char *list, struct arena *arena)
{
	while (*list != '\0') {
		size_t len = strcspn(list, " ");
		const char *slug = arena_strndup(arena, list, len);

		if (slug == NULL)
			return -ENOMEM;
		if (len > 0)
			tags_add(tags, slug);
		list += len + (list[len] == ' ');
	}
	return 0;
}

int
tags_of(const struct config *config, const char *feed_tags, const struct np_article *article,
	struct arena *arena, struct tags *ret_tags)
{
	struct tags tags = { .n = 0 };
	const struct np_category *categories;
	size_t n;
	int error = add_list(&tags, feed_tags, arena);

	if (error != 0)
		return error;
	categories = np_article_categories(article, &n);
	for (size_t i = 0; i < n; i++) {
		const char *tag = config_alias_tag(config, categories[i].term);
		if (tag != NULL)
			add_category(&tags, tag);
	}
	*ret_tags = tags;
	return 0;
}

void
tags_sort(struct tags *tags)
{
	qsort(tags->slugs, tags->n, sizeof(tags->slugs[0]), compare);
	tags->n_own = tags->n;
}

int
tags_of_list(const char *list, struct arena *arena, struct tags *ret_tags)
{
	struct tags tags = { .n = 0 };
	int error = add_list(&tags, list, arena);

	if (error != 0)
		return error;
	tags_sort(&tags);
	*ret_tags = tags;
	return 0;
}

bool
tags_list_has(const char *list, const char *slug)
{
	size_t size = strlen(slug);

	for (; *list != '\0'; list += strcspn(list, " "), list += *list == ' ')
		if (strncmp(list, slug, size) == 0 && list[size] == ' ')
			return true;
	return false;
}

/* Where a slug of this size is in a list; NULL: nowhere. */
static const char *
find_in_list(const char *list, const char *slug, size_t size)
{
	while (*list != '\0') {
		size_t own = strcspn(list, " ");

		if (own == size && memcmp(list, slug, size) == 0)
			return list;
		list += own + (list[own] == ' ');
	}
	return NULL;
}

size_t
tags_list_first(const char *list, const char *feed_tags, const char **ret_tag)
{
	while (*feed_tags != '\0') {
		size_t size = strcspn(feed_tags, " ");

		*ret_tag = find_in_list(list, feed_tags, size);
		if (*ret_tag != NULL && size > 0)
			return size;
		feed_tags += size + (feed_tags[size] == ' ');
	}
	*ret_tag = list;
	return strcspn(list, " ");
}

void
tags_list_add(struct buf *list, const char *slug)
{
	buf_puts(list, slug);
	buf_putc(list, ' ');
}

/* True where the lists share a text, and where there is nothing to share. */
static bool
share_one(const char *const *wanted, size_t n_wanted, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n_wanted; i++)
		for (size_t j = 0; j < n; j++)
			if (strcmp(wanted[i], texts[j]) == 0)
				return true;
	return n_wanted == 0;
}

bool
tags_match(const struct config_queue *queue, const char *feed, const struct tags *tags)
{
	return share_one(queue->feeds, queue->n_feeds, &feed, 1) &&
	       share_one(queue->rules, queue->n_rules, tags->rules, tags->n_rules) &&
	       (queue->all || share_one(queue->tags, queue->n_tags, tags->slugs, tags->n));
}
