/*
 * The strict reader of XML, as a stream: what expat takes. Where it stops, it hands over to the
 * tolerant scanner.
 */
#ifndef LIB_FEED_XML_STRICT_H
#define LIB_FEED_XML_STRICT_H

#include "lib/feed/xml_entity.h"
#include "lib/feed/xml_scan.h"
#include "lib/feed/xml_stack.h"

/* The scanner must go on: xml_strict_hand_over(). */
#define XML_STRICT_STOPPED 1

struct xml_strict;

/*
 * stack, entities and bozo are the caller's and outlive the reader; no member of limits is 0.
 * Returns 0 or -ENOMEM.
 */
int xml_strict_new(struct xml_stack *stack, struct xml_entities *entities, struct xml_bozo *bozo,
	const struct np_feed_limits *limits, struct xml_strict **ret_strict);
void xml_strict_free(struct xml_strict *strict);

/*
 * Both return 0, XML_STRICT_STOPPED, or codes as xml_push(). *ret_used bytes were taken: fewer than
 * size only when it stopped or failed. What of a token has come is kept until its end comes.
 */
int xml_strict_push(struct xml_strict *strict, const char *text, size_t size, size_t *ret_used);
int xml_strict_finish(struct xml_strict *strict);

/*
 * After XML_STRICT_STOPPED: makes the scanner that goes on, and gives it what was taken but not
 * read. The strict reader can then only be freed. Codes as xml_push().
 */
int xml_strict_hand_over(struct xml_strict *strict, struct xml_scan **ret_scan);

#endif
