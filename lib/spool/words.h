/*
 * The words of a text, as ranges of its bytes. newspool-spool(5), SIMILARITY, says what makes up a
 * word; what stands here must not change without another RECORD_SCHEMA.
 */
#ifndef LIB_SPOOL_WORDS_H
#define LIB_SPOOL_WORDS_H

#include <stddef.h>
#include <stdint.h>

#define WORDS_EDGES 512u /* words that are given at once, twice */

/* A text that is being parted. It is borrowed, and of less than 2^32 bytes. */
struct words {
	const char *text;
	size_t size;
	size_t at;                   /* what lies before has been looked at */
	unsigned int n;              /* of the edges below; odd where a word is under way */
	uint32_t edges[WORDS_EDGES]; /* where a word begins, and where it has ended, and so on */
};

/* A text's words are to be given. */
void words_begin(struct words *words, const char *text, size_t size);

/*
 * The next words: edges[2 * i] and edges[2 * i + 1] are where the i-th begins and has ended, until
 * the next call. Returns how many there are, 0 at the end of the text. Not a byte is read outside
 * of the text.
 */
unsigned int words_next(struct words *words);

#endif
