/*
 * The similarity hash. Pure; no allocation, linear in the text.
 *
 * Each pair of neighbouring words votes on 64 bits by a hash of its own; a bit is set where more
 * pairs vote for it than against. Votes are counted by columns: plane i holds bit i of all counts,
 * so that a vote is an addition with carry over words of 64 lanes. The votes of each piece of the
 * text are summed among themselves before they are added to those before, and two at a time, side
 * by side.
 */
#include "lib/spool/simhash.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/base/word.h"
#include "lib/spool/words.h"

/* The first bits of pi behind the point. */
#define WORD_FIRST UINT64_C(0x243f6a8885a308d3)
#define WORD_FACTOR UINT64_C(0x13198a2e03707344)
#define PAIR_SECOND UINT64_C(0xa4093822299f31d0)

#define PIECE 16               /* bytes of a word that are taken together */
#define SMALL WORD_EVERY(0x20) /* makes most letters small, and leaves digits alone */

#define PLANES 17                     /* 65536 bytes have no more words on either side */
#define PIECE_VOTES (WORDS_EDGES / 2) /* of a piece of the text, at most */
#define PIECE_PLANES 8                /* half of them on either side */
#define GROUP 8                       /* votes on either side that are summed at once */

typedef uint64_t lanes __attribute__((vector_size(16)));

struct votes {
	lanes planes[PLANES];
	unsigned int n;
};

/* What came of the words so far. */
struct state {
	struct votes votes;
	uint64_t last; /* the hash of the word before */
	unsigned int n_words;
};

/* a + b + c, lane by lane, as a low and a high bit. */
static inline lanes
add(lanes a, lanes b, lanes c, lanes *ret_high)
{
	lanes half = a ^ b;

	*ret_high = (a & b) | (half & c);
	return half ^ c;
}

static inline lanes
add_to(lanes *plane, lanes carry)
{
	lanes next = *plane & carry;

	*plane ^= carry;
	return next;
}

static inline void
sum_group(lanes *planes, const lanes *v)
{
	lanes twos[4], fours[2], carry;

	planes[0] = add(planes[0], v[0], v[1], &twos[0]);
	planes[0] = add(planes[0], v[2], v[3], &twos[1]);
	planes[0] = add(planes[0], v[4], v[5], &twos[2]);
	planes[0] = add(planes[0], v[6], v[7], &twos[3]);
	planes[1] = add(planes[1], twos[0], twos[1], &fours[0]);
	planes[1] = add(planes[1], twos[2], twos[3], &fours[1]);
	planes[2] = add(planes[2], fours[0], fours[1], &carry);
	carry = add_to(&planes[3], carry);
	carry = add_to(&planes[4], carry);
	carry = add_to(&planes[5], carry);
	carry = add_to(&planes[6], carry);
	planes[7] ^= carry;
}

/* The votes of a piece; what is behind them, up to a group's end, is 0. */
static void
sum_piece(struct votes *votes, const lanes *v, unsigned int n)
{
	lanes planes[PIECE_PLANES] = { { 0 } }, carry = { 0 };

	for (unsigned int i = 0; i < n; i += 2 * GROUP)
		sum_group(planes, v + i / 2);
	for (unsigned int i = 0; i < PLANES; i++)
		votes->planes[i] = add(votes->planes[i],
			i < PIECE_PLANES ? planes[i] : (lanes){ 0 }, carry, &carry);
	votes->n += n;
}

/* The bits for which more than half of all have voted: both sides are added, and compared. */
static uint64_t
count_votes(const struct votes *votes)
{
	uint64_t sums[PLANES + 1], carry = 0, above = 0, equal = ~UINT64_C(0);
	unsigned int half = votes->n / 2;

	for (unsigned int i = 0; i < PLANES; i++) {
		uint64_t a = votes->planes[i][0], b = votes->planes[i][1];

		sums[i] = a ^ b ^ carry;
		carry = (a & b) | ((a ^ b) & carry);
	}
	sums[PLANES] = carry;
	for (unsigned int i = PLANES + 1; i-- > 0;) {
		uint64_t wanted = half >> i & 1 ? ~UINT64_C(0) : 0;

		above |= equal & sums[i] & ~wanted;
		equal &= ~(sums[i] ^ wanted);
	}
	return above;
}

