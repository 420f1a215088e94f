/*
 * Values of attributes, and text. Whatever is checked is checked after its references were replaced
 * and its control characters dropped, and what was checked is what is written: there is no second
 * reading of a value that could find something else in it. "<" and ">" are escaped in attributes
 * too, so that no reader of raw text (a noscript around it, say) finds a tag there.
 */
#include "config.h" /* memmem() */

#include "lib/feed/html_value.h"

#include <string.h>
#include <strings.h>

#include "lib/base/url.h"
#include "lib/base/word.h"
#include "lib/feed/html_reference.h"
#include "lib/feed/html_style.h"

#define SPELLING_MAX 8 /* bytes of a reference that is kept as it is spelled */
#define SRCSET_MAX 64  /* candidates */

/* Where a text is put; one bit each. */
enum place { IN_TEXT = 1, IN_ATTRIBUTE = 2, DECODED = 4 };

/* The places where a byte is not appended as it is. */
static const unsigned char special[256] = {
	[0x00 ... 0x08] = IN_TEXT | IN_ATTRIBUTE | DECODED,
	[0x0B ... 0x1F] = IN_TEXT | IN_ATTRIBUTE | DECODED,
	[0x7F] = IN_TEXT | IN_ATTRIBUTE | DECODED,
	['&'] = IN_TEXT | IN_ATTRIBUTE | DECODED,
	['<'] = IN_TEXT | IN_ATTRIBUTE,
	['>'] = IN_ATTRIBUTE,
	['"'] = IN_ATTRIBUTE,
};

void
html_values_init(struct html_values *values, const char *base)
{
	*values = (struct html_values){ .base = base };
	buf_init(&values->decoded);
	buf_init(&values->url);
}

void
html_values_done(struct html_values *values)
{
	buf_done(&values->decoded);
	buf_done(&values->url);
}

/* One special byte that is no reference. */
static void
put_special(struct buf *out, const char *pos, const char *end, enum place place)
{
	switch (*pos) {
	case '&':
		buf_puts(out, place == DECODED ? "&" : "&amp;");
		break;
	case '<':
		buf_puts(out, "&lt;");
		break;
	case '>':
		buf_puts(out, "&gt;");
		break;
	case '"':
		buf_puts(out, "&quot;");
		break;
	case '\r':
		if (pos + 1 == end || pos[1] != '\n')
			buf_putc(out, '\n');
		break;
	case '\f':
		buf_putc(out, ' ');
		break;
	default:
		break;
	}
}

static void
put_reference(
	struct buf *out, const char *pos, const struct html_reference *reference, enum place place)
{
	const char *text = reference->text;

	if (place != DECODED && reference->closed && reference->size <= SPELLING_MAX &&
		strchr("&<>\"", text[0]))
		buf_append(out, pos, reference->size);
	else if (special[(unsigned char)text[0]] & place)
		put_special(out, text, text + 1, place);
	else
		buf_puts(out, text);
}

/* True where none of eight bytes is special in any place. */
static bool
is_plain(uint64_t word)
{
	/* "<" and ">" differ in one bit, as "&" and the quotation mark do. */
	return (word_below(word, 0x20) | word_has(word, 0x7F) |
		       word_has(word | WORD_EVERY(2), '>') | word_has(word | WORD_EVERY(4), '&')) ==
	       0;
}

/* Past the bytes that are appended as they are. */
static const char *
plain_end(const char *pos, const char *end, enum place place)
{
	while (true) {
		const char *stop;

		while (end - pos >= WORD_SIZE && is_plain(word_load(pos)))
			pos += WORD_SIZE;
		stop = end - pos > WORD_SIZE ? pos + WORD_SIZE : end;
		while (pos < stop && !(special[(unsigned char)*pos] & place))
			pos++;
		if (pos < stop || pos == end)
			return pos;
	}
}

