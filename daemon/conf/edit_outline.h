/*
 * Changing the text of one OPML list: one outline at a time, found by where its start tag stands
 * (opml_element.offset). Everything else stays byte for byte.
 *
 * Each returns 0; -ESTALE where no tag stands there, -ENOTEMPTY, -ENOTSUP for a list that is not in
 * an encoding with ASCII in it, -ENOMEM. text is untouched then.
 */
#ifndef DAEMON_CONF_EDIT_OUTLINE_H
#define DAEMON_CONF_EDIT_OUTLINE_H

#include <stddef.h>

#include "lib/base/buf.h"

/*
 * Takes the outline out, with its line where it stands alone on it. -ENOTEMPTY: there are others
 * within it.
 */
int edit_outline_remove(struct buf *text, size_t offset, size_t size);

/* Sets an attribute (its name in any case) in its place, or adds it at the end of the tag. NULL takes it out. */
int edit_outline_set(
	struct buf *text, size_t offset, size_t size, const char *name, const char *value);

#endif
