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
		{ "<?xml version='1.0'?><a b='1' c=\"2\"/>", "(a b=[1] c=[2] )a =0", "" },
		{ "<feed xmlns=\"u\" xmlns:q=\"v\"><q:x q:y=\"1\" z=\"2\"/></feed>",
			"(<u>feed (<v>q:x <v>q:y=[1] z=[2] )<v>q:x )<u>feed =0", "" },
		{ "<a xmlns='u'><b xmlns='v'/><c xmlns=''/><d/></a>",
			"(<u>a (<v>b )<v>b (c )c (<u>d )<u>d )<u>a =0", "" },
		{ "<a xml:lang='en'/>",
			"(a <http://www.w3.org/XML/1998/namespace>xml:lang=[en] )a =0", "" },
		{ "<a>&lt;b&gt; &amp;&quot;&apos; &#65;&#x42;</a>", "(a {<b> &\"' AB} )a =0", "" },
		{ "<a><![CDATA[<b>]]&gt;]]>c</a>", "(a {<b>]]&gt;c} )a =0", "" },
		{ "<a>b<!-- c --><?d e?>f</a>", "(a {bf} )a =0", "" },
		{ "<a>b\r\nc\rd</a>", "(a {b\nc\nd} )a =0", "" },
		{ "\n <a/>\n", "(a )a =0", "" },
		{ "<!DOCTYPE rss [<!ENTITY x 'y'>]><rss t='&x;'>&x;<b/>&x;</rss>",
			"(rss t=[y] {y} (b )b {y} )rss =0", "" },
		{ "<!DOCTYPE rss [<!ENTITY x '<b>y</b>'>]><rss>a&x;c</rss>",
			"(rss {a} (b {y} )b {c} )rss =0", "" },
		{ "<!DOCTYPE html><rss>a</rss>", "(rss {a} )rss =0", "" },
	};

	(void)state;
	CHECK(examples);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_documents_give_their_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
