/*
 * HTML as tokens, by the WHATWG tokenization rules (HTML Standard, section 13.2.5). Tokens are
 * slices of the input; nothing is allocated, decoded or copied. One pass: no byte is looked at more
 * than a fixed number of times.
 */
#ifndef LIB_FEED_HTML_TOKEN_H
#define LIB_FEED_HTML_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#define HTML_ATTRIBUTES_MAX 64 /* of one tag; what follows is dropped */

enum html_token_kind {
	HTML_TEXT,
	HTML_START,
	HTML_END,
	HTML_IGNORED, /* comment, doctype, processing instruction: nothing of it is kept */
};

/* How the text after a start tag is to be read. */
enum html_mode {
	HTML_MODE_DATA,
	HTML_MODE_RCDATA,  /* title, textarea: no tags, but character references */
	HTML_MODE_RAWTEXT, /* style, xmp: neither */
	HTML_MODE_SCRIPT,  /* the same with its escaped states */
	HTML_MODE_PLAINTEXT,
};

struct html_slice {
	const char *ptr;
	size_t size;
};

struct html_attribute {
	struct html_slice name;
	struct html_slice value; /* raw: character references stand in it */
};

struct html_token {
	enum html_token_kind kind;
	struct html_slice text; /* the raw text, or the tag's name as written */
	bool references;        /* character references in the text have a meaning */
	bool self_closing;
	size_t n_attributes; /* as written, duplicates included: the first one counts */
	struct html_attribute attributes[HTML_ATTRIBUTES_MAX];
};

struct html_tokens {
	const char *pos;
	const char *end;
	enum html_mode mode;
	struct html_slice raw_name; /* whose end tag ends the mode */
	bool foreign;               /* inside svg or math: CDATA sections are read */
};

void html_tokens_init(struct html_tokens *tokens, const char *text, size_t size);

/* The next token; false at the end. A tag or comment that is not closed by then is dropped. */
bool html_tokens_next(struct html_tokens *tokens, struct html_token *ret_token);

/*
 * To be called after the start tag of an element whose content is not data: the next token is its
 * text up to its end tag.
 */
void html_tokens_enter(
	struct html_tokens *tokens, enum html_mode mode, const struct html_token *start);

/* The token's first attribute of that name (in lower case); NULL where it has none. */
const struct html_attribute *html_token_attribute(const struct html_token *token, const char *name);

enum {
	HTML_BYTE_SPACE = 1,  /* tab, newline, form feed, carriage return, blank */
	HTML_BYTE_NAME = 2,   /* ends a tag's name: white space, "/", ">" */
	HTML_BYTE_LETTER = 4, /* ASCII alone */
	HTML_BYTE_PLAIN =
		8, /* stands for itself in plain text: no "&", control or no-break space */
};

/* What each byte is, by the bits above. */
extern const unsigned char html_bytes[256];

static inline bool
html_is_space(char byte)
{
	return html_bytes[(unsigned char)byte] & HTML_BYTE_SPACE;
}

/* ASCII alone, whatever the locale. */
static inline char
html_lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static inline bool
html_is_letter(char byte)
{
	return html_bytes[(unsigned char)byte] & HTML_BYTE_LETTER;
}

#endif
