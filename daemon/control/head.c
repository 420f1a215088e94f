/*
 * Reads a request's head. Stateless.
 *
 * Invariants: nothing outside of data[0, size) is looked at; each byte a constant number of times.
 *
 * Errors: an HTTP status and words.
 */
#include "config.h"

#include "daemon/control/head.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct text {
	const char *ptr;
	size_t len;
};

struct reader {
	struct head head;
	bool has_length;
	bool is_1_1;
	int status; /* 0: good so far */
	const char *reason;
};

static void
refuse(struct reader *reader, int status, const char *reason)
{
	if (reader->status != 0)
		return;
	reader->status = status;
	reader->reason = reason;
}

size_t
head_size(const char *data, size_t size)
{
	const char *end = memmem(data, size, "\r\n\r\n", 4);

	return end != NULL ? (size_t)(end - data) + 4 : 0;
}

static bool
is_token_byte(unsigned char byte)
{
	return byte > 0x20 && byte < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", byte) == NULL;
}

static bool
is_token(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_token_byte((unsigned char)text.ptr[i]))
			return false;
	return text.len > 0;
}

static bool
is(struct text text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

static enum head_method
method_of(struct text text)
{
	static const struct {
		const char *name;
		enum head_method method;
	} table[] = {
		{ "GET", HEAD_GET },
		{ "HEAD", HEAD_HEAD },
		{ "POST", HEAD_POST },
		{ "PUT", HEAD_PUT },
		{ "DELETE", HEAD_DELETE },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (text.len == strlen(table[i].name) &&
			memcmp(text.ptr, table[i].name, text.len) == 0)
			return table[i].method;
	return HEAD_OTHER;
}

/* What stands up to the first of this byte; the rest stays in *text, without the byte. */
static bool
split(struct text *text, char byte, struct text *ret_first)
{
	const char *at = memchr(text->ptr, byte, text->len);

	if (at == NULL)
		return false;
	*ret_first = (struct text){ text->ptr, (size_t)(at - text->ptr) };
	text->len -= ret_first->len + 1;
	text->ptr = at + 1;
	return true;
}

static bool
is_printable(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f)
			return false;
	return text.len > 0;
}

/* "/path?query", or the same behind "http://host". */
static void
read_target(struct reader *reader, struct text target)
{
	static const char scheme[] = "http://";
	struct text path;

	if (!is_printable(target) || memchr(target.ptr, '#', target.len) != NULL) {
		refuse(reader, 400, "the target of the request is no path");
		return;
	}
	if (target.len >= strlen(scheme) && strncasecmp(target.ptr, scheme, strlen(scheme)) == 0) {
		const char *slash = memchr(
			target.ptr + strlen(scheme), '/', target.len - strlen(scheme));

		target.len = slash != NULL ? target.len - (size_t)(slash - target.ptr) : 0;
		target.ptr = slash;
	}
	if (target.len == 0 || target.ptr[0] != '/') {
		refuse(reader, 400, "the target of the request is no path");
		return;
	}
	reader->head.query = "";
	if (split(&target, '?', &path)) {
		reader->head.query = target.ptr;
		reader->head.query_size = target.len;
	} else {
		path = target;
	}
	reader->head.path = path.ptr;
	reader->head.path_size = path.len;
}

static void
read_first_line(struct reader *reader, struct text line)
{
	struct text method, target;

	if (!split(&line, ' ', &method) || !split(&line, ' ', &target) || !is_token(method)) {
		refuse(reader, 400, "this is no HTTP request");
		return;
	}
	reader->is_1_1 = line.len == 8 && memcmp(line.ptr, "HTTP/1.1", 8) == 0;
	if (!reader->is_1_1 && (line.len != 8 || memcmp(line.ptr, "HTTP/1.0", 8) != 0))
		refuse(reader, 505, "HTTP/1.1 and HTTP/1.0 are spoken here");
	reader->head.keep = reader->is_1_1;
	reader->head.method = method_of(method);
	read_target(reader, target);
}

static void
read_length(struct reader *reader, struct text value)
{
	size_t number = 0;

	if (reader->has_length || value.len == 0 || value.len > 18) {
		refuse(reader, 400, "one Content-Length, a number");
		return;
	}
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < '0' || value.ptr[i] > '9') {
			refuse(reader, 400, "one Content-Length, a number");
			return;
		}
		number = number * 10 + (size_t)(value.ptr[i] - '0');
	}
	if (number > HEAD_BODY_MAX)
		refuse(reader, 413, "the body is too large");
	reader->has_length = true;
	reader->head.body_size = number;
}

static void
read_host(struct reader *reader, struct text value)
{
	if (reader->head.host != NULL || (value.len > 0 && !is_printable(value)))
		refuse(reader, 400, "one Host");
	reader->head.host = value.ptr;
	reader->head.host_size = value.len;
}

static void
read_accept(struct reader *reader, struct text value)
{
	reader->head.html |= memmem(value.ptr, value.len, "text/html", strlen("text/html")) != NULL;
}

static void
read_connection(struct reader *reader, struct text value)
{
	if (is(value, "close"))
		reader->head.keep = false;
}

static void
read_coding(struct reader *reader, struct text value)
{
	(void)value;
	refuse(reader, 501, "a body comes with Content-Length here, not in a transfer coding");
}

static void
read_expect(struct reader *reader, struct text value)
{
	(void)value;
	refuse(reader, 417, "send the body at once");
}

static const struct {
	const char *name;
	void (*read)(struct reader *reader, struct text value);
} fields[] = {
	{ "Accept", read_accept },
	{ "Connection", read_connection },
	{ "Content-Length", read_length },
	{ "Expect", read_expect },
	{ "Host", read_host },
	{ "Transfer-Encoding", read_coding },
};

static struct text
trim(struct text text)
{
	while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static bool
has_controls(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (((unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\t') ||
			text.ptr[i] == 0x7f)
			return true;
	return false;
}

static void
read_line(struct reader *reader, struct text line)
{
	struct text name;

	if (!split(&line, ':', &name) || !is_token(name) || has_controls(line)) {
		refuse(reader, 400, "a line of the head is no header");
		return;
	}
	line = trim(line);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (is(name, fields[i].name))
			fields[i].read(reader, line);
}

int
head_parse(const char *data, size_t size, struct head *ret_head, const char **ret_reason)
{
	struct reader reader = { .status = 0 };
	size_t lines = 0;

	while (reader.status == 0 && size > 2) {
		const char *end = memmem(data, size, "\r\n", 2);
		struct text line = { data, end != NULL ? (size_t)(end - data) : size };

		if (end == NULL)
			refuse(&reader, 400, "the head has no end");
		else if (lines == 0)
			read_first_line(&reader, line);
		else
			read_line(&reader, line);
		if (++lines > HEAD_LINES_MAX)
			refuse(&reader, 431, "too many headers");
		size -= line.len + (end != NULL ? 2 : 0);
		data += line.len + (end != NULL ? 2 : 0);
	}
	if (lines == 0)
		refuse(&reader, 400, "this is no HTTP request");
	if (reader.is_1_1 && reader.head.host == NULL)
		refuse(&reader, 400, "the Host is missing");
	if (reader.status != 0) {
		*ret_reason = reader.reason;
		return reader.status;
	}
	*ret_head = reader.head;
	return 0;
}
