/*
 * The tokenizer. The standard's states are folded into one function a construct, since a token is
 * looked for in memory and not in a stream: each function finds where its construct ends. What the
 * standard calls parse errors has no name here; the outcome is the same. At the end of the input an
 * unfinished tag, comment or declaration yields nothing.
 */
#include "config.h" /* memmem() */

#include "lib/feed/html_token.h"

#include <string.h>
#include <strings.h>

#define SPACE (HTML_BYTE_SPACE | HTML_BYTE_NAME)

const unsigned char html_bytes[256] = {
	['\t'] = SPACE | HTML_BYTE_PLAIN,
	['\n'] = SPACE | HTML_BYTE_PLAIN,
	['\f'] = SPACE,
	['\r'] = SPACE,
	[' '] = SPACE | HTML_BYTE_PLAIN,
	['!' ... '%'] = HTML_BYTE_PLAIN,
	['\'' ... '.'] = HTML_BYTE_PLAIN,
	['/'] = HTML_BYTE_NAME | HTML_BYTE_PLAIN,
	['0' ... '='] = HTML_BYTE_PLAIN,
	['>'] = HTML_BYTE_NAME | HTML_BYTE_PLAIN,
	['?' ... '@'] = HTML_BYTE_PLAIN,
	['A' ... 'Z'] = HTML_BYTE_LETTER | HTML_BYTE_PLAIN,
	['[' ... '`'] = HTML_BYTE_PLAIN,
	['a' ... 'z'] = HTML_BYTE_LETTER | HTML_BYTE_PLAIN,
	['{' ... '~'] = HTML_BYTE_PLAIN,
	[0x80 ... 0xC1] = HTML_BYTE_PLAIN,
	/* 0xC2 begins a no-break space */
	[0xC3 ... 0xFF] = HTML_BYTE_PLAIN,
};

void
html_tokens_init(struct html_tokens *tokens, const char *text, size_t size)
{
	*tokens = (struct html_tokens){ .pos = text, .end = text + size };
}

void
html_tokens_enter(struct html_tokens *tokens, enum html_mode mode, const struct html_token *start)
{
	tokens->mode = mode;
	tokens->raw_name = start->text;
}

static size_t
left(const struct html_tokens *tokens, const char *pos)
{
	return (size_t)(tokens->end - pos);
}

/* True where text, in any case, stands at pos. */
static bool
stands(const struct html_tokens *tokens, const char *pos, const char *text, size_t size)
{
	return left(tokens, pos) >= size && strncasecmp(pos, text, size) == 0;
}

/* Past the next ">"; the end where there is none. */
static const char *
past_gt(const struct html_tokens *tokens, const char *pos)
{
	const char *gt = memchr(pos, '>', left(tokens, pos));

	return gt ? gt + 1 : tokens->end;
}

/* pos is past "<!--". */
static const char *
past_comment(const struct html_tokens *tokens, const char *pos)
{
	if (stands(tokens, pos, ">", 1))
		return pos + 1;
	if (stands(tokens, pos, "->", 2))
		return pos + 2;
	while ((pos = memchr(pos, '-', left(tokens, pos)))) {
		if (stands(tokens, pos, "-->", 3))
			return pos + 3;
		if (stands(tokens, pos, "--!>", 4))
			return pos + 4;
		pos++;
	}
	return tokens->end;
}

/* A CDATA section in foreign content is text without references. pos is past "<![CDATA[". */
static bool
read_cdata(struct html_tokens *tokens, const char *pos, struct html_token *token)
{
	const char *close = memmem(pos, left(tokens, pos), "]]>", 3);

	token->kind = HTML_TEXT;
	token->references = false;
	token->text = (struct html_slice){ pos, close ? (size_t)(close - pos) : left(tokens, pos) };
	tokens->pos = close ? close + 3 : tokens->end;
	return true;
}

static bool
ignore(struct html_tokens *tokens, const char *next, struct html_token *token)
{
	tokens->pos = next;
	token->kind = HTML_IGNORED;
	return true;
}

