/* The two bodies of an article's message, and what their parts may say. Errors stick in out. */
#ifndef LIB_SPOOL_MAIL_BODY_H
#define LIB_SPOOL_MAIL_BODY_H

#include <stdbool.h>

#include <newspool/article.h>

#include "lib/base/buf.h"

/* The plain text, then a line each for the link, the comments, the enclosures and the source. */
void mail_put_text(struct buf *out, const struct np_article *article);

/*
 * The same as an HTML document: the article's sanitised HTML, or its text in paragraphs where it has
 * none.
 */
void mail_put_html(struct buf *out, const struct np_article *article);

/* True for what looks like a language tag (BCP 47); false for NULL. */
bool mail_is_language(const char *text);

#endif
