/* The similarity hash: the values that others can compute by the manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/feed/article.h"
#include "lib/spool/simhash.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* By hand, in halves, as the library need not. */
static uint64_t
fold(uint64_t a, uint64_t b)
{
	uint64_t parts[4] = { 0 }, sum = 0;

	for (unsigned int i = 0; i < 2; i++)
		for (unsigned int k = 0; k < 2; k++) {
			uint64_t product = (a >> (32 * i) & UINT32_MAX) *
					   (b >> (32 * k) & UINT32_MAX);

			parts[i + k] += product & UINT32_MAX;
			parts[i + k + 1] += product >> 32;
		}
	for (unsigned int i = 0; i < 4; i++) {
		sum += parts[i];
		parts[i] = sum & UINT32_MAX;
		sum >>= 32;
	}
	return (parts[0] | parts[1] << 32) ^ (parts[2] | parts[3] << 32);
}

static uint64_t
hash_word(const char *word)
{
	uint64_t hash = UINT64_C(0x243f6a8885a308d3);

	for (size_t size = strlen(word), at = 0; at < size; at += 16) {
		uint64_t halves[2] = { 0 };

		for (size_t i = 0; i < 16 && at + i < size; i++)
			halves[i / 8] += (uint64_t)((unsigned char)word[at + i] | 0x20)
					 << (8 * (i % 8));
		hash = fold(hash ^ halves[0], halves[1] ^ UINT64_C(0x13198a2e03707344));
	}
	return hash;
}

/* As the manual says it, one step after the other. */
static uint64_t
by_the_manual(const char *const *words, size_t n)
{
	unsigned int votes[64] = { 0 };
	uint64_t result = 0;

	for (size_t i = 0; i + 1 < n; i++) {
		uint64_t x = fold(hash_word(words[i]),
			hash_word(words[i + 1]) ^ UINT64_C(0xa4093822299f31d0));

		for (int bit = 0; bit < 64; bit++)
			votes[bit] += x >> bit & 1;
	}
	for (int bit = 0; bit < 64; bit++)
		if (2 * votes[bit] > n - 1)
			result |= UINT64_C(1) << bit;
	return result;
}

static void
words_are_what_the_manual_says(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *words[8];
	} rows[] = {
		{ "", 0, { 0 } },
		{ "One", 1, { "one" } },
		{ "One, two-THREE; 4four!", 4, { "one", "two", "three", "4four" } },
		{ " it's \xE2\x80\x9Cso\xE2\x80\x9D\xC2\xA0now", 4, { "it", "s", "so", "now" } },
		{ "it\xE2\x80\x99s \"so\" now", 4, { "it", "s", "so", "now" } },
		{ "Élan café", 2, { "Élan", "café" } },
		{ "мир и труд", 3, { "мир", "и", "труд" } },
		{ "東京は3月", 5, { "東", "京", "は", "3", "月" } },
		{ "한국 뉴스", 2, { "한국", "뉴스" } },
		{ "ข่าว", 4, { "ข", "่", "า", "ว" } },
		{ "a、b。c", 3, { "a", "b", "c" } },
		{ "internationalisation 12345678 MEANINGS 1234567890123456 a", 5,
			{ "internationalisation", "12345678", "meanings", "1234567890123456",
				"a" } },
		{ "12345678901234567 incomprehensibilities", 2,
			{ "12345678901234567", "incomprehensibilities" } },
		{ "ÉCOLE НАДО", 2, { "école", "надо" } },
		{ "ABCDEFGÉ\xC3\x89xyz @[`{/:", 1, { "abcdefgÉ\xC3\x89xyz" } },
		{ "rain \xF0\x9F\x8C\xA7 sun", 2, { "rain", "sun" } },
		{ "bad\xFFutf", 2, { "bad", "utf" } },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		unsigned int n;
		uint64_t hash = simhash_text(rows[i].text, &n);

		if (n != rows[i].n || hash != by_the_manual(rows[i].words, rows[i].n))
			fail_msg("'%s' has %u words, %016" PRIx64, rows[i].text, n, hash);
	}
}

