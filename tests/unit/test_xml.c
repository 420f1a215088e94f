/* The XML reader: events of good and bad documents, however they are cut, and of attacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/buf.h"
#include "lib/feed/xml.h"

/* Events as one line: (name attribute=[value] {text} )name, then the code of xml_finish(). */
struct trace {
	struct buf out;
	bool in_text;
	size_t events;
	size_t fail_at; /* the event at which the handler fails; 0: none */
};

static int
trace_event(struct trace *trace, bool text)
{
	if (trace->in_text && !text)
		buf_puts(&trace->out, "}");
	if (!trace->in_text || !text)
		buf_puts(&trace->out, trace->out.len > 0 ? " " : "");
	if (!trace->in_text && text)
		buf_puts(&trace->out, "{");
	trace->in_text = text;
	return ++trace->events == trace->fail_at ? -ECANCELED : 0;
}

static void
trace_name(struct trace *trace, const struct xml_name *name)
{
	if (name->uri[0])
		buf_printf(&trace->out, "<%s>", name->uri);
	if (name->prefix[0])
		buf_printf(&trace->out, "%s:", name->prefix);
	buf_puts(&trace->out, name->local);
}

static int
on_start(void *arg, const struct xml_name *name, const struct xml_attribute *attributes,
	size_t n_attributes)
{
	struct trace *trace = arg;
	int error = trace_event(trace, false);

	buf_puts(&trace->out, "(");
	trace_name(trace, name);
	for (size_t i = 0; i < n_attributes; i++) {
		buf_puts(&trace->out, " ");
		trace_name(trace, &attributes[i].name);
		buf_printf(&trace->out, "=[%s]", attributes[i].value);
	}
	return error;
}

static int
on_end(void *arg, const struct xml_name *name)
{
	struct trace *trace = arg;
	int error = trace_event(trace, false);

	buf_puts(&trace->out, ")");
	trace_name(trace, name);
	return error;
}

static int
on_text(void *arg, const char *text, size_t size)
{
	struct trace *trace = arg;
	int error = trace_event(trace, true);

	buf_append(&trace->out, text, size);
	return error;
}

/* Reads the document in pieces: first bytes, then all the rest in pieces of step. */
static char *
read_pieces(const char *text, size_t size, size_t first, size_t step, char **ret_bozo)
{
	struct trace trace = { 0 };
	struct xml_handler handler = { on_start, on_end, on_text, &trace };
	struct xml_reader *reader;
	size_t at = 0, piece = first;
	char *bozo;

	assert_int_equal(xml_new(&handler, NULL, &reader), 0);
	while (at < size) {
		piece = piece < size - at ? piece : size - at;
		if (piece > 0 && xml_push(reader, text + at, piece) < 0)
			break;
		at += piece;
		piece = step;
	}
	buf_printf(&trace.out, "%s =%d", trace.in_text ? "}" : "", xml_finish(reader));
	buf_puts(&trace.out, xml_is_cut(reader) ? " cut" : "");
	bozo = strdup(xml_bozo(reader) ? xml_bozo(reader) : "");
	assert_non_null(bozo);
	if (ret_bozo)
		*ret_bozo = bozo;
	else
		free(bozo);
	xml_free(reader);
	return buf_steal(&trace.out);
}

/* Whole, in single bytes and cut in two at each place: the same events. */
static void
check(const char *text, size_t size, const char *expected, const char *bozo)
{
	char *reason, *trace = read_pieces(text, size, size, 1, &reason);

	if (strcmp(trace, expected) != 0)
		print_error("document: %.*s\n", (int)size, text);
	assert_string_equal(trace, expected);
	if (!!strstr(reason, bozo) != true || !!*bozo != !!*reason)
		print_error("document: %.*s\nbozo: %s\n", (int)size, text, reason);
	assert_true(strstr(reason, bozo) && !!*bozo == !!*reason);
	free(trace);
	for (size_t first = 0; first < size; first++) {
		char *again_reason, *again = read_pieces(text, size, first, first == 0 ? 1 : size,
					    &again_reason);

		assert_string_equal(again, expected);
		assert_string_equal(again_reason, reason);
		free(again);
		free(again_reason);
	}
	free(reason);
}

