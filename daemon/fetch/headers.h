/*
 * The header of one response: the few fields that matter to a poll, and what they say about when to
 * come again (RFC 9110, RFC 9111). Lines are an attacker's.
 */
#ifndef DAEMON_FETCH_HEADERS_H
#define DAEMON_FETCH_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/wire/message.h"
#include "lib/base/arena.h"

#define HEADERS_BYTES_MAX (64u * 1024) /* of all the lines of a response, interim ones included */
/* Seconds above which a time is cut: no server means a hundred years. */
#define HEADERS_SECONDS_MAX (100LL * 366 * 86400)

enum headers_field {
	HEADERS_AGE,
	HEADERS_AMZN_WAF_ACTION,
	HEADERS_CACHE_CONTROL,
	HEADERS_CF_MITIGATED,
	HEADERS_CONTENT_ENCODING,
	HEADERS_CONTENT_LANGUAGE,
	HEADERS_CONTENT_LENGTH,
	HEADERS_CONTENT_LOCATION,
	HEADERS_CONTENT_TYPE,
	HEADERS_DATE,
	HEADERS_ETAG,
	HEADERS_EXPIRES,
	HEADERS_LAST_MODIFIED,
	HEADERS_LOCATION,
	HEADERS_RETRY_AFTER,
	HEADERS_SERVER,
	HEADERS_N
};

struct headers {
	struct arena *arena; /* owns the values */
	int status;          /* of the last status line; 0: none came */
	/*
	 * Surrounding blanks are off, nothing else is changed; followed by a NUL that is not
	 * counted. Absent where the value is empty. Of several lines the first counts; only
	 * Cache-Control and Content-Encoding are joined.
	 */
	struct bytes fields[HEADERS_N];
	size_t size;   /* bytes of the lines so far */
	int last;      /* the field that a folded line goes on with, or -1 */
	bool complete; /* the blank line after the final status came: the rest are trailers */
};

void headers_init(struct headers *headers, struct arena *arena);

/*
 * Takes one line as it came, with or without its line end. Returns 0; -E2BIG above
 * HEADERS_BYTES_MAX; -ENOMEM.
 */
int headers_line(struct headers *headers, const char *line, size_t size);

/* A field as text, cut at its first NUL; NULL where it is absent. */
const char *headers_text(const struct headers *headers, enum headers_field field);

/* The same for Content-Length: -1 where it is absent or no number. */
int64_t headers_content_length(const struct headers *headers);

/* The content is coded (gzip, br, …). */
bool headers_is_coded(const struct headers *headers);

/*
 * Seconds of freshness left: max-age, or else Expires against Date, less Age. 0 where the response
 * is stale or must be checked each time; -1 where it does not say. now: seconds since 1970.
 */
int64_t headers_max_age(const struct headers *headers, int64_t now);

/*
 * Seconds that Retry-After asks to wait; -1 where it says nothing usable, names a past date, or more than
 * HEADERS_RETRY_MAX, which nobody means.
 */
#define HEADERS_RETRY_MAX (10LL * 366 * 86400)
int64_t headers_retry_after(const struct headers *headers, int64_t now);

#endif
