/* lib/base/weave.c: whatever is put in, well-formed markup comes out that says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/weave.h"

static void
expect(struct buf *out, const char *expected)
{
	assert_int_equal(buf_error(out), 0);
	assert_string_equal(buf_str(out), expected);
	buf_done(out);
}

static void
elements_close_as_their_language_has_it(void **state)
{
	struct buf out = { 0 };
	struct weave m;

	(void)state;
	weave_init(&m, &out, WEAVE_XML);
	weave_open(&m, "opml");
	weave_attribute(&m, "version", "2.0");
	weave_open(&m, "outline");
	weave_attribute(&m, "absent", NULL);
	weave_close(&m);
	weave_element(&m, "title", NULL, "");
	weave_close(&m);
	expect(&out, "<opml version=\"2.0\"><outline/><title></title></opml>");

	weave_init(&m, &out, WEAVE_HTML);
	weave_open(&m, "p");
	weave_open(&m, "br");
	weave_close(&m);
	weave_element(&m, "a", "x", "y");
	weave_open(&m, "i");
	weave_close(&m);
	weave_close(&m);
	expect(&out, "<p><br><a class=\"x\">y</a><i></i></p>");
}

static void
nothing_that_is_put_in_is_markup(void **state)
{
	static const struct {
		const char *text, *as_text, *as_value;
	} rows[] = {
		{ "a<b>&\"'", "a&lt;b&gt;&amp;\"'", "a&lt;b&gt;&amp;&quot;&#39;" },
		{ "x\n\ty\r", "x\n\ty&#13;", "x&#10;&#9;y&#13;" },
		{ "\x01\x1b[0m\x7f", "\xEF\xBF\xBD\xEF\xBF\xBD[0m\xEF\xBF\xBD",
			"\xEF\xBF\xBD\xEF\xBF\xBD[0m\xEF\xBF\xBD" },
		{ "\xff<\xc3", "\xEF\xBF\xBD&lt;\xEF\xBF\xBD", "\xEF\xBF\xBD&lt;\xEF\xBF\xBD" },
		{ "\xc2\x9b"
		  "1m",
			"\xEF\xBF\xBD"
			"1m",
			"\xEF\xBF\xBD"
			"1m" },
		{ "\xc3\xa9\xe4\xb8\xad", "\xc3\xa9\xe4\xb8\xad", "\xc3\xa9\xe4\xb8\xad" },
		{ "]]>-->", "]]&gt;--&gt;", "]]&gt;--&gt;" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = { 0 }, expected = { 0 };
		struct weave m;

		weave_init(&m, &out, WEAVE_HTML);
		weave_open(&m, "p");
		weave_attribute(&m, "t", rows[i].text);
		weave_text(&m, rows[i].text);
		weave_close(&m);
		buf_printf(&expected, "<p t=\"%s\">%s</p>", rows[i].as_value, rows[i].as_text);
		expect(&out, buf_str(&expected));
		buf_done(&expected);
	}
}

static void
what_is_formatted_is_escaped_too(void **state)
{
	struct buf out = { 0 };
	struct weave m;

	(void)state;
	weave_init(&m, &out, WEAVE_HTML);
	weave_open(&m, "p");
	weave_attribute_printf(&m, "id", "%s-%d", "\"", 3);
	weave_printf(&m, "%s", "<b>");
	weave_text(&m, NULL);
	weave_text_n(&m, "&x", 1);
	weave_trusted(&m, "<hr>");
	weave_close(&m);
	expect(&out, "<p id=\"&quot;-3\">&lt;b&gt;&amp;<hr></p>");
}

static void
a_full_buffer_is_told(void **state)
{
	struct buf out = { .max = 8 };
	struct weave m;

	(void)state;
	weave_init(&m, &out, WEAVE_HTML);
	weave_element(&m, "p", NULL, "more than eight bytes");
	assert_int_not_equal(buf_error(&out), 0);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_close_as_their_language_has_it),
		cmocka_unit_test(nothing_that_is_put_in_is_markup),
		cmocka_unit_test(what_is_formatted_is_escaped_too),
		cmocka_unit_test(a_full_buffer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