struct example {
	const char *text, *expected;
	const char *bozo; /* part of the reason; "" for none */
};

static void
check_all(const struct example *examples, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(examples[i].text, strlen(examples[i].text), examples[i].expected,
			examples[i].bozo);
}

#define CHECK(examples) check_all(examples, sizeof(examples) / sizeof(*(examples)))

static void
well_formed_documents_give_their_events(void **state)
{
	static const struct example examples[] = {
		{ "<rss><channel><item><title>a</title></item></channel></rss>",
			"(rss (channel (item (title {a} )title )item )channel )rss =0", "" },
		{ "<?xml version='1.0'?><r b='1' c=\"2\"/>", "(r b=[1] c=[2] )r =0", "" },
		{ "<feed xmlns=\"u\" xmlns:q=\"v\"><q:x q:y=\"1\" z=\"2\"/></feed>",
			"(<u>feed (<v>q:x <v>q:y=[1] z=[2] )<v>q:x )<u>feed =0", "" },
		{ "<r xmlns='u'><b xmlns='v'/><c xmlns=''/><d/></r>",
			"(<u>r (<v>b )<v>b (c )c (<u>d )<u>d )<u>r =0", "" },
		{ "<r xml:lang='en'/>",
			"(r <http://www.w3.org/XML/1998/namespace>xml:lang=[en] )r =0", "" },
		{ "<r>&lt;b&gt; &amp;&quot;&apos; &#65;&#x42;</r>", "(r {<b> &\"' AB} )r =0", "" },
		{ "<r><![CDATA[<b>]]&gt;]]>c</r>", "(r {<b>]]&gt;c} )r =0", "" },
		{ "<r>b<!-- c --><?d e?>f</r>", "(r {bf} )r =0", "" },
		{ "<r>b\r\nc\rd</r>", "(r {b\nc\nd} )r =0", "" },
		{ "\n <r/>\n", "(r )r =0", "" },
		{ "<!DOCTYPE rss [<!ENTITY x 'y'>]><rss t='&x;'>&x;<b/>&x;</rss>",
			"(rss t=[y] {y} (b )b {y} )rss =0", "" },
		{ "<!DOCTYPE rss [<!ENTITY x '<b>y</b>'>]><rss>a&x;c</rss>",
			"(rss {a} (b {y} )b {c} )rss =0", "" },
		{ "<!DOCTYPE html><rss>a</rss>", "(rss {a} )rss =0", "" },
	};

	(void)state;
	CHECK(examples);
}

static void
undeclared_prefixes_mean_what_they_always_mean(void **state)
{
	static const struct example examples[] = {
		{ "<r><dc:b/></r>",
			"(r (<http://purl.org/dc/elements/1.1/>dc:b "
			")<http://purl.org/dc/elements/1.1/>dc:b )r =0",
			"undeclared namespace prefix dc, line 1" },
		{ "<r>\n<foo:b foo:c='d'/></r>", "(r {\n} (foo:b foo:c=[d] )foo:b )r =0",
			"prefix foo, line 2" },
		{ "<r xmlns:dc='u'><dc:b/></r>", "(r (<u>dc:b )<u>dc:b )r =0", "" },
	};

	(void)state;
	CHECK(examples);
}