/* "<!" stands at pos. */
static bool
read_declaration(struct html_tokens *tokens, const char *pos, struct html_token *token)
{
	if (stands(tokens, pos, "<!--", 4))
		return ignore(tokens, past_comment(tokens, pos + 4), token);
	if (tokens->foreign && left(tokens, pos) >= 9 && memcmp(pos, "<![CDATA[", 9) == 0)
		return read_cdata(tokens, pos + 9, token);
	return ignore(tokens, past_gt(tokens, pos), token);
}

static const char *
skip_space(const struct html_tokens *tokens, const char *pos)
{
	while (pos < tokens->end && html_is_space(*pos))
		pos++;
	return pos;
}

/* The value after "=" at pos. Returns past it, NULL where the input ends first. */
static const char *
read_value(const struct html_tokens *tokens, const char *pos, struct html_slice *ret_value)
{
	const char *begin;

	pos = skip_space(tokens, pos + 1);
	if (pos == tokens->end)
		return NULL;
	if (*pos == '"' || *pos == '\'') {
		const char *close = memchr(pos + 1, *pos, left(tokens, pos + 1));

		if (!close)
			return NULL;
		*ret_value = (struct html_slice){ pos + 1, (size_t)(close - pos - 1) };
		return close + 1;
	}
	for (begin = pos; pos < tokens->end && *pos != '>' && !html_is_space(*pos); pos++)
		;
	*ret_value = (struct html_slice){ begin, (size_t)(pos - begin) };
	return pos;
}

/* The attribute at pos. Returns past it, NULL where the input ends first. */
static const char *
read_attribute(
	const struct html_tokens *tokens, const char *pos, struct html_attribute *ret_attribute)
{
	const char *begin = pos, *after;

	/* A "=" at the beginning is part of the name. */
	for (pos++; pos < tokens->end; pos++)
		if (*pos == '=' || html_bytes[(unsigned char)*pos] & HTML_BYTE_NAME)
			break;
	*ret_attribute = (struct html_attribute){
		.name = { begin, (size_t)(pos - begin) },
		.value = { pos, 0 },
	};
	after = skip_space(tokens, pos);
	if (after < tokens->end && *after == '=')
		return read_value(tokens, after, &ret_attribute->value);
	return after;
}

/* The attributes up to and with ">". Returns past it, NULL where the input ends first. */
static const char *
read_attributes(const struct html_tokens *tokens, const char *pos, struct html_token *token)
{
	struct html_attribute extra;

	while (pos && (pos = skip_space(tokens, pos)) < tokens->end) {
		if (*pos == '>') {
			token->self_closing = pos[-1] == '/' && token->self_closing;
			return pos + 1;
		}
		token->self_closing = *pos == '/';
		if (*pos == '/') {
			pos++;
			continue;
		}
		if (token->n_attributes < HTML_ATTRIBUTES_MAX)
			pos = read_attribute(
				tokens, pos, &token->attributes[token->n_attributes++]);
		else
			pos = read_attribute(tokens, pos, &extra);
	}
	return NULL;
}

/* A tag whose name begins at pos. */
static bool
read_tag(struct html_tokens *tokens, const char *pos, enum html_token_kind kind,
	struct html_token *token)
{
	const char *begin = pos;

	while (pos < tokens->end && !(html_bytes[(unsigned char)*pos] & HTML_BYTE_NAME))
		pos++;
	token->kind = kind;
	token->text = (struct html_slice){ begin, (size_t)(pos - begin) };
	token->n_attributes = 0;
	token->self_closing = false;
	pos = read_attributes(tokens, pos, token);
	tokens->pos = pos ? pos : tokens->end;
	return pos != NULL;
}

/* True where "<" at pos begins something other than text. */
static bool
begins_markup(const struct html_tokens *tokens, const char *pos)
{
	if (left(tokens, pos) < 2)
		return false;
	if (pos[1] == '/')
		return left(tokens, pos) > 2;
	return html_is_letter(pos[1]) || pos[1] == '!' || pos[1] == '?';
}

