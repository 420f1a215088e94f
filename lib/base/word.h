/*
 * Eight bytes of a text looked at together. Each test tells whether any of them is the one meant;
 * where one is, which others are as well is not known, so that who is told "yes" looks byte by byte.
 */
#ifndef LIB_BASE_WORD_H
#define LIB_BASE_WORD_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WORD_SIZE 8
#define WORD_EVERY(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The first byte is the lowest. */
static inline uint64_t
word_load(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return le64toh(word);
}

/* Whether all are characters of ASCII from the blank on (U+007F is one of them). */
static inline bool
word_is_plain(uint64_t word)
{
	return ((word | (word - WORD_EVERY(0x20))) & WORD_EVERY(0x80)) == 0;
}

/* Not 0 where a byte is below limit (at most 0x80); in the high bits of the bytes. */
static inline uint64_t
word_below(uint64_t word, unsigned char limit)
{
	return (word - WORD_EVERY(limit)) & ~word & WORD_EVERY(0x80);
}

/* Not 0 where a byte is this one. */
static inline uint64_t
word_has(uint64_t word, unsigned char byte)
{
	return word_below(word ^ WORD_EVERY(byte), 1);
}

/* The high bit of exactly those bytes that are this one. */
static inline uint64_t
word_where(uint64_t word, unsigned char byte)
{
	uint64_t other = word ^ WORD_EVERY(byte);

	return ~(((other & ~WORD_EVERY(0x80)) + ~WORD_EVERY(0x80)) | other) & WORD_EVERY(0x80);
}

#endif