static void
put(struct buf *out, struct html_slice text, bool references, enum place place)
{
	const char *pos = text.ptr, *end = pos + text.size;

	while (pos < end) {
		const char *begin = pos;
		struct html_reference reference;

		pos = plain_end(pos, end, place);
		buf_append(out, begin, (size_t)(pos - begin));
		if (pos == end)
			break;
		if (*pos == '&' && references &&
			html_reference_read(
				pos, (size_t)(end - pos), place != IN_TEXT, &reference)) {
			put_reference(out, pos, &reference, place);
			pos += reference.size;
		} else {
			put_special(out, pos, end, place);
			pos++;
		}
	}
}

void
html_value_text(struct buf *out, struct html_slice text, bool references)
{
	put(out, text, references, IN_TEXT);
}

void
html_value_decode(struct buf *out, struct html_slice raw)
{
	put(out, raw, true, DECODED);
}

/* Appends what was decoded, as an attribute's value. */
static void
put_decoded(struct buf *out, const char *text, size_t size)
{
	put(out, (struct html_slice){ text, size }, false, IN_ATTRIBUTE);
}

/* True where a URL may be written: relative, or of a scheme that is let through. */
static bool
is_safe_url(const char *url)
{
	size_t n = strcspn(url, ":/?#");

	return url[n] != ':' || html_scheme_allowed(url, n);
}

/* True for an absolute http URL that needs no mending: it is written as it stands. */
static bool
is_plain_http(const char *text, size_t size)
{
	if (size < 8 || strncasecmp(text, "http", 4) != 0)
		return false;
	if (strncmp(text + 4, "://", 3) != 0 && strncasecmp(text + 4, "s://", 4) != 0)
		return false;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] <= ' ')
			return false;
	return true;
}

/* True where memory ran out in a working buffer; the output's reader is to know. */
static bool
stick(struct buf *out, const struct buf *working)
{
	if (buf_error(working) && !out->error)
		out->error = buf_error(working);
	return buf_error(working) != 0;
}

static bool
put_url(struct html_values *values, struct buf *out, const char *text, size_t size)
{
	while (size > 0 && (unsigned char)*text <= ' ') {
		text++;
		size--;
	}
	while (size > 0 && (unsigned char)text[size - 1] <= ' ')
		size--;
	if (size == 0)
		return true;
	if (is_plain_http(text, size)) {
		put_decoded(out, text, size);
		return true;
	}
	buf_reset(&values->url);
	url_resolve(&values->url, values->base, text, size);
	if (stick(out, &values->url) || !is_safe_url(buf_str(&values->url)))
		return false;
	put_decoded(out, buf_str(&values->url), values->url.len);
	return true;
}

/* Past the descriptors of a srcset candidate: its "," outside of parentheses. */
static size_t
descriptors_end(const char *text, size_t size, size_t i)
{
	bool nested = false;

	for (; i < size && (nested || text[i] != ','); i++)
		if (text[i] == '(' || text[i] == ')')
			nested = text[i] == '(';
	return i;
}

static void
put_descriptors(struct buf *out, const char *text, size_t size)
{
	size_t i = 0;

	while (i < size) {
		size_t begin;

		while (i < size && html_is_space(text[i]))
			i++;
		for (begin = i; i < size && !html_is_space(text[i]); i++)
			;
		if (i > begin) {
			buf_putc(out, ' ');
			put_decoded(out, text + begin, i - begin);
		}
	}
}

/* One candidate, its URL from begin to end, its descriptors up to stop. */
static bool
put_candidate(struct html_values *values, struct buf *out, bool first, const char *url, size_t size,
	const char *descriptors, size_t n)
{
	size_t mark = out->len;

	if (!first)
		buf_puts(out, ", ");
	if (size == 0 || !put_url(values, out, url, size)) {
		buf_truncate(out, mark);
		return false;
	}
	put_descriptors(out, descriptors, n);
	return true;
}

