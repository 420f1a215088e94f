/*
 * Which of the last articles has a similarity hash near to a given one: the hashes of a window that
 * moves on, the newest put in, the oldest taken out. An article is known by its position, counted
 * from the first that was ever put in.
 */
#ifndef DAEMON_KEEP_NEAR_INDEX_H
#define DAEMON_KEEP_NEAR_INDEX_H

#include <stdint.h>

#define NEAR_INDEX_NONE UINT32_MAX
#define NEAR_INDEX_LOOKS 16384u /* hashes that are looked at for one answer */

struct near_chunk;
struct near_bucket;

/* All zero: an index without room. */
struct near_index {
	uint64_t *hashes;    /* a ring, by position */
	uint32_t size;       /* of the ring, a power of 2 */
	uint32_t begin, end; /* positions that are in it */
	unsigned int key_bits;
	struct near_bucket *buckets;
	struct near_chunk *chunks;
	uint32_t n_chunks; /* that were ever used */
	uint32_t free;     /* the first of those that are free again */
};

/*
 * An empty index with room for size articles (a power of 2, at least 32) from this position on.
 * Returns 0 or -ENOMEM. About 80 bytes each are used once they are there.
 */
int near_index_new(struct near_index *index, uint32_t size, uint32_t begin);

/* Frees what the index owns; it is all zero then. */
void near_index_done(struct near_index *index);

/* The hash at a position that is in it. */
static inline uint64_t
near_index_hash(const struct near_index *index, uint32_t position)
{
	return index->hashes[position & (index->size - 1)];
}

/* The next position; there must be room. */
void near_index_add(struct near_index *index, uint64_t simhash);

/* Takes the oldest out; there must be one. */
void near_index_drop(struct near_index *index);

/*
 * The lowest position whose hash differs in no more than distance bits (0 to 7); NEAR_INDEX_NONE
 * where there is none, or none among the first NEAR_INDEX_LOOKS that might be.
 */
uint32_t near_index_find(const struct near_index *index, uint64_t simhash, unsigned int distance);

#endif
