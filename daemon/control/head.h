/*
 * The head of an HTTP/1.0 or 1.1 request (RFC 9112), read strictly: what could mean two things to
 * two readers (a second length, a folded line, a bare line feed, a blank before a colon) is an
 * error. Pure computation on bytes of anybody.
 */
#ifndef DAEMON_CONTROL_HEAD_H
#define DAEMON_CONTROL_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#define HEAD_LINES_MAX 100
#define HEAD_BODY_MAX (64u * 1024)

enum head_method {
	HEAD_GET = 1 << 0,
	HEAD_HEAD = 1 << 1,
	HEAD_POST = 1 << 2,
	HEAD_PUT = 1 << 3,
	HEAD_DELETE = 1 << 4,
	HEAD_OTHER = 1 << 5,
};

/* Texts point into the bytes that were read; host NULL: none was given. */
struct head {
	enum head_method method;
	const char *path, *query, *host; /* still escaped; the query without its question mark */
	size_t path_size, query_size, host_size;
	size_t body_size;
	bool keep; /* the connection goes on afterwards */
	bool html; /* Accept names text/html, as browsers' does */
};

/* How long the head at the beginning of data is, its empty line included; 0: it has not ended. */
size_t head_size(const char *data, size_t size);

/*
 * Reads a head of exactly this size. Returns 0, or the status that answers it (400, 413, 417, 501,
 * 505) with words in *ret_reason; the connection cannot go on then.
 */
int head_parse(const char *data, size_t size, struct head *ret_head, const char **ret_reason);

#endif
