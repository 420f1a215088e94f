/*
 * XML as feeds write it, as a stream of events.
 *
 * Strict expat first. Where it stops (or before, where a defect can be mended on the fly) the
 * reader goes on with a tolerant scanner from that very byte, with the same open elements, so that
 * the handler sees one continuous stream: each event once, starts and ends balanced, names with
 * their namespaces resolved. Input is UTF-8 (lib/feed/charset.h made it so). DOCTYPE is accepted,
 * nothing external is ever loaded, internal entities have a budget.
 *
 * A broken document may give several roots, one after the other. What is beyond a cap: elements
 * deeper than max_depth are left out and their text is kept; attributes beyond max_attributes are
 * left out; tags are read up to max_text bytes; entities that expand to more than max_entities end
 * the reading with -E2BIG. Prefixes that are not declared have the namespace that feeds give them.
 */
#ifndef LIB_FEED_XML_H
#define LIB_FEED_XML_H

#include <stdbool.h>
#include <stddef.h>

#include <newspool/feed.h>

/* Names as the document has them, split; all strings are valid during the callback only. */
struct xml_name {
	const char *uri;    /* namespace; "" for none or where the prefix is not bound */
	const char *prefix; /* "" for none */
	const char *local;
};

struct xml_attribute {
	struct xml_name name;
	const char *value;
};

/*
 * Called from xml_push() and xml_finish(). A handler that returns other than 0 (-errno) ends the
 * reading with that code. Handlers must not free the reader.
 */
struct xml_handler {
	int (*start)(void *arg, const struct xml_name *name, const struct xml_attribute *attributes,
		size_t n_attributes);
	int (*end)(void *arg, const struct xml_name *name);
	int (*text)(void *arg, const char *text,
		size_t size); /* character data and CDATA, in pieces of any size */
	void *arg;
};

struct xml_reader;

/*
 * handler and limits are copied; members of limits that are 0 take their default. Returns 0 or
 * -ENOMEM.
 */
int xml_new(const struct xml_handler *handler, const struct np_feed_limits *limits,
	struct xml_reader **ret_reader);
void xml_free(struct xml_reader *reader);

/*
 * Reads on. Returns 0; -EBADMSG where this is not XML at all (no element can be found, or it is an
 * HTML page); -E2BIG for a cap; -ENOMEM; or what a handler returned.
 */
int xml_push(struct xml_reader *reader, const char *text, size_t size);

/* No bytes follow: what is open is ended. Codes as xml_push(). */
int xml_finish(struct xml_reader *reader);

/*
 * Why the document is not well-formed XML, in words with its line; NULL where it is. Owned by the
 * reader.
 */
const char *xml_bozo(const struct xml_reader *reader);

/*
 * True once xml_finish() found the document to end inside of its elements: those that it ends then
 * (the item among them, perhaps) are incomplete.
 */
bool xml_is_cut(const struct xml_reader *reader);

#endif
