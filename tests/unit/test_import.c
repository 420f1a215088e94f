/* newsboat's urls and sfeed's sfeedrc: what is taken over, what is told, and that nothing is run. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/buf.h"
#include "tools/import.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static int
note_feed(void *arg, const struct import_entry *entry)
{
	buf_printf(
		arg, "%u %s|%s|%s|", entry->line, entry->url, entry->title, entry->home_page_url);
	for (size_t i = 0; i < entry->n_categories; i++)
		buf_printf(arg, "%s%s", i > 0 ? "," : "", entry->categories[i]);
	buf_putc(arg, '\n');
	return 0;
}

static int
note_left_out(void *arg, unsigned int line, const char *what, const char *reason)
{
	(void)reason;
	buf_printf(arg, "%u left out: %s\n", line, what);
	return 0;
}

typedef int reader(const char *text, size_t size, const struct import_sink *sink);

static void
expect_size(reader *read, const char *text, size_t size, const char *expected)
{
	struct buf out = { 0 };
	const struct import_sink sink = { note_feed, note_left_out, &out };

	assert_int_equal(read(text, size, &sink), 0);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
}

static void
newsboats_lines_are_read_as_newsboat_reads_them(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "", "" },
		{ "\n  \n# https://no.example/\n", "" },
		{ "https://a.example/", "1 https://a.example/|||\n" },
		{ "https://a.example/ tech \"two words\" \"~A \\\"title\\\"\" !hidden \"!\"\r\n",
			"1 https://a.example/|A \"title\"||tech,two words\n" },
		{ "\n\thttps://a.example/#x t # a comment\n", "2 https://a.example/#x|||t\n" },
		{ "\"https://a.example/ b\" x\n", "1 https://a.example/ b|||x\n" },
		{ "\"query:Unread:unread = \\\"yes\\\"\"\nexec:rm -rf /\n"
		  "filter:sed s/a/b/:https://a.example/\nfile:///etc/passwd\nEXEC:x\n",
			"1 left out: query:Unread:unread = \"yes\"\n2 left out: exec:rm\n"
			"3 left out: filter:sed\n4 left out: file:///etc/passwd\n5 left out: "
			"EXEC:x\n" },
		{ "https://a.example/ \"never closed\nhttps://b.example/ \"\\",
			"1 https://a.example/|||never closed\n2 https://b.example/|||\\\n" },
		{ "https://a.example/ ~", "1 https://a.example/|||\n" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		expect_size(import_newsboat, rows[i].text, strlen(rows[i].text), rows[i].expected);
}

static void
sfeeds_commands_are_read_and_never_run(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "", "" },
		{ "#sfeedpath=\"$HOME/.sfeed/feeds\"\n\nfeeds() {\n"
		  "\t# feed <name> <feedurl> [basesiteurl] [encoding]\n"
		  "\tfeed \"codemadness\" \"https://c.example/atom.xml\"\n"
		  "\tfeed 'two words' 'https://t.example/?a=1&b=2' https://t.example/ "
		  "iso-8859-1\n}\n",
			"5 https://c.example/atom.xml|codemadness||\n"
			"6 https://t.example/?a=1&b=2|two words|https://t.example/|\n" },
		{ "feed a https://a.example/x?y=~z;feed b \\\n  https://b.example/ # c\n",
			"1 https://a.example/x?y=~z|a||\n1 https://b.example/|b||\n" },
		{ "feed a \"$base/x\"\nfeed \"$(rm -rf /)\" https://b.example/\nfeed c `id`\n"
		  "feed d '$5'\n",
			"1 left out: a\n2 https://b.example/|||\n3 left out: c\n4 $5|d||\n" },
		{ "if true; then feed a https://a.example/; else feed b https://b.example/; fi",
			"1 https://a.example/|a||\n1 https://b.example/|b||\n" },
		{ "feed\nfeed a\nfeeds x y\nxfeed x y\n$feed x y\n",
			"1 left out: \n2 left out: a\n" },
		{ "feed 'it'\"'\"'s' \"a\\\"b\\c\" \\x\n", "1 a\"b\\c|it's|x|\n" },
		{ "feed 'never closed https://a.example/\n",
			"1 left out: never closed https://a.example/\n\n" },
		{ "feed a \"never closed\n", "1 left out: a\n" },
		{ "feed a b c d e f g h i j k\\", "1 b|a|c|\n" },
		{ "()()&&||<<>>;;;", "" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		expect_size(import_sfeed, rows[i].text, strlen(rows[i].text), rows[i].expected);
	expect_size(import_sfeed, "feed a\0b https://a.example/\n", 28, "1 left out: a\n");
}

/* Whatever the bytes are, reading ends and stays within them. */
static void
odd_bytes_end_no_reading(void **state)
{
	static const char bytes[] = "feed '\"\\ \n\t#$`~!;&|(){}\0\xff\xfe<a:/";
	unsigned int seed = 20261123;

	(void)state;
	for (unsigned int round = 0; round < 3000; round++) {
		size_t size = (size_t)(seed >> 16) % 200;
		char *text = malloc(size ? size : 1);
		struct buf out = { 0 };
		const struct import_sink sink = { note_feed, note_left_out, &out };

		assert_non_null(text);
		for (size_t i = 0; i < size; i++) {
			seed = seed * 1103515245u + 12345u;
			text[i] = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
		}
		seed = seed * 1103515245u + 12345u;
		assert_int_equal(import_newsboat(text, size, &sink), 0);
		assert_int_equal(import_sfeed(text, size, &sink), 0);
		assert_in_range(import_guess(text, size), 0, IMPORT_FORMATS - 1);
		free(text);
		buf_done(&out);
	}
}

