/*
 * The inside of the tolerant scanner, shared by its parts: xml_scan.c (text, references, the loop),
 * xml_section.c (comments, instructions, CDATA, declarations), xml_element.c (tags).
 */
#ifndef LIB_FEED_XML_CURSOR_H
#define LIB_FEED_XML_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/feed/xml_scan.h"
#include "lib/feed/xml_tag.h"

#define XML_NOWHERE SIZE_MAX

/* What a step returns besides -errno. */
enum { XML_STEP_WAIT = 0, XML_STEP_ON = 1 };

struct xml_cursor {
	const char *text;
	size_t size, pos;
	bool final;  /* no bytes follow */
	size_t seek; /* the token at pos was searched up to here */
	struct xml_tag_search tag;
	size_t cdata_end; /* where the next "]]>" is known to be; 0: not known; XML_NOWHERE */
	bool comment_endless, instruction_endless; /* no end of one follows */
};

struct xml_scan {
	struct xml_stack *stack;
	struct xml_entities *entities;
	struct xml_bozo *bozo;
	size_t max_token;
	struct xml_cursor cursor; /* in the document */
	struct buf held;          /* what it waits in */
	struct buf values;        /* of the attributes of a tag, each with its NUL */
	size_t line;              /* at the beginning of held */
	size_t skip;
	bool rooted;
	bool cdata;             /* inside of a CDATA section … */
	bool cdata_long;        /* … which is longer than max_token */
	const char *skip_until; /* dropping bytes up to this; NULL: not */
};

/* Notes a defect at this byte of the document; at NULL: where its cursor stands. */
void xml_scan_defect(struct xml_scan *scan, const char *what, const char *at);

/* Hands text on as it is. */
int xml_scan_text(struct xml_scan *scan, const char *text, size_t size);

/* Hands text on that has no markup: line ends made one, controls left out. */
int xml_scan_plain(struct xml_scan *scan, const char *text, size_t size);

/* Hands on the "<" at the cursor as text. A step. */
int xml_scan_bracket(struct xml_scan *scan, struct xml_cursor *cursor);

/* Ends open elements until level of them are left. */
int xml_scan_close(struct xml_scan *scan, size_t level);

/*
 * Steps: each reads one token at the cursor. Return XML_STEP_ON; XML_STEP_WAIT, when it needs bytes
 * that have not come; or -errno.
 */
int xml_step_start(struct xml_scan *scan, struct xml_cursor *cursor);       /* "<name" */
int xml_step_end(struct xml_scan *scan, struct xml_cursor *cursor);         /* "</" */
int xml_step_bang(struct xml_scan *scan, struct xml_cursor *cursor);        /* "<!" */
int xml_step_instruction(struct xml_scan *scan, struct xml_cursor *cursor); /* "<?" */
int xml_step_cdata(struct xml_scan *scan, struct xml_cursor *cursor);       /* inside of CDATA */
int xml_step_skip(struct xml_scan *scan, struct xml_cursor *cursor);        /* up to skip_until */

#endif
