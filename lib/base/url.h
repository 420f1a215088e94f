/* URLs as RFC 3986 has them, read leniently and never made worse than they were. */
#ifndef LIB_BASE_URL_H
#define LIB_BASE_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

/*
 * The parts of a URL; each points into the text it was split from, ptr NULL where the part is
 * absent.
 */
struct url_part {
	const char *ptr;
	size_t len;
};

struct url {
	struct url_part scheme;   /* without ":" */
	struct url_part userinfo; /* without "@" */
	struct url_part host;     /* with the brackets of an IPv6 literal */
	struct url_part port;     /* digits */
	struct url_part path;     /* never absent, may be empty */
	struct url_part query;    /* without "?" */
	struct url_part fragment; /* without "#" */
};

/* Splits (RFC 3986 appendix B). Never fails: any text is at least a path. */
void url_split(const char *text, size_t size, struct url *ret_url);

/*
 * Appends reference resolved against base (RFC 3986 section 5.2), dot segments removed; the
 * reference alone where base is NULL or not absolute. Surrounding white space, and tabs and
 * newlines within, are dropped as browsers do; what must not stand in a URL (blanks, controls,
 * bytes above 0x7F, "<>\"`{}") is percent-encoded, nothing else is changed.
 */
void url_resolve(struct buf *out, const char *base, const char *reference, size_t size);

/*
 * Appends a URL as a person wrote it, fit to be sent: white space and what must not stand in a URL
 * are treated as by url_resolve(), everything else is kept, dot segments too.
 */
void url_tidy(struct buf *out, const char *text, size_t size);

/*
 * The same for a link that subscribes: "feed:https://host/" is https://host/, and "feed://host/"
 * http://host/; so are itpc:, pcast:, podcast: and rss:.
 */
void url_subscribe(struct buf *out, const char *text);

/* True for an absolute http or https URL with a host. */
bool url_is_http(const char *text);

/*
 * Appends the canonical form, for comparing only: scheme and host in lower case, default port,
 * fragment, userinfo and tracking parameters (a table) removed, "/" for an empty path.
 */
void url_canonical(struct buf *out, const char *text);

/*
 * Appends scheme://host:port in lower case with the port always said: what two URLs must share for
 * credentials to pass from one to the other. Returns false, appending nothing, for what is not http
 * or https.
 */
bool url_origin(struct buf *out, const char *text);

/* Appends the host alone, lower-cased, without port. False and nothing where there is none. */
bool url_host(struct buf *out, const char *text);

#endif
