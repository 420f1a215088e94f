/*
 * Outlines as text. The tag's place comes from the parser that has just read the list, so the tag is
 * well-formed; it is scanned all the same as if it were not, within its bounds. What is written is
 * ASCII, with character references, and so right in any encoding that has ASCII in it.
 *
 * Errors: -errno; a buffer that cannot be made leaves the text as it was.
 */
#include "daemon/conf/edit_outline.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/base/utf8.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int
check_tag(const struct buf *text, size_t offset, size_t size)
{
	const char *data = buf_str(text);

	if (text->len >= 2 && (memchr(data, '\0', text->len < 64 ? text->len : 64) != NULL))
		return -ENOTSUP;
	if (offset > text->len || size > text->len - offset || size < sizeof("<outline>") - 1)
		return -ESTALE;
	if (strncasecmp(data + offset, "<outline", 8) != 0 || data[offset + size - 1] != '>')
		return -ESTALE;
	return 0;
}

/* Behind "</outline>", where nothing but white space stands before it. */
static int
find_end(const struct buf *text, size_t at, size_t *ret_end)
{
	const char *data = buf_str(text);

	while (at < text->len && is_space(data[at]))
		at++;
	if (text->len - at < 10 || strncasecmp(data + at, "</outline", 9) != 0)
		return -ENOTEMPTY;
	for (at += 9; at < text->len && is_space(data[at]);)
		at++;
	if (at >= text->len || data[at] != '>')
		return -ENOTEMPTY;
	*ret_end = at + 1;
	return 0;
}

int
edit_outline_remove(struct buf *text, size_t offset, size_t size)
{
	const char *data = buf_str(text);
	size_t start = offset, end = offset + size, behind;
	int ret = check_tag(text, offset, size);

	if (ret == 0 && data[end - 2] != '/')
		ret = find_end(text, end, &end);
	if (ret < 0)
		return ret;
	while (start > 0 && (data[start - 1] == ' ' || data[start - 1] == '\t'))
		start--;
	for (behind = end; behind < text->len && (is_space(data[behind]) && data[behind] != '\n');)
		behind++;
	if ((start == 0 || data[start - 1] == '\n') && behind < text->len && data[behind] == '\n')
		end = behind + 1;
	else
		start = offset;
	buf_splice(text, start, end - start, "", 0);
	return buf_error(text);
}

/* One attribute: the white space before it, its name, its value without the quotes. */
struct attribute {
	size_t start, name, name_size, value, value_size, end;
};

/* The next attribute at a position within the tag, whose ">" or "/>" is at last. */
static bool
next_attribute(const char *data, size_t at, size_t last, struct attribute *ret)
{
	const char *quote;

	ret->start = at;
	while (at < last && is_space(data[at]))
		at++;
	ret->name = at;
	while (at < last && data[at] != '=' && !is_space(data[at]))
		at++;
	ret->name_size = at - ret->name;
	while (at < last && is_space(data[at]))
		at++;
	if (at >= last || data[at] != '=')
		return false;
	for (at++; at < last && is_space(data[at]);)
		at++;
	if (at >= last || (data[at] != '"' && data[at] != '\''))
		return false;
	ret->value = at + 1;
	quote = memchr(data + at + 1, data[at], last - at - 1);
	if (quote == NULL)
		return false;
	ret->value_size = (size_t)(quote - data) - ret->value;
	ret->end = ret->value + ret->value_size + 1;
	return true;
}

static void
put_value(struct buf *out, const char *value)
{
	size_t size = strlen(value), length;
	unsigned int codepoint;

	for (; size > 0; value += length, size -= length) {
		length = utf8_decode(value, size, &codepoint);
		if (codepoint > ' ' && codepoint < 0x7f && strchr("&<>\"'", (int)codepoint) == NULL)
			buf_putc(out, (char)codepoint);
		else if (codepoint == ' ')
			buf_putc(out, ' ');
		else
			buf_printf(out, "&#%u;", codepoint < ' ' ? 0xFFFD : codepoint);
	}
}

int
edit_outline_set(struct buf *text, size_t offset, size_t size, const char *name, const char *value)
{
	const char *data = buf_str(text);
	size_t last = offset + size - 1, at = offset + 8, end;
	struct attribute attribute;
	struct buf with = { 0 };
	bool found = false;
	int ret = check_tag(text, offset, size);

	if (ret < 0)
		return ret;
	last -= data[last - 1] == '/';
	while (!found && next_attribute(data, at, last, &attribute)) {
		found = attribute.name_size == strlen(name) &&
			strncasecmp(data + attribute.name, name, attribute.name_size) == 0;
		at = attribute.end;
	}
	if (value == NULL && !found)
		return 0;
	while (!found && at < last && is_space(data[at])) /* blanks before "/>" stay there */
		at++;
	if (!found)
		at = at == last && is_space(data[last - 1]) ? last - 1 : last;
	end = found ? attribute.end : at;
	at = found ? attribute.start : at;
	if (value != NULL) {
		buf_append(&with, data + at, found ? attribute.name - at : 0);
		if (with.len == 0)
			buf_putc(&with, ' ');
		if (found)
			buf_append(&with, data + attribute.name, attribute.name_size);
		else
			buf_puts(&with, name);
		buf_puts(&with, "=\"");
		put_value(&with, value);
		buf_putc(&with, '"');
	}
	ret = buf_error(&with);
	if (ret == 0)
		buf_splice(text, at, end - at, buf_str(&with), with.len);
	if (ret == 0)
		ret = buf_error(text);
	buf_done(&with);
	return ret;
}