static void
references_are_replaced_whoever_declares_them(void **state)
{
	static const struct example examples[] = {
		{ "<r>&nbsp;&eacute;</r>", "(r {\u00a0\u00e9} )r =0", "undefined entity" },
		{ "<r b='&eacute;'/>", "(r b=[\u00e9] )r =0", "undefined entity" },
		{ "<r>x &foo; y</r>", "(r {x &foo; y} )r =0", "undefined entity" },
		{ "<r>b & c &d</r>", "(r {b & c &d} )r =0", "not well-formed" },
		{ "<r>?b=1&c=2&amp;d</r>", "(r {?b=1&c=2&d} )r =0", "not well-formed" },
		{ "<r b='?c=1&d=2'/>", "(r b=[?c=1&d=2] )r =0", "not well-formed" },
		{ "<r>&#146;&#x80;</r>", "(r {\u2019\u20ac} )r =0", "" },
		{ "<r>&<b>&#146;&#x80;&#8217 &#0;&#x110000;&#xZ;</b></r>",
			"(r {&} (b {\u2019\u20ac\u2019 \ufffd&#xZ;} )b )r =0", "not well-formed" },
		/* a DTD that is not read may declare what HTML does */
		{ "<!DOCTYPE rss PUBLIC \"-//Netscape\" \"x\"><rss b=\"&eacute;\">&eacute;</rss>",
			"(rss b=[\u00e9] {\u00e9} )rss =0", "" },
		{ "<!DOCTYPE rss SYSTEM \"x\"><rss b=\"&eacute;\"><c>&foo;</rss>",
			"(rss b=[\u00e9] (c {&foo;} )c )rss =0", "undeclared entity" },
		{ "<!DOCTYPE r [<!ENTITY x 'y&#38;z;'><!ENTITY z 'w'>]><r b='&x;'>&x;<c></r>",
			"(r b=[yw] {yw} (c )c )r =0", "mismatched" },
		{ "<!DOCTYPE r [<!ENTITY x '<b>y</b>'>]><r>&<c/>&x;</r>",
			"(r {&} (c )c (b {y} )b )r =0", "not well-formed" },
		{ "junk <!DOCTYPE r [<!ENTITY x 'y'>\n<!ENTITY % p 'q'>]><r b='&x;'>&x;</r>",
			"(r b=[y] {y} )r =0", "up to the root" },
		/* expat stops inside of the entity, at tags that do not match */
		{ "<!DOCTYPE r [<!ENTITY x 'y<b>z</B>'><!ENTITY w '&x;&x;'>]><r>&w;&n</r>",
			"(r {y} (b {z&n} )b )r =0", "mismatched tag" },
		{ "<!DOCTYPE r [<!ENTITY x 'y&x;'>]><r>&x;<b/></r>", "(r {y} (b )b )r =0",
			"recursive" },
		{ "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>b&x;c</r>",
			"(r {bc} )r =0", "" },
	};

	(void)state;
	CHECK(examples);
}

static void
what_stands_before_and_after_the_root_does_not_matter(void **state)
{
	static const struct example examples[] = {
		{ " \n<?xml version='1.0'?><r/>", "(r )r =0",
			"blanks before the XML declaration, line 2" },
		{ "junk\n<?xml version='1.0'?><r>b</r>", "(r {b} )r =0", "up to the root" },
		{ "<br />\n<b>Warning</b>: x in <b>y.php</b><?xml version='1.0'?><r>b</r>",
			"(r {b} )r =0", "text outside" },
		{ "<x>y<?xml version='1.0'?><rss>b</rss>", "(x {y} )x (rss {b} )rss =0",
			"XML or text declaration" },
		{ "<r>b</r> tail <c>d</c>", "(r {b} )r (c {d} )c =0", "text after the root" },
		{ "<r>b</r>\n<!-- c -->\n", "(r {b} )r =0", "" },
		{ "", " =-74", "no element" },
		{ "plain text", " =-74", "up to the root" },
		{ "{\"version\": 1}", " =-74", "up to the root" },
		{ "<html><body>x</body></html>", " =-74", "" },
		{ "<!DOCTYPE html>\n<HTML lang=en><rss/>", " =-74", "up to the root" },
		{ "<!DOCTYPE html><rss>b", "(rss {b} )rss =0 cut", "no element" },
	};

	(void)state;
	CHECK(examples);
}

static void
text_survives_what_must_not_be_in_it(void **state)
{
	static const struct example examples[] = {
		{ "<r>b\x01"
		  "c\x1b"
		  "d</r>",
			"(r {bcd} )r =0", "not well-formed" },
		{ "<r>1 < 2 <= 3 << 4</r>", "(r {1 < 2 <= 3 << 4} )r =0", "not well-formed" },
		{ "<r>b ]]> c</r>", "(r {b  c} )r =0", "not well-formed" },
		{ "<r><![CDATA[b\x02\r\nc]]>]]></r>", "(r {b\nc} )r =0", "not well-formed" },
		{ "<r>&<b\n/>\r\n\r]c]]d</r>", "(r {&} (b )b {\n\n]c]]d} )r =0",
			"not well-formed" },
	};

	(void)state;
	CHECK(examples);
}

