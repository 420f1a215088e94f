/* lib/spool/slug: what becomes of a category's words as a folder's name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/spool/layout.h"

static void
test_slugs_of_many_scripts(void **state)
{
	static const struct {
		const char *text, *slug;
	} cases[] = {
		{ "technology-news", "technology-news" },
		{ "Technology News", "technology-news" },
		{ "  Tech / Science & More!  ", "tech-science-more" },
		{ "C++", "c" },
		{ "Q3 2026", "q3-2026" },
		{ "a.b..c", "a-b-c" },
		{ "../../etc/passwd", "etc-passwd" },
		{ "snake_case", "snake-case" },
		{ "Économie", "economie" },
		{ "E\xcc\x81"
		  "conomie",
			"economie" }, /* decomposed */
		{ "Ünïcödé Straße", "unicode-strasse" },
		{ "Ærø Œuvre Þing Łódź", "aero-oeuvre-thing-lodz" },
		{ "İstanbul Iğdır", "istanbul-igdir" },
		{ "Việt Nam ĐÀ NẴNG", "viet-nam-da-nang" },
		{ "Ελληνικά ΝΈΑ", "ελληνικά-νέα" },
		{ "Технологии И НАУКА", "технологии-и-наука" },
		{ "Україна Ґ", "україна-ґ" },
		{ "科技新闻", "科技新闻" },
		{ "経済・ビジネス", "経済-ビジネス" },
		{ "한국 뉴스", "한국-뉴스" },
		{ "أخبار التقنية", "أخبار-التقنية" },
		{ "חדשות", "חדשות" },
		{ "हिन्दी समाचार", "हिन्दी-समाचार" },
		{ "ข่าวเทคโนโลยี", "ข่าวเทคโนโลยี" },
		{ "ＦＵＬＬ　Ｗｉｄｔｈ１２", "full-width12" },
		{ "soft\xc2\xadhyphen", "softhyphen" },
		{ "news 📰 today", "news-today" },
		{ "a\tb\nc\x01"
		  "d",
			"a-b-c-d" },
		{ "bad \xff\xfe bytes", "bad-bytes" },
		{ "Å\xe2\x84\xab", "aa" }, /* the Ångström sign is an Å */
		{ "50 %", "50" },
	};
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		assert_true(spool_slug(&out, cases[i].text));
		assert_string_equal(buf_str(&out), cases[i].slug);
		assert_true(spool_is_slug(cases[i].slug));
	}
	buf_done(&out);
}

static void
test_nothing_left_is_no_slug(void **state)
{
	static const char *const empty[] = { "", " ", ".", "..", "/", "---", "!?&", "📰", "\xff",
		"…", "\xcc\x81" };
	struct buf out = { 0 };

	(void)state;
	buf_puts(&out, "kept");
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		assert_false(spool_slug(&out, empty[i]));
		assert_string_equal(buf_str(&out), "kept");
		assert_false(spool_is_slug(empty[i]));
	}
	buf_done(&out);
}

static void
test_what_is_no_slug(void **state)
{
	static const char *const wrong[] = { "-a", "a-", "a--b", "A", "a b", "a/b", "a.b", "é",
		"\xd0\x9d\xd0\xb0", "a\xff" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(spool_is_slug(wrong[i]));
}

/* Checks the promises of a slug on what came out. */
static void
check_slug(const char *slug)
{
	size_t size = strlen(slug);

	assert_true(size > 0 && size <= SPOOL_SLUG_BYTES);
	assert_true(utf8_length(slug, size) <= SPOOL_SLUG_MAX);
	assert_true(utf8_valid(slug, size) == size);
	assert_true(slug[0] != '-' && slug[size - 1] != '-');
	assert_null(strpbrk(slug, "/.\n\t "));
	assert_true(spool_is_slug(slug));
}

static void
test_long_texts_are_cut_between_characters(void **state)
{
	static const char *const units[] = { "a", "ab ", "é", "ß", "я", "я ", "語", "𠀀", "𠀀 " };
	struct buf text = { 0 }, out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		buf_reset(&text);
		buf_reset(&out);
		for (size_t n = 0; n < 300; n++)
			buf_puts(&text, units[i]);
		assert_true(spool_slug(&out, buf_str(&text)));
		check_slug(buf_str(&out));
		assert_true(out.len >= SPOOL_SLUG_MAX - 2);
	}
	buf_done(&text);
	buf_done(&out);
}

static void
test_every_character_gives_a_slug_or_nothing(void **state)
{
	struct buf text = { 0 }, out = { 0 };
	size_t n = 0;

	(void)state;
	for (unsigned int character = 1; character < 0x110000; character++) {
		if (character >= 0xD800 && character < 0xE000)
			continue;
		buf_reset(&text);
		buf_reset(&out);
		buf_put_utf8(&text, character);
		if (!spool_slug(&out, buf_str(&text)))
			continue;
		check_slug(buf_str(&out));
		n++;
	}
	assert_true(n > 130000); /* the letters of Unicode */
	buf_done(&text);
	buf_done(&out);
}

/* The ranges in the Python module's source: " 61-7a 3b1". */
static void
read_kept(unsigned char *kept)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], word[64];
	unsigned int first, last;
	bool within = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tools/python/newspool/_slugs.py", srcdir ? srcdir : ".");
	file = fopen(path, "r");
	assert_non_null(file);
	while (fscanf(file, "%63s", word) == 1) {
		if (strcmp(word, "\"\"\"") == 0 && within)
			break;
		if (!within) {
			within = strcmp(word, "_KEPT") == 0 && fscanf(file, " = %63s", word) == 1;
			continue;
		}
		last = sscanf(word, "%x-%x", &first, &last) == 2 ? last : first;
		assert_true(first <= last && last < 0x110000);
		memset(kept + first, 1, last - first + 1);
	}
	fclose(file);
}

/* Both readers of a spool must see the same tags. */
static void
test_the_python_module_keeps_the_same_characters(void **state)
{
	unsigned char *kept = calloc(1, 0x110000);
	struct buf text = { 0 };

	(void)state;
	assert_non_null(kept);
	read_kept(kept);
	for (unsigned int character = 1; character < 0x110000; character++) {
		if (character >= 0xD800 && character < 0xE000)
			continue;
		buf_reset(&text);
		buf_put_utf8(&text, character);
		if (kept[character] != spool_is_slug(buf_str(&text)))
			fail_msg("U+%04X", character);
	}
	buf_done(&text);
	free(kept);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slugs_of_many_scripts),
		cmocka_unit_test(test_nothing_left_is_no_slug),
		cmocka_unit_test(test_what_is_no_slug),
		cmocka_unit_test(test_long_texts_are_cut_between_characters),
		cmocka_unit_test(test_every_character_gives_a_slug_or_nothing),
		cmocka_unit_test(test_the_python_module_keeps_the_same_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
