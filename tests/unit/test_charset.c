/* lib/feed/charset*.c: each document is decoded whole and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/utf8.h"
#include "lib/feed/charset.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text) text, sizeof(text) - 1
#define XML(label) "<?xml version='1.0' encoding='" label "'?>"

struct example {
	const char *content_type;
	const char *bytes;
	size_t size;
	const char *text; /* expected; NULL: the bytes themselves */
	const char *name;
	bool repaired;
};

static void
decode(const struct example *example, size_t piece, struct buf *out)
{
	struct charset *charset;

	assert_int_equal(charset_new(example->content_type, &charset), 0);
	for (size_t at = 0; at < example->size; at += piece) {
		size_t size = example->size - at > piece ? piece : example->size - at;

		assert_int_equal(charset_push(charset, example->bytes + at, size, false, out), 0);
	}
	assert_int_equal(charset_push(charset, "", 0, true, out), 0);
	if (charset_name(charset) == NULL || strcmp(charset_name(charset), example->name) != 0)
		fail_msg("%s: name %s, expected %s", example->bytes, charset_name(charset),
			example->name);
	if ((charset_repaired(charset) != NULL) != example->repaired)
		fail_msg("%s: repaired: %s", example->bytes,
			charset_repaired(charset) ? charset_repaired(charset) : "no");
	charset_free(charset);
}

static void
check(const struct example *examples, size_t n)
{
	static const size_t pieces[] = { 1, 2, 3, 5, 7, 4096, SIZE_MAX };

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < LENGTH(pieces); j++) {
			const char *text = examples[i].text ? examples[i].text : examples[i].bytes;
			struct buf out = { 0 };

			decode(&examples[i], pieces[j], &out);
			assert_string_equal(buf_str(&out), text);
			buf_done(&out);
		}
	}
}

