/* Extensions of podcasts: itunes, googleplay, podcast, psc. Errors: -ENOMEM. */
#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"

const struct element_table itunes_elements = { NULL, 0 };
const struct element_table googleplay_elements = { NULL, 0 };
const struct element_table podcast_elements = { NULL, 0 };
const struct element_table psc_elements = { NULL, 0 };
