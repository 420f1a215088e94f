/* From what an entry said to the article: chosen, sanitised, as text. */
#ifndef LIB_FEED_CONVERT_H
#define LIB_FEED_CONVERT_H

#include "lib/feed/article.h"
#include "lib/feed/builder.h"

/* The article of an entry that is complete. Returns 0 or -errno. */
int convert_entry(
	struct builder *builder, struct model_node *entry, struct np_article **ret_article);

/* A text construct as plain text on one line, in arena. NULL for an absent one. */
int convert_line(struct builder *builder, struct arena *arena, const struct model_text *text,
	const char **ret_line);

/* A text construct's HTML, sanitised with its links resolved; plain text as it is. */
int convert_html(struct builder *builder, struct arena *arena, const struct model_text *text,
	bool sanitise, const char **ret_html);

#endif
