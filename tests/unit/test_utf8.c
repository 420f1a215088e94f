/* lib/base/utf8.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/utf8.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void
test_decode_gives_every_code_point_back(void **state)
{
	(void)state;
	for (unsigned int codepoint = 1; codepoint <= 0x10FFFF; codepoint++) {
		struct buf text = { 0 };
		unsigned int decoded;

		if (codepoint == 0xD800)
			codepoint = 0xE000;
		if (codepoint > 0x3000 && codepoint % 61 != 0 && codepoint < 0x10FFF0)
			continue;
		buf_put_utf8(&text, codepoint);
		assert_int_equal(utf8_decode(text.data, text.len, &decoded), text.len);
		assert_int_equal(decoded, codepoint);
		assert_int_equal(utf8_valid(text.data, text.len), text.len);
		for (size_t i = 1; i < text.len; i++)
			assert_int_equal(utf8_valid(text.data, i), 0);
		buf_done(&text);
	}
}

static const char *const invalid[] = {
	"\x80",
	"\xBF",
	"\xC0\x80",
	"\xC1\xBF",
	"\xC3",
	"\xC3(",
	"\xE0\x80\x80",
	"\xE0\x9F\xBF",
	"\xE2\x82",
	"\xE2(\xAC",
	"\xED\xA0\x80",
	"\xED\xBF\xBF",
	"\xF0\x80\x80\x80",
	"\xF0\x8F\xBF\xBF",
	"\xF0\x9F\x98",
	"\xF4\x90\x80\x80",
	"\xF5\x80\x80\x80",
	"\xF8\x88\x80\x80\x80",
	"\xFE",
	"\xFF",
};

static void
test_what_is_not_utf8_is_one_byte_and_u_fffd(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(invalid); i++) {
		unsigned int codepoint = 0;

		assert_int_equal(utf8_decode(invalid[i], strlen(invalid[i]), &codepoint), 1);
		assert_int_equal(codepoint, 0xFFFD);
	}
}

static void
test_valid_stops_at_the_first_bad_byte_wherever_it_stands(void **state)
{
	(void)state;
	for (size_t before = 0; before < 40; before++) {
		for (size_t i = 0; i < LENGTH(invalid); i++) {
			char text[64];

			memset(text, 'a', sizeof(text));
			memcpy(text + before, invalid[i], strlen(invalid[i]));
			assert_int_equal(utf8_valid(text, before + strlen(invalid[i])), before);
			if (before >= 2) {
				memcpy(text + before - 2, "\xC3\xA4", 2);
				assert_int_equal(
					utf8_valid(text, before + strlen(invalid[i])), before);
			}
		}
	}
	assert_int_equal(utf8_valid("", 0), 0);
	assert_int_equal(utf8_valid("a\0b", 3), 3);
}

static void
test_white_space_is_unicodes_and_two_invisible_ones(void **state)
{
	static const unsigned int spaces[] = { 9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, 0x2000,
		0x200A, 0x200B, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF };
	static const unsigned int others[] = { 0, 8, 14, 31, 33, 0x84, 0xA1, 0x180E, 0x1FFF, 0x200C,
		0x2060, 0x3001, 0xFFFD };

	(void)state;
	for (size_t i = 0; i < LENGTH(spaces); i++)
		assert_true(utf8_is_space(spaces[i]));
	for (size_t i = 0; i < LENGTH(others); i++)
		assert_false(utf8_is_space(others[i]));
}

static void
test_fold_space_makes_runs_one_blank(void **state)
{
	static const char *const examples[][2] = {
		{ "", "" },
		{ " ", "" },
		{ "\xC2\xA0\xE3\x80\x80", "" },
		{ "a", "a" },
		{ " a ", "a" },
		{ "a  b", "a b" },
		{ "\n a\t\r\n b\xC2\xA0\xE2\x80\x83"
		  "c\xEF\xBB\xBF",
			"a b c" },
		{ "\xC3\xA4 \xE2\x82\xAC", "\xC3\xA4 \xE2\x82\xAC" },
		{ "\xC2", "\xC2" },
		{ "a\xE2\x80 b", "a\xE2\x80 b" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(examples); i++) {
		struct buf out = { 0 };

		buf_puts(&out, "x ");
		utf8_fold_space(&out, examples[i][0], strlen(examples[i][0]));
		assert_string_equal(buf_str(&out) + 2, examples[i][1]);
		buf_done(&out);
	}
}

/* Folding by its definition, a character at a time. */
static void
fold_slowly(struct buf *out, const char *text, size_t size)
{
	bool gap = false;

	for (size_t at = 0; at < size;) {
		unsigned int codepoint;
		size_t length = utf8_decode(text + at, size - at, &codepoint);
		bool space = utf8_is_space(codepoint);

		if (!space && gap && out->len > 0)
			buf_putc(out, ' ');
		if (!space)
			buf_append(out, text + at, length);
		gap = space;
		at += length;
	}
}

static void
test_fold_space_is_the_same_wherever_blanks_stand(void **state)
{
	static const char *const pieces[] = { "a", "bc", " ", "word", " ", "\n", "\xC3\xA4", "  ",
		"\xC2\xA0", "seven77", "\xE2\x80\x83", "\x01", "longer than a word is",
		"\xEF\xBB\xBF" };
	uint64_t random = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct buf text = { 0 }, slow = { 0 }, fast = { 0 };

		for (int n = 0; n < 2 + i % 12; n++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			buf_puts(&text, pieces[(random >> 33) % LENGTH(pieces)]);
		}
		fold_slowly(&slow, buf_str(&text), text.len);
		utf8_fold_space(&fast, buf_str(&text), text.len);
		assert_string_equal(buf_str(&fast), buf_str(&slow));
		buf_done(&text);
		buf_done(&slow);
		buf_done(&fast);
	}
}

static void
test_length_counts_characters(void **state)
{
	(void)state;
	assert_int_equal(utf8_length("", 0), 0);
	assert_int_equal(utf8_length("abc", 3), 3);
	assert_int_equal(utf8_length("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 10), 4);
}

static void
test_cut_never_cuts_a_character(void **state)
{
	static const char text[] = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
	static const size_t expected[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };

	(void)state;
	for (size_t max = 0; max < LENGTH(expected); max++)
		assert_int_equal(utf8_cut(text, 10, max), expected[max]);
	assert_int_equal(utf8_cut("\x80\x80\x80\x80\x80\x80\x80\x80", 8, 7), 7);
	assert_int_equal(utf8_cut("", 0, 5), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode_gives_every_code_point_back),
		cmocka_unit_test(test_what_is_not_utf8_is_one_byte_and_u_fffd),
		cmocka_unit_test(test_valid_stops_at_the_first_bad_byte_wherever_it_stands),
		cmocka_unit_test(test_white_space_is_unicodes_and_two_invisible_ones),
		cmocka_unit_test(test_fold_space_makes_runs_one_blank),
		cmocka_unit_test(test_fold_space_is_the_same_wherever_blanks_stand),
		cmocka_unit_test(test_length_counts_characters),
		cmocka_unit_test(test_cut_never_cuts_a_character),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