static void
long_lines_and_words_are_capped(void **state)
{
	struct buf text = { 0 };

	(void)state;
	buf_puts(&text, "feed a '");
	for (int i = 0; i < 20000; i++)
		buf_putc(&text, 'x');
	buf_puts(&text, "'\nfeed b c\n");
	expect_size(import_sfeed, buf_str(&text), text.len, "1 left out: a\n2 c|b||\n");
	expect_size(import_newsboat, buf_str(&text), text.len, "1 left out: \n2 feed|||b,c\n");
	buf_reset(&text);
	buf_puts(&text, "u");
	for (int i = 0; i < 200; i++)
		buf_puts(&text, " t");
	buf_puts(&text, "\nv\n");
	{
		struct buf out = { 0 };
		const struct import_sink sink = { note_feed, note_left_out, &out };

		assert_int_equal(import_newsboat(buf_str(&text), text.len, &sink), 0);
		assert_non_null(strstr(buf_str(&out), "\n2 v|||\n"));
		buf_done(&out);
	}
	buf_done(&text);
}

static void
a_format_is_told_by_its_text(void **state)
{
	static const struct {
		const char *text;
		enum import_format format;
	} rows[] = {
		{ "<?xml?>", IMPORT_OPML },
		{ "\xEF\xBB\xBF\n <opml>", IMPORT_OPML },
		{ "\xff\xfe<", IMPORT_OPML },
		{ "https://a.example/ feed x\n", IMPORT_NEWSBOAT },
		{ "# x\n\nfeeds() {\n}\n", IMPORT_SFEED },
		{ "x=1\n  feed a b\n", IMPORT_SFEED },
		{ "", IMPORT_NEWSBOAT },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		assert_int_equal(import_guess(rows[i].text, strlen(rows[i].text)), rows[i].format);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newsboats_lines_are_read_as_newsboat_reads_them),
		cmocka_unit_test(sfeeds_commands_are_read_and_never_run),
		cmocka_unit_test(odd_bytes_end_no_reading),
		cmocka_unit_test(long_lines_and_words_are_capped),
		cmocka_unit_test(a_format_is_told_by_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
