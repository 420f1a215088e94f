/* Articles of the spool as one document for other programs. */
#ifndef TOOLS_EXPORT_ARTICLES_H
#define TOOLS_EXPORT_ARTICLES_H

#include <stdint.h>

#include "tools/command.h"
#include "tools/filter.h"

struct export_format;

struct export_articles {
	struct filter filter;
	const struct export_format *format;
	const char *title; /* of the feed; NULL: the tag's */
	uint64_t limit;    /* so many of the newest; UINT64_MAX: all */
};

#define EXPORT_FORMATS "json, atom, rss, mbox or tsv"

/* The format of a name; NULL: it is none of EXPORT_FORMATS. */
const struct export_format *export_format_find(const char *name);

/* Prints them. Returns an exit status, said. */
int export_articles(struct command_call *call, struct export_articles *export);

#endif