static void
test_utf8_passes_as_it_is(void **state)
{
	static const struct example examples[] = {
		{ NULL, BYTES(""), NULL, "utf-8", false },
		{ NULL, BYTES("<"), NULL, "utf-8", false },
		{ NULL, BYTES("<a>\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80</a>"), NULL, "utf-8",
			false },
		{ "text/xml", BYTES(XML("UTF-8") "<a>\xC3\xA4</a>"), NULL, "utf-8", false },
		{ "text/xml;charset=\"utf-8\"", BYTES("<a>\xC3\xA4</a>"), NULL, "utf-8", false },
		{ NULL, BYTES("\xEF\xBB\xBF<a>\xC3\xA4</a>"), "<a>\xC3\xA4</a>", "utf-8", false },
		{ NULL, BYTES("{\"a\":\"\xC3\xA4\"}"), NULL, "utf-8", false },
		{ NULL, BYTES("  \n"), NULL, "utf-8", false },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_a_byte_order_mark_goes_before_every_declaration(void **state)
{
	static const struct example examples[] = {
		{ "text/xml; charset=iso-8859-1", BYTES("\xEF\xBB\xBF" XML("koi8-r") "\xC3\xA4"),
			XML("koi8-r") "\xC3\xA4", "utf-8", false },
		{ NULL, BYTES("\xFF\xFE<\0a\0>\0\xE4\0"), "<a>\xC3\xA4", "utf-16le", false },
		{ NULL, BYTES("\xFE\xFF\0<\0a\0>\xD8\x3D\xDE\0"), "<a>\xF0\x9F\x98\x80", "utf-16be",
			false },
		{ NULL, BYTES("\xFF\xFE\0\0<\0\0\0a\0\0\0"), "<a", "utf-32le", false },
		{ NULL, BYTES("\0\0\xFE\xFF\0\0\0<\0\1\xF6\0"), "<\xF0\x9F\x98\x80", "utf-32be",
			false },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_utf16_and_utf32_are_seen_without_a_mark(void **state)
{
	static const struct example examples[] = {
		{ NULL, BYTES("<\0a\0>\0\xAC\x20"), "<a>\xE2\x82\xAC", "utf-16le", false },
		{ NULL, BYTES("\0<\0a\0>\x20\xAC"), "<a>\xE2\x82\xAC", "utf-16be", false },
		{ "text/xml; charset=utf-8", BYTES("\0 \0<\0a\0>"), " <a>", "utf-16be", false },
		{ NULL, BYTES("\0\0\0<\0\0\0a"), "<a", "utf-32be", false },
		{ NULL, BYTES("<\0\0\0a\0\0\0"), "<a", "utf-32le", false },
		{ NULL, BYTES("{\0\"\0a\0"), "{\"a", "utf-16le", false },
		{ NULL, BYTES("<\0a\0\0\xD8>\0\0\xDC"), "<a\xEF\xBF\xBD>\xEF\xBF\xBD", "utf-16le",
			true },
		{ NULL, BYTES("<\0a\0>"), "<a\xEF\xBF\xBD", "utf-16le", true },
		{ NULL, BYTES("<\0a\0\x3D\xD8"), "<a\xEF\xBF\xBD", "utf-16le", true },
		{ NULL, BYTES("\0\0\0<\0\x11\0\0\0\0\xD8\0"), "<\xEF\xBF\xBD\xEF\xBF\xBD",
			"utf-32be", true },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_the_content_type_goes_before_the_declaration(void **state)
{
	static const struct example examples[] = {
		{ "text/xml; charset=koi8-r", BYTES(XML("windows-1251") "\xC1"),
			XML("windows-1251") "\xD0\xB0", "koi8-r", false },
		{ "text/xml ;a=b; Charset = 'KOI8_R' ; c=d", BYTES("<a>\xC1"), "<a>\xD0\xB0",
			"koi8-r", false },
		{ "text/xml", BYTES(XML("windows-1251") "\xC1"), XML("windows-1251") "\xD0\x91",
			"windows-1251", false },
		{ "text/xml; charset=", BYTES(XML("windows-1251") "\xC1"),
			XML("windows-1251") "\xD0\x91", "windows-1251", false },
		{ "application/xml; charset=us-ascii", BYTES(XML("iso-8859-1") "<a/>"), NULL,
			"us-ascii", false },
		{ "text/xml; charset=gb2312", BYTES(XML("utf-8") "<a/>"), NULL, "gb18030", false },
		{ "text/xml; charset=gb2312", BYTES(XML("utf-8") "<a>\xD6\xD0</a>"),
			XML("utf-8") "<a>\xE4\xB8\xAD</a>", "gb18030", false },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_every_kind_of_character_set_is_decoded(void **state)
{
	static const struct example examples[] = {
		{ NULL, BYTES(XML("iso-8859-1") "\xE4"), XML("iso-8859-1") "\xC3\xA4", "iso-8859-1",
			false },
		{ NULL, BYTES(XML("latin1") "\x80\x81"), XML("latin1") "\xE2\x82\xAC\xC2\x81",
			"windows-1252", false },
		{ NULL, BYTES(XML("windows-1252") "\x81\x8D\x8F\x90\x9D"),
			XML("windows-1252") "\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D",
			"windows-1252", false },
		{ NULL, BYTES(XML("koi8-u") "\xA4"), XML("koi8-u") "\xD1\x94", "koi8-u", false },
		{ NULL, BYTES(XML("437") "\x80"), XML("437") "\xC3\x87", "ibm437", false },
		{ NULL, BYTES(XML("macintosh") "\x80"), XML("macintosh") "\xC3\x84", "macintosh",
			false },
		{ NULL, BYTES(XML("x-user-defined") "\x80"), XML("x-user-defined") "\xEF\x9E\x80",
			"x-user-defined", false },
		{ NULL, BYTES(XML("gbk") "\xD6\xD0<"), XML("gbk") "\xE4\xB8\xAD<", "gb18030",
			false },
		{ NULL, BYTES(XML("gb18030") "\x94\x39\xDA\x33"), XML("gb18030") "\xF0\x9F\x92\xA9",
			"gb18030", false },
		{ NULL, BYTES(XML("big5") "\xA4\xA4"), XML("big5") "\xE4\xB8\xAD", "big5", false },
		{ NULL, BYTES(XML("x-sjis") "\x83\x65\xB1"),
			XML("x-sjis") "\xE3\x83\x86\xEF\xBD\xB1", "shift_jis", false },
		{ NULL, BYTES(XML("Shift_JIS") "\x87\x40"), XML("Shift_JIS") "\xE2\x91\xA0",
			"shift_jis", false },
		{ NULL, BYTES(XML("euc-jp") "\xA4\xA2\x8F\xB0\xA1"),
			XML("euc-jp") "\xE3\x81\x82\xE4\xB8\x82", "euc-jp", false },
		{ NULL, BYTES(XML("euc-jisx0213") "\xC6\xFC\xCB\xDC\xB8\xEC\xA5\xF1"),
			XML("euc-jisx0213") "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x83\xB1",
			"euc-jis-2004", false },
		{ NULL, BYTES(XML("Shift_JIS-2004") "\x93\xFA\x96\x7B\x8C\xEA\x83\x91"),
			XML("Shift_JIS-2004") "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x83\xB1",
			"shift_jis-2004", false },
		{ NULL, BYTES(XML("iso-2022-jp") "\x1B$B$\"\x1B(B<"),
			XML("iso-2022-jp") "\xE3\x81\x82<", "iso-2022-jp", false },
		{ NULL, BYTES(XML("ks_c_5601-1987") "\xB0\xA1\x81\x41"),
			XML("ks_c_5601-1987") "\xEA\xB0\x80\xEA\xB0\x82", "euc-kr", false },
		{ NULL,
			BYTES("\x4C\x6F\xA7\x94\x93\x40\x85\x95\x83\x96\x84\x89\x95\x87\x7E\x7F\xF0"
			      "\xF3"
			      "\xF7\x7F\x6F\x6E\x15\x4C\x81\x6E"),
			"<?xml encoding=\"037\"?>\n<a>", "ibm037", false },
		{ NULL, BYTES("\x4C\x6F\xA7\x94\x93\x6F\x6E"), "<?xml?>", "ibm037", true },
		{ NULL,
			BYTES("\x4C\x6F\xA7\x94\x6F\x6E\x4C\x6F\xA7\x94\x93\x40\x85\x95\x83\x96\x84"
			      "\x89"
			      "\x95\x87\x7E\x7F\xF2\xF7\xF3\x7F\x6F\x6E"),
			"<?xm?><?xml encoding=\"273\"?>", "ibm037", true },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_bytes_that_are_no_character_are_replaced_alone(void **state)
{
	static const struct example examples[] = {
		{ NULL, BYTES(XML("shift_jis") "\x83<a>"), XML("shift_jis") "\xEF\xBF\xBD<a>",
			"shift_jis", true },
		{ NULL, BYTES(XML("euc-kr") "<a>\xB0"), XML("euc-kr") "<a>\xEF\xBF\xBD", "euc-kr",
			true },
		{ NULL, BYTES(XML("iso-8859-6") "\xA1<"), XML("iso-8859-6") "\xEF\xBF\xBD<",
			"iso-8859-6", true },
		{ NULL, BYTES(XML("big5") "\xFF\xFF<"), XML("big5") "\xEF\xBF\xBD\xEF\xBF\xBD<",
			"big5", true },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_a_declaration_that_lies_is_found_out(void **state)
{
	static const struct example examples[] = {
		{ NULL, BYTES(XML("utf-16") "<a>\xC3\xA4</a>"), NULL, "utf-8", true },
		{ "text/xml; charset=utf-16", BYTES(XML("koi8-r") "\xC1"), XML("koi8-r") "\xD0\xB0",
			"koi8-r", true },
		{ "text/xml; charset=cp037", BYTES("<a>\xC3\xA4</a>"), NULL, "utf-8", true },
		{ NULL, BYTES(XML("bogus") "<a/>"), NULL, "utf-8", true },
		{ NULL, BYTES(XML("utf-8") "<a>caf\xE9 \x96 x</a>"),
			XML("utf-8") "<a>caf\xC3\xA9 \xE2\x80\x93 x</a>", "windows-1252", true },
		{ "text/xml; charset=utf-8", BYTES(XML("windows-1251") "<a>\xC1\xC2 x</a>"),
			XML("windows-1251") "<a>\xD0\x91\xD0\x92 x</a>", "windows-1251", true },
		{ "text/xml; charset=iso-8859-1", BYTES(XML("utf-8") "<a>\xC3\xA4</a>"), NULL,
			"utf-8", true },
		{ "text/xml; charset=iso-8859-1", BYTES(XML("utf-8") "<a>\xE4</a>"),
			XML("utf-8") "<a>\xC3\xA4</a>", "iso-8859-1", false },
		{ "text/xml; charset=us-ascii", BYTES("<a>\xC3\xA4</a>"), NULL, "utf-8", true },
		{ "text/xml; charset=us-ascii", BYTES("<a>\xE4</a>"), "<a>\xC3\xA4</a>",
			"windows-1252", true },
		{ "application/json; charset=iso-8859-1", BYTES("{\"\xC3\xA4\""), NULL, "utf-8",
			true },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_damaged_utf8_keeps_what_is_whole(void **state)
{
	static const struct example examples[] = {
		{ NULL, BYTES("<a>\xC3\xA4 \xE4 \xC3\xB6</a>"), "<a>\xC3\xA4 \xC3\xA4 \xC3\xB6</a>",
			"utf-8", true },
		{ NULL, BYTES("<a>\xE4 \xC3\xB6\xC3\xBC</a>"), "<a>\xC3\xA4 \xC3\xB6\xC3\xBC</a>",
			"utf-8", true },
		{ NULL, BYTES("<a>\xC3\xA4\xE2\x82</a>"), "<a>\xC3\xA4\xEF\xBF\xBD</a>", "utf-8",
			true },
		{ NULL, BYTES("\xEF\xBB\xBF<a>\xE4\xC3\xB6"), "<a>\xC3\xA4\xC3\xB6", "utf-8",
			true },
		{ NULL, BYTES("<a>\xC3\xA4\xF0\x9F\x98"), "<a>\xC3\xA4\xEF\xBF\xBD", "utf-8",
			true },
		{ NULL, BYTES("<a>x\xFF</a>"), "<a>x\xC3\xBF</a>", "windows-1252", true },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_what_is_not_declared_is_guessed(void **state)
{
	/* "Всем привет, это лента новостей и она на русском языке" in koi8-r */
	static const struct example examples[] = {
		{ NULL,
			BYTES("<rss><title>\xF7\xD3\xC5\xCD \xD0\xD2\xC9\xD7\xC5\xD4, \xDC\xD4\xCF "
			      "\xCC\xC5\xCE\xD4\xC1 \xCE\xCF\xD7\xCF\xD3\xD4\xC5\xCA \xC9 "
			      "\xCF\xCE\xC1 "
			      "\xCE\xC1 \xD2\xD5\xD3\xD3\xCB\xCF\xCD \xD1\xDA\xD9\xCB\xC5</title>"),
			"<rss><title>Всем привет, это лента новостей и она на русском "
			"языке</title>",
			"koi8-r", true },
		{ NULL, BYTES("<rss><title>na\xEFve</title>"), "<rss><title>na\xC3\xAFve</title>",
			"windows-1252", true },
		/* the first character of this gb2312 is UTF-8 as well */
		{ NULL,
			BYTES("<rss><title>"
			      "\xCD\xB6\xD7\xCA\xD7\xCA\xD1\xB6\xCD\xF8\xBD\xBB\xD2\xD7\xD4\xDA"
			      "\xCF\xDF\xC1\xF7\xCD\xA8\xBC\xCD\xC4\xEE\xB1\xD2\xD7\xEE\xD0\xC2"
			      "\xC2\xDB\xCC\xB3\xD6\xF7\xCC\xE2\xCE\xC4\xD5\xC2\xC4\xDA\xC8\xDD"
			      "\xBD\xF1\xCC\xEC\xCE\xD2\xC3\xC7\xC0\xB4\xBF\xB4\xBF\xB4\xD5\xE2"
			      "\xB8\xF6\xCE\xCA\xCC\xE2"
			      "</title>"),
			"<rss><title>"
			"投资资讯网交易在线流通纪念币最新论坛主题文章内容今天我们来看看这个问题</"
			"title>",
			"gb18030", true },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

/* Quotation marks and dashes alone say nothing of the language: they are windows-1252's. */
static void
test_punctuation_is_no_language(void **state)
{
	struct buf bytes = { 0 }, text = { 0 };

	(void)state;
	for (int i = 0; i < 40; i++) {
		buf_puts(&bytes, "It\x92s the \x93myth\x94 of 996 \x97 and it isn\x92t new. ");
		buf_puts(&text, "It’s the “myth” of 996 — and it isn’t new. ");
	}
	check(&(struct example){ NULL, buf_str(&bytes), bytes.len, buf_str(&text), "windows-1252",
		      true },
		1);
	buf_done(&bytes);
	buf_done(&text);
}

static void
test_the_declaration_is_found_behind_junk_but_not_inside_the_document(void **state)
{
	static const struct example examples[] = {
		{ NULL, BYTES("\r\n <!-- x --> " XML("koi8-r") "\xC1"),
			"\r\n <!-- x --> " XML("koi8-r") "\xD0\xB0", "koi8-r", false },
		{ NULL, BYTES("<a>" XML("koi8-r") "\xC3\xA4"), NULL, "utf-8", false },
		{ NULL, BYTES("<?xml version=\"1.0\" encoding = \"koi8-r\" ?>\xC1"),
			"<?xml version=\"1.0\" encoding = \"koi8-r\" ?>\xD0\xB0", "koi8-r", false },
		{ NULL, BYTES("<?xml version=\"1.0\"?>\xC3\xA4"), NULL, "utf-8", false },
		{ NULL, BYTES("<?xml-stylesheet encoding='koi8-r'?>\xC3\xA4"), NULL, "utf-8",
			false },
		{ NULL, BYTES("<?xml encoding='koi8-r"), NULL, "utf-8", false },
		{ NULL, BYTES("<?xml encoding=koi8-r?>"), NULL, "utf-8", false },
	};

	(void)state;
	check(examples, LENGTH(examples));
}

static void
test_no_more_than_four_kilobytes_are_held_back(void **state)
{
	struct charset *charset;
	struct buf out = { 0 };
	char bytes[8192];

	(void)state;
	memset(bytes, ' ', sizeof(bytes));
	assert_int_equal(charset_new(NULL, &charset), 0);
	assert_int_equal(charset_push(charset, bytes, 1023, false, &out), 0);
	assert_int_equal(out.len, 0);
	assert_null(charset_name(charset));
	assert_int_equal(charset_push(charset, bytes, 1, false, &out), 0);
	assert_int_equal(out.len, 1024);
	memset(bytes, 0xE4, sizeof(bytes));
	assert_int_equal(charset_push(charset, bytes, 4095, false, &out), 0);
	assert_int_equal(out.len, 1024);
	assert_int_equal(charset_push(charset, bytes, 1, false, &out), 0);
	assert_true(out.len >= 1024 + 4096);
	charset_free(charset);
	charset_free(NULL);
	buf_done(&out);
}

static void
test_labels_are_read_as_people_write_them(void **state)
{
	static const char *const examples[][2] = {
		{ "UTF-8", "utf-8" },
		{ " utf8 ", "utf-8" },
		{ "latin1", "windows-1252" },
		{ "ISO_8859-1:1987", "windows-1252" },
		{ "us-ascii", "windows-1252" },
		{ "iso-8859-9", "windows-1254" },
		{ "TIS-620", "windows-874" },
		{ "x-cp1251", "windows-1251" },
		{ "gb2312", "gbk" },
		{ "GB18030", "gb18030" },
		{ "Big5-HKSCS", "big5" },
		{ "Windows-31J", "shift_jis" },
		{ "ks_c_5601-1987", "euc-kr" },
		{ "utf-16", "utf-16le" },
		{ "cp500", "ibm500" },
		{ "csISO88598I", "iso-8859-8-i" },
		{ "utf-7", NULL },
		{ "bogus", NULL },
		{ "", NULL },
		{ "---", NULL },
		{ "UTF-8//TRANSLIT", NULL },
		{ "iso-8859-1-and-then-much-more-than-a-label-can-hold", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(examples); i++) {
		const char *name = charset_label(examples[i][0], strlen(examples[i][0]));

		if (examples[i][1] == NULL)
			assert_null(name);
		else
			assert_string_equal(name, examples[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8_passes_as_it_is),
		cmocka_unit_test(test_a_byte_order_mark_goes_before_every_declaration),
		cmocka_unit_test(test_utf16_and_utf32_are_seen_without_a_mark),
		cmocka_unit_test(test_the_content_type_goes_before_the_declaration),
		cmocka_unit_test(test_every_kind_of_character_set_is_decoded),
		cmocka_unit_test(test_bytes_that_are_no_character_are_replaced_alone),
		cmocka_unit_test(test_a_declaration_that_lies_is_found_out),
		cmocka_unit_test(test_damaged_utf8_keeps_what_is_whole),
		cmocka_unit_test(test_what_is_not_declared_is_guessed),
		cmocka_unit_test(test_punctuation_is_no_language),
		cmocka_unit_test(
			test_the_declaration_is_found_behind_junk_but_not_inside_the_document),
		cmocka_unit_test(test_no_more_than_four_kilobytes_are_held_back),
		cmocka_unit_test(test_labels_are_read_as_people_write_them),
	};

	return cmocka_run_group_tests_name("charset", tests, NULL, NULL);
}
