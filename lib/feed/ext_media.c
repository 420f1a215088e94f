/* Media RSS. Errors: -ENOMEM. */
#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"

const struct element_table media_elements = { NULL, 0 };
