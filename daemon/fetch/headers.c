/*
 * Response headers. Owns nothing: values stand in the caller's arena, bounded by
 * HEADERS_BYTES_MAX. What cannot be read is taken as not said, never as an error, for a feed is not
 * to fail over a hint.
 */
#include "daemon/fetch/headers.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clock.h"

/* A server's clock may be this far from ours and still be believed, in seconds. */
#define CLOCK_SKEW_MAX 86400

static const struct {
	const char *name;
	bool joined; /* several lines make one list */
} fields[HEADERS_N] = {
	[HEADERS_AGE] = { "age", false },
	[HEADERS_AMZN_WAF_ACTION] = { "x-amzn-waf-action", false },
	[HEADERS_CACHE_CONTROL] = { "cache-control", true },
	[HEADERS_CF_MITIGATED] = { "cf-mitigated", false },
	[HEADERS_CONTENT_ENCODING] = { "content-encoding", true },
	[HEADERS_CONTENT_LANGUAGE] = { "content-language", false },
	[HEADERS_CONTENT_LENGTH] = { "content-length", false },
	[HEADERS_CONTENT_LOCATION] = { "content-location", false },
	[HEADERS_CONTENT_TYPE] = { "content-type", false },
	[HEADERS_DATE] = { "date", false },
	[HEADERS_ETAG] = { "etag", false },
	[HEADERS_EXPIRES] = { "expires", false },
	[HEADERS_LAST_MODIFIED] = { "last-modified", false },
	[HEADERS_LOCATION] = { "location", false },
	[HEADERS_RETRY_AFTER] = { "retry-after", false },
	[HEADERS_SERVER] = { "server", false },
};

void
headers_init(struct headers *headers, struct arena *arena)
{
	*headers = (struct headers){ .arena = arena, .last = -1 };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
trim(const char **text, size_t *size)
{
	while (*size > 0 && is_blank(**text)) {
		(*text)++;
		(*size)--;
	}
	while (*size > 0 && is_blank((*text)[*size - 1]))
		(*size)--;
}

/* The value of a field becomes the old one, the separator and the new one. */
static int
field_join(struct headers *headers, int field, const char *separator, const char *text, size_t size)
{
	struct bytes *value = &headers->fields[field];
	size_t gap = value->len > 0 ? strlen(separator) : 0;
	char *joined;

	if (size == 0)
		return 0;
	joined = arena_alloc(headers->arena, value->len + gap + size + 1);
	if (joined == NULL)
		return -ENOMEM;
	if (value->len > 0) {
		memcpy(joined, value->ptr, value->len);
		memcpy(joined + value->len, separator, gap);
	}
	memcpy(joined + value->len + gap, text, size);
	value->ptr = (unsigned char *)joined;
	value->len += gap + size;
	return 0;
}

/* "HTTP/1.1 200 OK" begins a response: an interim one before it is forgotten. */
static void
status_line(struct headers *headers, const char *line, size_t size)
{
	const char *blank = memchr(line, ' ', size);
	const char *end = line + size;
	int status = 0;

	if (blank == NULL)
		return;
	while (blank < end && *blank == ' ')
		blank++;
	for (int i = 0; i < 3 && blank < end && is_digit(*blank); i++)
		status = status * 10 + (*blank++ - '0');
	headers->status = status;
	memset(headers->fields, 0, sizeof(headers->fields));
	headers->last = -1;
}

static int
field_line(struct headers *headers, const char *line, size_t size)
{
	const char *colon = memchr(line, ':', size);
	const char *value;
	size_t name_len, left;

	headers->last = -1;
	if (colon == NULL)
		return 0;
	name_len = (size_t)(colon - line);
	value = colon + 1;
	left = size - name_len - 1;
	trim(&value, &left);
	for (int i = 0; i < HEADERS_N; i++) {
		if (strlen(fields[i].name) != name_len ||
			strncasecmp(fields[i].name, line, name_len) != 0)
			continue;
		if (headers->fields[i].len > 0 && !fields[i].joined)
			return 0;
		headers->last = i;
		return field_join(headers, i, ", ", value, left);
	}
	return 0;
}

int
headers_line(struct headers *headers, const char *line, size_t size)
{
	headers->size += size;
	if (headers->size > HEADERS_BYTES_MAX)
		return -E2BIG;
	while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
		size--;
	if (headers->complete)
		return 0;
	if (size == 0) {
		headers->complete = headers->status >= 200;
		return 0;
	}
	if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		status_line(headers, line, size);
		return 0;
	}
	if (is_blank(line[0])) {
		if (headers->last < 0)
			return 0;
		trim(&line, &size);
		return field_join(headers, headers->last, " ", line, size);
	}
	return field_line(headers, line, size);
}

const char *
headers_text(const struct headers *headers, enum headers_field field)
{
	return (const char *)headers->fields[field].ptr;
}

