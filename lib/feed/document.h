/* The whole document model as one JSON object. */
#ifndef LIB_FEED_DOCUMENT_H
#define LIB_FEED_DOCUMENT_H

#include "lib/base/buf.h"
#include "lib/feed/builder.h"

/* Errors stick in out. The builder keeps its entries (options.keep_document). */
void document_write(struct buf *out, struct builder *builder);

#endif
