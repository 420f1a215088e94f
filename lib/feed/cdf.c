/*
 * CDF, Microsoft's Channel Definition Format: channels and items that keep their address and date
 * in attributes. Its elements share RSS's names; what differs stands here. Errors: -ENOMEM.
 */
#include <string.h>

#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"

static const struct element cdf_rows[] = {
	{ "abstract", SCOPE_NODE, ELEMENT_GUESS, MODEL_SUMMARY, field_text_start, field_text_end },
};

const struct element_table cdf_elements = ELEMENTS(cdf_rows);