/* Digits alone, however many, cut at HEADERS_SECONDS_MAX. */
static int
parse_seconds(const char *text, size_t size, int64_t *ret_seconds)
{
	int64_t seconds = 0;

	if (size == 0)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		if (!is_digit(text[i]))
			return -EINVAL;
		seconds = seconds * 10 + (text[i] - '0');
		if (seconds > HEADERS_SECONDS_MAX)
			seconds = HEADERS_SECONDS_MAX;
	}
	*ret_seconds = seconds;
	return 0;
}

static int
field_seconds(const struct headers *headers, enum headers_field field, int64_t *ret_seconds)
{
	const struct bytes *value = &headers->fields[field];

	return parse_seconds((const char *)value->ptr, value->len, ret_seconds);
}

static int
field_date(const struct headers *headers, enum headers_field field, int64_t *ret_seconds)
{
	const char *text = headers_text(headers, field);

	return text != NULL ? clock_parse_http(text, ret_seconds) : -EINVAL;
}

int64_t
headers_content_length(const struct headers *headers)
{
	const struct bytes *value = &headers->fields[HEADERS_CONTENT_LENGTH];
	int64_t length = 0;

	if (value->len == 0 || value->len > 18)
		return -1;
	for (size_t i = 0; i < value->len; i++) {
		if (!is_digit((char)value->ptr[i]))
			return -1;
		length = length * 10 + (value->ptr[i] - '0');
	}
	return length;
}

bool
headers_is_coded(const struct headers *headers)
{
	const char *coding = headers_text(headers, HEADERS_CONTENT_ENCODING);

	return coding != NULL && strcasecmp(coding, "identity") != 0;
}

/* The next member of a comma-separated list with quoted strings; false at its end. */
static bool
next_directive(const char **at, const char *end, const char **ret_text, size_t *ret_size)
{
	const char *start = *at;
	bool quoted = false;

	if (start >= end)
		return false;
	for (; *at < end && (quoted || **at != ','); (*at)++) {
		if (quoted && **at == '\\' && *at + 1 < end)
			(*at)++;
		else if (**at == '"')
			quoted = !quoted;
	}
	*ret_text = start;
	*ret_size = (size_t)(*at - start);
	if (*at < end)
		(*at)++;
	trim(ret_text, ret_size);
	return true;
}

static bool
directive_is(const char *text, size_t size, const char *name)
{
	return size == strlen(name) && strncasecmp(text, name, size) == 0;
}

/*
 * "max-age=60" or, as RFC 9111 wants it taken too, max-age="60". no-cache="Set-Cookie" is about that
 * field alone.
 */
static void
read_directive(const char *text, size_t size, int64_t *max_age, bool *check)
{
	const char *equals = memchr(text, '=', size);
	size_t name = equals != NULL ? (size_t)(equals - text) : size;
	const char *value = text + name + 1;
	size_t left = equals != NULL ? size - name - 1 : 0;

	if ((equals == NULL && directive_is(text, name, "no-cache")) ||
		directive_is(text, name, "no-store"))
		*check = true;
	if (*max_age >= 0 || !directive_is(text, name, "max-age"))
		return;
	if (left >= 2 && value[0] == '"' && value[left - 1] == '"') {
		value++;
		left -= 2;
	}
	parse_seconds(value, left, max_age);
}

int64_t
headers_max_age(const struct headers *headers, int64_t now)
{
	const struct bytes *control = &headers->fields[HEADERS_CACHE_CONTROL];
	const char *at = (const char *)control->ptr;
	const char *end = at + control->len;
	const char *text;
	size_t size;
	int64_t max_age = -1, age = 0, expires = 0, date = now;
	bool check = false;

	while (at != NULL && next_directive(&at, end, &text, &size))
		read_directive(text, size, &max_age, &check);
	if (check)
		return 0;
	if (max_age < 0 && headers->fields[HEADERS_EXPIRES].len > 0) {
		/* A date that cannot be read has passed (RFC 9111 section 5.3). */
		max_age = 0;
		if (field_date(headers, HEADERS_EXPIRES, &expires) == 0) {
			field_date(headers, HEADERS_DATE, &date);
			max_age = expires - date;
		}
	}
	if (max_age < 0)
		return headers->fields[HEADERS_EXPIRES].len > 0 ? 0 : -1;
	field_seconds(headers, HEADERS_AGE, &age);
	if (max_age > HEADERS_SECONDS_MAX)
		max_age = HEADERS_SECONDS_MAX;
	return max_age > age ? max_age - age : 0;
}

int64_t
headers_retry_after(const struct headers *headers, int64_t now)
{
	int64_t seconds, date;

	if (field_seconds(headers, HEADERS_RETRY_AFTER, &seconds) == 0)
		return seconds <= HEADERS_RETRY_MAX ? seconds : -1;
	if (field_date(headers, HEADERS_RETRY_AFTER, &seconds) < 0)
		return -1;
	/* The server's own clock measures the wait better than ours, where it is a clock at all. */
	if (field_date(headers, HEADERS_DATE, &date) == 0 && date > now - CLOCK_SKEW_MAX &&
		date < now + CLOCK_SKEW_MAX)
		now = date;
	if (seconds <= now)
		return -1;
	seconds -= now;
	return seconds <= HEADERS_RETRY_MAX ? seconds : -1;
}
