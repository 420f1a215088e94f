/*
 * The ends of tokens. A search that found the end finds it again; one that did not goes on where it
 * stood. Nothing fails.
 */
#include "lib/feed/xml_token.h"

#include <stdbool.h>
#include <string.h>

#include "lib/feed/xml_entity.h"
#include "lib/feed/xml_tag.h"

#define CDATA "<![CDATA["

/* The size up to the end of needle, which stands at from or behind it; 0: it has not come. */
static size_t
find(struct xml_token_search *search, const char *text, size_t size, size_t from,
	const char *needle)
{
	size_t len = strlen(needle), start = search->seek > from ? search->seek : from;
	const char *at = start < size ? xml_tag_find(text + start, size - start, needle) : NULL;

	if (at) {
		search->seek = (size_t)(at - text);
		return search->seek + len;
	}
	if (size + 1 > start + len)
		search->seek = size + 1 - len;
	return 0;
}

/* A comment ends at its first "--": behind that XML has ">" alone. */
static size_t
comment_size(struct xml_token_search *search, const char *text, size_t size)
{
	size_t end = find(search, text, size, 4, "--");

	return end > 0 && end < size ? end + 1 : 0;
}

/* What begins with "<!": the word that it may be is told by its third byte. */
static size_t
bang_size(struct xml_token_search *search, const char *text, size_t size)
{
	const char *word = size > 2 && text[2] == '-' ? "<!--" : CDATA;
	size_t len = strlen(word), i = 2;

	while (i < len && i < size && text[i] == word[i])
		i++;
	if (i == size)
		return 0;
	if (i < len)
		return i + 1;
	return len == 4 ? comment_size(search, text, size) : find(search, text, size, len, "]]>");
}

/* Where the value that seek stands in ends, or the "<" that must not be in it; NULL: not yet. */
static const char *
value_end(const struct xml_token_search *search, const char *text, size_t size)
{
	const char *at = text + search->seek;
	const char *end = memchr(at, search->quote, size - search->seek);
	const char *bracket = memchr(at, '<', (size_t)((end ? end : text + size) - at));

	return bracket ? bracket : end;
}

/* A tag ends at its ">", or at a "<", which stands in none. */
static size_t
tag_size(struct xml_token_search *search, const char *text, size_t size)
{
	if (search->seek == 0)
		search->seek = 1;
	while (search->seek < size) {
		const char *at = text + search->seek;

		if (search->quote) {
			at = value_end(search, text, size);
			search->seek = at ? (size_t)(at - text) : size;
			if (!at)
				break;
		}
		if (*at == '<' || (*at == '>' && !search->quote))
			return search->seek + 1;
		if (*at == '"' || *at == '\'')
			search->quote = search->quote ? '\0' : *at;
		search->seek++;
	}
	return 0;
}

/* A reference ends with ";", or at what stands in none. */
static size_t
reference_size(struct xml_token_search *search, const char *text, size_t size)
{
	size_t i = search->seek > 1 ? search->seek : 1;

	while (i < size && (xml_entities_name_byte(text[i]) || (i == 1 && text[i] == '#')))
		i++;
	search->seek = i;
	return i < size ? i + 1 : 0;
}

size_t
xml_token_size(struct xml_token_search *search, const char *text, size_t size)
{
	if (text[0] == '&')
		return reference_size(search, text, size);
	if (size < 2)
		return 0;
	if (text[1] == '!')
		return bang_size(search, text, size);
	if (text[1] == '?')
		return find(search, text, size, 2, "?>");
	return text[1] == '/' || xml_tag_is_start(text[1]) ? tag_size(search, text, size) : 2;
}

/* A piece of the prolog that begins with "<". *ret_done: the root's tag, or what cannot be. */
static size_t
prolog_markup(struct xml_prolog_search *search, const char *text, size_t size, bool *ret_done)
{
	size_t root;

	if (size < 3)
		return 0;
	if (text[1] == '?' || (text[1] == '!' && text[2] == '-'))
		return xml_token_size(&search->token, text, size);
	if (text[1] == '!') {
		search->level++;
		return 2;
	}
	root = search->level > 0 ? 2 : xml_token_size(&search->token, text, size);
	*ret_done = root > 0;
	return root;
}

/* Inside of a declaration: a literal, or one byte of what is not. */
static size_t
declaration_piece(struct xml_prolog_search *search, const char *text, size_t size)
{
	char quote[] = { *text, '\0' };

	if (*text == '"' || *text == '\'')
		return find(&search->token, text, size, 1, quote);
	search->level -= *text == '>';
	return 1;
}

static size_t
prolog_piece(struct xml_prolog_search *search, const char *text, size_t size, bool *ret_done)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (*text == '<')
		return prolog_markup(search, text, size, ret_done);
	if (search->level > 0)
		return declaration_piece(search, text, size);
	if (search->at == 0 && memcmp(text, mark, size < 3 ? size : 3) == 0)
		return size < 3 ? 0 : 3;
	*ret_done = !xml_tag_is_space(*text);
	return 1;
}

size_t
xml_token_prolog(struct xml_prolog_search *search, const char *text, size_t size)
{
	bool done = false;

	while (search->at < size) {
		size_t piece = prolog_piece(search, text + search->at, size - search->at, &done);

		if (piece == 0)
			return 0;
		search->at += piece;
		search->token = (struct xml_token_search){ 0 };
		if (done)
			return search->at;
	}
	return 0;
}
