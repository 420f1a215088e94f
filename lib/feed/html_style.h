/* The style attribute: declarations that do no harm, by property and by what their values say. */
#ifndef LIB_FEED_HTML_STYLE_H
#define LIB_FEED_HTML_STYLE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

/*
 * Appends the declarations of a style attribute (its character references replaced) that are let
 * through, as "property: value;" apart by a blank; nothing where none is. svg: with the properties
 * that paint.
 */
void html_style(struct buf *out, const char *text, size_t size, bool svg);

/*
 * True where the style hides an image or makes it no larger than one pixel either way: a tracking
 * pixel.
 */
bool html_style_hides(const char *text, size_t size);

#endif
