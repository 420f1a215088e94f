/*
 * Character references. The table of names is searched by halving its bytes and stepping back to
 * the beginning of an entry, so it needs no index. A name without its ";" is one of the old ones,
 * which have six letters at most: the longest that fits is found by at most five searches.
 */
#include "lib/feed/html_reference.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/feed/html.h"

#define NAME_MAX_SIZE 31 /* CounterClockwiseContourIntegral */
#define OLD_NAME_MAX 6
#define OLD_NAME_MIN 2
#define CODEPOINT_END 0x110000u

static const unsigned short windows_1252[32] = { 0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026,
	0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f, 0x90, 0x2018,
	0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153,
	0x9d, 0x017e, 0x0178 };

static bool
is_alnum(char byte)
{
	unsigned char c = (unsigned char)byte;

	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool
is_mark(char byte)
{
	return byte == '?' || byte == '=';
}

/* strcmp() of a name with an entry's name. */
static int
compare(const char *name, size_t size, const char *entry)
{
	size_t i = 0;

	while (i < size && name[i] == entry[i])
		i++;
	if (i == size)
		return is_mark(entry[i]) ? 0 : -1;
	if (is_mark(entry[i]))
		return 1;
	return (unsigned char)name[i] < (unsigned char)entry[i] ? -1 : 1;
}

/* The entry's mark, after which its value begins; NULL for an unknown name. */
static const char *
find(const char *name, size_t size)
{
	size_t low = 0, high = html_entities_size;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order;

		while (middle > low && html_entities[middle - 1] != '\0')
			middle--;
		order = compare(name, size, html_entities + middle);
		if (order == 0)
			return html_entities + middle + size;
		if (order < 0)
			high = middle;
		else
			low = middle + strlen(html_entities + middle) + 1;
	}
	return NULL;
}

const char *
html_entity(const char *name, size_t size)
{
	bool closed = size > 0 && name[size - 1] == ';';
	const char *mark;

	if (closed)
		size--;
	mark = size > 0 && size <= NAME_MAX_SIZE ? find(name, size) : NULL;
	return mark ? mark + 1 : NULL;
}

static void
put_codepoint(struct html_reference *reference, unsigned int codepoint)
{
	unsigned char *out = (unsigned char *)reference->text;

	if (codepoint >= 0x80 && codepoint < 0xa0)
		codepoint = windows_1252[codepoint - 0x80];
	if (codepoint == 0 || codepoint >= CODEPOINT_END ||
		(codepoint >= 0xd800 && codepoint < 0xe000))
		codepoint = 0xfffd;
	if (codepoint < 0x80) {
		*out++ = (unsigned char)codepoint;
	} else if (codepoint < 0x800) {
		*out++ = (unsigned char)(0xc0 | codepoint >> 6);
		*out++ = (unsigned char)(0x80 | (codepoint & 0x3f));
	} else if (codepoint < 0x10000) {
		*out++ = (unsigned char)(0xe0 | codepoint >> 12);
		*out++ = (unsigned char)(0x80 | (codepoint >> 6 & 0x3f));
		*out++ = (unsigned char)(0x80 | (codepoint & 0x3f));
	} else {
		*out++ = (unsigned char)(0xf0 | codepoint >> 18);
		*out++ = (unsigned char)(0x80 | (codepoint >> 12 & 0x3f));
		*out++ = (unsigned char)(0x80 | (codepoint >> 6 & 0x3f));
		*out++ = (unsigned char)(0x80 | (codepoint & 0x3f));
	}
	*out = '\0';
}

static int
digit(char byte, bool hex)
{
	char lower = (char)(byte | 0x20);

	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (hex && lower >= 'a' && lower <= 'f')
		return lower - 'a' + 10;
	return -1;
}

/* "&#" stands at text. */
static bool
read_number(const char *text, size_t size, struct html_reference *reference)
{
	bool hex = size > 2 && (text[2] | 0x20) == 'x';
	size_t begin = hex ? 3 : 2, i = begin;
	unsigned int codepoint = 0;
	int value;

	for (; i < size && (value = digit(text[i], hex)) >= 0; i++)
		if (codepoint < CODEPOINT_END)
			codepoint = codepoint * (hex ? 16 : 10) + (unsigned int)value;
	if (i == begin)
		return false;
	reference->closed = i < size && text[i] == ';';
	reference->size = i + reference->closed;
	put_codepoint(reference, codepoint);
	return true;
}

static bool
put_value(struct html_reference *reference, const char *mark, size_t size, bool closed)
{
	reference->size = size;
	reference->closed = closed;
	memcpy(reference->text, mark + 1, strlen(mark + 1) + 1);
	return true;
}

/* A name without its ";": the longest of the old ones that the run begins with. */
static bool
read_old_name(const char *text, size_t size, size_t run, bool attribute,
	struct html_reference *ret_reference)
{
	for (size_t n = run < OLD_NAME_MAX ? run : OLD_NAME_MAX; n >= OLD_NAME_MIN; n--) {
		const char *mark = find(text + 1, n);

		if (!mark || *mark != '?')
			continue;
		if (attribute && 1 + n < size && (text[1 + n] == '=' || is_alnum(text[1 + n])))
			return false;
		return put_value(ret_reference, mark, 1 + n, false);
	}
	return false;
}

/* Nine in ten of the names that are met. */
static bool
read_common(const char *text, size_t size, struct html_reference *ret_reference)
{
	static const struct {
		const char *name, *text;
		size_t size;
	} common[] = { { "&amp;", "&", 5 }, { "&nbsp;", "\xC2\xA0", 6 }, { "&lt;", "<", 4 },
		{ "&gt;", ">", 4 }, { "&quot;", "\"", 6 } };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (size >= common[i].size && memcmp(text, common[i].name, common[i].size) == 0) {
			*ret_reference = (struct html_reference){ common[i].size, true, "" };
			memcpy(ret_reference->text, common[i].text, strlen(common[i].text) + 1);
			return true;
		}
	return false;
}

bool
html_reference_read(
	const char *text, size_t size, bool attribute, struct html_reference *ret_reference)
{
	size_t run = 0;
	const char *mark;

	if (size > 1 && text[1] == '#')
		return read_number(text, size, ret_reference);
	if (read_common(text, size, ret_reference))
		return true;
	while (1 + run < size && run <= NAME_MAX_SIZE && is_alnum(text[1 + run]))
		run++;
	if (run < OLD_NAME_MIN)
		return false;
	if (run <= NAME_MAX_SIZE && 1 + run < size && text[1 + run] == ';') {
		mark = find(text + 1, run);
		if (mark)
			return put_value(ret_reference, mark, run + 2, true);
	}
	return read_old_name(text, size, run, attribute, ret_reference);
}

void
html_unescape(struct buf *out, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		const char *amp = memchr(text, '&', (size_t)(end - text));
		struct html_reference reference;

		buf_append(out, text, (size_t)((amp ? amp : end) - text));
		if (!amp)
			return;
		text = amp + 1;
		if (html_reference_read(amp, (size_t)(end - amp), false, &reference)) {
			buf_puts(out, reference.text);
			text = amp + reference.size;
		} else {
			buf_putc(out, '&');
		}
	}
}