static void
attributes_need_no_manners(void **state)
{
	static const struct example examples[] = {
		{ "<r b=c d/>", "(r b=[c] d=[] )r =0", "not well-formed" },
		{ "<r b=\"c\"d='e'/>", "(r b=[c] d=[e] )r =0", "not well-formed" },
		{ "<r b='1' b='2'/>", "(r b=[1] )r =0", "duplicate attribute" },
		{ "<r b = 'c<d>'/>", "(r b=[c<d>] )r =0", "not well-formed" },
		{ "<r b='c\nd&lt;\te' />", "(r b=[c d< e] )r =0", "" },
		{ "<r b=x c='d\r\ne&lt;\tf\x01' />", "(r b=[x] c=[d e< f] )r =0",
			"not well-formed" },
		{ "<r href=http://x/?a=1&b=2>c</r>", "(r href=[http://x/?a=1&b=2] {c} )r =0",
			"not well-formed" },
		{ "<x><r b=\"c>d</r><e f=\"g\">h</e></x>",
			"(x (r b=[c] {d} )r (e f=[g] {h} )e )x =0", "not well-formed" },
		{ "<x><r b=\"c>d</r></x>", "(x (r b=[c] {d} )r )x =0", "not well-formed" },
		{ "<r b='c'/ d>", "(r b=[c] d=[] )r =0 cut", "not well-formed" },
		{ "<r xmlns=u xmlns:v=w v:b=c/>", "(<u>r <w>v:b=[c] )<u>r =0", "not well-formed" },
	};

	(void)state;
	CHECK(examples);
}

static void
end_tags_may_be_wrong_missing_or_too_many(void **state)
{
	static const struct example examples[] = {
		{ "<r><b>c</r>", "(r (b {c} )b )r =0", "mismatched tag" },
		{ "<r><b>c</b></b></r>", "(r (b {c} )b )r =0", "mismatched tag" },
		{ "<r></x>b</r>", "(r {b} )r =0", "mismatched tag" },
		{ "<r>b<?xml-stylesheet href='c'?>d</x></r>", "(r {bd} )r =0", "mismatched tag" },
		{ "<r><b><i>c</b></i>d</r>", "(r (b (i {c} )i )b {d} )r =0", "mismatched tag" },
		{ "<r><Title>b</title>c</r>", "(r (Title {b} )Title {c} )r =0", "mismatched tag" },
		{ "<r>b<br>c<img src=d>e</r>", "(r {b} (br {c} (img src=[d] )img {e} )br )r =0",
			"not well-formed" },
		{ "<r>&<br>c<BR/><hr></r>", "(r {&} (br )br {c} (BR )BR (hr )hr )r =0",
			"not well-formed" },
		{ "<r><b>c</b></r", "(r (b {c} )b )r =0", "unclosed token" },
		{ "<r><b>c</b <d/></r>", "(r (b {c} )b (d )d )r =0", "not well-formed" },
		{ "<r><b <c/></b></r>", "(r (b (c )c )b )r =0", "not well-formed" },
		{ "<r></ b >c</></r>", "(r {c} )r =0", "not well-formed" },
		{ "<rss><item><b>c</item><item>d</item></rss>",
			"(rss (item (b {c} )b )item (item {d} )item )rss =0", "mismatched tag" },
		/* an item cannot stand in an item … */
		{ "<rss><item><d>b<item>c</item></rss>",
			"(rss (item (d {b} )d )item (item {c} )item )rss =0", "missing end tag" },
		{ "<rss><item>b<item>c</item></item></rss>",
			"(rss (item {b} )item (item {c} )item )rss =0", "missing end tag" },
		/* … but in what an extension or Atom's content holds */
		{ "<item xmlns:sx='u'><sx:x><item>b</item></sx:x></item>",
			"(item (<u>sx:x (item {b} )item )<u>sx:x )item =0", "" },
		{ "<entry><content><feed><entry>b</entry></feed></content></entry>",
			"(entry (content (feed (entry {b} )entry )feed )content )entry =0", "" },
		{ "<item><title>b<link>c</link><guid>d<pubDate>e</item>",
			"(item (title {b} )title (link {c} )link (guid {d} )guid (pubDate {e} "
			")pubDate )item =0",
			"missing end tag" },
		/* what follows a field ends it: an item any, what HTML does not know any text */
		{ "<channel><link>b<item>c</item></channel>",
			"(channel (link {b} )link (item {c} )item )channel =0", "missing end tag" },
		{ "<channel><description><p>b<item>c</item></channel>",
			"(channel (description (p {b} )p )description (item {c} )item )channel =0",
			"missing end tag" },
		{ "<channel><image><title>b</title><description>c</description><item>d</item></"
		  "channel>",
			"(channel (image (title {b} )title (description {c} )description )image "
			"(item {d} )item )channel =0",
			"missing end tag" },
		{ "<channel xmlns:dc='u'><dc:creator>b<item>c</item></channel>",
			"(channel (<u>dc:creator {b} )<u>dc:creator (item {c} )item )channel =0",
			"missing end tag" },
		{ "<item><description><b>c<pubDate>d</pubDate></item>",
			"(item (description (b {c} )b )description (pubDate {d} )pubDate )item =0",
			"missing end tag" },
		{ "<item>&<description><link/><title>b</title></description></item>",
			"(item {&} (description (link )link (title {b} )title )description )item "
			"=0",
			"not well-formed" },
		{ "<entry>&<content><entry>b</entry></content></entry>",
			"(entry {&} (content (entry {b} )entry )content )entry =0",
			"not well-formed" },
		{ "<entry>&<source><updated>b</updated></source></entry>",
			"(entry {&} (source (updated {b} )updated )source )entry =0",
			"not well-formed" },
		/* nothing inside of an item ends what is outside */
		{ "<d><item><b></d></b>c</item>e</d>", "(d (item (b )b {c} )item {e} )d =0",
			"mismatched tag" },
		{ "<channel><item><b></channel>", "(channel (item (b )b )item )channel =0",
			"mismatched tag" },
		{ "<r xmlns:p='u'><item xmlns:p='v'><item xmlns:p='w'><p:b/></item><p:b/></r>",
			"(r (item )item (item (<w>p:b )<w>p:b )item (<u>p:b )<u>p:b )r =0",
			"missing end tag" },
	};

	(void)state;
	CHECK(examples);
}