static bool
read_text(struct html_tokens *tokens, const char *end, bool references, struct html_token *token)
{
	token->kind = HTML_TEXT;
	token->references = references;
	token->text = (struct html_slice){ tokens->pos, (size_t)(end - tokens->pos) };
	tokens->pos = end;
	return true;
}

static bool
read_data(struct html_tokens *tokens, struct html_token *token)
{
	const char *pos = tokens->pos;

	while ((pos = memchr(pos, '<', left(tokens, pos))) && !begins_markup(tokens, pos))
		pos++;
	if (!pos)
		return read_text(tokens, tokens->end, true, token);
	if (pos > tokens->pos)
		return read_text(tokens, pos, true, token);
	if (html_is_letter(pos[1]))
		return read_tag(tokens, pos + 1, HTML_START, token);
	if (pos[1] == '!')
		return read_declaration(tokens, pos, token);
	if (pos[1] == '/' && html_is_letter(pos[2]))
		return read_tag(tokens, pos + 2, HTML_END, token);
	return ignore(tokens, past_gt(tokens, pos), token);
}

/* True where a tag of this name (and no longer one) begins at pos, past its "<" or "</". */
static bool
names(const struct html_tokens *tokens, const char *pos, const char *name, size_t size)
{
	if (!stands(tokens, pos, name, size) || left(tokens, pos) == size)
		return false;
	return html_bytes[(unsigned char)pos[size]] & HTML_BYTE_NAME;
}

/* The "<" of the end tag that ends raw text. */
static const char *
find_raw_end(const struct html_tokens *tokens)
{
	const char *pos = tokens->pos;

	while ((pos = memchr(pos, '<', left(tokens, pos)))) {
		if (left(tokens, pos) > 2 && pos[1] == '/' &&
			names(tokens, pos + 2, tokens->raw_name.ptr, tokens->raw_name.size))
			return pos;
		pos++;
	}
	return tokens->end;
}

/*
 * The same for a script: after "<!--" a "<script" hides the next "</script", until "-->" ends what
 * was begun.
 */
static const char *
find_script_end(const struct html_tokens *tokens)
{
	bool escaped = false, twice = false;
	const char *pos = tokens->pos, *begin = pos;

	for (; pos < tokens->end; pos++) {
		if (*pos == '>' && escaped && pos - begin >= 2 && memcmp(pos - 2, "--", 2) == 0) {
			escaped = twice = false;
		} else if (*pos != '<') {
			continue;
		} else if (!escaped && stands(tokens, pos, "<!--", 4)) {
			escaped = true;
			begin = pos + 2; /* its dashes count for "-->" as well */
			pos += 3;
		} else if (escaped && !twice && names(tokens, pos + 1, "script", 6)) {
			twice = true;
		} else if (stands(tokens, pos, "</", 2) && names(tokens, pos + 2, "script", 6)) {
			if (!twice)
				return pos;
			twice = false;
		}
	}
	return tokens->end;
}

/* The text of an element that is not data; none where its end tag follows at once. */
static bool
read_raw(struct html_tokens *tokens, struct html_token *token)
{
	enum html_mode mode = tokens->mode;
	const char *end = tokens->end;

	tokens->mode = HTML_MODE_DATA;
	if (mode == HTML_MODE_SCRIPT)
		end = find_script_end(tokens);
	else if (mode != HTML_MODE_PLAINTEXT)
		end = find_raw_end(tokens);
	return read_text(tokens, end, mode == HTML_MODE_RCDATA, token);
}

bool
html_tokens_next(struct html_tokens *tokens, struct html_token *ret_token)
{
	if (tokens->pos == tokens->end)
		return false;
	if (tokens->mode != HTML_MODE_DATA)
		return read_raw(tokens, ret_token);
	return read_data(tokens, ret_token);
}

const struct html_attribute *
html_token_attribute(const struct html_token *token, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < token->n_attributes; i++)
		if (token->attributes[i].name.size == size &&
			html_lower(*token->attributes[i].name.ptr) == *name &&
			strncasecmp(token->attributes[i].name.ptr, name, size) == 0)
			return &token->attributes[i];
	return NULL;
}
