/* Links: the element that RSS and Atom share by name alone, and enclosures. */
#ifndef LIB_FEED_LINK_H
#define LIB_FEED_LINK_H

#include "lib/feed/builder.h"

/* A link of either kind: its address in the href attribute or in its text. */
int link_start(struct builder *builder, struct frame *frame, const struct tag *tag);
int link_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/* RSS's enclosure. */
int enclosure_start(struct builder *builder, struct frame *frame, const struct tag *tag);

/* What the links of a node say of its page, once all are there. */
void link_choose(struct model_node *node);

#endif
