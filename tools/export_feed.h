/* Articles as the documents that feeds are: JSON Feed 1.1, Atom (RFC 4287), RSS 2.0. */
#ifndef TOOLS_EXPORT_FEED_H
#define TOOLS_EXPORT_FEED_H

#include "lib/base/buf.h"
#include "lib/base/weave.h"
#include "tools/reading.h"

struct export_document {
	struct buf out; /* emptied by who writes it, between two calls */
	struct weave weave;
	const char *title;
	int64_t now;
	size_t n; /* articles so far */
};

void export_json_begin(struct export_document *document);
void export_json_article(struct export_document *document, const struct reading *reading);
void export_json_end(struct export_document *document);

void export_atom_begin(struct export_document *document);
void export_atom_article(struct export_document *document, const struct reading *reading);
void export_atom_end(struct export_document *document);

void export_rss_begin(struct export_document *document);
void export_rss_article(struct export_document *document, const struct reading *reading);
void export_rss_end(struct export_document *document);

#endif