static void
what_is_never_closed_swallows_nothing(void **state)
{
	static const struct example examples[] = {
		{ "<r><![CDATA[b", "(r {b} )r =0 cut", "unclosed CDATA" },
		{ "<r><b><![CDATA[c</b><d>e</d></r>", "(r (b {c} )b (d {e} )d )r =0",
			"unclosed CDATA" },
		{ "<r>&<b><![CDATA[c</b><b><![CDATA[d]]></b></r>",
			"(r {&} (b {c} )b (b {d} )b )r =0", "not well-formed" },
		{ "<r>&<b><![CDATA[c</b>d]]></b></r>", "(r {&} (b {c</b>d} )b )r =0",
			"not well-formed" },
		{ "<r>b<!-- c <d>e</d></r>", "(r {b c } (d {e} )d )r =0", "unclosed token" },
		{ "<r>b<!-- c -- d -->e</r>", "(r {be} )r =0", "not well-formed" },
		{ "<r>b<?c <d>e</d></r>", "(r {bc } (d {e} )d )r =0", "unclosed token" },
		{ "<r>b<! c</r>", "(r {b<! c} )r =0", "not well-formed" },
		{ "<r>b<!DOCTYPE c>d<![endif]>e</r>", "(r {bde} )r =0", "not well-formed" },
	};

	(void)state;
	CHECK(examples);
}

static void
a_document_that_is_cut_off_ends_and_says_so(void **state)
{
	static const struct example examples[] = {
		{ "<r><b>c</b><d", "(r (b {c} )b )r =0 cut", "unclosed token" },
		{ "<r><b>c</b><d e='f", "(r (b {c} )b )r =0 cut", "unclosed token" },
		{ "<r><b>c</", "(r (b {c} )b )r =0 cut", "unclosed token" },
		{ "<r><b>c&am", "(r (b {c&am} )b )r =0 cut", "unclosed token" },
		{ "<r><b>c", "(r (b {c} )b )r =0 cut", "no element found" },
	};

	(void)state;
	CHECK(examples);
}

#define LONG "A text that is long enough to be taken past expat: sixty-four bytes and a few more"

