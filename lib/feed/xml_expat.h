/* The inside of the strict reader: its state, and expat as it is driven by xml_strict.c. */
#ifndef LIB_FEED_XML_EXPAT_H
#define LIB_FEED_XML_EXPAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/feed/xml_strict.h"

struct XML_ParserStruct;

struct xml_strict {
	struct XML_ParserStruct *parser; /* expat's */
	struct xml_stack *stack;
	struct xml_entities *entities;
	struct xml_bozo *bozo;
	size_t max_token, max_entities;
	int error;      /* in a callback: expat is being stopped for this */
	bool hand_over; /* in a callback: expat is being stopped for the scanner */
	bool blank;     /* nothing but blanks so far */
	bool blanks;    /* there were some at the beginning … */
	size_t lines;   /* … of so many lines */
	bool rooted;    /* the root element has started */
	bool doctype;   /* attributes may have entities that expat leaves out in silence */
	bool in_cdata;
	bool cdata_long; /* the beginning of the section was handed on before its end came */
	size_t too_deep; /* open elements beyond the cap on depth */
	int64_t fed;     /* bytes given to expat */
	int64_t anchor;
	struct buf prolog;    /* all bytes so far, until the root starts */
	struct buf run;       /* a text with its references replaced */
	struct buf cdata;     /* text of the CDATA section being read */
	size_t cdata_anchor;  /* how much of it stood before the anchor … */
	bool anchor_in_cdata; /* … which is inside of that section */
};

/* Makes the parser. Returns 0 or -ENOMEM. */
int xml_expat_start(struct xml_strict *strict);
void xml_expat_end(struct xml_strict *strict);

/*
 * Shows expat the next bytes, or says that none follow. Return 0, XML_STRICT_STOPPED, or -errno.
 * The anchor is where expat stands then.
 */
int xml_expat_slice(struct xml_strict *strict, const char *text, size_t size);
int xml_expat_finish(struct xml_strict *strict);

/* Hands on what is kept of a CDATA section; an error is noted in strict->error. */
void xml_expat_flush(struct xml_strict *strict);

/*
 * What expat was given but has not read, as far as is known for sure: all from the anchor on. Its
 * first line counts from the beginning of the document.
 */
const char *xml_expat_unread(const struct xml_strict *strict, size_t *ret_size, size_t *ret_line);

#endif
