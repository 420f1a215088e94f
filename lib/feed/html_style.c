/*
 * A style attribute is taken apart into declarations. Each is kept as it stands or left out, never
 * changed, and is kept only where its property is in a table and its value is made of words,
 * numbers, colours and quoted plain names: no url(), no expression(), nothing that loads or runs.
 * Backslash, braces, comments and "@" are how such things are disguised, so a style that has one is
 * refused as a whole. Properties that could lay text over the page around it (position, z-index)
 * are not in the table, and neither are lengths of more than four digits.
 */
#include "config.h" /* memmem() */

#include "lib/feed/html_style.h"

#include <string.h>
#include <strings.h>

#include "lib/feed/html_token.h"

#define STYLE_MAX_SIZE 4096
#define DIGITS_MAX 4

struct declaration {
	struct html_slice property;
	struct html_slice value;
};

/* Kept with any value made of harmless tokens. */
static const char *const properties[] = { "azimuth", "background-color", "border-bottom-color",
	"border-collapse", "border-color", "border-left-color", "border-right-color",
	"border-spacing", "border-top-color", "caption-side", "clear", "color", "cursor",
	"direction", "display", "elevation", "empty-cells", "float", "font", "font-family",
	"font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing",
	"line-height", "list-style-type", "max-height", "max-width", "min-height", "min-width",
	"object-fit", "overflow", "pause", "pause-after", "pause-before", "pitch", "pitch-range",
	"quotes", "richness", "speak", "speak-header", "speak-numeral", "speak-punctuation",
	"speech-rate", "stress", "table-layout", "text-align", "text-decoration", "text-indent",
	"text-transform", "unicode-bidi", "vertical-align", "voice-family", "volume", "white-space",
	"width", "word-break", "word-spacing", "word-wrap" };

static const char *const svg_properties[] = { "fill", "fill-opacity", "fill-rule", "opacity",
	"stop-color", "stop-opacity", "stroke", "stroke-dasharray", "stroke-dashoffset",
	"stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-opacity", "stroke-width",
	"text-anchor" };

/* Families of properties, kept where each word of the value is a number, a colour or a keyword. */
static const char *const families[] = { "background", "border", "margin", "padding" };

static const char *const keywords[] = { "!important", "aqua", "auto", "black", "block", "blue",
	"bold", "both", "bottom", "brown", "center", "collapse", "dashed", "dotted", "double",
	"fuchsia", "gray", "green", "groove", "grey", "inherit", "inset", "italic", "left", "lime",
	"maroon", "medium", "navy", "none", "normal", "nowrap", "olive", "orange", "outset",
	"pointer", "purple", "red", "ridge", "right", "silver", "solid", "teal", "thick", "thin",
	"top", "transparent", "underline", "white", "yellow" };

static const char *const functions[] = { "rgb", "rgba", "hsl", "hsla" };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define LISTED(table, text, size) listed(table, COUNT(table), text, size)

static bool
listed(const char *const *table, size_t n, const char *text, size_t size)
{
	char initial = size > 0 ? html_lower(*text) : '\0';

	for (size_t i = 0; i < n; i++)
		if (table[i][0] == initial && strncasecmp(table[i], text, size) == 0 &&
			table[i][size] == '\0')
			return true;
	return false;
}

static bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
is_word(char byte)
{
	return html_is_letter(byte) || is_digit(byte) || byte == '-' || byte == '_';
}

static struct html_slice
trimmed(const char *begin, const char *end)
{
	while (begin < end && html_is_space(*begin))
		begin++;
	while (end > begin && html_is_space(end[-1]))
		end--;
	return (struct html_slice){ begin, (size_t)(end - begin) };
}

/* Past the quoted text at pos; NULL where it holds more than a plain name. */
static const char *
past_string(const char *pos, const char *end)
{
	char quote = *pos++;

	for (; pos < end && *pos != quote; pos++)
		if (!is_word(*pos) && !strchr(" .,", *pos) && (unsigned char)*pos < 0x80)
			return NULL;
	return pos < end ? pos + 1 : NULL;
}

/* Past the number at pos with its unit; NULL where it is out of bounds. */
static const char *
past_number(const char *pos, const char *end)
{
	size_t digits = 0;

	for (; pos < end && is_digit(*pos); pos++)
		if (++digits > DIGITS_MAX)
			return NULL;
	if (pos < end && *pos == '.')
		for (pos++; pos < end && is_digit(*pos); pos++)
			;
	while (pos < end && (html_is_letter(*pos) || *pos == '%'))
		pos++;
	return pos;
}

/* Past the word at pos, and past its arguments where it is a function that gives a colour. */
static const char *
past_word(const char *pos, const char *end)
{
	const char *begin = pos;

	while (pos < end && is_word(*pos))
		pos++;
	if (pos == end || *pos != '(')
		return pos;
	if (!LISTED(functions, begin, (size_t)(pos - begin)))
		return NULL;
	for (pos++; pos < end && *pos != ')'; pos++)
		if (!is_digit(*pos) && !strchr(",.%/ ", *pos))
			return NULL;
	return pos < end ? pos + 1 : NULL;
}

/* Past one token of a value; NULL where it is none of the harmless ones. */
static const char *
past_token(const char *pos, const char *end)
{
	if (is_digit(*pos) || (*pos == '.' && pos + 1 < end && is_digit(pos[1])))
		return past_number(pos, end);
	if (*pos == '-' && pos + 1 < end && (is_digit(pos[1]) || pos[1] == '.'))
		return past_number(pos + 1, end);
	if (is_word(*pos))
		return past_word(pos, end);
	if (*pos == '"' || *pos == '\'')
		return past_string(pos, end);
	if (*pos == '#' || *pos == '!') {
		for (pos++; pos < end && is_word(*pos); pos++)
			;
		return pos;
	}
	return html_is_space(*pos) || *pos == ',' || *pos == '/' ? pos + 1 : NULL;
}

