/* The fetcher process: polls what the keeper asks for, over one channel. */
#ifndef DAEMON_FETCH_FETCHER_H
#define DAEMON_FETCH_FETCHER_H

/* The descriptor on which a fetcher finds its channel, and the shared page below. */
#define FETCHER_CHANNEL_FD 3
#define FETCHER_PAGE_FD 4

#define FETCHER_BEAT_MS 2000

#include <stdatomic.h>
#include <stdint.h>

/* So many bytes of a suspect's document are kept. */
#define FETCHER_KEPT_MAX (16u * 1024 * 1024)

/*
 * Memory shared between the keeper and one fetcher: what the fetcher is parsing just now, so that a
 * crash or a hang can be laid to the feed that caused it. Written by the fetcher, read by the keeper
 * as a hint and never trusted further.
 *
 * A fetcher can write no file. So that the document of a feed that has killed one can be looked at,
 * the keeper names its poll as the suspect to the next, which copies that body here before it is
 * parsed: it outlives the fetcher. Nobody else's body costs anything, nor does what is not written.
 */
struct fetcher_page {
	_Atomic uint64_t parsing; /* poll number; 0: none */
	_Atomic int64_t since;    /* monotonic ms when that parsing step began */
	_Atomic uint64_t beats;   /* counts up every FETCHER_BEAT_MS while the loop turns */
	_Atomic uint64_t suspect; /* the keeper's: the poll whose body is kept; 0: none */
	_Atomic uint64_t kept;    /* bytes of it in body */
	unsigned char body[];     /* FETCHER_KEPT_MAX of them */
};
#define FETCHER_PAGE_SIZE (sizeof(struct fetcher_page) + FETCHER_KEPT_MAX)

/* Runs the role until the channel closes. Returns the exit status. */
int fetcher_main(unsigned int index);

#endif