/* A URL, descriptors, a comma; and so on (HTML Standard, section 4.8.4.2.1). */
static bool
put_srcset(struct html_values *values, struct buf *out, const char *text, size_t size)
{
	size_t i = 0;
	bool any = false;

	for (int n = 0; n < SRCSET_MAX; n++) {
		size_t begin, end, stop;

		while (i < size && (html_is_space(text[i]) || text[i] == ','))
			i++;
		if (i == size)
			break;
		for (begin = i; i < size && !html_is_space(text[i]); i++)
			;
		for (end = i; end > begin && text[end - 1] == ',';)
			end--;
		stop = end < i ? i : descriptors_end(text, size, i);
		if (put_candidate(values, out, !any, text + begin, end - begin, text + i, stop - i))
			any = true;
		i = stop;
	}
	return any;
}

/* What svg paints with: a url() may only name a part of the same image. */
static bool
put_paint(struct buf *out, const char *text, size_t size)
{
	static const char url[] = "url(";
	const char *end = text + size;

	if (memchr(text, '\\', size) || memmem(text, size, "/*", 2))
		return false;
	for (const char *pos = text; pos < end; pos++)
		if ((size_t)(end - pos) >= sizeof(url) - 1 && strncasecmp(pos, url, 4) == 0 &&
			(end - pos == 4 || pos[4] != '#'))
			return false;
	put_decoded(out, text, size);
	return true;
}

static bool
put_lower(struct buf *out, const char *text, size_t size)
{
	size_t mark = out->len;

	put_decoded(out, text, size);
	for (size_t i = mark; i < out->len; i++)
		out->data[i] = html_lower(out->data[i]);
	return true;
}

static bool
put_style(struct buf *out, const struct html_element *element, const char *text, size_t size)
{
	struct buf style;
	size_t mark = out->len;

	buf_init(&style);
	html_style(&style, text, size, element->space == HTML_SPACE_SVG);
	stick(out, &style);
	put_decoded(out, buf_str(&style), style.len);
	buf_done(&style);
	return out->len > mark;
}

static bool
put_fragment(struct buf *out, const char *text, size_t size)
{
	if (size > 0 && *text != '#')
		return false;
	put_decoded(out, text, size);
	return true;
}

static bool
put_namespace(struct buf *out, const struct html_element *element)
{
	buf_puts(out, element->space == HTML_SPACE_SVG ? "http://www.w3.org/2000/svg"
						       : "http://www.w3.org/1998/Math/MathML");
	return element->kind == HTML_KIND_ROOT;
}

/* Links inside of an image lead out of it from "a" alone; others name parts of the image. */
static bool
leads_out(const struct html_element *element)
{
	return element->space != HTML_SPACE_SVG || element->kind == HTML_KIND_A;
}

bool
html_value_write(struct html_values *values, struct buf *out,
	const struct html_attribute_rule *rule, const struct html_element *element,
	struct html_slice raw)
{
	const char *text;
	size_t size;

	if (rule->value == HTML_VALUE_TEXT) {
		put(out, raw, true, IN_ATTRIBUTE);
		return true;
	}
	buf_reset(&values->decoded);
	html_value_decode(&values->decoded, raw);
	text = buf_str(&values->decoded);
	size = values->decoded.len;
	if (stick(out, &values->decoded))
		return false;
	switch ((enum html_value)rule->value) {
	case HTML_VALUE_URL:
		return leads_out(element) ? put_url(values, out, text, size)
					  : put_fragment(out, text, size);
	case HTML_VALUE_SRCSET:
		return put_srcset(values, out, text, size);
	case HTML_VALUE_FRAGMENT:
		return put_fragment(out, text, size);
	case HTML_VALUE_STYLE:
		return put_style(out, element, text, size);
	case HTML_VALUE_PAINT:
		return put_paint(out, text, size);
	case HTML_VALUE_LOWER:
		return put_lower(out, text, size);
	case HTML_VALUE_XMLNS:
		return put_namespace(out, element);
	case HTML_VALUE_XLINK:
		buf_puts(out, "http://www.w3.org/1999/xlink");
		return true;
	case HTML_VALUE_TEXT:
		break;
	}
	return false;
}
