/* The inside of the strict reader: its state, and expat as it is driven by xml_strict.c. */
#ifndef LIB_FEED_XML_EXPAT_H
#define LIB_FEED_XML_EXPAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/feed/xml_strict.h"
#include "lib/feed/xml_token.h"

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
	size_t lines;   /* … of so many lines, to which those are added that expat does not see */
	bool rooted;    /* the root element has started */
	bool doctype;   /* attributes may have entities that expat leaves out in silence */
	bool in_cdata;  /* of a section whose text is kept in cdata */
	size_t too_deep; /* open elements beyond the cap on depth */
	int64_t fed;     /* bytes given to expat */
	int64_t anchor;  /* of these, what was read for sure */
	size_t line;     /* where it stopped: the anchor's */
	struct buf held; /* what came and has not been read, from the anchor on … */
	size_t shown;    /* … and how much of it was given to expat: a text's last bytes */
	struct xml_token_search search;  /* for the end of the first token in it */
	struct xml_prolog_search prolog; /* for the end of the root's start tag */
	struct buf run;                  /* a text with its references replaced */
	struct buf cdata;
};

/* Makes the parser. Returns 0 or -ENOMEM. */
int xml_expat_start(struct xml_strict *strict);
void xml_expat_end(struct xml_strict *strict);

/*
 * Shows expat the next bytes, or says that none follow. Return 0, XML_STRICT_STOPPED, or -errno.
 * The anchor is where expat stands then: but for the last bytes of a text, at the end.
 */
int xml_expat_slice(struct xml_strict *strict, const char *text, size_t size);
int xml_expat_finish(struct xml_strict *strict);

/* The line of the anchor, where text has been shown from the anchor base on. */
size_t xml_expat_line(const struct xml_strict *strict, const char *text, int64_t base);

#endif
