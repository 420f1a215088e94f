/*
 * The words of a text. Pure; no allocation, linear in the text.
 *
 * Where a block of 64 bytes is ASCII, each of its bytes is a bit: whether it is part of a word; and
 * an edge is where a bit differs from the one before. Other blocks are taken by characters.
 *
 * Invariants: edges are in ascending order; an even one begins a word, and is followed by its end.
 */
#include "lib/spool/words.h"

#include <stdbool.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "lib/base/utf8.h"

#define BLOCK 64u   /* bytes that are looked at together; no more edges come of them */
#define CHARACTER 4 /* bytes at most; three edges may come of one of three */
#define ROOM (BLOCK + CHARACTER)

enum kind { PARTS, LETTER, ALONE };

/* What characters from U+0080 on are, in the order of their numbers. */
static const struct {
	unsigned int last;
	enum kind kind;
} ranges[] = {
	{ 0xBF, PARTS },
	{ 0xDFF, LETTER },
	{ 0xEFF, ALONE }, /* Thai, Lao: written without blanks, as all that stands alone */
	{ 0xFFF, LETTER },
	{ 0x109F, ALONE },
	{ 0x177F, LETTER },
	{ 0x17FF, ALONE },
	{ 0x1FFF, LETTER },
	{ 0x2BFF, PARTS }, /* punctuation, symbols */
	{ 0x2E7F, LETTER },
	{ 0x2FFF, ALONE },
	{ 0x303F, PARTS },
	{ 0x9FFF, ALONE }, /* kana, Han */
	{ 0xF8FF, LETTER },
	{ 0xFAFF, ALONE },
	{ 0xFDFF, LETTER },
	{ 0xFFFF, PARTS },
	{ 0x1EFFF, LETTER },
	{ 0x1FFFF, PARTS }, /* emoji */
	{ 0x3FFFF, ALONE },
	{ 0x10FFFF, PARTS },
};

typedef unsigned char bytes16 __attribute__((vector_size(16)));

void
words_begin(struct words *words, const char *text, size_t size)
{
	words->text = text;
	words->size = size;
	words->at = 0;
	words->n = 0;
}

static inline void
add_edge(struct words *words, size_t at)
{
	words->edges[words->n++] = (uint32_t)at;
}

static inline bool
is_in_word(const struct words *words)
{
	return words->n % 2 != 0;
}

/* Of 16 bytes a bit each: whether it is set in their highest bit. */
static inline uint64_t
high_bits(bytes16 bytes)
{
#ifdef __SSE2__
	return (uint64_t)(unsigned int)_mm_movemask_epi8((__m128i)bytes);
#else
	uint64_t bits = 0;

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bits |= (uint64_t)(bytes[i] >> 7) << i;
	return bits;
#endif
}

/* Bytes all of whose bits are set where they are a letter or a digit of ASCII. */
static inline bytes16
are_letters(bytes16 bytes)
{
	return (bytes16)((bytes | 0x20) - 'a' < 26) | (bytes16)(bytes - '0' < 10);
}

/* A bit for each byte of a block that is part of a word; false where it is not all ASCII. */
static inline bool
classify(const char *block, uint64_t *ret_bits)
{
	bytes16 part[BLOCK / sizeof(bytes16)], any;

	memcpy(part, block, BLOCK);
	any = part[0] | part[1] | part[2] | part[3];
	*ret_bits = high_bits(are_letters(part[0])) | high_bits(are_letters(part[1])) << 16 |
		    high_bits(are_letters(part[2])) << 32 | high_bits(are_letters(part[3])) << 48;
	return high_bits(any) == 0;
}

/*
 * Two edges a step, so that the processor need not guess as often how many there are. Where there
 * is none for the second, it is written and not counted: a word is under way then, or one no more.
 */
static inline void
take_block(struct words *words, uint64_t bits)
{
	bool was_in_word = is_in_word(words), is_odd = was_in_word != bits >> (BLOCK - 1);
	uint64_t edges = bits ^ (bits << 1 | was_in_word), none = UINT64_C(1) << (BLOCK - 1);
	uint32_t *out = words->edges + words->n;

	for (; edges != 0; out += 2) {
		out[0] = (uint32_t)words->at + (uint32_t)__builtin_ctzll(edges);
		edges &= edges - 1;
		out[1] = (uint32_t)words->at + (uint32_t)__builtin_ctzll(edges | none);
		edges &= edges - 1;
	}
	words->n = (unsigned int)(out - words->edges) - is_odd;
	words->at += BLOCK;
}

static enum kind
kind_of(unsigned int character)
{
	size_t i = 0;

	while (i < sizeof(ranges) / sizeof(ranges[0]) - 1 && character > ranges[i].last)
		i++;
	return ranges[i].kind;
}

static enum kind
kind_at(const struct words *words, size_t *ret_size)
{
	unsigned char byte = (unsigned char)words->text[words->at];
	unsigned int character;

	*ret_size = 1;
	if (byte < 0x80)
		return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
				       (byte >= '0' && byte <= '9')
			       ? LETTER
			       : PARTS;
	*ret_size = utf8_decode(words->text + words->at, words->size - words->at, &character);
	return kind_of(character);
}

/* Character by character, until at least this byte. */
static void
take_characters(struct words *words, size_t until)
{
	size_t size;

	for (; words->at < until; words->at += size) {
		enum kind kind = kind_at(words, &size);

		if (is_in_word(words) ? kind != LETTER : kind == LETTER)
			add_edge(words, words->at);
		if (kind == ALONE) {
			add_edge(words, words->at);
			add_edge(words, words->at + size);
		}
	}
}

/* Less than a block is left: what is missing is filled up with what parts words. */
static void
take_rest(struct words *words)
{
	char block[BLOCK] = { 0 };
	uint64_t bits;

	memcpy(block, words->text + words->at, words->size - words->at);
	if (classify(block, &bits)) {
		take_block(words, bits);
	} else {
		take_characters(words, words->size);
		if (is_in_word(words))
			add_edge(words, words->size);
	}
	words->at = words->size;
}

unsigned int
words_next(struct words *words)
{
	uint64_t bits;

	if (is_in_word(words))
		words->edges[0] = words->edges[words->n - 1];
	words->n %= 2;
	while (words->n + ROOM <= WORDS_EDGES && words->size - words->at >= BLOCK) {
		if (classify(words->text + words->at, &bits))
			take_block(words, bits);
		else
			take_characters(words, words->at + BLOCK);
	}
	if (words->n + ROOM <= WORDS_EDGES)
		take_rest(words);
	return words->n / 2;
}
