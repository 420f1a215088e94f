/*
 * The index of near duplicates. Owns two rings of articles in the order of their sequences: nodes,
 * which a search walks along, and facts, which it looks at where it has found something.
 *
 * Two hashes that differ in at most 3 bits have one of their four blocks of 16 bits in common; so
 * for each block there is a table of 65536 chains, newest article first, and a search walks the
 * chain of each of its blocks. (In at most 7 bits: one block differs in at most one bit; 16 more
 * chains a block.) The four walks go step by step together, since each waits for memory.
 *
 * Invariants: an article is known by its position, counted from the first that was read; a chain
 * leads to lower positions alone, so it ends at the first one below the ring's begin. Nothing is
 * ever taken out but at the begin.
 *
 * Errors: -ENOMEM, and the store's; the index is then read anew when it is next needed.
 */
#define _GNU_SOURCE /* madvise */
#include "daemon/keep/near.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/spool/simhash.h"

#define BLOCKS 4
#define BLOCK_BITS 16
#define KEYS (1u << BLOCK_BITS)
#define NONE UINT32_MAX
#define RING_FIRST 1024u
#define HUGE_PAGE ((size_t)2 << 20)

struct node {
	uint64_t simhash;
	uint32_t next[BLOCKS]; /* positions; NONE, or below the begin: the end */
};

struct fact {
	uint64_t seq;
	uint32_t back; /* how far behind it its cluster's first is, in sequences; 0: none */
	uint32_t when; /* s */
};

struct near {
	struct node *nodes;
	struct fact *facts;
	uint32_t size;       /* of the rings, a power of 2 */
	uint32_t begin, end; /* positions */
	uint32_t (*heads)[KEYS];
	bool loaded;
	bool dirty; /* something was added that is not committed */
};

struct search {
	const struct near *near;
	uint64_t simhash;
	unsigned int distance, looks;
	uint32_t found; /* the lowest position; NONE */
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
	free(near->nodes);
	free(near->facts);
	free(near->heads);
	*near = (struct near){ .size = 0 };
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

static struct node *
node_at(const struct near *near, uint32_t position)
{
	return &near->nodes[position & (near->size - 1)];
}

static struct fact *
fact_at(const struct near *near, uint32_t position)
{
	return &near->facts[position & (near->size - 1)];
}

static uint32_t
key_of(uint64_t simhash, unsigned int block)
{
	return (uint32_t)(simhash >> (block * BLOCK_BITS)) & (KEYS - 1);
}

/*
 * Room for n elements. A search goes all over it, and each step would miss the table of its page
 * too if pages were small.
 */
static void *
new_ring(size_t n, size_t element)
{
	size_t size = n * element;
	void *ring;

	if (size < HUGE_PAGE)
		return calloc(n, element);
	size = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	ring = aligned_alloc(HUGE_PAGE, size);
	if (ring != NULL)
		madvise(ring, size, MADV_HUGEPAGE); /* or not: it is only faster */
	return ring;
}

static int
make_heads(struct near *near)
{
	near->heads = malloc(BLOCKS * sizeof(*near->heads));
	if (near->heads == NULL)
		return -ENOMEM;
	memset(near->heads, 0xFF, BLOCKS * sizeof(*near->heads));
	return 0;
}

/* Rings twice as large, with each article at its new place. */
static int
grow(struct near *near)
{
	struct near larger = { .size = near->size != 0 ? 2 * near->size : RING_FIRST };

	if (near->heads == NULL && make_heads(near) < 0)
		return -ENOMEM;
	larger.nodes = new_ring(larger.size, sizeof(*larger.nodes));
	larger.facts = calloc(larger.size, sizeof(*larger.facts));
	if (larger.nodes == NULL || larger.facts == NULL) {
		free(larger.nodes);
		free(larger.facts);
		return -ENOMEM;
	}
	for (uint32_t i = near->begin; i != near->end; i++) {
		*node_at(&larger, i) = *node_at(near, i);
		*fact_at(&larger, i) = *fact_at(near, i);
	}
	free(near->nodes);
	free(near->facts);
	near->nodes = larger.nodes;
	near->facts = larger.facts;
	near->size = larger.size;
	return 0;
}

static int
make_room(struct near *near)
{
	if (near->end - near->begin < near->size)
		return 0;
	if (near->size < NEAR_MAX)
		return grow(near);
	near->begin++;
	return 0;
}

static int
put(struct near *near, const struct near_article *article)
{
	int error = make_room(near);
	struct node *node;

	if (error != 0)
		return error;
	node = node_at(near, near->end);
	node->simhash = article->simhash;
	for (unsigned int block = 0; block < BLOCKS; block++) {
		uint32_t *head = &near->heads[block][key_of(article->simhash, block)];

		node->next[block] = *head;
		*head = near->end;
	}
	*fact_at(near, near->end) = (struct fact){ .seq = article->seq,
		.back = article->cluster != 0 && article->seq - article->cluster < UINT32_MAX
				? (uint32_t)(article->seq - article->cluster)
				: 0,
		.when = (uint32_t)(article->when / 1000) };
	near->end++;
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

	if (near->end > NONE - 2 * NEAR_MAX && !near->dirty)
		near_reset(near);
	if (!near->loaded) {
		int error = load(near, store, now);

		if (error != 0)
			return error;
	}
	while (near->begin != near->end && fact_at(near, near->begin)->when < horizon)
		near->begin++;
	return 0;
}

/* Searching */

static bool
is_live(const struct near *near, uint32_t position)
{
	return position != NONE && position >= near->begin;
}

/* One step along a chain; the position behind it. */
static inline uint32_t
step(struct search *search, uint32_t position, unsigned int block)
{
	const struct node *node = node_at(search->near, position);

	if (simhash_distance(node->simhash, search->simhash) <= search->distance &&
		position < search->found)
		search->found = position;
	return node->next[block];
}

/* Along the chains of four keys, one of each block. */
static void
walk(struct search *search, uint64_t keys)
{
	const struct near *near = search->near;
	uint32_t at[BLOCKS];
	bool more = true;

	for (unsigned int block = 0; block < BLOCKS; block++)
		at[block] = near->heads[block][key_of(keys, block)];
	while (more && search->looks < NEAR_LOOKS) {
		more = false;
		for (unsigned int block = 0; block < BLOCKS; block++) {
			if (!is_live(near, at[block]))
				continue;
			at[block] = step(search, at[block], block);
			search->looks++;
			more = true;
		}
	}
}

static uint64_t
cluster_of(const struct near *near, uint32_t position, int64_t now)
{
	const struct fact *fact = fact_at(near, position), *first;
	uint64_t seq = fact->seq - fact->back;
	uint32_t low = near->begin, high = position;

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
	struct search search = {
		.near = near, .simhash = simhash, .distance = distance, .found = NONE
	};
	int error = prepare(near, store, now);

	if (error != 0)
		return error;
	*ret_cluster = 0;
	if (near->begin == near->end)
		return 0;
	walk(&search, simhash);
	for (unsigned int bit = 0; bit < BLOCK_BITS && distance >= BLOCKS; bit++)
		walk(&search, simhash ^ UINT64_C(0x0001000100010001) << bit);
	if (search.found != NONE)
		*ret_cluster = cluster_of(near, search.found, now);
	return 0;
}

int
near_add(struct near *near, const struct near_article *article)
{
	int error = near->loaded ? put(near, article) : 0;

	near->dirty = true;
	return error;
}
