/*
 * Near duplicates. Owns the index of similarity hashes, and a ring of facts about the same articles
 * by the same positions, in the order of their sequences.
 *
 * Errors: -ENOMEM, and the store's; all is then read anew when it is next needed.
 */
#define _GNU_SOURCE /* reallocarray */
#include "daemon/keep/near.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "daemon/keep/near_index.h"

#define RING_FIRST 1024u

struct fact {
	uint64_t seq;
	uint32_t back; /* how far behind it its cluster's first is, in sequences; 0: none */
	uint32_t when; /* s */
};

struct near {
	struct near_index index;
	struct fact *facts; /* a ring as large as the index's */
	bool loaded;
	bool dirty; /* something was added that is not committed */
};

int
near_new(struct near **ret_near)
{
	struct near *near = calloc(1, sizeof(*near));

	if (near == NULL)
		return -ENOMEM;
	*ret_near = near;
	return 0;
}

void
near_reset(struct near *near)
{
	near_index_done(&near->index);
	free(near->facts);
	*near = (struct near){ .facts = NULL };
}

void
near_free(struct near *near)
{
	if (near == NULL)
		return;
	near_reset(near);
	free(near);
}

void
near_begin(struct near *near)
{
	if (near != NULL && near->dirty)
		near_reset(near);
}

void
near_commit(struct near *near)
{
	if (near != NULL)
		near->dirty = false;
}

static struct fact *
fact_at(const struct near *near, uint32_t position)
{
	return &near->facts[position & (near->index.size - 1)];
}

/* Rings twice as large, and an index for as many. */
static int
grow(struct near *near)
{
	const struct near_index *index = &near->index;
	uint32_t size = index->size != 0 ? 2 * index->size : RING_FIRST;
	struct near larger = *near;
	int error = near_index_new(&larger.index, size, index->begin);

	if (error != 0)
		return error;
	larger.facts = calloc(size, sizeof(*larger.facts));
	if (larger.facts == NULL) {
		near_index_done(&larger.index);
		return -ENOMEM;
	}
	for (uint32_t i = index->begin; i != index->end; i++) {
		*fact_at(&larger, i) = *fact_at(near, i);
		near_index_add(&larger.index, near_index_hash(index, i));
	}
	near_reset(near);
	*near = larger;
	return 0;
}

static int
make_room(struct near *near)
{
	if (near->index.end - near->index.begin < near->index.size)
		return 0;
	if (near->index.size < NEAR_MAX)
		return grow(near);
	near_index_drop(&near->index);
	return 0;
}

static int
put(struct near *near, const struct near_article *article)
{
	int error = make_room(near);

	if (error != 0)
		return error;
	*fact_at(near, near->index.end) = (struct fact){ .seq = article->seq,
		.back = article->cluster != 0 && article->seq - article->cluster < UINT32_MAX
				? (uint32_t)(article->seq - article->cluster)
				: 0,
		.when = (uint32_t)(article->when / 1000) };
	near_index_add(&near->index, article->simhash);
	return 0;
}

/* Reading */

struct reading {
	struct near_article *articles; /* the highest sequence first */
	size_t n, size;
};

static int
read_one(void *arg, const struct near_article *article)
{
	struct reading *reading = arg;

	if (reading->n == NEAR_MAX)
		return 1;
	if (reading->n == reading->size) {
		size_t size = reading->size != 0 ? 2 * reading->size : RING_FIRST;
		struct near_article *more = reallocarray(
			reading->articles, size, sizeof(*reading->articles));

		if (more == NULL)
			return -ENOMEM;
		reading->articles = more;
		reading->size = size;
	}
	reading->articles[reading->n++] = *article;
	return 0;
}

static int
load(struct near *near, struct store *store, int64_t now)
{
	struct reading reading = { .n = 0 };
	int error = store_near(store, now - NEAR_WINDOW, read_one, &reading);

	error = error < 0 ? error : 0;
	for (size_t i = reading.n; i-- > 0 && error == 0;)
		error = put(near, &reading.articles[i]);
	free(reading.articles);
	if (error != 0)
		near_reset(near);
	near->loaded = error == 0;
	return error;
}

/* Positions have no end but that of their numbers: then the index begins anew. */
static int
prepare(struct near *near, struct store *store, int64_t now)
{
	uint32_t horizon = (uint32_t)((now - NEAR_WINDOW) / 1000);

	if (near->index.end > NEAR_INDEX_NONE - 2 * NEAR_MAX && !near->dirty)
		near_reset(near);
	if (!near->loaded) {
		int error = load(near, store, now);

		if (error != 0)
			return error;
	}
	while (near->index.begin != near->index.end &&
		fact_at(near, near->index.begin)->when < horizon)
		near_index_drop(&near->index);
	return 0;
}

/* Searching */

static uint64_t
cluster_of(const struct near *near, uint32_t position, int64_t now)
{
	const struct fact *fact = fact_at(near, position), *first;
	uint64_t seq = fact->seq - fact->back;
	uint32_t low = near->index.begin, high = position;

	if (fact->back == 0)
		return fact->seq;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fact_at(near, middle)->seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	first = fact_at(near, low);
	return first->seq == seq && (int64_t)first->when >= (now - NEAR_WINDOW) / 1000 ? seq
										       : fact->seq;
}

int
near_find(struct near *near, struct store *store, uint64_t simhash, unsigned int distance,
	int64_t now, uint64_t *ret_cluster)
{
	int error = prepare(near, store, now);
	uint32_t found;

	*ret_cluster = 0;
	if (error != 0)
		return error;
	found = near_index_find(&near->index, simhash, distance);
	if (found != NEAR_INDEX_NONE)
		*ret_cluster = cluster_of(near, found, now);
	return 0;
}

int
near_add(struct near *near, const struct near_article *article)
{
	int error = near->loaded ? put(near, article) : 0;

	near->dirty = true;
	return error;
}
