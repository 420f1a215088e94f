/* One coding: what coding.c makes layers of. Each kind knows its library, and nothing else does. */
#ifndef DAEMON_FETCH_CODING_KIND_H
#define DAEMON_FETCH_CODING_KIND_H

#include <stdbool.h>
#include <stddef.h>

struct coding_kind {
	int (*open)(void **ret_state); /* 0 or -ENOMEM */
	/*
	 * Takes from data, moving it on, and makes up to room bytes, as many as it says. What stands
	 * behind the coded body's end is taken and makes nothing. Returns 0, -EILSEQ, -EOVERFLOW or -ENOMEM.
	 */
	int (*step)(void *state, const unsigned char **data, size_t *size, unsigned char *out,
		size_t room, size_t *ret_made);
	bool (*is_over)(const void *state); /* the coded body came to its end */
	void (*close)(void *state);
};

extern const struct coding_kind coding_gzip;
extern const struct coding_kind coding_deflate; /* with zlib's header, or without */
extern const struct coding_kind coding_brotli;
extern const struct coding_kind coding_zstd;

#endif