/* Wherever a word or a letter lies in blocks of bytes, it is the same word. */
static void
words_are_found_at_any_place(void **state)
{
	static const char *const lowered[] = { "one", "strawberries", "Über", "two3", "a" };
	static const char *const texts[] = { "One STRAWBERRIES Über two3 a",
		"one. Strawberries\tÜber; Two3\nA" };

	(void)state;
	for (size_t t = 0; t < N_OF(texts); t++)
		for (size_t before = 0; before < 200; before++)
			for (size_t after = 0; after < 70; after += 23) {
				struct buf text = { 0 };
				unsigned int n;

				for (size_t i = 0; i < before; i++)
					buf_putc(&text, i % 2 ? '-' : ' ');
				buf_puts(&text, texts[t]);
				for (size_t i = 0; i < after; i++)
					buf_putc(&text, '.');
				assert_true(simhash_text(buf_str(&text), &n) ==
					    by_the_manual(lowered, N_OF(lowered)));
				assert_int_equal(n, N_OF(lowered));
				buf_done(&text);
			}
}

/* Any number of pairs: the columns count as single counters do. */
static void
votes_are_counted_exactly(void **state)
{
	const char **words = calloc(4000, sizeof(*words));
	char names[97][8];
	struct buf text = { 0 };

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++)
		snprintf(names[i], sizeof(names[i]), "w%zu", i * i);
	for (size_t n = 1; n < 4000; n++) {
		unsigned int found;
		uint64_t hash;

		words[n - 1] = names[(n * n + n / 7) % N_OF(names)];
		buf_printf(&text, "%s ", words[n - 1]);
		if (n > 40 && n % 371 != 0)
			continue;
		hash = simhash_text(buf_str(&text), &found);
		assert_int_equal(found, n);
		assert_true(hash == by_the_manual(words, n));
	}
	free(words);
	buf_done(&text);
}

static struct np_article *
make(const char *title, const char *text, const char *summary)
{
	struct np_article *article;

	assert_int_equal(article_new(&article), 0);
	article->title = title;
	article->content_text = text;
	article->summary = summary;
	return article;
}

static bool
hash_of(const char *title, const char *text, const char *summary, uint64_t *ret_hash)
{
	struct np_article *article = make(title, text, summary);
	bool has = simhash_article(article, ret_hash);

	np_article_free(article);
	return has;
}

#define WORDS_8 "one two three four five six seven eight "
#define WORDS_32 WORDS_8 "nine ten " WORDS_8 "a b " WORDS_8 "c d e f "

static void
a_title_counts_with_a_short_body_alone(void **state)
{
	uint64_t a, b;
	unsigned int n;

	(void)state;
	assert_true(hash_of("A title", WORDS_32, NULL, &a));
	assert_true(hash_of("Another", WORDS_32, "in short", &b));
	assert_true(a == b && a == simhash_text(WORDS_32, &n));
	assert_true(hash_of(NULL, NULL, WORDS_32, &b));
	assert_true(a == b);
	assert_true(hash_of("A title", WORDS_8 WORDS_8, NULL, &a));
	assert_true(a == simhash_text("A title " WORDS_8 WORDS_8, &n));
	assert_false(hash_of("A title", WORDS_8, NULL, &a));
	assert_false(hash_of(NULL, NULL, NULL, &a));
	assert_true(hash_of(WORDS_8 WORDS_8, NULL, NULL, &a));
}

static void
a_long_text_is_cut_at_a_character(void **state)
{
	struct buf text = { 0 };
	unsigned int n, m;
	uint64_t hash;

	(void)state;
	while (text.len < SIMHASH_BYTES_MAX - 1)
		buf_puts(&text, "abcd, ");
	buf_truncate(&text, SIMHASH_BYTES_MAX - 1);
	hash = simhash_text(buf_str(&text), &n);
	buf_puts(&text, "\xC3\xA9 more and more");
	assert_true(simhash_text(buf_str(&text), &m) == hash);
	assert_int_equal(n, m);
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_what_the_manual_says),
		cmocka_unit_test(words_are_found_at_any_place),
		cmocka_unit_test(votes_are_counted_exactly),
		cmocka_unit_test(a_title_counts_with_a_short_body_alone),
		cmocka_unit_test(a_long_text_is_cut_at_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