/* Both halves of a product, one over the other: every bit depends on every bit of both. */
static inline uint64_t
fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
	uint64_t middle = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
	uint64_t other = (a & UINT32_MAX) * (b >> 32) + (middle & UINT32_MAX);

	return a * b ^ ((a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32));
#endif
}

/* Twice 8 bytes as numbers, the first byte the lowest. */
static inline lanes
numbers(lanes bytes)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (lanes){ __builtin_bswap64(bytes[0]), __builtin_bswap64(bytes[1]) };
#else
	return bytes;
#endif
}

/* A piece that has 16 bytes, of which those behind size do not count; before it, two halves. */
static inline uint64_t
hash_piece(lanes before, const char *piece, size_t size)
{
	static const unsigned char counts[2 * PIECE] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
		0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
	lanes bytes, mask;

	memcpy(&bytes, piece, sizeof(bytes));
	memcpy(&mask, counts + PIECE - size, sizeof(mask));
	bytes = numbers((bytes | SMALL) & mask) ^ before;
	return fold(bytes[0], bytes[1]);
}

/* A word of any length at any place. */
static uint64_t
hash_any_word(const char *word, size_t size)
{
	uint64_t hash = WORD_FIRST;

	for (; size > 0;) {
		size_t n = size < PIECE ? size : PIECE;
		char piece[PIECE] = { 0 };

		memcpy(piece, word, n);
		hash = hash_piece((lanes){ hash, WORD_FACTOR }, piece, n);
		word += n;
		size -= n;
	}
	return hash;
}

/* Their votes; those of the first word of all count for nothing, there is none before it. */
static void
take_words(struct state *state, const struct words *words, unsigned int n)
{
	lanes votes[PIECE_VOTES / 2 + GROUP];
	uint64_t *v = (uint64_t *)votes, last = state->last;
	unsigned int skip = state->n_words == 0;
	unsigned int inner = n; /* the first words, which have a whole piece of text before them */

	while (inner > 0 && words->size - words->edges[2 * (inner - 1)] < PIECE)
		inner--;
	for (unsigned int i = 0; i < n; i++) {
		const uint32_t *edge = words->edges + 2 * i;
		const char *word = words->text + edge[0];
		size_t size = edge[1] - edge[0];
		uint64_t hash = size <= PIECE && i < inner
					? hash_piece((lanes){ WORD_FIRST, WORD_FACTOR }, word, size)
					: hash_any_word(word, size);

		v[i] = fold(last, hash ^ PAIR_SECOND);
		last = hash;
	}
	if (skip)
		v[0] = 0;
	memset(v + n, 0, 2 * GROUP * sizeof(*v));
	sum_piece(&state->votes, votes, n);
	state->votes.n -= skip;
	state->n_words += n;
	state->last = last;
}

static void
take(struct state *state, const char *text)
{
	struct words words;
	unsigned int n;
	size_t size;

	if (text == NULL)
		return;
	size = strnlen(text, SIMHASH_BYTES_MAX + 1);
	if (size > SIMHASH_BYTES_MAX)
		size = utf8_cut(text, size, SIMHASH_BYTES_MAX);
	words_begin(&words, text, size);
	while ((n = words_next(&words)) > 0)
		take_words(state, &words, n);
}

bool
simhash_article(const struct np_article *article, uint64_t *ret_simhash)
{
	const char *body = np_article_content_text(article);
	struct state state = { .n_words = 0 };

	if (body == NULL)
		body = np_article_summary(article);
	take(&state, body);
	if (state.n_words < SIMHASH_WORDS_BODY) {
		state = (struct state){ .n_words = 0 };
		take(&state, np_article_title(article));
		take(&state, body);
	}
	if (state.n_words < SIMHASH_WORDS_MIN)
		return false;
	*ret_simhash = count_votes(&state.votes);
	return true;
}

uint64_t
simhash_text(const char *text, unsigned int *ret_words)
{
	struct state state = { .n_words = 0 };

	take(&state, text);
	*ret_words = state.n_words;
	return count_votes(&state.votes);
}
