/* tools/terminal: what a publisher wrote cannot steer a terminal, and takes the columns it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/base/utf8.h"
#include "tools/terminal.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void
test_what_steers_a_terminal_is_replaced(void **state)
{
	static const struct {
		const char *text, *line, *lines;
	} cases[] = {
		{ "plain", "plain", "plain" },
		{ "", "", "" },
		{ "two\nlines\tand a tab", "two lines and a tab", "two\nlines and a tab" },
		{ "\033[31mred\033[0m", BAD "[31mred" BAD "[0m", BAD "[31mred" BAD "[0m" },
		{ "\033]0;title\007", BAD "]0;title" BAD, BAD "]0;title" BAD },
		{ "back\b\b\bspace\r", "back" BAD BAD BAD "space" BAD,
			"back" BAD BAD BAD "space" BAD },
		{ "del\x7f", "del" BAD, "del" BAD },
		{ "\xc2\x9b"
		  "31m",
			BAD "31m", BAD "31m" }, /* C1: CSI in one character */
		{ "raw \x9b byte", "raw " BAD " byte", "raw " BAD " byte" },
		{ "a\xe2\x80\xae"
		  "b\xe2\x81\xa6"
		  "c\xe2\x80\x8f",
			"abc", "abc" },             /* overrides, isolates, marks */
		{ "a\xe2\x80\xa8z", "a z", "a z" }, /* line separator */
		{ "caf\xc3\xa9 \xe6\x96\xb0", "caf\xc3\xa9 \xe6\x96\xb0",
			"caf\xc3\xa9 \xe6\x96\xb0" },
	};
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		terminal_clean(&out, cases[i].text, false);
		assert_string_equal(buf_str(&out), cases[i].line);
		buf_reset(&out);
		terminal_clean(&out, cases[i].text, true);
		assert_string_equal(buf_str(&out), cases[i].lines);
	}
	buf_done(&out);
}

static void
test_no_control_character_gets_through(void **state)
{
	struct buf text = { 0 }, out = { 0 };

	(void)state;
	for (unsigned int character = 1; character < 0x3000; character++) {
		unsigned int found = 0;

		buf_reset(&text);
		buf_reset(&out);
		buf_put_utf8(&text, character);
		terminal_clean(&out, buf_str(&text), false);
		if (out.len > 0)
			utf8_decode(out.data, out.len, &found);
		assert_false(out.len > 0 && (found < 0x20 || (found >= 0x7F && found < 0xA0)));
	}
	buf_done(&text);
	buf_done(&out);
}

static void
test_columns_are_counted_not_bytes(void **state)
{
	static const struct {
		const char *text;
		unsigned int columns;
	} cases[] = {
		{ "", 0 }, { "abc", 3 }, { "caf\xc3\xa9", 4 },
		{ "\xe6\x96\xb0\xe9\x97\xbb", 4 }, /* two wide characters */
		{ "e\xcc\x81", 1 },                /* a combining accent */
	};
	struct terminal terminal;

	(void)state;
	terminal_init(&terminal);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			terminal_columns(cases[i].text, strlen(cases[i].text)), cases[i].columns);
}

static void
test_a_text_is_cut_to_columns(void **state)
{
	static const struct {
		const char *text, *cut;
		unsigned int columns;
	} cases[] = {
		{ "abc", "abc", 3 },
		{ "abcd", "ab\xe2\x80\xa6", 3 },
		{ "abcd", "\xe2\x80\xa6", 1 },
		{ "abcd", "", 0 },
		{ "\xe6\x96\xb0\xe9\x97\xbb", "\xe6\x96\xb0\xe9\x97\xbb", 4 },
		{ "\xe6\x96\xb0\xe9\x97\xbb", "\xe6\x96\xb0\xe2\x80\xa6", 3 },
		{ "\xe6\x96\xb0\xe9\x97\xbb", "\xe2\x80\xa6", 2 },
	};
	struct buf text = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&text);
		buf_puts(&text, "> ");
		buf_puts(&text, cases[i].text);
		terminal_fit(&text, 2, cases[i].columns);
		assert_string_equal(buf_str(&text) + 2, cases[i].cut);
	}
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_steers_a_terminal_is_replaced),
		cmocka_unit_test(test_no_control_character_gets_through),
		cmocka_unit_test(test_columns_are_counted_not_bytes),
		cmocka_unit_test(test_a_text_is_cut_to_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
