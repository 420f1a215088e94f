/*
 * The index of similarity hashes. Owns the ring of them, and four tables of buckets.
 *
 * Two hashes that differ in at most 3 bits have one of their four blocks of 16 bits in common. So
 * each block has a table of its own, by the lowest bits of the block: as many as leave eight to
 * sixteen articles to a bucket. (In at most 7 bits: one block differs in at most one bit; as many
 * more buckets as there are bits.)
 *
 * A search is made of waiting for memory. So a bucket is a queue of chunks, two lines of the
 * processor's cache each, which are asked for together; they hold half of each hash, enough to rule
 * out nearly all. And the four queues are walked side by side. As positions are in order, the first
 * that is near ends the walk through a bucket: a crowd of articles that are alike is found at once.
 *
 * Invariants: every position from begin to end is in one bucket of each table, and in order there;
 * no chunk of a bucket is empty. A chunk is in a bucket, or free, or was never used.
 */
#define _GNU_SOURCE /* madvise */
#include "daemon/keep/near_index.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/spool/simhash.h"

#define BLOCKS 4u
#define BLOCK_BITS 16u
#define NONE NEAR_INDEX_NONE
#define HUGE_PAGE ((size_t)2 << 20)
#define LINE 64
#define ENTRIES 15
#define OF_A_BUCKET 4 /* bits: the positions in each when the ring is full */

struct near_chunk {
	uint32_t next;       /* of the bucket, or of the free ones */
	uint16_t begin, end; /* of its entries */
	struct {
		uint32_t part; /* the two blocks of the hash behind the one that was the key */
		uint32_t position;
	} entries[ENTRIES];
};

_Static_assert(sizeof(struct near_chunk) == 2 * LINE, "a chunk is two lines");

struct near_bucket {
	uint32_t first, last; /* chunks; first is NONE where it is empty */
};

struct search {
	const struct near_index *index;
	uint64_t simhash;
	unsigned int distance, looks;
	uint32_t found; /* the lowest position; NONE */
};

/*
 * Room for n elements, of which those that are never used cost nothing. A search goes all over it,
 * and each step would miss the table of its page too if pages were small.
 */
static void *
new_array(size_t n, size_t element)
{
	size_t page = n * element < HUGE_PAGE ? LINE : HUGE_PAGE;
	size_t size = (n * element + page - 1) / page * page;
	void *array = aligned_alloc(page, size);

	if (array != NULL && page == HUGE_PAGE)
		madvise(array, size, MADV_HUGEPAGE); /* or not: it is only faster */
	return array;
}

static unsigned int
bits_of(uint32_t size)
{
	unsigned int bits = (unsigned int)__builtin_ctz(size) - OF_A_BUCKET;

	return bits < BLOCK_BITS ? bits : BLOCK_BITS;
}

int
near_index_new(struct near_index *index, uint32_t size, uint32_t begin)
{
	unsigned int bits = bits_of(size);
	size_t n_buckets = (size_t)BLOCKS << bits;
	/* the first and the last chunk of a bucket may be nearly empty */
	size_t n_chunks = (size_t)BLOCKS * (size / ENTRIES + 1) + 2 * n_buckets;

	*index = (struct near_index){ .size = size,
		.begin = begin,
		.end = begin,
		.key_bits = bits,
		.free = NONE,
		.hashes = new_array(size, sizeof(uint64_t)),
		.buckets = new_array(n_buckets, sizeof(struct near_bucket)),
		.chunks = new_array(n_chunks, sizeof(struct near_chunk)) };
	if (index->hashes == NULL || index->buckets == NULL || index->chunks == NULL) {
		near_index_done(index);
		return -ENOMEM;
	}
	memset(index->buckets, 0xFF, n_buckets * sizeof(struct near_bucket));
	return 0;
}

void
near_index_done(struct near_index *index)
{
	free(index->hashes);
	free(index->buckets);
	free(index->chunks);
	*index = (struct near_index){ .size = 0 };
}

static struct near_bucket *
bucket_of(const struct near_index *index, uint64_t simhash, unsigned int block)
{
	size_t key = simhash >> (block * BLOCK_BITS) & (((size_t)1 << index->key_bits) - 1);

	return &index->buckets[((size_t)block << index->key_bits) + key];
}

