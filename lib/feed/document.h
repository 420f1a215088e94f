/* The whole document model as one JSON object. */
#ifndef LIB_FEED_DOCUMENT_H
#define LIB_FEED_DOCUMENT_H

#include "lib/base/buf.h"
#include "lib/base/json_write.h"
#include "lib/feed/builder.h"

/* Errors stick in out. The builder keeps its entries (options.keep_document). */
void document_write(struct buf *out, struct builder *builder);

/* The members that extensions give a node, and the elements that belong to nobody. */
void document_write_extensions(struct json_writer *json, const struct model_node *node);

/* True for a name that document_write() gives members of its own. */
bool document_has_member(const char *name);

/* The members of an extension element's attributes, their names in lower case. */
void document_write_attributes(struct json_writer *json, const struct model_extension *extension);

/* Media RSS: true for the elements that document_write_media() writes, and writing them. */
bool document_is_media(const char *name);
void document_write_media(struct json_writer *json, const struct model_extension *media);

#endif
