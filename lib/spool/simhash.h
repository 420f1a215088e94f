/*
 * A hash of what a text says, of which texts that say about the same differ in few bits (Charikar's
 * similarity hash). newspool-spool(5) defines it to the byte, so that others can compute it: what
 * stands here must not change without another RECORD_SCHEMA.
 */
#ifndef LIB_SPOOL_SIMHASH_H
#define LIB_SPOOL_SIMHASH_H

#include <stdbool.h>
#include <stdint.h>

#include <newspool/article.h>

#define SIMHASH_BITS 64
#define SIMHASH_BYTES_MAX 65536u /* of a text that are looked at */
#define SIMHASH_WORDS_MIN 16u    /* a shorter text has no hash */
#define SIMHASH_WORDS_BODY 32u   /* with a shorter body, the title counts as well */

/* The hash of an article; false where it says too little to have one. */
bool simhash_article(const struct np_article *article, uint64_t *ret_simhash);

/* The same of a text alone, of any length but none; *ret_words says how many words it has. */
uint64_t simhash_text(const char *text, unsigned int *ret_words);

/* In how many bits two hashes differ. */
static inline unsigned int
simhash_distance(uint64_t a, uint64_t b)
{
	return (unsigned int)__builtin_popcountll(a ^ b);
}

#endif
