/* What an opened spool is, for the parts of the reader. */
#ifndef LIB_SPOOL_READER_H
#define LIB_SPOOL_READER_H

struct np_spool {
	int dir; /* the spool directory; everything else is opened below it by name */
};

#endif
