/*
 * A scanner for JSON's brackets and strings: one byte at a time, one value kept. It checks no
 * grammar within values, that is left to their reader. Errors: -EBADMSG, -ENOMEM, or a handler's.
 */
#include "lib/feed/json_split.h"

#include <errno.h>
#include <string.h>

void
json_split_init(struct json_split *split, const struct json_split_handler *handler, size_t max)
{
	memset(split, 0, sizeof(*split));
	split->handler = *handler;
	split->max = max;
}

void
json_split_done(struct json_split *split)
{
	buf_done(&split->value);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
keep(struct json_split *split, char c)
{
	if (split->value.len < split->max)
		buf_putc(&split->value, c);
	else
		split->left_out = true;
}

/* The value that was kept is complete: hands it over. */
static int
emit(struct json_split *split)
{
	size_t size = split->value.len;
	const char *text = buf_str(&split->value);
	int error = buf_error(&split->value);

	if (error == 0 && size > 0 && size < split->max) {
		if (split->step == JSON_SPLIT_ITEM)
			error = split->handler.item(split->handler.arg, text, size);
		else
			error = split->handler.member(split->handler.arg, split->key, text, size);
	}
	buf_reset(&split->value);
	return error;
}

static int
read_key(struct json_split *split, char c)
{
	if (!split->string) {
		if (c == '"') {
			split->string = true;
			split->key_size = 0;
		} else if (c == '}') {
			split->step = JSON_SPLIT_END;
		}
		return 0;
	}
	if (!split->escape && c == '"') {
		split->string = false;
		split->key[split->key_size] = '\0';
		split->step = JSON_SPLIT_COLON;
		return 0;
	}
	split->escape = !split->escape && c == '\\';
	if (split->key_size + 1 < sizeof(split->key))
		split->key[split->key_size++] = c;
	return 0;
}

/* A byte between values: it opens one, ends a number or a word, or ends what holds them. */
static int
read_between(struct json_split *split, char c)
{
	bool item = split->step == JSON_SPLIT_ITEM;
	int error;

	if (c == ',' || c == ']' || c == '}') {
		error = emit(split);
		if (c == ',' && item)
			return error;
		split->step = c == ']' && item ? JSON_SPLIT_VALUE : JSON_SPLIT_KEY;
		if (c == '}')
			split->step = JSON_SPLIT_END;
		return error;
	}
	if (is_blank(c))
		return 0;
	if (!item && c == '[' && split->value.len == 0 && strcmp(split->key, "items") == 0) {
		split->step = JSON_SPLIT_ITEM;
		return 0;
	}
	split->depth += c == '{' || c == '[';
	split->string = c == '"';
	keep(split, c);
	return 0;
}

static int
read_within(struct json_split *split, char c)
{
	keep(split, c);
	if (split->string) {
		if (!split->escape && c == '"')
			split->string = false;
		split->escape = !split->escape && c == '\\';
		return 0;
	}
	split->string = c == '"';
	if (c == '{' || c == '[')
		split->depth++;
	else if (c == '}' || c == ']')
		split->depth--;
	return 0;
}

static int
read_byte(struct json_split *split, char c)
{
	switch (split->step) {
	case JSON_SPLIT_BEGIN:
		if (c == '{')
			split->step = JSON_SPLIT_KEY;
		else if (!is_blank(c) && c != '\0')
			split->step = JSON_SPLIT_NOT_A_FEED;
		return 0;
	case JSON_SPLIT_KEY:
		return read_key(split, c);
	case JSON_SPLIT_COLON:
		if (c == ':')
			split->step = JSON_SPLIT_VALUE;
		return 0;
	case JSON_SPLIT_VALUE:
	case JSON_SPLIT_ITEM:
		return split->depth > 0 || split->string ? read_within(split, c)
							 : read_between(split, c);
	case JSON_SPLIT_END:
		return 0;
	case JSON_SPLIT_NOT_A_FEED:
		break;
	}
	return -EBADMSG;
}

int
json_split_push(struct json_split *split, const char *text, size_t size)
{
	int error = 0;

	for (size_t i = 0; i < size && error == 0; i++)
		error = read_byte(split, text[i]);
	return error;
}
