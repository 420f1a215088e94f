/*
 * The XML reader gives the same however the bytes of a document come: the same events, the same
 * code, the same words with the same line; for every token at, below and above its cap, and where
 * the reader cuts by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/feed/xml.h"

static int
on_start(void *arg, const struct xml_name *name, const struct xml_attribute *attributes,
	size_t n_attributes)
{
	struct buf *out = arg;

	buf_printf(out, "\x02%s|%s|%s", name->uri, name->prefix, name->local);
	for (size_t i = 0; i < n_attributes; i++)
		buf_printf(out, "\x03%s=%s", attributes[i].name.local, attributes[i].value);
	buf_putc(out, '\x05');
	return 0;
}

static int
on_end(void *arg, const struct xml_name *name)
{
	buf_printf(arg, "\x04%s\x05", name->local);
	return 0;
}

static int
on_text(void *arg, const char *text, size_t size)
{
	buf_append(arg, text, size);
	return 0;
}

/* All that comes out of a document in pieces: the first of first bytes, the others of step. */
static char *
outcome(const struct np_feed_limits *limits, const char *text, size_t size, size_t first,
	size_t step)
{
	struct buf out = { 0 };
	struct xml_handler handler = { on_start, on_end, on_text, &out };
	struct xml_reader *reader;
	size_t piece = first;
	int error;

	assert_int_equal(xml_new(&handler, limits, &reader), 0);
	for (size_t at = 0; at < size; at += piece, piece = step) {
		piece = piece < size - at ? piece : size - at;
		if (piece > 0 && xml_push(reader, text + at, piece) < 0)
			break;
	}
	error = xml_finish(reader);
	buf_printf(&out, "\x06%d %d %s", error, xml_is_cut(reader),
		xml_bozo(reader) ? xml_bozo(reader) : "-");
	xml_free(reader);
	return buf_steal(&out);
}

static void
check_piece(const struct np_feed_limits *limits, const char *text, size_t size, size_t first,
	size_t step, const char *whole)
{
	char *pieces = outcome(limits, text, size, first, step);

	if (strcmp(whole, pieces) != 0)
		print_error("max_text %zu, %zu then %zu bytes: %.300s\n", limits->max_text, first,
			step, text);
	assert_string_equal(whole, pieces);
	free(pieces);
}

/* In two pieces cut at each place, and in pieces of one size. */
static void
check(const struct np_feed_limits *limits, const char *text, size_t size)
{
	static const size_t steps[] = { 1, 2, 3, 7, 13 };
	char *whole = outcome(limits, text, size, size, 1);

	for (size_t first = 1; first < size; first++)
		check_piece(limits, text, size, first, size, whole);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		check_piece(limits, text, size, steps[i], steps[i], whole);
	free(whole);
}

/* Each is read with every cap up to its own length and a bit more. */
static const char *const tokens[] = {
	"<r><bbbbbbbbbbbb>c</bbbbbbbbbbbb><d e=\"f > g\" h='i'/>j</r>",
	"<r><b c='d' e='f<g' h='i'>j</b>k</r>",
	"<r>b<!-- c - d -->e<!-- -- -->\nf</g></r>",
	"<r>b<?c d ? e?>f<?xml-g h?>\ni<?xml j?>k</l></r>",
	"<r>b<![CDATA[c]]d]]>e<![CDATA[f\r\n]]]>]]<![CDATA[g]]>\x01h</r>",
	"<r><b><![CDATA[c</b><b><![CDATA[d]]></b>]]><![CDATA[e</r>",
	"<r>&amp;&#x00000041;&#0000000000000000000066;&#X43;&eacute;&b;c&d e</r>",
	"<r>b]]]c]]\r\r\nd\re]]>f\n&g\n</r>",
	"\xef\xbb\xbf<r>\xc3\xa9\xe2\x80\xa6\xf0\x9f\x98\x80]]\xef\xbf\xbd\xef\xbf\xbe</r>",
	"<r><a><a><a><a b='c'>d</a></a><!-- e --></a>f</a></a>g</r>",
	"<r><a><a><a><a b='c><a d='e'>f</a><![CDATA[g]]></a></a>h</a></r>",
	"<r>b</r>\r\n<!-- c -->\r\n<?d e?> \n <f>g</f>\n&\x01",
	"<r>b</r>&amp;<![CDATA[c]]><!DOCTYPE d><e",
	"<r/>\n<!-- b ---><c",
	" \n<?xml version='1.0'?>\n<!-- b's --><!DOCTYPE r PUBLIC \"c'\" 'd>\"' [<?e f's?>"
	"<!-- ]> ' --><!ENTITY g '<h i=\"j\">k</h>'>]>\n<r>&g;\n&l;m&eacute;</r>",
	"<!DOCTYPE r [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><r e='&d;'>&d;]]&b;<f>&d;g&b;<h></r>",
	"<!DOCTYPE r [<!ENTITY b 'c'>]><r>&b;<d e='&f;'>&b;]]]]]<![CDATA[&b;\r\n]]>&b;</d>\r</r>",
	"<!DOCTYPE r [<!ENTITY b '<![CDATA[c]]>d<e>f</g>'>]><r>h&b;i</r>",
	"<!DOCTYPE r [<!ENTITY b '&c;'><!ENTITY c '&b;'>]><r>d&b;e</r>",
	"<!DOCTYPE r [<!ELEMENT b>\n]<r>c</r>",
	"<!DOCTYPE r SYSTEM 'b'><r c='&eacute;&d;'>&eacute;&d;</r>",
	"junk\n<br><b>c</b><r>d</r>",
	"<!x><r>b</r>",
	"<r b",
	"<html><r>b</r></html>",
	"<rss><item><title>b<item><link>c<!d \"e>\" [f]>g</rss>",
};

