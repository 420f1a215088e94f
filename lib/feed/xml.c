/*
 * The reader of XML: the strict one as long as the document is well-formed, then the tolerant
 * scanner.
 *
 * Both share the stack of open elements, the declared entities and the note of the first defect.
 * Errors are sticky: after one nothing more is read, and the same code comes again.
 */
#include "lib/feed/xml.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/feed/xml_entity.h"
#include "lib/feed/xml_scan.h"
#include "lib/feed/xml_stack.h"
#include "lib/feed/xml_strict.h"

/* What the scanner is given at once: it keeps what it has not read of it. */
#define SLICE (32 * 1024)

static const struct np_feed_limits default_limits = {
	.max_items = 100000,
	.max_text = 4 << 20,
	.max_depth = 256,
	.max_attributes = 256,
	.max_entities = 1 << 20,
};

struct xml_reader {
	struct xml_stack *stack;
	struct xml_entities *entities;
	struct xml_strict *strict; /* NULL once the scanner has taken over */
	struct xml_scan *scan;     /* NULL before */
	struct xml_bozo bozo;
	int error; /* sticky */
	bool cut;
};

static void
set_defaults(struct np_feed_limits *limits)
{
	if (!limits->max_text)
		limits->max_text = default_limits.max_text;
	if (!limits->max_depth)
		limits->max_depth = default_limits.max_depth;
	if (!limits->max_attributes)
		limits->max_attributes = default_limits.max_attributes;
	if (!limits->max_entities)
		limits->max_entities = default_limits.max_entities;
}

int
xml_new(const struct xml_handler *handler, const struct np_feed_limits *limits,
	struct xml_reader **ret_reader)
{
	struct np_feed_limits caps = limits ? *limits : default_limits;
	struct xml_reader *reader = calloc(1, sizeof(*reader));
	int error;

	if (!reader)
		return -ENOMEM;
	set_defaults(&caps);
	error = xml_stack_new(handler, &caps, &reader->stack);
	if (error == 0)
		error = xml_entities_new(caps.max_entities, &reader->entities);
	if (error == 0)
		error = xml_strict_new(
			reader->stack, reader->entities, &reader->bozo, &caps, &reader->strict);
	if (error < 0) {
		xml_free(reader);
		return error;
	}
	*ret_reader = reader;
	return 0;
}

void
xml_free(struct xml_reader *reader)
{
	if (!reader)
		return;
	xml_strict_free(reader->strict);
	xml_scan_free(reader->scan);
	xml_stack_free(reader->stack);
	xml_entities_free(reader->entities);
	free(reader);
}

/* Lets the scanner take over where the strict reader stopped. */
static int
hand_over(struct xml_reader *reader)
{
	int error = xml_strict_hand_over(reader->strict, &reader->scan);

	xml_strict_free(reader->strict);
	reader->strict = NULL;
	return error;
}

int
xml_push(struct xml_reader *reader, const char *text, size_t size)
{
	size_t used = 0;

	if (reader->error == 0 && reader->strict) {
		reader->error = xml_strict_push(reader->strict, text, size, &used);
		if (reader->error == XML_STRICT_STOPPED)
			reader->error = hand_over(reader);
	}
	while (reader->error == 0 && used < size) {
		size_t slice = size - used < SLICE ? size - used : SLICE;

		reader->error = xml_scan_push(reader->scan, text + used, slice);
		used += slice;
	}
	return reader->error;
}

/* Ends what is still open. */
static int
close_all(struct xml_reader *reader)
{
	int error = 0;

	reader->cut = reader->cut || xml_stack_depth(reader->stack) > 0;
	if (reader->cut)
		xml_bozo_set(&reader->bozo, 0, "the document is cut off");
	while (error == 0 && xml_stack_depth(reader->stack) > 0)
		error = xml_stack_end(reader->stack);
	return error;
}

int
xml_finish(struct xml_reader *reader)
{
	if (reader->error == 0 && reader->strict) {
		reader->error = xml_strict_finish(reader->strict);
		if (reader->error == XML_STRICT_STOPPED)
			reader->error = hand_over(reader);
	}
	if (reader->error == 0 && reader->scan)
		reader->error = xml_scan_finish(reader->scan);
	if (reader->error == 0)
		reader->error = close_all(reader);
	return reader->error;
}

const char *
xml_bozo(const struct xml_reader *reader)
{
	return reader->bozo.text[0] ? reader->bozo.text : NULL;
}

bool
xml_is_cut(const struct xml_reader *reader)
{
	return reader->cut;
}
