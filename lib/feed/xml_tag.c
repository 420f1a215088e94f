/*
 * Tags by tolerant rules. Nothing is kept, nothing fails; each byte is looked at a bounded number
 * of times, since a value that was never closed is given up at the next quote of its kind.
 */
#include "lib/feed/xml_tag.h"

#include <string.h>

bool
xml_tag_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool
xml_tag_is_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
	       (c & 0x80);
}

size_t
xml_tag_name(const char *text, size_t size)
{
	size_t len = 0;

	while (len < size && !xml_tag_is_space(text[len]) && !strchr("/>=<\"'", text[len]))
		len++;
	return len;
}

/* What may follow the closing quote of a value. */
static bool
follows_value(char c)
{
	return xml_tag_is_space(c) || c == '>' || c == '/' || c == '?' || c == '<';
}

/* One byte inside of a quoted value; true where the tag turns out to end at search->bracket. */
static bool
pass_value(struct xml_tag_search *search, const char *text, size_t at, size_t size)
{
	if (text[at] == '>' && search->bracket == 0)
		search->bracket = at;
	if (text[at] != search->quote)
		return false;
	if (search->bracket > 0 && at + 1 < size && !follows_value(text[at + 1]))
		return true;
	search->last = search->quote;
	search->quote = '\0';
	search->bracket = 0;
	return false;
}

/* No end in what there is. */
static enum xml_tag_end
end_missing(struct xml_tag_search *search, size_t size, size_t max, bool final, size_t *ret_end)
{
	if (size >= max) {
		*ret_end = max;
		return XML_TAG_LONG;
	}
	if (!final)
		return XML_TAG_MORE;
	if (search->quote && search->bracket > 0) {
		*ret_end = search->bracket;
		return XML_TAG_CLOSED;
	}
	*ret_end = size;
	return XML_TAG_CUT;
}

enum xml_tag_end
xml_tag_end(struct xml_tag_search *search, const char *text, size_t size, size_t max, bool final,
	size_t *ret_end)
{
	size_t limit = size < max ? size : max;
	size_t i = search->seek > 0 ? search->seek : 1;

	for (; i < limit; i++) {
		char c = text[i];

		if (search->quote && c == search->quote && i + 1 == limit &&
			(limit == max || !final))
			break; /* the next byte tells whether it closes */
		if (search->quote) {
			if (!pass_value(search, text, i, limit))
				continue;
			*ret_end = search->bracket;
			return XML_TAG_CLOSED;
		}
		if (c == '>' || c == '<') {
			*ret_end = i;
			return c == '>' ? XML_TAG_CLOSED : XML_TAG_OPEN;
		}
		if ((c == '"' || c == '\'') && search->last == '=')
			search->quote = c;
		else if (!xml_tag_is_space(c))
			search->last = c;
	}
	search->seek = i;
	return end_missing(search, size, max, final, ret_end);
}

/* The value at text + *pos, which is moved behind it. */
static void
read_value(const char *text, size_t size, size_t *pos, struct xml_tag_attribute *attribute)
{
	char quote = text[*pos];
	bool quoted = quote == '"' || quote == '\'';
	const char *start = text + *pos + (quoted ? 1 : 0);
	const char *end = quoted ? memchr(start, quote, size - (size_t)(start - text)) : NULL;

	attribute->value = start;
	if (end) {
		attribute->value_len = (size_t)(end - start);
		*pos = (size_t)(end - text) + 1;
		attribute->sloppy = *pos < size && !follows_value(text[*pos]);
		return;
	}
	attribute->sloppy = true;
	*pos = (size_t)(start - text);
	while (*pos < size && !xml_tag_is_space(text[*pos]))
		(*pos)++;
	attribute->value_len = (size_t)(text + *pos - start);
}

bool
xml_tag_attribute(
	const char *text, size_t size, size_t *pos, struct xml_tag_attribute *ret_attribute)
{
	size_t i = *pos, after;

	while (i < size && (xml_tag_is_space(text[i]) || strchr("/=\"'?", text[i])))
		i++;
	if (i == size) {
		*pos = i;
		return false;
	}
	*ret_attribute = (struct xml_tag_attribute){ .name = text + i };
	ret_attribute->name_len = xml_tag_name(text + i, size - i);
	if (ret_attribute->name_len == 0) /* a ">" or "<" from a value that was never closed */
		ret_attribute->name_len = 1;
	i += ret_attribute->name_len;
	for (after = i; after < size && xml_tag_is_space(text[after]);)
		after++;
	if (after == size || text[after] != '=') {
		ret_attribute->sloppy = true;
		*pos = i;
		return true;
	}
	for (i = after + 1; i < size && xml_tag_is_space(text[i]);)
		i++;
	if (i < size)
		read_value(text, size, &i, ret_attribute);
	*pos = i;
	return true;
}

size_t
xml_tag_word(const char **text, size_t *size, const char **ret_word)
{
	size_t len;

	while (*size > 0 && xml_tag_is_space(**text)) {
		(*text)++;
		(*size)--;
	}
	len = xml_tag_name(*text, *size);
	*ret_word = *text;
	*text += len;
	*size -= len;
	return len;
}

bool
xml_tag_is_blank(const char *text, size_t size)
{
	while (size > 0 && xml_tag_is_space(text[size - 1]))
		size--;
	return size == 0;
}

const char *
xml_tag_find(const char *text, size_t size, const char *needle)
{
	size_t len = strlen(needle);
	const char *end = text + size, *at = text;

	while ((size_t)(end - at) >= len) {
		at = memchr(at, needle[0], (size_t)(end - at) - len + 1);
		if (!at || memcmp(at, needle, len) == 0)
			return at;
		at++;
	}
	return NULL;
}
