/*
 * Markup inside of a text construct: XML events written back as text, the way HTML has it, without
 * namespace prefixes but for foreign content that needs its declaration.
 */
#ifndef LIB_FEED_MARKUP_H
#define LIB_FEED_MARKUP_H

#include <stddef.h>

struct builder;
struct frame;
struct xml_attribute;
struct xml_name;

/* An element begins inside of the construct whose frame is given. */
void markup_start(struct builder *builder, struct frame *frame, const struct xml_name *name,
	const struct xml_attribute *attributes, size_t n_attributes);
void markup_end(struct builder *builder, const struct xml_name *name);
/* Character data: escaped once an element was seen, or from the beginning in inline XML. */
void markup_text(struct builder *builder, const char *text, size_t size);

/* The construct ends: only its <div> was in it, and is to be left out. Sets the slice. */
void markup_unwrap(struct builder *builder, const char **text, size_t *size);

#endif