static void
long_texts_are_read_as_short_ones_are(void **state)
{
	static const struct example examples[] = {
		{ "<r><d>" LONG "</d><e>" LONG "\n</e></r>",
			"(r (d {" LONG "} )d (e {" LONG "\n} )e )r =0", "" },
		{ "<r>" LONG "&lt;p&gt;&#8217;&#146;" LONG "&amp;</r>",
			"(r {" LONG "<p>\u2019\u2019" LONG "&} )r =0", "" },
		{ "<r><![CDATA[" LONG "<p>]]&gt;\n]]>" LONG "</r>",
			"(r {" LONG "<p>]]&gt;\n" LONG "} )r =0", "" },
		{ "<r>" LONG "\r\n" LONG "<![CDATA[" LONG "\r\n]]></r>",
			"(r {" LONG "\n" LONG LONG "\n} )r =0", "" },
		{ "<r>\u00e9\uff01" LONG "\uff01]]</r>", "(r {\u00e9\uff01" LONG "\uff01]]} )r =0",
			"" },
		{ "<r>" LONG "&eacute;" LONG "</r>", "(r {" LONG "\u00e9" LONG "} )r =0",
			"undefined entity" },
		{ "<r>\n" LONG " & " LONG "</r>", "(r {\n" LONG " & " LONG "} )r =0",
			"invalid token), line 2" },
		{ "<r>" LONG "]]>" LONG "\n\x01</r>", "(r {" LONG LONG "\n} )r =0",
			"not well-formed" },
		{ "<r><![CDATA[" LONG "\n\x01" LONG "]]></r>", "(r {" LONG "\n" LONG "} )r =0",
			"line 2" },
		{ "<r><d><![CDATA[" LONG "</d><e>" LONG "</e></r>",
			"(r (d {" LONG "} )d (e {" LONG "} )e )r =0", "unclosed CDATA" },
		{ "<r><!-- > " LONG "-->" LONG "<d e='>" LONG "'/></r>",
			"(r {" LONG "} (d e=[>" LONG "] )d )r =0", "" },
		{ "<!DOCTYPE r [<!ENTITY x '" LONG "'>]><r>" LONG "&x;" LONG "</r>",
			"(r {" LONG LONG LONG "} )r =0", "" },
		{ "<r>a</r> " LONG, "(r {a} )r =0", "after the root" },
	};

	(void)state;
	CHECK(examples);
}

static void
a_handler_that_fails_ends_the_reading_with_its_code(void **state)
{
	static const char text[] = "<r><b c='d'>e</b>& <f>g</f></r>";

	(void)state;
	for (size_t at = 1; at <= 8; at++) {
		struct trace trace = { .fail_at = at };
		struct xml_handler handler = { on_start, on_end, on_text, &trace };
		struct xml_reader *reader;
		int error;

		assert_int_equal(xml_new(&handler, NULL, &reader), 0);
		error = xml_push(reader, text, sizeof(text) - 1);
		if (error == 0)
			error = xml_finish(reader);
		assert_int_equal(error, -ECANCELED);
		assert_int_equal(xml_push(reader, "<z>", 3), -ECANCELED);
		assert_int_equal(xml_finish(reader), -ECANCELED);
		assert_int_equal(trace.events, at);
		xml_free(reader);
		buf_done(&trace.out);
	}
}

/* A generated document: head, n times unit, tail. */
static char *
repeat(const char *head, const char *unit, size_t n, const char *tail, size_t *ret_size)
{
	struct buf out = { 0 };

	buf_puts(&out, head);
	for (size_t i = 0; i < n; i++)
		buf_puts(&out, unit);
	buf_puts(&out, tail);
	*ret_size = out.len;
	return buf_steal(&out);
}

struct tally {
	size_t starts, ends, text;
	size_t deepest, depth;
	size_t largest; /* attribute value */
};

static int
tally_start(void *arg, const struct xml_name *name, const struct xml_attribute *attributes,
	size_t n_attributes)
{
	struct tally *tally = arg;

	(void)name;
	tally->starts++;
	if (++tally->depth > tally->deepest)
		tally->deepest = tally->depth;
	for (size_t i = 0; i < n_attributes; i++) {
		size_t len = strlen(attributes[i].value);

		tally->largest = len > tally->largest ? len : tally->largest;
	}
	return 0;
}

