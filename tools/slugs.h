/* The names in a folder of the spool that are slugs: tags, queues, cursors. */
#ifndef TOOLS_SLUGS_H
#define TOOLS_SLUGS_H

#include <stddef.h>

struct slugs {
	char **list; /* sorted */
	size_t n, size;
};

/* A folder that is not there is empty. Returns 0 or -errno; the names are to be done either way. */
int slugs_read(const char *spool, const char *folder, struct slugs *slugs);
void slugs_done(struct slugs *slugs);

#endif