static bool
is_harmless(struct html_slice value)
{
	const char *pos = value.ptr, *end = pos + value.size;

	while (pos && pos < end)
		pos = past_token(pos, end);
	return pos != NULL;
}

/* The value is harmless. */
static bool
has_known_words(struct html_slice value)
{
	const char *pos = value.ptr, *end = pos + value.size;

	while (pos < end) {
		const char *begin = pos;

		if (html_is_space(*pos) || *pos == ',') {
			pos++;
			continue;
		}
		pos = past_token(pos, end);
		if (html_is_letter(*begin) || *begin == '!')
			if (!LISTED(keywords, begin, (size_t)(pos - begin)) && pos[-1] != ')')
				return false;
		if (*begin == '"' || *begin == '\'')
			return false;
	}
	return true;
}

static bool
is_kept(const struct declaration *declaration, bool svg)
{
	struct html_slice name = declaration->property;
	const char *dash = memchr(name.ptr, '-', name.size);

	if (declaration->value.size == 0 || !is_harmless(declaration->value))
		return false;
	if (LISTED(properties, name.ptr, name.size))
		return true;
	if (LISTED(families, name.ptr, dash ? (size_t)(dash - name.ptr) : name.size))
		return has_known_words(declaration->value);
	return svg && LISTED(svg_properties, name.ptr, name.size);
}

/* The end of the declaration at pos: its ";" outside of quotes and parentheses. */
static const char *
declaration_end(const char *pos, const char *end)
{
	char quote = '\0';
	bool nested = false;

	for (; pos < end; pos++) {
		if (quote) {
			quote = *pos == quote ? '\0' : quote;
		} else if (*pos == '"' || *pos == '\'') {
			quote = *pos;
		} else if (*pos == '(' || *pos == ')') {
			nested = *pos == '(';
		} else if (*pos == ';' && !nested) {
			break;
		}
	}
	return pos;
}

/* Reads the declaration at *pos and moves behind it; false at the end. */
static bool
next_declaration(const char **pos, const char *end, struct declaration *ret_declaration)
{
	while (*pos < end) {
		const char *begin = *pos, *stop = declaration_end(begin, end);
		const char *colon = memchr(begin, ':', (size_t)(stop - begin));

		*pos = stop < end ? stop + 1 : end;
		if (!colon)
			continue;
		ret_declaration->property = trimmed(begin, colon);
		ret_declaration->value = trimmed(colon + 1, stop);
		return true;
	}
	return false;
}

static bool
is_disguised(const char *text, size_t size)
{
	static const bool suspect[256] = { ['\0'] = true,
		['\\'] = true,
		['{'] = true,
		['}'] = true,
		['<'] = true,
		['>'] = true,
		['@'] = true,
		['&'] = true,
		['`'] = true };

	if (size > STYLE_MAX_SIZE || memmem(text, size, "/*", 2))
		return true;
	for (size_t i = 0; i < size; i++)
		if (suspect[(unsigned char)text[i]])
			return true;
	return false;
}

static bool
is_name(struct html_slice name)
{
	for (size_t i = 0; i < name.size; i++)
		if (!is_word(name.ptr[i]))
			return false;
	return name.size > 0;
}

/* Line breaks inside of a value become blanks. */
static void
put_folded(struct buf *out, struct html_slice text)
{
	for (size_t i = 0; i < text.size; i++)
		buf_putc(out, html_is_space(text.ptr[i]) ? ' ' : text.ptr[i]);
}

void
html_style(struct buf *out, const char *text, size_t size, bool svg)
{
	const char *pos = text, *end = text + size;
	struct declaration declaration;
	bool any = false;

	if (is_disguised(text, size))
		return;
	while (next_declaration(&pos, end, &declaration)) {
		if (!is_name(declaration.property) || !is_kept(&declaration, svg))
			continue;
		if (any)
			buf_putc(out, ' ');
		put_folded(out, declaration.property);
		buf_puts(out, ": ");
		put_folded(out, declaration.value);
		buf_putc(out, ';');
		any = true;
	}
}

static bool
is_property(const struct declaration *declaration, const char *name)
{
	return declaration->property.size == strlen(name) &&
	       strncasecmp(declaration->property.ptr, name, declaration->property.size) == 0;
}

/* True for a length of one pixel or none. */
static bool
is_tiny(struct html_slice value)
{
	if (value.size == 0 || (value.ptr[0] != '0' && value.ptr[0] != '1'))
		return false;
	if (value.size == 1 || html_is_space(value.ptr[1]))
		return true;
	return value.size >= 3 && strncasecmp(value.ptr + 1, "px", 2) == 0;
}

bool
html_style_hides(const char *text, size_t size)
{
	const char *pos = text, *end = text + size;
	struct declaration declaration;
	bool narrow = false, low = false;

	while (next_declaration(&pos, end, &declaration)) {
		struct html_slice value = declaration.value;

		if (is_property(&declaration, "display") && value.size >= 4 &&
			strncasecmp(value.ptr, "none", 4) == 0)
			return true;
		narrow = narrow || (is_property(&declaration, "width") && is_tiny(value));
		low = low || (is_property(&declaration, "height") && is_tiny(value));
	}
	return narrow && low;
}
