/*
 * Sections as text. A line is told apart as ini.c does it: what stands first on it says whether it
 * is a section, a comment or an entry. Works on positions in the buffer.
 *
 * Errors: -errno; a buffer that cannot be made leaves the text as it was.
 */
#include "daemon/conf/edit_section.h"

#include <errno.h>
#include <string.h>

#include "lib/base/utf8.h"

enum line_kind { LINE_BLANK, LINE_COMMENT, LINE_SECTION, LINE_ENTRY };

/* A line without its end; the next one begins at next. */
struct line {
	size_t start, end, next;
	size_t first; /* of what is not white space */
	enum line_kind kind;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

/* The line at a position. False at the end of the text. */
static bool
read_line(const struct buf *text, size_t at, struct line *ret_line)
{
	const char *data = buf_str(text), *end;
	struct line line = { .start = at, .first = at };

	if (at >= text->len)
		return false;
	end = memchr(data + at, '\n', text->len - at);
	line.next = end != NULL ? (size_t)(end - data) + 1 : text->len;
	line.end = end != NULL ? line.next - 1 : text->len;
	if (line.end > at && data[line.end - 1] == '\r')
		line.end--;
	if (at == 0 && text->len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
		line.first = 3;
	while (line.first < line.end && is_space(data[line.first]))
		line.first++;
	if (line.first >= line.end)
		line.kind = LINE_BLANK;
	else if (data[line.first] == ';' || data[line.first] == '#')
		line.kind = LINE_COMMENT;
	else
		line.kind = data[line.first] == '[' ? LINE_SECTION : LINE_ENTRY;
	*ret_line = line;
	return true;
}

/* Where kind and name stand in "[ kind  name ] ; comment". */
struct header {
	size_t kind, kind_size, name, name_size;
};

static bool
read_header(const struct buf *text, const struct line *line, struct header *ret_header)
{
	const char *data = buf_str(text);
	size_t at = line->first + 1, end;
	const char *close;

	if (line->kind != LINE_SECTION)
		return false;
	close = memchr(data + at, ']', line->end - at);
	if (close == NULL)
		return false;
	end = (size_t)(close - data);
	while (at < end && is_space(data[at]))
		at++;
	while (end > at && is_space(data[end - 1]))
		end--;
	ret_header->kind = at;
	while (at < end && !is_space(data[at]))
		at++;
	ret_header->kind_size = at - ret_header->kind;
	while (at < end && is_space(data[at]))
		at++;
	ret_header->name = at;
	ret_header->name_size = end - at;
	return true;
}

static bool
is_text(const struct buf *text, size_t at, size_t size, const char *expected)
{
	return strlen(expected) == size && memcmp(buf_str(text) + at, expected, size) == 0;
}

/* The section's first line. */
static int
find_section(const struct buf *text, const struct edit_section *section, struct line *ret_line,
	struct header *ret_header)
{
	struct header header;
	struct line line;
	size_t at = 0;
	unsigned int number = 1;

	while (read_line(text, at, &line) && number < section->line) {
		at = line.next;
		number++;
	}
	if (at >= text->len || number != section->line || !read_header(text, &line, &header) ||
		!is_text(text, header.kind, header.kind_size, section->kind) ||
		!is_text(text, header.name, header.name_size, section->name))
		return -ESTALE;
	*ret_line = line;
	*ret_header = header;
	return 0;
}

/* The end of the section's last key (with its line end), or of its first line. */
static size_t
end_of_entries(const struct buf *text, const struct line *header)
{
	size_t end = header->next;
	struct line line;

	for (size_t at = end; read_line(text, at, &line) && line.kind != LINE_SECTION;
		at = line.next)
		if (line.kind == LINE_ENTRY)
			end = line.next;
	return end;
}

int
edit_section_remove(struct buf *text, const struct edit_section *section)
{
	struct header header;
	struct line line, before;
	size_t end, start;
	int ret = find_section(text, section, &line, &header);

	if (ret < 0)
		return ret;
	end = end_of_entries(text, &line);
	start = line.start;
	if (start == 0 && line.first >= 3 && (unsigned char)buf_str(text)[0] == 0xEF)
		start = 3; /* the byte order mark stays */
	/* One of the blank lines around it goes too, so that none are left over. */
	if (read_line(text, end, &before) && before.kind == LINE_BLANK)
		end = before.next;
	buf_splice(text, start, end - start, "", 0);
	return buf_error(text);
}

int
edit_section_rename(struct buf *text, const struct edit_section *section, const char *name)
{
	struct header header;
	struct line line;
	int ret = find_section(text, section, &line, &header);

	if (ret < 0)
		return ret;
	if (*name == '\0' || strpbrk(name, "]\r\n\t ") != NULL)
		return -EINVAL;
	buf_splice(text, header.name, header.name_size, name, strlen(name));
	return buf_error(text);
}

/*
 * A value that reads back as it is: on one line, without white space around it, and without what
 * begins a comment.
 */
static bool
is_plain_value(const char *value)
{
	size_t length = strlen(value);

	if (length == 0 || is_space(value[0]) || is_space(value[length - 1]) || value[0] == ';' ||
		utf8_valid(value, length) != length)
		return false;
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return false;
		if (value[i] == ';' && is_space(value[i - 1]))
			return false;
	}
	return true;
}

int
edit_section_put(struct buf *text, const char *key, const char *value)
{
	if (!is_plain_value(value))
		return -EINVAL;
	buf_printf(text, "%s = %s\n", key, value);
	return buf_error(text);
}

/* Where the value of an entry with this key stands; false where it is another key's. */
static bool
find_value(const struct buf *text, const struct line *line, const char *key, size_t *ret_at,
	size_t *ret_size)
{
	const char *data = buf_str(text);
	size_t at = line->first, end;

	while (at < line->end && data[at] != '=' && data[at] != ':')
		at++;
	if (at == line->end)
		return false;
	end = at;
	while (end > line->first && is_space(data[end - 1]))
		end--;
	if (!is_text(text, line->first, end - line->first, key))
		return false;
	for (at++; at < line->end && is_space(data[at]);)
		at++;
	end = at;
	while (end < line->end && !(data[end] == ';' && is_space(data[end - 1])))
		end++;
	while (end > at && is_space(data[end - 1]))
		end--;
	*ret_at = at;
	*ret_size = end - at;
	return true;
}

/* Appends the section's lines with the key set; what is before and behind is not touched. */
static bool
rewrite(const struct buf *text, size_t at, size_t end, const char *key, const char *value,
	struct buf *out)
{
	const char *data = buf_str(text);
	size_t value_at, size;
	struct line line;
	bool done = false;

