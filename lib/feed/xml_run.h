/*
 * Runs of text that mean themselves: what need not be shown to expat, which would look at each
 * byte again. Pure functions over memory; text is UTF-8.
 */
#ifndef LIB_FEED_XML_RUN_H
#define LIB_FEED_XML_RUN_H

#include <stddef.h>

/*
 * The length of the run at text in which nothing needs a second look: no markup, no reference, no
 * carriage return, no character that XML forbids, nothing that may become "]]>".
 */
size_t xml_run_text(const char *text, size_t size);

/* The same inside of a CDATA section, where markup is text. */
size_t xml_run_cdata(const char *text, size_t size);

#endif
