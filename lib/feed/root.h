/* The root elements by which a feed is known, and the versions that they say. */
#ifndef LIB_FEED_ROOT_H
#define LIB_FEED_ROOT_H

#include "lib/feed/builder.h"

/*
 * An element above any feed. Returns 1 where it was the root of one (the frame is set), 0 where it
 * was not, -EBADMSG where the document cannot be a feed, -ENOMEM.
 */
int root_start(struct builder *builder, struct frame *frame, const struct tag *tag);

/* An element of an RDF document shows by its namespace which RSS that is. */
void root_note_rdf(struct builder *builder, const struct tag *tag);

#endif
