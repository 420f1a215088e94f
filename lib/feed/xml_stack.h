/*
 * The open elements of a document with their names and namespaces, and the way of its events to the
 * handler: what the strict and the tolerant reader of XML share, so that one can take over from
 * the other anywhere.
 */
#ifndef LIB_FEED_XML_STACK_H
#define LIB_FEED_XML_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/feed/xml.h"
#include "lib/feed/xml_names.h"

struct xml_prefix;

/* A name as it is written, known once for each document. */
struct xml_symbol {
	struct xml_symbol *next; /* in its hash chain */
	struct xml_prefix *prefix;
	struct xml_prefix
		*binds; /* for xmlns and xmlns:…: the prefix that it declares; else NULL */
	const char *local;
	unsigned int hash;
	unsigned int kind; /* bits of enum xml_kind */
	unsigned int open; /* how many elements of this name are open */
	unsigned int seen; /* the last tag that had an attribute of this name */
	bool transient;    /* beyond the cap on names: lives as long as its element or tag */
	size_t len;
	char name[];
};

struct xml_stack;

/* handler and limits (no member 0) are copied. Returns 0 or -ENOMEM. */
int xml_stack_new(const struct xml_handler *handler, const struct np_feed_limits *limits,
	struct xml_stack **ret_stack);
void xml_stack_free(struct xml_stack *stack);

/*
 * A start tag, in three steps: begin with its name, one call for each attribute, start. Names need
 * not be terminated; value stays valid until start. A tag that was begun need not be started.
 * Declarations of namespaces take effect and are not handed on. Of attributes of the same name the
 * first counts; the others, and those beyond the cap, are left out. All return 0, -ENOMEM, or what
 * the handler returned; xml_stack_attribute() returns 1 for an attribute that was there already.
 */
int xml_stack_begin(struct xml_stack *stack, const char *name, size_t len,
	const struct xml_symbol **ret_symbol);
int xml_stack_attribute(struct xml_stack *stack, const char *name, size_t len, const char *value);
/* Beyond the cap on depth the element is left out, its text kept, and 1 returned. */
int xml_stack_start(struct xml_stack *stack);

/* Ends the innermost element. There is one. */
int xml_stack_end(struct xml_stack *stack);

/* Does nothing where no element is open. */
int xml_stack_text(struct xml_stack *stack, const char *text, size_t size);

/* Open elements whose start the handler was given. */
size_t xml_stack_depth(const struct xml_stack *stack);

/* The open element at level (0: the root). */
const struct xml_symbol *xml_stack_at(const struct xml_stack *stack, size_t level);

/* True where an element from level from on, 0 being the root, is of one of these kinds. */
bool xml_stack_has(const struct xml_stack *stack, size_t from, unsigned int kinds);

/*
 * How many open elements may stay where the element that was begun starts: an item ends the item
 * and the fields that it would stand in, unless something between them may hold items
 * (atom:content, or any extension: sx:conflicts does); a field ends the title that it would stand
 * in, one whose name HTML does not have any text. The depth, where nothing is to be ended.
 */
size_t xml_stack_fit(const struct xml_stack *stack);

/* The level of the innermost open element of this name plus 1; 0: none. */
size_t xml_stack_find(struct xml_stack *stack, const char *name, size_t len);

/* Bytes of text handed on since the last call of xml_stack_anchor(). */
size_t xml_stack_text_size(const struct xml_stack *stack);
void xml_stack_anchor(struct xml_stack *stack);

/* A prefix that was used and is not bound; NULL: none so far. */
const char *xml_stack_unbound(const struct xml_stack *stack);

/* True when there are more distinct names than a feed has: new ones are no longer kept. */
bool xml_stack_crowded(const struct xml_stack *stack);

#endif
