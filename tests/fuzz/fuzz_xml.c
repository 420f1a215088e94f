/*
 * XML: the first byte says how the document is cut and whether the caps are small, the rest is the
 * document. Whole and in pieces it gives the same events, starts and ends are balanced, and what is
 * beyond a cap does not reach the handler.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/feed/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trace {
	struct buf out;
	size_t depth;
	const struct np_feed_limits *limits;
	bool finished;
};

static int
on_start(void *arg, const struct xml_name *name, const struct xml_attribute *attributes,
	size_t n_attributes)
{
	struct trace *trace = arg;

	trace->depth++;
	if (trace->limits->max_depth && (trace->depth > trace->limits->max_depth ||
						n_attributes > trace->limits->max_attributes))
		abort();
	buf_printf(&trace->out, "\x02%s|%s|%s", name->uri, name->prefix, name->local);
	for (size_t i = 0; i < n_attributes; i++)
		buf_printf(&trace->out, "\x03%s|%s|%s=%s", attributes[i].name.uri,
			attributes[i].name.prefix, attributes[i].name.local, attributes[i].value);
	buf_putc(&trace->out, '\x05');
	return 0;
}

static int
on_end(void *arg, const struct xml_name *name)
{
	struct trace *trace = arg;

	if (trace->depth-- == 0)
		abort();
	buf_printf(&trace->out, "\x04%s|%s|%s\x05", name->uri, name->prefix, name->local);
	return 0;
}

static int
on_text(void *arg, const char *text, size_t size)
{
	struct trace *trace = arg;

	if (trace->depth == 0 || size == 0)
		abort();
	buf_append(&trace->out, text, size);
	return 0;
}

/* Pieces of first bytes, then of step. */
static void
read_pieces(const struct np_feed_limits *limits, const char *text, size_t size, size_t step,
	struct buf *out)
{
	struct trace trace = { .limits = limits };
	struct xml_handler handler = { on_start, on_end, on_text, &trace };
	struct xml_reader *reader;
	int error;

	if (xml_new(&handler, limits, &reader) < 0)
		abort();
	for (size_t at = 0; at < size; at += step) {
		if (xml_push(reader, text + at, step < size - at ? step : size - at) < 0)
			break;
	}
	error = xml_finish(reader);
	if (error == 0 && trace.depth != 0)
		abort();
	buf_printf(&trace.out, "\x06%d %d%s", error, xml_is_cut(reader),
		xml_bozo(reader) ? xml_bozo(reader) : "");
	xml_free(reader);
	*out = trace.out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct np_feed_limits small = {
		.max_text = 64,
		.max_depth = 8,
		.max_attributes = 4,
		.max_entities = 256,
	};
	static const struct np_feed_limits defaults = { 0 };
	const struct np_feed_limits *limits = size > 0 && (data[0] & 0x80) ? &small : &defaults;
	const char *text = (const char *)data + 1;
	struct buf whole, pieces;

	if (size < 2 || utf8_valid(text, size - 1) != size - 1)
		return 0;
	read_pieces(limits, text, size - 1, size - 1, &whole);
	for (size_t step = 1; step <= (size_t)(data[0] & 0x7f) + 1; step += data[0] & 0x7f) {
		read_pieces(limits, text, size - 1, step, &pieces);
		if (strcmp(buf_str(&whole), buf_str(&pieces)) != 0)
			abort();
		buf_done(&pieces);
		if ((data[0] & 0x7f) == 0)
			break;
	}
	buf_done(&whole);
	return 0;
}
