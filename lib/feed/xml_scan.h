/*
 * The tolerant reader of XML: goes on where the strict one stopped, reads any bytes to their end
 * and mends what is broken. Time is linear in the input, what is held back is one token at most,
 * and capped. The same bytes give the same events however they are cut.
 */
#ifndef LIB_FEED_XML_SCAN_H
#define LIB_FEED_XML_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/feed/xml_entity.h"
#include "lib/feed/xml_stack.h"

#define XML_BOZO_SIZE 160

/* The first defect of a document, in words; "" for none. */
struct xml_bozo {
	char text[XML_BOZO_SIZE];
};

/* Keeps the first defect alone. line 0: not known. */
void xml_bozo_set(struct xml_bozo *bozo, size_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The newlines in a text. */
size_t xml_count_lines(const char *text, size_t size);

/* Where the strict reader stopped. */
struct xml_scan_start {
	size_t line; /* of the next byte */
	size_t skip; /* bytes of text that come next and were handed on already */
	bool rooted; /* an element has been seen */
};

struct xml_scan;

/*
 * stack, entities and bozo are the caller's and outlive the scanner. max_token: bytes of one tag,
 * comment or CDATA section that are looked at as a whole. Returns 0 or -ENOMEM.
 */
int xml_scan_new(struct xml_stack *stack, struct xml_entities *entities, struct xml_bozo *bozo,
	size_t max_token, const struct xml_scan_start *start, struct xml_scan **ret_scan);
void xml_scan_free(struct xml_scan *scan);

/* Codes as xml_push() and xml_finish(). */
int xml_scan_push(struct xml_scan *scan, const char *text, size_t size);
/* Reads what was held back; elements still open stay so. -EBADMSG where there was none at all. */
int xml_scan_finish(struct xml_scan *scan);

#endif
