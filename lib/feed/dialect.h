/* Handlers that more than one dialect's table names. */
#ifndef LIB_FEED_DIALECT_H
#define LIB_FEED_DIALECT_H

#include "lib/feed/builder.h"

#define ELEMENTS(rows) \
	{ \
		(rows), sizeof(rows) / sizeof(*(rows)) \
	}

/* An item or entry. Rows have ELEMENT_ENTRY. */
int entry_start(struct builder *builder, struct frame *frame, const struct tag *tag);
int entry_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/* The element that holds the feed's own fields. */
int channel_start(struct builder *builder, struct frame *frame, const struct tag *tag);

/* An image or text input as RSS has them: fields below. */
int image_start(struct builder *builder, struct frame *frame, const struct tag *tag);
int image_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/* Elements that hold what their row's siblings below them say: transparent. */
int wrapper_start(struct builder *builder, struct frame *frame, const struct tag *tag);

/* Atom's person: slot 0 an author, 1 a contributor. RSS writes text in it. */
int person_start(struct builder *builder, struct frame *frame, const struct tag *tag);
int person_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/* A field of the person that the parent's frame holds: slot 0 the name, 1 the mail, 2 the URL. */
int person_field_end(struct builder *builder, struct frame *frame, const char *text, size_t size);

/* What CDF keeps in the attributes of a channel or an item; nothing in other formats. */
int cdf_note(struct builder *builder, struct frame *frame, const struct tag *tag);

/* atom:source. */
int source_start(struct builder *builder, struct frame *frame, const struct tag *tag);

#endif
