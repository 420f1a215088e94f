/*
 * The markup writer. A start tag stays open until something else than an attribute follows. Texts
 * are copied in runs of bytes that need no care.
 *
 * Errors: stick in the buffer. Wrong nesting is our own bug and asserts.
 */
#include "lib/base/weave.h"

#include <assert.h>
#include <string.h>

#include "lib/base/utf8.h"

void
weave_init(struct weave *weave, struct buf *out, enum weave_language language)
{
	*weave = (struct weave){ .out = out, .language = language };
}

static void
end_tag(struct weave *weave)
{
	if (weave->in_tag)
		buf_putc(weave->out, '>');
	weave->in_tag = false;
	weave->empty = false;
}

/* What stands for a byte; NULL: it stands for itself. */
static const char *
escape_of(char byte, bool attribute)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return attribute ? "&quot;" : NULL;
	case '\'':
		return attribute ? "&#39;" : NULL;
	case '\n':
		return attribute ? "&#10;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	case '\r':
		return "&#13;";
	default:
		return (unsigned char)byte < ' ' || byte == 0x7f ? "\xEF\xBF\xBD" : NULL;
	}
}

/* U+FFFE and U+FFFF are no characters in XML; C1 controls steer terminals and say nothing. */
static bool
is_harmful(unsigned int codepoint)
{
	return codepoint == 0xFFFE || codepoint == 0xFFFF ||
	       (codepoint >= 0x80 && codepoint < 0xA0);
}

static void
put_escaped(struct buf *out, const char *text, size_t size, bool attribute)
{
	size_t start = 0, i = 0;

	while (i < size) {
		unsigned int codepoint = (unsigned char)text[i];
		const char *escape = escape_of(text[i], attribute);
		size_t length = 1;

		if (codepoint >= 0x80) {
			length = utf8_decode(text + i, size - i, &codepoint);
			escape = (length == 1 || is_harmful(codepoint)) ? "\xEF\xBF\xBD" : NULL;
		}
		if (escape != NULL) {
			buf_append(out, text + start, i - start);
			buf_puts(out, escape);
			start = i + length;
		}
		i += length;
	}
	buf_append(out, text + start, size - start);
}

void
weave_open(struct weave *weave, const char *name)
{
	assert(weave->depth < WEAVE_DEPTH);
	end_tag(weave);
	weave->names[weave->depth++] = name;
	buf_putc(weave->out, '<');
	buf_puts(weave->out, name);
	weave->in_tag = true;
	weave->empty = true;
}

/* HTML's elements that never have an end tag. */
static bool
is_void(const char *name)
{
	static const char *const names[] = { "area", "base", "br", "col", "embed", "hr", "img",
		"input", "link", "meta", "source", "track", "wbr" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

void
weave_close(struct weave *weave)
{
	const char *name;
	bool empty = weave->empty;

	assert(weave->depth > 0);
	name = weave->names[--weave->depth];
	if (weave->language == WEAVE_XML && empty) {
		buf_puts(weave->out, "/>");
		weave->in_tag = false;
	} else {
		end_tag(weave);
		if (weave->language == WEAVE_XML || !is_void(name)) {
			buf_puts(weave->out, "</");
			buf_puts(weave->out, name);
			buf_putc(weave->out, '>');
		}
	}
	weave->empty = false;
}

void
weave_attribute(struct weave *weave, const char *name, const char *value)
{
	assert(weave->in_tag);
	if (value == NULL)
		return;
	buf_putc(weave->out, ' ');
	buf_puts(weave->out, name);
	buf_puts(weave->out, "=\"");
	put_escaped(weave->out, value, strlen(value), true);
	buf_putc(weave->out, '"');
}

void
weave_attribute_printf(struct weave *weave, const char *name, const char *format, ...)
{
	struct buf value = { 0 };
	va_list args;

	va_start(args, format);
	buf_vprintf(&value, format, args);
	va_end(args);
	if (buf_error(&value) != 0)
		weave->out->error = buf_error(&value);
	weave_attribute(weave, name, buf_str(&value));
	buf_done(&value);
}

void
weave_text_n(struct weave *weave, const char *text, size_t size)
{
	end_tag(weave);
	put_escaped(weave->out, text, size, false);
}

void
weave_text(struct weave *weave, const char *text)
{
	if (text != NULL)
		weave_text_n(weave, text, strlen(text));
}

void
weave_printf(struct weave *weave, const char *format, ...)
{
	struct buf text = { 0 };
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	if (buf_error(&text) != 0)
		weave->out->error = buf_error(&text);
	weave_text(weave, buf_str(&text));
	buf_done(&text);
}

void
weave_element(struct weave *weave, const char *name, const char *class, const char *text)
{
	weave_open(weave, name);
	weave_attribute(weave, "class", class);
	weave_text(weave, text);
	weave_close(weave);
}

void
weave_trusted(struct weave *weave, const char *text)
{
	end_tag(weave);
	buf_puts(weave->out, text);
}
