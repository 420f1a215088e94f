/* Rules' expressions: what is read, how it binds, and where exactly a mistake is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/conf/expression.h"
#include "daemon/conf/pattern.h"
#include "lib/base/buf.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The tree with all its parentheses. */
static void
put(struct buf *out, const struct expression *node)
{
	static const char *const words[] = { "or", "and", "not" };

	if (node->kind == EXPRESSION_MATCHES || node->kind == EXPRESSION_EQUALS) {
		buf_printf(out, "%s%s%s<%s>", expression_field_name(node->field),
			node->negated ? "!" : "", node->kind == EXPRESSION_MATCHES ? "~" : "=",
			node->text);
		for (unsigned int i = 0; i < 4; i++)
			if (node->flags & 1u << i)
				buf_putc(out, "imsx"[i]);
		return;
	}
	buf_printf(out, "(%s", words[node->kind]);
	for (node = node->first; node; node = node->next) {
		buf_putc(out, ' ');
		put(out, node);
	}
	buf_putc(out, ')');
}

static void
what_is_valid_is_read_as_it_binds(void **state)
{
	static const char *const rows[][2] = {
		{ "title ~ /sponsored/i", "title~<sponsored>i" },
		{ "title~/a/", "title~<a>" },
		{ "  title\t=\tx  ", "title=<x>" },
		{ "TITLE = x AND Feed != y", "(and title=<x> feed!=<y>)" },
		{ "title = a or title = b and title = c",
			"(or title=<a> (and title=<b> title=<c>))" },
		{ "(title = a or title = b) and title = c",
			"(and (or title=<a> title=<b>) title=<c>)" },
		{ "not title = a and tag = b", "(and (not title=<a>) tag=<b>)" },
		{ "not(title = a and tag = b)", "(not (and title=<a> tag=<b>))" },
		{ "not not tag = b", "(not (not tag=<b>))" },
		{ "((tag = b))", "tag=<b>" },
		{ "tag = a or tag = b or tag = c", "(or tag=<a> tag=<b> tag=<c>)" },
		{ "author !~ /a\\/b/misx", "author!~<a\\/b>imsx" },
		{ "content ~ /a b (c) \"d\" and/", "content~<a b (c) \"d\" and>" },
		{ "content ~ /\\\\/", "content~<\\\\>" },
		{ "category = \"a \\\"b\\\" \\\\ \\c\"", "category=<a \"b\" \\ \\c>" },
		{ "category = \"\"", "category=<>" },
		{ "category = and", "category=<and>" },
		{ "language = en-US)", NULL },
		{ "link = http://a.example/?b=c~d", "link=<http://a.example/?b=c~d>" },
		{ "title = Новости", "title=<Новости>" },
		{ "title = x and(tag = y)", "(and title=<x> tag=<y>)" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct arena arena = { 0 };
		struct expression_error err = { .offset = 0 };
		struct expression *root;
		struct buf text = { 0 };
		unsigned int n;
		int ret = expression_parse(rows[i][0], &arena, &root, &n, &err);

		if (rows[i][1] == NULL) {
			assert_int_equal(ret, -EINVAL);
		} else if (ret != 0) {
			fail_msg("%s: at %zu: %s", rows[i][0], err.offset, err.reason);
		} else {
			put(&text, root);
			assert_string_equal(buf_str(&text), rows[i][1]);
		}
		buf_done(&text);
		arena_done(&arena);
	}
}

static void
a_mistake_is_named_with_its_place(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
		const char *reason;
	} rows[] = {
		{ "", 0, "is missing at the end" },
		{ "   ", 3, "is missing at the end" },
		{ "titel = x", 0,
			"expected a field (title, content, author, link, category, feed, "
			"language, tag), 'not' or '(', not 'titel'" },
		{ "title", 5, "~, !~, = or != is missing at the end" },
		{ "title x", 6, "expected ~, !~, = or !=, not 'x'" },
		{ "title == x y", 9, NULL },
		{ "title ~ x", 8, "expected a pattern between slashes, not 'x'" },
		{ "title ~ /x", 8, "the pattern's second slash is missing" },
		{ "title ~ /x\\/", 8, "the pattern's second slash is missing" },
		{ "title ~ /x\\", 8, "the pattern's second slash is missing" },
		{ "title ~ //", 8, "an empty pattern" },
		{ "title ~ /x/ig", 12, "'g' is no flag" },
		{ "title = /x/", 8, "a pattern goes with ~ or !~" },
		{ "title = \"x", 8, "the text's second quote is missing" },
		{ "title = \"x\\\"", 8, "the text's second quote is missing" },
		{ "title = ", 8, "a text is missing at the end" },
		{ "title = x y", 10, "expected 'and' or 'or', not 'y'" },
		{ "title = x and", 13, "is missing at the end" },
		{ "(title = x", 0, "this parenthesis is not closed" },
		{ "(title = x or (tag = y)", 0, "this parenthesis is not closed" },
		{ "(title = x y)", 11, "expected 'and', 'or' or ')', not 'y'" },
		{ "title = x)", 9, "expected 'and' or 'or', not ')'" },
		{ "()", 1, "expected a field" },
		{ "not", 3, "is missing at the end" },
		{ "title = x && tag = y", 10, "expected 'and' or 'or', not '&'" },
		{ "é = x", 0, "not 'é'" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct arena arena = { 0 };
		struct expression_error err = { .offset = 0 };
		struct expression *root;
		unsigned int n;
		int ret = expression_parse(rows[i].text, &arena, &root, &n, &err);

		assert_int_equal(ret, -EINVAL);
		if (rows[i].reason && !strstr(err.reason, rows[i].reason))
			fail_msg("'%s' says: %s", rows[i].text, err.reason);
		if (err.offset != rows[i].offset)
			fail_msg("'%s' says at %zu: %s", rows[i].text, err.offset, err.reason);
		arena_done(&arena);
	}
}

/* text n times with head before and tail behind it. */
static int
parse_repeated(const char *head, const char *text, size_t n, const char *tail,
	struct expression_error *err, unsigned int *ret_n)
{
	struct arena arena = { 0 };
	struct expression *root;
	struct buf whole = { 0 };
	int ret;

	buf_puts(&whole, head);
	for (size_t i = 0; i < n; i++)
		buf_puts(&whole, text);
	buf_puts(&whole, tail);
	ret = expression_parse(buf_str(&whole), &arena, &root, ret_n, err);
	buf_done(&whole);
	arena_done(&arena);
	return ret;
}

static void
depth_number_and_length_have_bounds(void **state)
{
	struct expression_error err;
	unsigned int n = 0;

	(void)state;
	assert_int_equal(
		parse_repeated("", "not ", EXPRESSION_DEPTH_MAX - 1, "tag = x", &err, &n), 0);
	assert_int_equal(
		parse_repeated("", "not ", EXPRESSION_DEPTH_MAX, "tag = x", &err, &n), -EINVAL);
	assert_non_null(strstr(err.reason, "more than 32 parentheses and nots"));
	assert_int_equal(parse_repeated("", "(", 8000, "", &err, &n), -EINVAL);
	assert_int_equal(
		parse_repeated("tag=x", " or tag=x", EXPRESSION_COMPARISONS_MAX - 1, "", &err, &n),
		0);
	assert_int_equal(n, EXPRESSION_COMPARISONS_MAX);
	assert_int_equal(
		parse_repeated("tag=x", " or tag=x", EXPRESSION_COMPARISONS_MAX, "", &err, &n),
		-EINVAL);
	assert_non_null(strstr(err.reason, "more than 256 comparisons"));
	assert_int_equal(parse_repeated("tag=", "x", EXPRESSION_LENGTH_MAX, "", &err, &n), -EINVAL);
	assert_int_equal(
		parse_repeated("title ~ /", "x", PATTERN_LENGTH_MAX + 1, "/", &err, &n), -EINVAL);
	assert_int_equal(parse_repeated("title ~ /", "x", PATTERN_LENGTH_MAX, "/", &err, &n), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_valid_is_read_as_it_binds),
		cmocka_unit_test(a_mistake_is_named_with_its_place),
		cmocka_unit_test(depth_number_and_length_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
