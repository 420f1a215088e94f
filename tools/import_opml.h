/* OPML for import: read as the other formats are, and written from any of them. */
#ifndef TOOLS_IMPORT_OPML_H
#define TOOLS_IMPORT_OPML_H

#include <stdbool.h>

#include "daemon/conf/config.h"
#include "tools/import.h"

/*
 * Hands on each outline that is a feed (its URL, title and line alone). -EINVAL with err set for
 * what is no OPML.
 */
int import_opml(const char *text, size_t size, const char *file, const struct import_sink *sink,
	struct config_error *err);

/*
 * Appends an OPML list of those feeds of a source for which take() says yes; it is asked once for
 * each, in their order. Of an OPML list folders, other outlines and every attribute are kept.
 */
int import_opml_write(enum import_format format, const char *text, size_t size,
	bool (*take)(void *arg), void *arg, struct buf *out);

#endif