static int
tally_end(void *arg, const struct xml_name *name)
{
	struct tally *tally = arg;

	(void)name;
	tally->ends++;
	tally->depth--;
	return 0;
}

static int
tally_text(void *arg, const char *text, size_t size)
{
	struct tally *tally = arg;

	(void)text;
	tally->text += size;
	return 0;
}

static int
count_events(const char *text, size_t size, size_t step, struct tally *ret_tally)
{
	struct xml_handler handler = { tally_start, tally_end, tally_text, ret_tally };
	struct xml_reader *reader;
	int error = 0;

	memset(ret_tally, 0, sizeof(*ret_tally));
	assert_int_equal(xml_new(&handler, NULL, &reader), 0);
	for (size_t at = 0; at < size && error == 0; at += step)
		error = xml_push(reader, text + at, step < size - at ? step : size - at);
	error = xml_finish(reader);
	xml_free(reader);
	assert_int_equal(error < 0 || ret_tally->starts == ret_tally->ends, true);
	return error;
}

static void
entities_have_a_budget(void **state)
{
	static const char *const laughs[] = {
		/* strict, and after a defect; as text and in attributes */
		"<r>&i;</r>",
		"<r>& &i;</r>",
		"<r b='&i;'/>",
		"<r c b='&i;'/>",
	};
	struct tally tally;

	(void)state;
	for (size_t i = 0; i < sizeof(laughs) / sizeof(*laughs); i++) {
		struct buf text = { 0 };

		buf_puts(&text, "<!DOCTYPE r [<!ENTITY a 'lol'>");
		for (char c = 'b'; c <= 'i'; c++) {
			buf_printf(&text, "<!ENTITY %c '", c);
			for (int n = 0; n < 10; n++)
				buf_printf(&text, "&%c;", c - 1);
			buf_puts(&text, "'>");
		}
		buf_printf(&text, "]>%s", laughs[i]);
		assert_int_equal(count_events(buf_str(&text), text.len, text.len, &tally), -E2BIG);
		assert_int_equal(count_events(buf_str(&text), text.len, 1, &tally), -E2BIG);
		buf_done(&text);
	}
}

static void
one_long_entity_used_often_is_over_budget(void **state)
{
	size_t size, head_size;
	char *head = repeat("<!DOCTYPE r [<!ENTITY x '", "0123456789", 2000, "'>]><r>", &head_size);
	char *text = repeat(head, "&x;", 60, "</r>", &size);
	struct tally tally;

	(void)state;
	assert_int_equal(count_events(text, size, size, &tally), -E2BIG);
	free(text);
	text = repeat(head, "&x;", 50, "</r>", &size);
	assert_int_equal(count_events(text, size, size, &tally), 0);
	assert_int_equal(tally.text, 50 * 20000);
	free(text);
	free(head);
}

static void
elements_beyond_the_depth_are_flattened(void **state)
{
	struct tally tally;
	size_t size;
	char *open = repeat("", "<r>", 100000, "", &size), *text;

	(void)state;
	text = repeat(open, "</r>", 100000, "<b", &size);
	free(open);
	assert_int_equal(count_events(text, size, 4096, &tally), 0);
	assert_int_equal(tally.deepest, 256);
	free(text);
	text = repeat("<x>", "<r>t", 100000, "</x>", &size);
	assert_int_equal(count_events(text, size, 4096, &tally), 0);
	assert_int_equal(tally.deepest, 256);
	assert_int_equal(tally.text, 100000);
	free(text);
}

static void
large_tags_are_read_up_to_the_cap(void **state)
{
	struct tally tally;
	size_t size;
	char *text = repeat("<r b='", "0123456789abcdef", 65536, "'>c</r>", &size);

	(void)state;
	assert_int_equal(count_events(text, size, 1000, &tally), 0);
	assert_int_equal(tally.largest, 1 << 20);
	assert_int_equal(tally.text, 1);
	free(text);
	text = repeat("<r b='", "0123456789abcdef", 5 * 65536, "'>c</r>", &size);
	for (size_t step = 1000; step < 2 * size; step += size) {
		assert_int_equal(count_events(text, size, step, &tally), 0);
		assert_true(tally.largest <= 4 << 20);
		assert_int_equal(tally.text, 1);
	}
	free(text);
}