	for (; at < end && read_line(text, at, &line); at = line.next) {
		if (line.kind != LINE_ENTRY || !find_value(text, &line, key, &value_at, &size)) {
			buf_append(out, data + at, line.next - at);
		} else if (value != NULL && !done) {
			buf_append(out, data + at, value_at - at);
			if (value_at > at &&
				(data[value_at - 1] == '=' || data[value_at - 1] == ':'))
				buf_putc(out, ' ');
			buf_puts(out, value);
			buf_append(out, data + value_at + size, line.next - value_at - size);
			done = true;
		}
	}
	return done;
}

/* A line end before a line that is added, where the last one has none. */
static void
put_entry(const struct buf *text, const struct line *header, const char *key, const char *value,
	struct buf *out)
{
	const char *data = buf_str(text);
	const char *newline = header->next - header->end == 2 ? "\r\n" : "\n";

	if ((out->len > 0 ? out->data[out->len - 1] : data[header->next - 1]) != '\n')
		buf_puts(out, newline);
	buf_printf(out, "%s = %s%s", key, value, newline);
}

int
edit_section_set(
	struct buf *text, const struct edit_section *section, const char *key, const char *value)
{
	struct buf lines = { 0 };
	struct header header;
	struct line line;
	size_t end;
	int ret = find_section(text, section, &line, &header);

	if (ret < 0)
		return ret;
	if (value != NULL && !is_plain_value(value))
		return -EINVAL;
	end = end_of_entries(text, &line);
	if (!rewrite(text, line.next, end, key, value, &lines) && value != NULL)
		put_entry(text, &line, key, value, &lines);
	ret = buf_error(&lines);
	if (ret == 0)
		buf_splice(text, line.next, end - line.next, buf_str(&lines), lines.len);
	if (ret == 0)
		ret = buf_error(text);
	buf_done(&lines);
	return ret;
}

bool
edit_section_none(const struct buf *text)
{
	struct line line;

	for (size_t at = 0; read_line(text, at, &line); at = line.next)
		if (line.kind == LINE_SECTION || line.kind == LINE_ENTRY)
			return false;
	return true;
}
