/*
 * Documents made to hurt: each ends within bounded time and memory, with an error or with what is
 * whole in it. They are made here because they are too large to keep.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <errno.h>

#include <newspool/feed.h>

#include "lib/base/buf.h"

#define MANY 100000

static void
repeat(struct buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_puts(out, text);
}

/* How many articles came, and how it ended. */
static size_t
parse(const struct buf *document, int *ret_error)
{
	struct np_feed_parser *parser;
	struct np_article *article;
	size_t n = 0;

	assert_int_equal(buf_error(document), 0);
	assert_int_equal(np_feed_parser_new(NULL, &parser), 0);
	np_feed_parser_push(parser, document->data, document->len);
	*ret_error = np_feed_parser_finish(parser);
	while (np_feed_parser_take(parser, &article) > 0) {
		np_article_free(article);
		n++;
	}
	np_feed_parser_free(parser);
	return n;
}

static void
test_deep_nesting_keeps_the_items_around_it(void **state)
{
	struct buf text = { 0 };
	int error;
	size_t n;

	(void)state;
	buf_puts(&text, "<rss><channel><item><title>a</title></item><item><title>b</title>");
	repeat(&text, "<x>", MANY);
	repeat(&text, "</x>", MANY);
	buf_puts(&text, "</item><item><title>c</title></item></channel></rss>");
	n = parse(&text, &error);
	assert_true(error == -E2BIG || (error == 0 && n == 3));
	assert_true(n >= 1);
	buf_done(&text);
}

static void
test_deep_markup_in_a_text_is_bounded(void **state)
{
	struct buf text = { 0 };
	int error;

	(void)state;
	buf_puts(&text, "<rss><channel><item><description>");
	repeat(&text, "&lt;div>", MANY);
	buf_puts(&text, "</description></item></channel></rss>");
	assert_int_equal(parse(&text, &error), 1);
	assert_int_equal(error, 0);
	buf_done(&text);
}

static void
test_an_attribute_of_a_mebibyte_is_survived(void **state)
{
	struct buf text = { 0 };
	int error;

	(void)state;
	buf_puts(&text, "<rss><channel><item><enclosure url='http://x.example/");
	repeat(&text, "0123456789abcdef", 65536);
	buf_puts(&text, "'/><title>t</title></item></channel></rss>");
	assert_int_equal(parse(&text, &error), 1);
	assert_int_equal(error, 0);
	buf_done(&text);
}

static void
test_quadratic_entities_run_into_their_budget(void **state)
{
	struct buf text = { 0 };
	int error;

	(void)state;
	buf_puts(&text, "<!DOCTYPE rss [<!ENTITY a '");
	repeat(&text, "0123456789", 5000);
	buf_puts(&text, "'>]><rss><channel><item><title>before</title></item><item><title>");
	repeat(&text, "&a;", 5000);
	buf_puts(&text, "</title></item></channel></rss>");
	assert_true(parse(&text, &error) >= 1);
	assert_true(error == -E2BIG || error == 0);
	buf_done(&text);
}

static void
test_many_of_everything_is_capped(void **state)
{
	static const char *const pieces[] = { "<category>c</category>", "<author>a@b.c</author>",
		"<link>http://x.example/</link>", "<enclosure url='http://x.example/e'/>",
		"<media:content xmlns:media='http://search.yahoo.com/mrss/' url='http://x/'/>",
		"<body xmlns='http://www.w3.org/1999/xhtml'>x</body>",
		"<x:y xmlns:x='urn:x'><x:z a='b'>1</x:z></x:y>" };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct buf text = { 0 };
		int error;

		buf_puts(&text, "<rss><channel><item>");
		repeat(&text, pieces[i], MANY / 10);
		buf_puts(&text, "</item></channel></rss>");
		assert_int_equal(parse(&text, &error), 1);
		assert_int_equal(error, 0);
		buf_done(&text);
	}
}

static void
test_many_prefixes_are_capped(void **state)
{
	struct buf text = { 0 };
	int error;

	(void)state;
	buf_puts(&text, "<rss><channel><item>");
	for (unsigned int i = 0; i < 5000; i++)
		buf_printf(&text, "<p%u:x xmlns:p%u='urn:%u'>1</p%u:x>", i, i, i, i);
	buf_puts(&text, "</item></channel></rss>");
	assert_int_equal(parse(&text, &error), 1);
	assert_int_equal(error, 0);
	buf_done(&text);
}

