/*
 * Handlers for the kinds of elements that all dialects share: a dialect's table names them beside
 * the slot that they fill.
 */
#ifndef LIB_FEED_FIELDS_H
#define LIB_FEED_FIELDS_H

#include "lib/feed/builder.h"

/* A text construct; slot: a model_text_kind. */
int field_text_start(struct builder *builder, struct frame *frame, const struct tag *tag);
int field_text_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/* A body: one more of the node's contents. Starts as a text construct. */
int field_content_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/* The text construct that ends, as the model has it. Returns 0 or -ENOMEM. */
int field_text_read(struct builder *builder, struct frame *frame, const char *text, size_t size,
	struct model_text *ret_text);

/* A plain string; slot: a model_string_kind. */
int field_string_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/* The name of the program that made the document. */
int field_generator_end(
	struct builder *builder, struct frame *frame, const char *text, size_t size);

/* The same as a plain string, a URL. */
int field_url_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/* A date; slot: a model_date_kind. */
int field_date_end(struct builder *builder, struct frame *frame, const char *text, size_t size);
int field_date_set(
	struct builder *builder, struct frame *frame, int slot, const char *text, size_t size);

/* A person as RSS writes one, "email (name)" and its relatives. */
int field_author_end(struct builder *builder, struct frame *frame, const char *text, size_t size);
int field_contributor_end(
	struct builder *builder, struct frame *frame, const char *text, size_t size);
int field_publisher_end(
	struct builder *builder, struct frame *frame, const char *text, size_t size);

/* A category whose term is the text, and one for each of a list parted by commas. */
int field_category_end(struct builder *builder, struct frame *frame, const char *text, size_t size);
int field_keywords_end(struct builder *builder, struct frame *frame, const char *text, size_t size);
int field_category_add(struct model_node *node, const char *term, size_t size, const char *scheme,
	const char *label);

/* The language of a feed or an entry, for all that follows in it. */
int field_language_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/*
 * A link of the node; url is resolved. rel: NULL for "alternate". Empty addresses are left out.
 * *ret_link may be NULL then, and may be no output at all.
 */
int field_link_add(struct builder *builder, struct frame *frame, const char *url, size_t size,
	const char *rel, const char *type, struct model_link **ret_link);

/* A copy of what is not NULL. Returns 0 or -ENOMEM. */
int field_copy(struct model_node *node, const char *text, const char **ret_text);

/* The picture of the node, unless it has one already. */
int field_picture(struct builder *builder, struct frame *frame, const char *url, size_t size);

/*
 * The next number of a text, white space and commas before it passed over; *text is set behind it.
 * False where there is none. No locale.
 */
bool field_number(const char **text, double *ret_number);

/* Seconds of "1:02:03", "62:03" or "3723.5"; below 0 where it is none of these. */
double field_duration(const char *text);

#endif
