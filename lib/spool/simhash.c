/*
 * The similarity hash. Pure; no state, no allocation, linear in the text.
 *
 * A text is parted into words by blocks of bytes where it is ASCII, else by characters; a word is a
 * range of its bytes. Each pair of neighbouring words votes on 64 bits by a hash of its own; a bit
 * is set where more pairs vote for it than against. Votes are counted by columns: plane i holds bit
 * i of all 64 counts, so that a vote is an addition with carry over words of 64 lanes; eight votes
 * are first summed among themselves, which leaves one carry for the upper planes.
 */
#include "lib/spool/simhash.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/utf8.h"

#define WORD_BASIS UINT64_C(0xcbf29ce484222325)
#define FACTOR UINT64_C(0x9e3779b97f4a7c15)

#define BLOCK 64         /* bytes that are looked at together */
#define NOWHERE SIZE_MAX /* no word has begun */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

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

/* A text that is being parted, and what came of it. */
struct words {
	struct votes votes;
	uint64_t last; /* the hash of the word before */
	unsigned int n;
	const char *text;
	size_t size;
	size_t begin; /* of the word that is under way; NOWHERE */
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

/* Of each byte its highest bit: whether it lies between two characters below 0x80. */
static inline uint64_t
between(uint64_t bytes, unsigned char first, unsigned char last)
{
	uint64_t low = bytes & EACH(0x7f);

	return (low + EACH(0x80u - first)) & ~(low + EACH(0x7fu - last)) & ~bytes & EACH(0x80);
}

/* Up to 8 bytes as a number, the first the lowest. */
static inline uint64_t
load(const char *text, size_t size)
{
	uint64_t bytes = 0;

	if (size >= sizeof(bytes))
		memcpy(&bytes, text, sizeof(bytes));
	else
		for (size_t i = 0; i < size; i++)
			bytes |= (uint64_t)(unsigned char)text[i] << (8 * i);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	if (size >= sizeof(bytes))
		bytes = __builtin_bswap64(bytes);
#endif
	return bytes;
}

static inline uint64_t
hash_piece(uint64_t hash, uint64_t bytes)
{
	bytes |= between(bytes, 'A', 'Z') >> 2; /* 0x20 makes them small */
	hash = (hash ^ bytes) * FACTOR;
	return hash ^ hash >> 32;
}

/* The word ends before this byte. */
static inline void
end_word(struct words *words, size_t end)
{
	const char *text = words->text;
	size_t at = words->begin, left = words->size - at;
	uint64_t hash = WORD_BASIS, bytes;

	for (; end - at > sizeof(bytes); at += sizeof(bytes), left -= sizeof(bytes))
		hash = hash_piece(hash, load(text + at, sizeof(bytes)));
	/* what follows the word in the text is cut off */
	bytes = load(text + at, left) & (~UINT64_C(0) >> (64 - 8 * (end - at)));
	hash = hash_piece(hash, bytes);
	if (words->n++ > 0)
		vote(&words->votes, mix(words->last * FACTOR + hash));
	words->last = hash;
	words->begin = NOWHERE;
}

static inline void
end_any(struct words *words, size_t end)
{
	if (words->begin != NOWHERE)
		end_word(words, end);
}

/* A bit for each byte of a block that is part of a word; false where it is not all ASCII. */
static inline bool
classify(const char *block, uint64_t *ret_bits)
{
	uint64_t bits = 0, other = 0;

	for (unsigned int i = 0; i < BLOCK; i += 8) {
		uint64_t bytes = load(block + i, 8), parts;

		other |= bytes;
		parts = between(bytes | EACH(0x20), 'a', 'z') | between(bytes, '0', '9');
		bits |= ((parts >> 7) * UINT64_C(0x0102040810204080) >> 56) << i;
	}
	*ret_bits = bits;
	return (other & EACH(0x80)) == 0;
}

/* Words begin and end where a bit differs from the one before it. */
static inline void
take_block(struct words *words, size_t base, uint64_t bits)
{
	uint64_t edges = bits ^ (bits << 1 | (words->begin != NOWHERE));

	for (; edges != 0; edges &= edges - 1) {
		size_t at = base + (size_t)__builtin_ctzll(edges);

		if (words->begin != NOWHERE)
			end_word(words, at);
		else
			words->begin = at;
	}
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
kind_at(const struct words *words, size_t at, size_t *ret_size)
{
	unsigned char byte = (unsigned char)words->text[at];
	unsigned int character;

	*ret_size = 1;
	if (byte < 0x80)
		return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
				       (byte >= '0' && byte <= '9')
			       ? LETTER
			       : PARTS;
	*ret_size = utf8_decode(words->text + at, words->size - at, &character);
	return kind_of(character);
}

/* Character by character, until at least this byte; returns where it stands then. */
static size_t
take_characters(struct words *words, size_t at, size_t until)
{
	size_t size;

	for (; at < until; at += size) {
		enum kind kind = kind_at(words, at, &size);

		if (kind != LETTER)
			end_any(words, at);
		if (kind != PARTS && words->begin == NOWHERE)
			words->begin = at;
		if (kind == ALONE)
			end_word(words, at + size);
	}
	return at;
}

/* A text after another: no word goes from one to the other. */
static void
take_text(struct words *words, const char *text, size_t size)
{
	size_t at = 0;
	uint64_t bits;

	words->text = text;
	words->size = size;
	words->begin = NOWHERE;
	while (size - at >= BLOCK) {
		if (classify(text + at, &bits)) {
			take_block(words, at, bits);
			at += BLOCK;
		} else {
			at = take_characters(words, at, at + BLOCK);
		}
	}
	at = take_characters(words, at, size);
	end_any(words, at);
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