static void
test_json_brackets_are_not_followed_down(void **state)
{
	struct buf text = { 0 };
	int error;

	(void)state;
	buf_puts(&text, "{\"items\":[{\"id\":\"1\",\"content_text\":\"a\"},{\"id\":\"2\",\"_x\":");
	repeat(&text, "[", MANY);
	repeat(&text, "]", MANY);
	buf_puts(&text, "},{\"id\":\"3\",\"content_text\":\"c\"}]}");
	assert_int_equal(parse(&text, &error), 2);
	assert_int_equal(error, 0);
	buf_done(&text);
}

/* What makes a parser slow when it is quadratic somewhere; each is repeated n times. */
static const struct {
	const char *before, *piece, *after;
} hostile[] = {
	{ "<rss><channel>", "<item><title>t</title>", "" },
	{ "<rss><channel>", "<item><title>t</title></item>", "</channel></rss>" },
	{ "<rss><channel><item>", "<category>c</category>", "</item></channel></rss>" },
	{ "<rss><channel><item><description>", "<b>", "</description></item></channel></rss>" },
	{ "<rss><channel><item><description>", "&lt;b&gt;",
		"</description></item></channel></rss>" },
	{ "<rss><channel><item><title>", "&", "</title></item></channel></rss>" },
	{ "<rss><channel><item><title>", "<", "</title></item></channel></rss>" },
	{ "<rss><channel><item><author>", "a@", "</author></item></channel></rss>" },
	{ "<rss><channel><item><georss:line xmlns:georss='http://www.georss.org/georss'>", "1 ",
		"</georss:line></item></channel></rss>" },
	{ "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'><div>", "<p>x",
		"</div></content></entry></feed>" },
	{ "{\"items\":[", "{\"id\":\"1\"},", "{}]}" },
	{ "{\"items\":[{\"id\":\"1\",\"tags\":[", "\"a\",", "\"b\"]}]}" },
};

/* The best of three readings. */
static double
seconds_of(const struct buf *document)
{
	double best = 1e9;
	int error;

	for (int i = 0; i < 3; i++) {
		clock_t begin = clock();
		double took;

		parse(document, &error);
		took = (double)(clock() - begin) / CLOCKS_PER_SEC;
		best = took < best ? took : best;
	}
	return best;
}

static double
seconds_for(size_t row, size_t n)
{
	struct buf text = { 0 };
	double best;

	buf_puts(&text, hostile[row].before);
	repeat(&text, hostile[row].piece, n);
	buf_puts(&text, hostile[row].after);
	best = seconds_of(&text);
	buf_done(&text);
	return best;
}

static void
test_twice_the_input_takes_about_twice_the_time(void **state)
{
	(void)state;
	for (size_t row = 0; row < sizeof(hostile) / sizeof(*hostile); row++) {
		double once = seconds_for(row, 20000), four = seconds_for(row, 80000);

		/* A quadratic step would take 16 times as long. */
		if (four > 9 * once + 0.05)
			fail_msg("\"%s\": %g s, of four times as many: %g s", hostile[row].piece,
				once, four);
	}
}

/* Each reference is joined to the base: one of 60 kB for each of many links is gigabytes. */
static void
test_a_long_base_is_not_joined_to_every_link(void **state)
{
	static const unsigned int steps[] = { 10, 30000 };
	double seconds[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf text = { 0 };

		buf_puts(&text,
			"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://b.example/");
		repeat(&text, "a/", steps[i]);
		buf_puts(&text, "'>");
		repeat(&text, "<entry xml:base='b'><link href='c'/></entry>", MANY / 10);
		buf_puts(&text, "</feed>");
		seconds[i] = seconds_of(&text);
		buf_done(&text);
	}
	if (seconds[1] > 9 * seconds[0] + 0.05)
		fail_msg("with a short base %g s, with a long one %g s", seconds[0], seconds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deep_nesting_keeps_the_items_around_it),
		cmocka_unit_test(test_deep_markup_in_a_text_is_bounded),
		cmocka_unit_test(test_an_attribute_of_a_mebibyte_is_survived),
		cmocka_unit_test(test_quadratic_entities_run_into_their_budget),
		cmocka_unit_test(test_many_of_everything_is_capped),
		cmocka_unit_test(test_many_prefixes_are_capped),
		cmocka_unit_test(test_json_brackets_are_not_followed_down),
		cmocka_unit_test(test_twice_the_input_takes_about_twice_the_time),
		cmocka_unit_test(test_a_long_base_is_not_joined_to_every_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
