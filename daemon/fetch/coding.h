/*
 * The content codings of a body (RFC 9110 section 8.4), taken off as it comes. Our own, and not
 * libcurl's, which takes a coded body that is cut short for a whole one, and reads one member of a
 * gzip that has several. Built without zlib, brotli or zstd (coding_curl.c) libcurl does it after
 * all, and what is said here of errors does not hold.
 */
#ifndef DAEMON_FETCH_CODING_H
#define DAEMON_FETCH_CODING_H

#include <stddef.h>
#include <stdint.h>

/* Codings upon each other that are taken off; more is nothing that a server does in good faith. */
#define CODING_LAYERS_MAX 4

struct coding;

/* What Accept-Encoding says; NULL: libcurl says it, and decodes. */
const char *coding_offer(void);

/*
 * Gets what a body decodes to, any number of times while coding_push() runs. It must not free the
 * coding. What it returns below 0 ends coding_push() with that.
 */
typedef int coding_sink(void *arg, const void *data, size_t size);

/*
 * list: what Content-Encoding says, or NULL. max: bytes that each layer may have and make. Returns
 * 0, with *ret_coding NULL where nothing is to be taken off; -EPROTONOSUPPORT for a coding that
 * was not offered, or too many; -ENOMEM.
 */
int coding_new(
	const char *list, uint64_t max, coding_sink *sink, void *arg, struct coding **ret_coding);
void coding_free(struct coding *coding);

/*
 * Returns 0; -EILSEQ for what is not in this coding; -EOVERFLOW for what needs too much memory; -EFBIG;
 * -ENOMEM; what the sink returned.
 */
int coding_push(struct coding *coding, const void *data, size_t size);

/* The body came to its end. Returns 0, or -EILSEQ where a coding did not. NULL: 0. */
int coding_finish(const struct coding *coding);

#endif
