/*
 * URLs: splitting, resolving, the canonical form. Every function is one pass or a fixed number of
 * them over its input, whatever that is.
 *
 * Errors: none of their own; running out of memory sticks in the output buffer.
 */
#include "lib/base/url.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/url_tracker.h"

/* What must not stand in a URL as it is. */
#define ALWAYS 1 /* not even in a host */
#define HIGH 2   /* above ASCII: a host may have it */

static const unsigned char encoded[256] = {
	[0x00 ... 0x20] = ALWAYS,
	['"'] = ALWAYS,
	['<'] = ALWAYS,
	['>'] = ALWAYS,
	['`'] = ALWAYS,
	['{'] = ALWAYS,
	['}'] = ALWAYS,
	[0x7F] = ALWAYS,
	[0x80 ... 0xFF] = HIGH,
};

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool
part_is(struct url_part part, const char *text)
{
	return part.ptr != NULL && part.len == strlen(text) &&
	       strncasecmp(part.ptr, text, part.len) == 0;
}

static bool
is_break(char c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

static int
default_port(const struct url *url)
{
	return part_is(url->scheme, "https") ? 443 : 80;
}

static bool
is_http(const struct url *url)
{
	return part_is(url->scheme, "http") || part_is(url->scheme, "https");
}

static bool
has_host(const struct url *url)
{
	return url->host.len > 0;
}

/* How many bytes stand before the delimiter, or all. */
static size_t
span_until(const char *text, size_t size, char delimiter)
{
	const char *end = size > 0 ? memchr(text, delimiter, size) : NULL;

	return end == NULL ? size : (size_t)(end - text);
}

/* The last such byte, NULL where there is none. */
static const char *
find_last(const char *text, size_t size, char byte)
{
	while (size > 0) {
		if (text[--size] == byte)
			return text + size;
	}
	return NULL;
}

/* The length of the scheme, 0 where there is none. */
static size_t
scheme_length(const char *text, size_t size)
{
	size_t at = 0;

	if (size == 0 || !is_alpha(text[0]))
		return 0;
	while (at < size && (is_alpha(text[at]) || is_digit(text[at]) || text[at] == '+' ||
				    text[at] == '-' || text[at] == '.'))
		at++;
	return at < size && text[at] == ':' ? at : 0;
}

/*
 * host [":" digits]. What does not end like a port belongs to the host, and so does what follows a
 * second colon or an open bracket: no reader would agree with another on such a thing's port.
 */
static void
split_host(const char *text, size_t size, struct url *url)
{
	const char *bracket = size > 0 && text[0] == '[' ? find_last(text, size, ']') : NULL;
	size_t least = bracket == NULL ? 0 : (size_t)(bracket + 1 - text);
	size_t colon = size;

	url->host = (struct url_part){ text, size };
	if (bracket == NULL && size > 0 && text[0] == '[')
		return;
	while (colon > least && is_digit(text[colon - 1]))
		colon--;
	if (colon == least || text[colon - 1] != ':' ||
		find_last(text + least, colon - 1 - least, ':') != NULL)
		return;
	url->port = (struct url_part){ text + colon, size - colon };
	url->host.len = colon - 1;
}

static void
split_authority(const char *text, size_t size, struct url *url)
{
	const char *at = find_last(text, size, '@');

	if (at != NULL) {
		url->userinfo = (struct url_part){ text, (size_t)(at - text) };
		size -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	split_host(text, size, url);
}

void
url_split(const char *text, size_t size, struct url *ret_url)
{
	size_t len = scheme_length(text, size);

	*ret_url = (struct url){ 0 };
	if (text == NULL)
		text = "";
	if (len > 0) {
		ret_url->scheme = (struct url_part){ text, len };
		text += len + 1;
		size -= len + 1;
	}
	len = span_until(text, size, '#');
	if (len < size) {
		ret_url->fragment = (struct url_part){ text + len + 1, size - len - 1 };
		size = len;
	}
	len = span_until(text, size, '?');
	if (len < size) {
		ret_url->query = (struct url_part){ text + len + 1, size - len - 1 };
		size = len;
	}
	if (size >= 2 && text[0] == '/' && text[1] == '/') {
		len = span_until(text + 2, size - 2, '/');
		split_authority(text + 2, len, ret_url);
		text += len + 2;
		size -= len + 2;
	}
	ret_url->path = (struct url_part){ text, size };
}

/* Appends the text, percent-encoding the bytes of the given classes. */
static void
put_encoded(struct buf *out, const char *text, size_t size, unsigned int classes)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t start = 0;

	for (size_t at = 0; at < size; at++) {
		unsigned char byte = (unsigned char)text[at];
		char escape[3] = { '%', digits[byte >> 4], digits[byte & 15] };

		if ((encoded[byte] & classes) == 0)
			continue;
		buf_append(out, text + start, at - start);
		buf_append(out, escape, sizeof(escape));
		start = at + 1;
	}
	buf_append(out, text + start, size - start);
}

/* A part with what marks it before or after; nothing where it is absent. */
static void
put_part(struct buf *out, const char *before, struct url_part part, const char *after)
{
	if (part.ptr == NULL)
		return;
	buf_puts(out, before);
	put_encoded(out, part.ptr, part.len, ALWAYS | HIGH);
	buf_puts(out, after);
}

static void
put_authority(struct buf *out, const struct url *url)
{
	if (url->host.ptr == NULL)
		return;
	buf_puts(out, "//");
	put_part(out, "", url->userinfo, "@");
	put_encoded(out, url->host.ptr, url->host.len, ALWAYS);
	put_part(out, ":", url->port, "");
}

/* Takes the last segment and the slash before it off what out has from start on. */
static void
drop_segment(struct buf *out, size_t start)
{
	size_t len = out->len;

	while (len > start && out->data[len - 1] != '/')
		len--;
	buf_truncate(out, len > start ? len - 1 : start);
}

/* The length of "." (1) or ".." (2), also with "%2e" for a dot; 0 for another segment. */
static int
dots(const char *segment, size_t size)
{
	int n = 0;

	while (size > 0 && n < 3) {
		if (segment[0] == '.') {
			segment++;
			size--;
		} else if (size >= 3 && strncasecmp(segment, "%2e", 3) == 0) {
			segment += 3;
			size -= 3;
		} else {
			return 0;
		}
		n++;
	}
	return n < 3 ? n : 0;
}

/*
 * Appends "/" and each segment of the text (what follows a path's first slash), dot segments
 * applied to what out has from start on (RFC 3986 section 5.2.4). more: another call follows.
 */
static void
put_segments(struct buf *out, size_t start, const char *text, size_t size, bool more)
{
	size_t at = 0;

	while (at <= size) {
		size_t len = span_until(text + at, size - at, '/');
		int n = dots(text + at, len);

		if (n == 2)
			drop_segment(out, start);
		if (n == 0 || (at + len == size && !more))
			buf_putc(out, '/');
		if (n == 0)
			put_encoded(out, text + at, len, ALWAYS | HIGH);
		at += len + 1;
	}
}

/* The path of base up to its last slash, then the reference's (RFC 3986 section 5.2.3). */
static void
put_merged(struct buf *out, struct url_part base, struct url_part reference)
{
	const char *slash = find_last(base.ptr, base.len, '/');
	size_t start = out->len;

	if (slash != NULL && slash > base.ptr)
		put_segments(out, start, base.ptr + 1, (size_t)(slash - base.ptr - 1), true);
	put_segments(out, start, reference.ptr, reference.len, false);
}

/* A path without authority must not begin like one (WHATWG URL Standard, "URL serializing"). */
static void
guard_path(struct buf *out, size_t start)
{
	if (out->error != 0 || out->len - start < 2 || memcmp(out->data + start, "//", 2) != 0)
		return;
	if (buf_reserve(out, 2) == NULL)
		return;
	memmove(out->data + start + 2, out->data + start, out->len - start);
	memcpy(out->data + start, "/.", 2);
	buf_add(out, 2);
}

/* A path of its own: dot segments are removed where it is one of segments at all. */
static void
put_path(struct buf *out, struct url_part path)
{
	if (path.len > 0 && path.ptr[0] == '/')
		put_segments(out, out->len, path.ptr + 1, path.len - 1, false);
	else
		put_encoded(out, path.ptr, path.len, ALWAYS | HIGH);
}

static bool
has_segments(const struct url *url)
{
	return url->host.ptr != NULL || (url->path.len > 0 && url->path.ptr[0] == '/');
}

static void
put_relative(struct buf *out, const struct url *base, const struct url *reference)
{
	struct url_part query = reference->query;

	if (has_segments(reference))
		put_path(out, reference->path);
	else if (reference->path.len > 0)
		put_merged(out, base->path, reference->path);
	else {
		put_path(out, base->path);
		if (query.ptr == NULL)
			query = base->query;
	}
	put_part(out, "?", query, "");
}

static void
put_resolved(struct buf *out, const struct url *base, const struct url *reference)
{
	bool own = reference->scheme.ptr != NULL || reference->host.ptr != NULL;
	size_t start;

	put_part(out, "", reference->scheme.ptr != NULL ? reference->scheme : base->scheme, ":");
	put_authority(out, own ? reference : base);
	start = out->len;
	if (reference->scheme.ptr != NULL) {
		put_path(out, reference->path);
		put_part(out, "?", reference->query, "");
	} else {
		put_relative(out, base, reference);
	}
	if ((own ? reference : base)->host.ptr == NULL)
		guard_path(out, start);
	put_part(out, "#", reference->fragment, "");
}

/* The reference as it stands, but for what must be encoded. */
static void
put_alone(struct buf *out, const struct url *reference)
{
	put_part(out, "", reference->scheme, ":");
	put_authority(out, reference);
	put_encoded(out, reference->path.ptr, reference->path.len, ALWAYS | HIGH);
	put_part(out, "?", reference->query, "");
	put_part(out, "#", reference->fragment, "");
}

/* Whether a relative reference can be resolved against base. */
static bool
is_base_for(const struct url *base, const struct url *reference)
{
	if (base->scheme.ptr == NULL)
		return false;
	if (has_segments(base))
		return true;
	return reference->host.ptr == NULL && reference->path.len == 0 &&
	       reference->query.ptr == NULL;
}

/*
 * Drops white space at the ends, and tabs and newlines within; these need a copy, which becomes
 * the text. The copy is the caller's to free.
 */
static void
tidy(struct url_part *text, struct buf *copy)
{
	size_t at = 0;

	while (text->len > 0 && (unsigned char)text->ptr[0] <= ' ') {
		text->ptr++;
		text->len--;
	}
	while (text->len > 0 && (unsigned char)text->ptr[text->len - 1] <= ' ')
		text->len--;
	while (at < text->len && !is_break(text->ptr[at]))
		at++;
	if (at == text->len)
		return;
	buf_append(copy, text->ptr, at);
	for (; at < text->len; at++) {
		if (!is_break(text->ptr[at]))
			buf_putc(copy, text->ptr[at]);
	}
	*text = (struct url_part){ buf_str(copy), copy->len };
}

/* The classes of bytes to be encoded that are in the text. */
static unsigned int
classes_of(const struct url_part *text)
{
	unsigned int found = 0;

	for (size_t at = 0; at < text->len; at++)
		found |= encoded[(unsigned char)text->ptr[at]];
	return found;
}

/* Most absolute URLs come out as they are: nothing to encode, no segment begins with a dot. */
static bool
is_plain(const struct url_part *text, const struct url *url)
{
	if (url->scheme.ptr == NULL || url->host.ptr == NULL || classes_of(text) != 0)
		return false;
	for (size_t at = 1; at < url->path.len; at++) {
		if (url->path.ptr[at - 1] == '/' && strchr(".%", url->path.ptr[at]) != NULL)
			return false;
	}
	return true;
}

void
url_resolve(struct buf *out, const char *base, const char *reference, size_t size)
{
	struct url_part text = { reference, size };
	struct url_part base_text = { base, base == NULL ? 0 : strlen(base) };
	struct buf copy = { 0 }, base_copy = { 0 };
	struct url url, base_url;

	tidy(&text, &copy);
	url_split(text.ptr, text.len, &url);
	if (copy.len == 0 && is_plain(&text, &url)) {
		buf_append(out, text.ptr, text.len);
		return;
	}
	tidy(&base_text, &base_copy);
	url_split(base_text.ptr, base_text.len, &base_url);
	/* "http:x" beside an http base: a relative reference to all browsers. */
	if (is_http(&url) && url.host.ptr == NULL && has_host(&base_url) &&
		url.scheme.len == base_url.scheme.len &&
		strncasecmp(url.scheme.ptr, base_url.scheme.ptr, url.scheme.len) == 0)
		url.scheme = (struct url_part){ 0 };
	if (copy.error != 0 || base_copy.error != 0)
		out->error = out->error != 0 ? out->error : -ENOMEM;
	else if (url.scheme.ptr != NULL || is_base_for(&base_url, &url))
		put_resolved(out, &base_url, &url);
	else
		put_alone(out, &url);
	buf_done(&copy);
	buf_done(&base_copy);
}

void
url_tidy(struct buf *out, const char *text, size_t size)
{
	struct url_part whole = { text, size };
	struct buf copy = { 0 };
	struct url url;

	tidy(&whole, &copy);
	if (copy.error != 0)
		out->error = out->error != 0 ? out->error : copy.error;
	url_split(whole.ptr, whole.len, &url);
	if (classes_of(&whole) == 0)
		buf_append(out, whole.ptr, whole.len);
	else
		put_alone(out, &url);
	buf_done(&copy);
}

bool
url_is_http(const char *text)
{
	struct url url;

	url_split(text, strlen(text), &url);
	return is_http(&url) && has_host(&url);
}

static void
put_lower(struct buf *out, struct url_part part)
{
	char *room = buf_reserve(out, part.len);

	if (room == NULL)
		return;
	for (size_t i = 0; i < part.len; i++)
		room[i] = lower(part.ptr[i]);
	buf_add(out, part.len);
}

/* The port as a number; the scheme's own where none is said; -1 where it cannot be one. */
static int
port_number(const struct url *url)
{
	int number = 0;

	if (url->port.len == 0)
		return default_port(url);
	for (size_t i = 0; i < url->port.len; i++) {
		number = number * 10 + (url->port.ptr[i] - '0');
		if (number > 65535)
			return -1;
	}
	return number;
}

/* The query with its mark, tracking parameters left out; nothing where none is left. */
static void
put_query(struct buf *out, struct url_part query)
{
	char mark = '?';
	size_t at = 0;

	while (at < query.len) {
		size_t len = span_until(query.ptr + at, query.len - at, '&');
		size_t name = span_until(query.ptr + at, len, '=');

		if (len > 0 && (name == 0 || !url_is_tracker(query.ptr + at, name))) {
			buf_putc(out, mark);
			buf_append(out, query.ptr + at, len);
			mark = '&';
		}
		at += len + 1;
	}
}

static void
put_canonical(struct buf *out, const struct url *url)
{
	if (url->scheme.ptr != NULL) {
		put_lower(out, url->scheme);
		buf_putc(out, ':');
	}
	if (url->host.ptr != NULL) {
		buf_puts(out, "//");
		put_lower(out, url->host);
	}
	if (url->port.len > 0 && !(is_http(url) && port_number(url) == default_port(url))) {
		buf_putc(out, ':');
		buf_append(out, url->port.ptr, url->port.len);
	}
	buf_append(out, url->path.ptr, url->path.len);
	if (url->host.ptr != NULL && url->path.len == 0)
		buf_putc(out, '/');
	put_query(out, url->query);
}

void
url_canonical(struct buf *out, const char *text)
{
	struct buf tidied = { 0 };
	struct url url;

	url_resolve(&tidied, NULL, text, strlen(text));
	url_split(buf_str(&tidied), tidied.len, &url);
	if (tidied.error == 0)
		put_canonical(out, &url);
	else if (out->error == 0)
		out->error = tidied.error;
	buf_done(&tidied);
}

bool
url_origin(struct buf *out, const char *text)
{
	struct url url;

	url_split(text, strlen(text), &url);
	if (!is_http(&url) || !has_host(&url) || port_number(&url) < 0)
		return false;
	put_lower(out, url.scheme);
	buf_puts(out, "://");
	put_lower(out, url.host);
	buf_printf(out, ":%d", port_number(&url));
	return true;
}

bool
url_host(struct buf *out, const char *text)
{
	struct url url;

	url_split(text, strlen(text), &url);
	if (!has_host(&url))
		return false;
	put_lower(out, url.host);
	return true;
}
