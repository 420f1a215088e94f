/* The links of an article's HTML, numbered for a reader of plain text. */
#ifndef TOOLS_LINKS_H
#define TOOLS_LINKS_H

#include <stddef.h>

#include "lib/base/buf.h"

#define LINKS_MAX 500 /* what comes after has no number */

struct links {
	char *list[LINKS_MAX]; /* number N is list[N - 1] */
	size_t n;
};

/*
 * Appends the plain text of sanitised HTML with "[N]" behind the text of each link. One URL has one
 * number. Errors stick in out.
 */
void links_to_text(struct links *links, struct buf *out, const char *html);
void links_done(struct links *links);

#endif
