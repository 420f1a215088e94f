/* Places: georss, gml, w3c geo. Errors: -ENOMEM. */
#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"

const struct element_table georss_elements = { NULL, 0 };
const struct element_table gml_elements = { NULL, 0 };
const struct element_table geo_elements = { NULL, 0 };
