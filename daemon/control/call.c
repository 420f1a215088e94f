/*
 * A call's parts. Owns its arena and its answer.
 *
 * Errors: what a client got wrong is told to it; memory that runs out is found when the answer is
 * sent (buf_error of out), which is then an error of ours.
 */
#include "daemon/control/call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"

#define MESSAGE_SIZE 512

void
call_init(struct call *call)
{
	memset(call, 0, sizeof(*call));
	call->status = 200;
	call->type = "application/json";
	call->body = "";
	call->out.max = CALL_ANSWER_MAX;
	json_write_init(&call->json, &call->out);
}

void
call_done(struct call *call)
{
	arena_done(&call->arena);
	buf_done(&call->out);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_clean(const char *text, size_t size)
{
	if (utf8_valid(text, size) != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

const char *
call_unescape(struct call *call, const char *text, size_t size, bool plus)
{
	char *out = arena_alloc(&call->arena, size + 1);
	size_t n = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < size; i++) {
		char byte = plus && text[i] == '+' ? ' ' : text[i];

		if (byte == '%') {
			int high = i + 2 < size ? hex(text[i + 1]) : -1;
			int low = i + 2 < size ? hex(text[i + 2]) : -1;

			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return NULL;
			byte = (char)(high << 4 | low);
			i += 2;
		}
		out[n++] = byte;
	}
	out[n] = '\0';
	return is_clean(out, n) ? out : NULL;
}

static int
add_pair(struct call *call, const char *text, size_t size)
{
	const char *equals = memchr(text, '=', size);
	size_t name_size = equals != NULL ? (size_t)(equals - text) : size;
	struct call_pair *pair = &call->query[call->n_query];

	if (size == 0)
		return 0;
	if (call->n_query == CALL_QUERY_MAX)
		return -EINVAL;
	pair->name = call_unescape(call, text, name_size, true);
	pair->value = "";
	if (equals != NULL)
		pair->value = call_unescape(call, equals + 1, size - name_size - 1, true);
	if (pair->name == NULL || pair->value == NULL)
		return -EINVAL;
	call->n_query++;
	return 0;
}

int
call_parse_query(struct call *call, const char *query)
{
	int error = 0;

	while (error == 0 && *query != '\0') {
		size_t size = strcspn(query, "&");

		error = add_pair(call, query, size);
		query += size;
		query += *query == '&';
	}
	return error;
}

const char *
call_query(const struct call *call, const char *name)
{
	for (size_t i = 0; i < call->n_query; i++)
		if (strcmp(call->query[i].name, name) == 0)
			return call->query[i].value;
	return NULL;
}

bool
call_query_flag(const struct call *call, const char *name)
{
	static const char *const yes[] = { "", "1", "true", "yes" };
	const char *value = call_query(call, name);

	for (size_t i = 0; value != NULL && i < sizeof(yes) / sizeof(yes[0]); i++)
		if (strcmp(value, yes[i]) == 0)
			return true;
	return false;
}

bool
call_query_number(struct call *call, const char *name, int64_t min, int64_t max, int64_t fallback,
	int64_t *ret_number)
{
	const char *value = call_query(call, name);
	char *end;
	long long number;

	if (value == NULL) {
		*ret_number = fallback;
		return true;
	}
	errno = 0;
	number = strtoll(value, &end, 10);
	if (errno == 0 && end != value && *end == '\0' && value[0] != ' ' && number >= min &&
		number <= max) {
		*ret_number = number;
		return true;
	}
	call_error(call, 400, "bad-parameter", "%s: expected a number from %lld to %lld", name,
		(long long)min, (long long)max);
	return false;
}

int
call_error(struct call *call, int status, const char *code, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	buf_reset(&call->out);
	json_write_init(&call->json, &call->out);
	call->problem = arena_strdup(&call->arena, message);
	call->status = status;
	call->type = "application/json";
	json_write_object(&call->json, NULL);
	json_write_object(&call->json, "error");
	json_write_string(&call->json, "code", code);
	json_write_string(&call->json, "message", message);
	json_write_object_end(&call->json);
	json_write_object_end(&call->json);
	return CALL_DONE;
}

void
call_header(struct call *call, const char *name, const char *value)
{
	if (call->n_headers < CALL_HEADERS_MAX && value != NULL)
		call->headers[call->n_headers++] = (struct call_pair){ name, value };
}

void
call_put_time(struct call *call, const char *key, int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	if (ms == 0)
		return;
	clock_rfc3339(ms / 1000, text);
	json_write_string(&call->json, key, text);
}
