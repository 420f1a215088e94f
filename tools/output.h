/* One article on one line, in the formats that lines can have. */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <newspool/spool.h>

#include "lib/base/buf.h"
#include "tools/reading.h"

enum output_format {
	OUTPUT_TEXT, /* time, feed, title and URL, for a person */
	OUTPUT_JSON, /* the record */
	OUTPUT_TSV,  /* sfeed(5) */
};

#define OUTPUT_FORMATS "text, json or tsv"

/* Returns 0, or -EINVAL for what is none of OUTPUT_FORMATS. */
int output_format_parse(const char *text, enum output_format *ret_format);

/* Appends the article that is read, with a newline. */
void output_line(struct buf *out, enum output_format format, const struct reading *reading);

/*
 * Appends sfeed(5)'s nine fields: time, title, link, content, its type, id, author, enclosure,
 * categories.
 */
void output_tsv(struct buf *out, const struct np_record *record);

#endif