/* CPU seconds to read n units, in the better of two runs. */
static double
cost(const char *head, const char *unit, size_t n, size_t step)
{
	double best = 1e9;
	size_t size;
	char *text = repeat(head, unit, n, "", &size);

	for (int run = 0; run < 2; run++) {
		struct timespec from, to;
		struct tally tally;
		double seconds;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
		count_events(text, size, step ? step : size, &tally);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
		seconds = (double)(to.tv_sec - from.tv_sec) +
			  (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
		best = seconds < best ? seconds : best;
	}
	free(text);
	return best;
}

static void
twice_the_bytes_take_twice_the_time(void **state)
{
	static const struct {
		const char *head, *unit;
	} attacks[] = {
		{ "<r>", "<" },
		{ "<r>", "&" },
		{ "<r>", "&#1" },
		{ "<r>", "<r " },
		{ "", "<r " },
		{ "<r>", "<r b=\"" },
		{ "<r>", "<r b='<r c=\"" },
		{ "<r>", "<r b='>" },
		{ "<r>& ", "<r b=\"></r>" },
		{ "<r>", "<![CDATA[" },
		{ "<r>& ", "<b><![CDATA[</b>" },
		{ "<r>", "<!--" },
		{ "<r>", "<!-- -- " },
		{ "<r>", "<?x" },
		{ "<r>", "<!a" },
		{ "<r>", "<!a \"" },
		{ "<r>", "]" },
		{ "<r>", "]]" },
		{ "<r>", "\r" },
		{ "<r>", "</x>" },
		{ "<r><b><c><d><e><f><g><h>", "</x>" },
		{ "<x><item><r><b>", "</x ></r><r>" },
		{ "<r>", "<b><c></b>" },
		{ "<r>", "<item>" },
		{ "<r>", "<p:b/>" },
		{ "<r>", "\x01" },
		{ "", "junk" },
		{ "", "<!ENTITY x 'y'>" },
		{ "<r ", "b='c' " },
		{ "<r ", "b=c " },
		{ "<r b='", "x" },
		{ "<r>&", "x" },
		{ "<r><", "x" },
		{ "<!DOCTYPE r [", "<!ENTITY x 'y'>" },
		{ "<!DOCTYPE r [<!ENTITY x ''>]><r>", "&x;" },
	};

	static const struct {
		size_t step, size;
	} ways[] = { { 0, 1 << 20 }, { 512, 1 << 20 }, { 1, 1 << 16 } };

	(void)state;
	for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
		for (size_t way = 0; way < sizeof(ways) / sizeof(*ways); way++) {
			size_t step = ways[way].step;
			size_t n = ways[way].size / strlen(attacks[i].unit);
			double once = cost(attacks[i].head, attacks[i].unit, n, step);
			double twice = cost(attacks[i].head, attacks[i].unit, 2 * n, step);

			if (twice > 3.0 * once + 0.05)
				print_error("%s%s… in steps of %zu: %.3f s, then %.3f s\n",
					attacks[i].head, attacks[i].unit, step, once, twice);
			assert_true(twice <= 3.0 * once + 0.05);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_documents_give_their_events),
		cmocka_unit_test(undeclared_prefixes_mean_what_they_always_mean),
		cmocka_unit_test(references_are_replaced_whoever_declares_them),
		cmocka_unit_test(what_stands_before_and_after_the_root_does_not_matter),
		cmocka_unit_test(text_survives_what_must_not_be_in_it),
		cmocka_unit_test(attributes_need_no_manners),
		cmocka_unit_test(end_tags_may_be_wrong_missing_or_too_many),
		cmocka_unit_test(what_is_never_closed_swallows_nothing),
		cmocka_unit_test(a_document_that_is_cut_off_ends_and_says_so),
		cmocka_unit_test(long_texts_are_read_as_short_ones_are),
		cmocka_unit_test(a_handler_that_fails_ends_the_reading_with_its_code),
		cmocka_unit_test(entities_have_a_budget),
		cmocka_unit_test(one_long_entity_used_often_is_over_budget),
		cmocka_unit_test(elements_beyond_the_depth_are_flattened),
		cmocka_unit_test(large_tags_are_read_up_to_the_cap),
		cmocka_unit_test(twice_the_bytes_take_twice_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
