/* What an opened spool is, for the parts of the reader. */
#ifndef LIB_SPOOL_READER_H
#define LIB_SPOOL_READER_H

#include <stdbool.h>

struct np_spool {
	int dir;     /* the spool directory; everything else is opened below it by name */
	char *place; /* its path, absolute; NULL: not known */
	unsigned int generation; /* how often another directory has taken its place */
};

/* The directory's path made absolute; links in it stay links. Returns 0 or -errno. */
int spool_place(const char *directory, char **ret_place);

/* False where the directory that is open does not stand at its path any more. */
bool spool_is_there(const struct np_spool *spool);

/*
 * Goes on with the directory that stands at the path now, under the same descriptor. Returns 0, also
 * where nothing has changed, or -errno: -ENOENT, there is none, and the old one stays open.
 */
int spool_renew(struct np_spool *spool);

#endif
