/* Start tags, as the sanitiser writes them. */
#ifndef LIB_FEED_HTML_TAG_H
#define LIB_FEED_HTML_TAG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/feed/html_policy.h"
#include "lib/feed/html_token.h"
#include "lib/feed/html_value.h"

struct html_slot {
	const struct html_attribute_rule *rule;
	struct html_slice raw;
};

/* Working memory; values is to be initialised and done by its owner. */
struct html_tags {
	struct html_values values;
	struct html_slot slots[HTML_ATTRIBUTES_MAX + 1];
	size_t n_slots;
};

/* Appends the start tag of element with those of the token's attributes that may be written. */
void html_tag_write(struct html_tags *tags, struct buf *out, const struct html_element *element,
	const struct html_token *token);

/*
 * True for an image of one pixel or none, which tells that the article was opened and shows
 * nothing.
 */
bool html_tag_is_tracker(struct html_tags *tags, const struct html_token *token);

#endif
