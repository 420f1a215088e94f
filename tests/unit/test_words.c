/* daemon/conf/words: a command as words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/conf/words.h"

static void
test_words_are_those_of_a_shell_that_expands_nothing(void **state)
{
	static const struct {
		const char *text;
		const char *words[5];
	} cases[] = {
		{ "a", { "a" } },
		{ "  a \t b  ", { "a", "b" } },
		{ "a 'b c' \"d e\"", { "a", "b c", "d e" } },
		{ "a'b'\"c\"d", { "abcd" } },
		{ "a '' \"\"", { "a", "", "" } },
		{ "a \\' b\\ c \\\\", { "a", "'", "b c", "\\" } },
		{ "a '\\' \"\\\"\\\\\\n\"", { "a", "\\", "\"\\\\n" } },
		{ "$HOME `x` $(y) * ;", { "$HOME", "`x`", "$(y)", "*", ";" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = { 0 };
		const char *const *words, *reason;
		size_t n = 0;

		assert_int_equal(words_split(cases[i].text, &arena, &words, &reason), 0);
		for (; n < 5 && cases[i].words[n]; n++)
			assert_string_equal(words[n], cases[i].words[n]);
		assert_null(words[n]);
		arena_done(&arena);
	}
}

static void
test_what_is_no_command_is_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{ "", "a command is missing" },
		{ "  ", "a command is missing" },
		{ "'' x", "a command is missing" },
		{ "a 'b", "a quote is not closed" },
		{ "a \"b\\\"", "a quote is not closed" },
		{ "a \\", "a quote is not closed" },
	};
	char many[2 * WORDS_MAX + 3];
	struct arena arena = { 0 };
	const char *const *words, *reason;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(words_split(cases[i].text, &arena, &words, &reason), -EINVAL);
		assert_string_equal(reason, cases[i].reason);
	}
	for (size_t i = 0; i <= WORDS_MAX; i++)
		memcpy(many + 2 * i, "x ", 3);
	assert_int_equal(words_split(many, &arena, &words, &reason), -EINVAL);
	assert_string_equal(reason, "too many words");
	many[2 * WORDS_MAX] = '\0';
	assert_int_equal(words_split(many, &arena, &words, &reason), 0);
	assert_null(words[WORDS_MAX]);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_those_of_a_shell_that_expands_nothing),
		cmocka_unit_test(test_what_is_no_command_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
