/* Which query parameters track a reader and say nothing about the document. */
#ifndef LIB_BASE_URL_TRACKER_H
#define LIB_BASE_URL_TRACKER_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the parameter of this name (size > 0) is one. Case does not matter. */
bool url_is_tracker(const char *name, size_t size);

#endif
