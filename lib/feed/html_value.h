/* Writes texts and attribute values so that they read back as what they are, and nothing else. */
#ifndef LIB_FEED_HTML_VALUE_H
#define LIB_FEED_HTML_VALUE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/feed/html_policy.h"
#include "lib/feed/html_token.h"

struct html_values {
	const char *base;   /* for relative URLs; NULL: none */
	struct buf decoded; /* working memory, kept from one value to the next */
	struct buf url;
};

void html_values_init(struct html_values *values, const char *base);
void html_values_done(struct html_values *values);

/*
 * Appends text (valid UTF-8), escaped. references: character references in it have a meaning; those
 * of the markup characters stay as they are spelled, others become what they stand for. Control
 * characters are left out, line ends become newlines.
 */
void html_value_text(struct buf *out, struct html_slice text, bool references);

/* Appends an attribute's raw value with its references replaced, control characters left out. */
void html_value_decode(struct buf *out, struct html_slice raw);

/*
 * Appends the raw value as the rule demands, escaped, without quotes. False where it is refused;
 * what was appended by then is to be cut off.
 */
bool html_value_write(struct html_values *values, struct buf *out,
	const struct html_attribute_rule *rule, const struct html_element *element,
	struct html_slice raw);

#endif
