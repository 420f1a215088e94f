/*
 * The similarity hash. Pure; no state, no allocation, linear in the text.
 *
 * Each pair of neighbouring words votes on 64 bits by a hash of its own; a bit is set where more
 * pairs vote for it than against. Votes are counted by columns: plane i holds bit i of all 64
 * counts, so that a vote is an addition with carry over words of 64 lanes; eight votes are first summed among
 * themselves, which leaves one carry for the upper planes.
 */
#include "lib/spool/simhash.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/utf8.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define PAIR_FACTOR UINT64_C(0x9e3779b97f4a7c15)

#define PLANES 20 /* more pairs than 65536 bytes have words */
#define GROUP 8   /* votes that are summed together */

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

struct votes {
	uint64_t planes[PLANES];
	uint64_t waiting[GROUP];
	unsigned int n_waiting, n;
};

struct words {
	struct votes votes;
	uint64_t last; /* the hash of the word before */
	unsigned int n;
};

/* a + b + c, lane by lane, as a low and a high bit. */
static inline uint64_t
add(uint64_t a, uint64_t b, uint64_t c, uint64_t *ret_high)
{
	uint64_t half = a ^ b;

	*ret_high = (a & b) | (half & c);
	return half ^ c;
}

static void
carry_into(struct votes *votes, unsigned int plane, uint64_t carry)
{
	for (; carry != 0; plane++) {
		uint64_t next = votes->planes[plane] & carry;

		votes->planes[plane] ^= carry;
		carry = next;
	}
}

static void
sum_group(struct votes *votes)
{
	const uint64_t *v = votes->waiting;
	uint64_t *planes = votes->planes, twos[4], fours[2], eights;

	planes[0] = add(planes[0], v[0], v[1], &twos[0]);
	planes[0] = add(planes[0], v[2], v[3], &twos[1]);
	planes[0] = add(planes[0], v[4], v[5], &twos[2]);
	planes[0] = add(planes[0], v[6], v[7], &twos[3]);
	planes[1] = add(planes[1], twos[0], twos[1], &fours[0]);
	planes[1] = add(planes[1], twos[2], twos[3], &fours[1]);
	planes[2] = add(planes[2], fours[0], fours[1], &eights);
	carry_into(votes, 3, eights);
	votes->n_waiting = 0;
}

static inline void
vote(struct votes *votes, uint64_t bits)
{
	votes->waiting[votes->n_waiting++] = bits;
	votes->n++;
	if (votes->n_waiting == GROUP)
		sum_group(votes);
}

static uint64_t
count_votes(struct votes *votes)
{
	uint64_t result = 0;

	for (unsigned int i = 0; i < votes->n_waiting; i++)
		carry_into(votes, 0, votes->waiting[i]);
	for (unsigned int bit = 0; bit < SIMHASH_BITS; bit++) {
		unsigned int n = 0;

		for (unsigned int plane = 0; plane < PLANES; plane++)
			n |= (unsigned int)(votes->planes[plane] >> bit & 1) << plane;
		result |= (uint64_t)(2 * n > votes->n) << bit;
	}
	return result;
}

/* Every bit of the result depends on every bit of x. */
static inline uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
	x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static inline void
end_word(struct words *words, uint64_t hash)
{
	if (words->n++ > 0)
		vote(&words->votes, mix(words->last * PAIR_FACTOR + hash));
	words->last = hash;
}

static enum kind
kind_of(unsigned int character)
{
	size_t i = 0;

	while (i < sizeof(ranges) / sizeof(ranges[0]) - 1 && character > ranges[i].last)
		i++;
	return ranges[i].kind;
}

/* The byte as it counts in a word, 0 where it parts words. */
static inline unsigned char
ascii(unsigned char byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return (unsigned char)(byte + 'a' - 'A');
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ? byte : 0;
}

static inline uint64_t
hash_bytes(uint64_t hash, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * FNV_PRIME;
	return hash;
}

/* A text after another: no word goes from one to the other. */
static void
take_text(struct words *words, const char *text, size_t size)
{
	uint64_t hash = FNV_BASIS;
	size_t used;

	for (size_t i = 0; i < size; i += used) {
		unsigned char byte = (unsigned char)text[i];
		unsigned int character;
		enum kind kind;

		used = 1;
		if (byte < 0x80) {
			byte = ascii(byte);
			if (byte != 0)
				hash = (hash ^ byte) * FNV_PRIME;
			else if (hash != FNV_BASIS)
				end_word(words, hash), hash = FNV_BASIS;
			continue;
		}
		used = utf8_decode(text + i, size - i, &character);
		kind = kind_of(character);
		if (kind != LETTER && hash != FNV_BASIS)
			end_word(words, hash), hash = FNV_BASIS;
		if (kind == LETTER)
			hash = hash_bytes(hash, text + i, used);
		else if (kind == ALONE)
			end_word(words, hash_bytes(FNV_BASIS, text + i, used));
	}
	if (hash != FNV_BASIS)
		end_word(words, hash);
}

static void
take(struct words *words, const char *text)
{
	size_t size = text != NULL ? strnlen(text, SIMHASH_BYTES_MAX + 1) : 0;

	if (size > SIMHASH_BYTES_MAX)
		size = utf8_cut(text, size, SIMHASH_BYTES_MAX);
	take_text(words, text, size);
}

bool
simhash_article(const struct np_article *article, uint64_t *ret_simhash)
{
	const char *body = np_article_content_text(article);
	struct words words = { .n = 0 };

	if (body == NULL)
		body = np_article_summary(article);
	take(&words, body);
	if (words.n < SIMHASH_WORDS_BODY) {
		words = (struct words){ .n = 0 };
		take(&words, np_article_title(article));
		take(&words, body);
	}
	if (words.n < SIMHASH_WORDS_MIN)
		return false;
	*ret_simhash = count_votes(&words.votes);
	return true;
}

uint64_t
simhash_text(const char *text, unsigned int *ret_words)
{
	struct words words = { .n = 0 };

	take(&words, text);
	*ret_words = words.n;
	return count_votes(&words.votes);
}