static void
every_token_at_every_cap(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++) {
		size_t size = strlen(tokens[i]);

		for (size_t cap = 2; cap <= size + 3 && cap <= 48; cap++) {
			struct np_feed_limits limits = { .max_text = cap, .max_depth = 4 };

			check(&limits, tokens[i], size);
		}
	}
}

static void
every_budget_of_entities(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++) {
		for (size_t budget = 1; budget < 80; budget += 2) {
			struct np_feed_limits limits = { .max_entities = budget };

			if (strstr(tokens[i], "ENTITY"))
				check(&limits, tokens[i], strlen(tokens[i]));
		}
	}
}

/* Documents put together from pieces of tokens by a generator that never changes. */
static void
documents_at_random(void **state)
{
	static const char *const parts[] = { "<r>", "</r>", "<b c='d'>", "</b>", "<", ">", "&", ";",
		"&x;", "&y;", "&amp;", "&#65;", "]]>", "]", "<![CDATA[", "<!--", "-->", "--", "<?",
		"?>", "<?xml ", "\r", "\n", "\r\n", "\x01", "'", "\"", "=", "text", "\xc3\xa9",
		"<item>", "</item>", "<title>", "<e/>", "<!", "/", "<![CDATA[f]]>", "<!-- g -->" };
	static const char *const heads[] = { "<r>", "", "<rss><item>",
		"<!DOCTYPE r [<!ENTITY x 'a'><!ENTITY y '<b>&x;&x;</b>'>]><r>" };
	uint32_t seed = 1;

	(void)state;
	for (size_t n = 0; n < 3000; n++) {
		struct np_feed_limits limits = { .max_text = 4 + n % 40, .max_depth = 4 };
		struct buf text = { 0 };
		char *whole;

		buf_puts(&text, heads[n % 4]);
		for (size_t i = 0; i < 40; i++) {
			seed = seed * 1103515245 + 12345;
			buf_puts(&text, parts[(seed >> 16) % (sizeof(parts) / sizeof(*parts))]);
		}
		whole = outcome(&limits, buf_str(&text), text.len, text.len, 1);
		for (size_t step = 1; step < 20; step += 3)
			check_piece(&limits, buf_str(&text), text.len, step, step, whole);
		free(whole);
		buf_done(&text);
	}
}

/* Where the reader cuts by itself: a prolog of 64 kB, slices of 2 and of 32 kB. */
static void
the_readers_own_places(void **state)
{
	static const struct {
		const char *head, *unit, *tail;
		size_t size;
	} documents[] = {
		{ "<!-- ", "b", " --><r c='d'>e\n<f></r>", 65536 },
		{ "<?xml version='1.0'?>", "\n", "<r c='d'>e\n<f></r>", 65536 },
		{ "<!-- ", "b", " --><r c='d'>e\n<f></r>", 2048 },
		{ "<r>", "\r", "\n<b>c]]d\r\n\xef\xbb\xbf<e></r>", 32768 },
		{ "<r>", "\xef\xbb\xbf", "<b>c]]d\r\n<e></r>", 32768 },
		{ "<r>", "b", "]]<b>c]]d\r\n<e></r>", 32768 },
		{ "<r>", "&#65;", "&amp;<b>c]]d\r\n<e></r>", 32768 },
		{ "<r>", "<b>c</b>", "<![CDATA[d]]>\r\n<e></r>", 32768 },
		{ "<r><![CDATA[", "b\r\n", "]]>\r\n<e></r>", 32768 },
		{ "<!DOCTYPE r [<!ENTITY b 'c'>]><r>&b;", "]", "&b;\r\n<e></r>", 1024 },
		{ "<!DOCTYPE r [<!ENTITY b 'c'>]><r>&b;", "\xc3\xa9\r\n", "&b;\r\n<e></r>", 1024 },
	};
	static const struct np_feed_limits limits = { 0 };
	static const size_t steps[] = { 1, 1000, 2048, 4096, 16384, 32768, 40000, 65536 };

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
		for (size_t near = 0; near < 40; near++) {
			struct buf text = { 0 };
			char *whole;

			buf_puts(&text, documents[i].head);
			while (text.len + 30 < documents[i].size + near)
				buf_puts(&text, documents[i].unit);
			buf_puts(&text, documents[i].tail);
			whole = outcome(&limits, buf_str(&text), text.len, text.len, 1);
			for (size_t n = near % 8 ? 1 : 0; n < sizeof(steps) / sizeof(*steps); n++)
				check_piece(&limits, buf_str(&text), text.len, steps[n], steps[n],
					whole);
			free(whole);
			buf_done(&text);
		}
	}
}

/* &#X41; is no reference in XML, whether expat sees it or it is taken past expat. */
static void
a_capital_x_is_sloppy(void **state)
{
	static const struct np_feed_limits limits = { 0 };
	static const char text[] = "<r>b\n&#X43;</r>";
	char *out = outcome(&limits, text, sizeof(text) - 1, sizeof(text) - 1, 1);

	(void)state;
	assert_string_equal(out, "\x02||r\x05"
				 "b\nC\x04r\x05\x06"
				 "0 0 not well-formed (invalid token), line 2");
	free(out);
	check(&limits, text, sizeof(text) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_token_at_every_cap),
		cmocka_unit_test(every_budget_of_entities),
		cmocka_unit_test(documents_at_random),
		cmocka_unit_test(the_readers_own_places),
		cmocka_unit_test(a_capital_x_is_sloppy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