static uint32_t
part_of(uint64_t simhash, unsigned int block)
{
	unsigned int shift = (block + 1) % BLOCKS * BLOCK_BITS;

	return (uint32_t)(simhash >> shift | simhash << (64 - shift) % 64);
}

static uint32_t
take_chunk(struct near_index *index)
{
	uint32_t chunk = index->free;

	if (chunk == NONE)
		chunk = index->n_chunks++;
	else
		index->free = index->chunks[chunk].next;
	index->chunks[chunk].next = NONE;
	index->chunks[chunk].begin = index->chunks[chunk].end = 0;
	return chunk;
}

static void
add_to(struct near_index *index, struct near_bucket *bucket, uint32_t part)
{
	struct near_chunk *chunk;

	if (bucket->first == NONE) {
		bucket->first = bucket->last = take_chunk(index);
	} else if (index->chunks[bucket->last].end == ENTRIES) {
		uint32_t next = take_chunk(index);

		index->chunks[bucket->last].next = next;
		bucket->last = next;
	}
	chunk = &index->chunks[bucket->last];
	chunk->entries[chunk->end].part = part;
	chunk->entries[chunk->end].position = index->end;
	chunk->end++;
}

void
near_index_add(struct near_index *index, uint64_t simhash)
{
	index->hashes[index->end & (index->size - 1)] = simhash;
	for (unsigned int block = 0; block < BLOCKS; block++)
		add_to(index, bucket_of(index, simhash, block), part_of(simhash, block));
	index->end++;
}

static void
drop_first(struct near_index *index, struct near_bucket *bucket)
{
	uint32_t first = bucket->first;
	struct near_chunk *chunk = &index->chunks[first];

	if (++chunk->begin < chunk->end)
		return;
	bucket->first = chunk->next;
	chunk->next = index->free;
	index->free = first;
}

void
near_index_drop(struct near_index *index)
{
	uint64_t simhash = near_index_hash(index, index->begin);

	for (unsigned int block = 0; block < BLOCKS; block++)
		drop_first(index, bucket_of(index, simhash, block));
	index->begin++;
}

static inline bool
has_at_most(uint32_t bits, unsigned int n)
{
	for (; n > 0; n--)
		bits &= bits - 1;
	return bits == 0;
}

/* The chunk that is to be looked at behind this one; NONE where none could be better. */
static inline uint32_t
look(struct search *search, const struct near_chunk *chunk, unsigned int block)
{
	uint32_t part = part_of(search->simhash, block);

	for (unsigned int i = chunk->begin; i < chunk->end; i++) {
		uint32_t position = chunk->entries[i].position;

		if (!has_at_most(chunk->entries[i].part ^ part, search->distance))
			continue;
		if (position < search->found &&
			simhash_distance(near_index_hash(search->index, position),
				search->simhash) <= search->distance)
			search->found = position;
	}
	search->looks += chunk->end - chunk->begin;
	return chunk->entries[chunk->end - 1].position < search->found ? chunk->next : NONE;
}

static inline void
fetch(const struct near_index *index, uint32_t chunk)
{
	const char *lines;

	if (chunk == NONE)
		return;
	lines = (const char *)&index->chunks[chunk];
	__builtin_prefetch(lines);
	__builtin_prefetch(lines + LINE);
}

/* Through the buckets of four keys, one of each block. */
static void
walk(struct search *search, uint64_t keys)
{
	const struct near_index *index = search->index;
	uint32_t at[BLOCKS];
	bool more = true;

	for (unsigned int block = 0; block < BLOCKS; block++) {
		at[block] = bucket_of(index, keys, block)->first;
		fetch(index, at[block]);
	}
	while (more && search->looks < NEAR_INDEX_LOOKS) {
		more = false;
		for (unsigned int block = 0; block < BLOCKS; block++) {
			if (at[block] == NONE)
				continue;
			at[block] = look(search, &index->chunks[at[block]], block);
			fetch(index, at[block]);
			more = true;
		}
	}
}

uint32_t
near_index_find(const struct near_index *index, uint64_t simhash, unsigned int distance)
{
	struct search search = {
		.index = index, .simhash = simhash, .distance = distance, .found = NONE
	};

	if (index->begin == index->end)
		return NONE;
	walk(&search, simhash);
	for (unsigned int bit = 0; bit < index->key_bits && distance >= BLOCKS; bit++)
		walk(&search, simhash ^ UINT64_C(0x0001000100010001) << bit);
	return search.found;
}
