/*
 * HTML as plain text. The same tokens as the sanitiser's, but no nesting is kept apart from lists
 * and pre: a block's tag, opening or closing, begins a line or a paragraph, and how far apart two
 * texts stand is decided when the second one comes. Lists deeper than LISTS_MAX are flattened.
 */
#include "config.h" /* memmem() */

#include <string.h>
#include <strings.h>

#include "lib/base/utf8.h"
#include "lib/base/word.h"
#include "lib/feed/html.h"
#include "lib/feed/html_policy.h"
#include "lib/feed/html_reference.h"
#include "lib/feed/html_token.h"
#include "lib/feed/html_value.h"

#define LISTS_MAX 32
#define ITEM_MAX 1000000

/* How far the next text stands from what came before. */
enum gap { GAP_NONE, GAP_BLANK, GAP_TAB, GAP_LINE, GAP_PARAGRAPH };

struct list {
	bool ordered;
	bool begun; /* it has an item */
	unsigned int item;
};

struct text {
	struct buf *out;
	size_t begin; /* of what was written, in out */
	bool line;    /* everything on one line */
	enum gap gap;
	unsigned int lines;   /* br elements in the gap */
	unsigned int pre;     /* how many pre are open */
	const char *marker;   /* of an item whose text has not come yet; "" for a number */
	unsigned int item;    /* that number */
	unsigned int indent;  /* of the item */
	unsigned int n_lists; /* open */
	struct list lists[LISTS_MAX];
	bool skip_text;
	struct html_slice dropping; /* name of the element whose content is left out */
	struct html_tokens tokens;
	struct html_token token;
	struct buf scratch;
	int error; /* of scratch */
};

static void
widen(struct text *text, enum gap gap)
{
	if (gap > text->gap)
		text->gap = gap;
}

static void
put_marker(struct text *text)
{
	for (unsigned int i = 1; i < text->indent; i++)
		buf_puts(text->out, "  ");
	if (*text->marker)
		buf_puts(text->out, text->marker);
	else
		buf_printf(text->out, "%u. ", text->item);
	text->marker = NULL;
}

/* Writes the gap that stands before the text that comes now. */
static void
put_gap(struct text *text)
{
	bool first = text->out->len == text->begin;

	if (text->line && text->gap > GAP_BLANK)
		text->gap = GAP_BLANK;
	if (!first && text->gap == GAP_PARAGRAPH)
		buf_puts(text->out, "\n\n");
	else if (!first && text->gap == GAP_LINE)
		buf_puts(text->out, text->lines > 1 ? "\n\n" : "\n");
	else if (!first && text->gap == GAP_TAB)
		buf_putc(text->out, '\t');
	else if (!first && text->gap == GAP_BLANK)
		buf_putc(text->out, ' ');
	text->gap = GAP_NONE;
	text->lines = 0;
	if (text->marker && !text->line)
		put_marker(text);
}

/* True for what is neither white space nor to be looked at. */
static bool
is_word(char byte)
{
	return (html_bytes[(unsigned char)byte] & (HTML_BYTE_SPACE | HTML_BYTE_PLAIN)) ==
	       HTML_BYTE_PLAIN;
}

/*
 * How many of eight bytes are words one blank apart, all of them or none; a blank at their end is
 * left for the next look. The text before them is such words, and does not end with a blank.
 */
static size_t
words_length(uint64_t word)
{
	uint64_t blank = word_where(word, ' ');

	if ((word_below(word, 0x20) | word_has(word, '&') | word_has(word, 0x7F) |
		    word_has(word, 0xC2) | (blank & (blank << 8))) != 0)
		return 0;
	return WORD_SIZE - (blank >> 63);
}

/* The end of what can be put at once, which begins with a word: words one blank apart. */
static const char *
words_end(const char *pos, const char *end)
{
	const char *stop;
	size_t size;

	while (pos < end) {
		while (end - pos >= WORD_SIZE && (size = words_length(word_load(pos))) > 0)
			pos += size;
		stop = end - pos > WORD_SIZE ? pos + WORD_SIZE : end;
		while (pos < stop && is_word(*pos))
			pos++;
		if (pos == stop)
			continue;
		if (*pos != ' ' || pos + 1 == end || !is_word(pos[1]))
			break;
		pos += 2;
	}
	return pos;
}

static void
put_words(struct text *text, const char *words, size_t size)
{
	put_gap(text);
	buf_append(text->out, words, size);
}

/* A no-break space is white space in plain text; so is what many a reference stands for. */
static void
put_character(struct text *text, const char *character)
{
	if (html_is_space(*character) || strcmp(character, "\xC2\xA0") == 0)
		widen(text, GAP_BLANK);
	else if ((unsigned char)*character >= ' ' && *character != '\x7F')
		put_words(text, character, strlen(character));
}

/* The byte at pos is neither white space nor part of a word. Returns past what it begins. */
static const char *
put_other(struct text *text, const char *pos, const char *end, bool references)
{
	struct html_reference reference;

	if (*pos == '&' && references &&
		html_reference_read(pos, (size_t)(end - pos), false, &reference)) {
		put_character(text, reference.text);
		return pos + reference.size;
	}
	if (*pos == '\xC2' && pos + 1 < end && pos[1] == '\xA0') {
		widen(text, GAP_BLANK);
		return pos + 2;
	}
	if (*pos == '&' || *pos == '\xC2')
		put_words(text, pos, 1);
	return pos + 1;
}

/* Outside of pre: white space is folded. */
static void
put_folded(struct text *text, struct html_slice raw, bool references)
{
	const char *pos = raw.ptr, *end = pos + raw.size;

	while (pos < end) {
		const char *begin = pos;

		if (html_is_space(*pos)) {
			widen(text, GAP_BLANK);
			pos++;
		} else if (is_word(*pos)) {
			pos = words_end(pos, end);
			put_words(text, begin, (size_t)(pos - begin));
		} else {
			pos = put_other(text, pos, end, references);
		}
	}
}

/* Inside of pre: lines and blanks stay, but line ends at its own ends do not. */
static void
put_preserved(struct text *text, const char *pos, const char *end)
{
	while (pos < end) {
		const char *begin = pos;

		if (*pos == '\n') {
			text->lines++;
			widen(text, GAP_LINE);
			pos++;
			continue;
		}
		for (; pos < end && *pos != '\n'; pos++)
			;
		if (text->gap == GAP_LINE && text->out->len > text->begin) {
			while (text->lines-- > 1)
				buf_putc(text->out, '\n');
			text->lines = 0;
		}
		put_gap(text);
		buf_append(text->out, begin, (size_t)(pos - begin));
	}
}

/* No-break spaces are white space in plain text. */
static void
plain_spaces(struct buf *text)
{
	char *to;
	const char *from, *end;

	if (text->len == 0)
		return;
	from = to = memmem(text->data, text->len, "\xC2\xA0", 2);
	end = text->data + text->len;
	if (!to)
		return;
	while (from < end) {
		if (*from == '\xC2' && from[1] == '\xA0') {
			*to++ = ' ';
			from += 2;
		} else {
			*to++ = *from++;
		}
	}
	buf_truncate(text, (size_t)(to - text->data));
}

static void
put_text(struct text *text, struct html_slice raw, bool references)
{
	if (text->pre == 0 || text->line) {
		put_folded(text, raw, references);
		return;
	}
	buf_reset(&text->scratch);
	if (references)
		html_value_decode(&text->scratch, raw);
	else
		buf_append(&text->scratch, raw.ptr, raw.size);
	text->error = text->error ? text->error : buf_error(&text->scratch);
	plain_spaces(&text->scratch);
	put_preserved(text, buf_str(&text->scratch), buf_str(&text->scratch) + text->scratch.len);
}

static void
put_alt(struct text *text)
{
	const struct html_attribute *alt = html_token_attribute(&text->token, "alt");
	struct buf value;

	if (!alt || text->line)
		return;
	buf_reset(&text->scratch);
	html_value_decode(&text->scratch, alt->value);
	buf_init(&value);
	utf8_fold_space(&value, buf_str(&text->scratch), text->scratch.len);
	if (value.len > 0) {
		put_gap(text);
		buf_printf(text->out, "[%s]", buf_str(&value));
	}
	buf_done(&value);
}

static void
begin_list(struct text *text, bool ordered)
{
	const struct html_attribute *start = html_token_attribute(&text->token, "start");
	struct list *list;

	widen(text, text->n_lists > 0 ? GAP_LINE : GAP_PARAGRAPH);
	text->n_lists++;
	if (text->n_lists > LISTS_MAX)
		return;
	list = &text->lists[text->n_lists - 1];
	*list = (struct list){ .ordered = ordered };
	if (!start || !ordered)
		return;
	for (size_t i = 0; i < start->value.size; i++) {
		char c = start->value.ptr[i];

		if (c < '0' || c > '9' || list->item > ITEM_MAX)
			break;
		list->item = list->item * 10 + (unsigned int)(c - '0');
	}
	list->item -= list->item > 0;
}

static void
begin_item(struct text *text)
{
	unsigned int depth = text->n_lists < LISTS_MAX ? text->n_lists : LISTS_MAX;
	struct list *list = depth > 0 ? &text->lists[depth - 1] : NULL;

	/* What ended inside of the item before, a paragraph say, does not part the items. */
	if (list && list->begun)
		text->gap = GAP_LINE;
	widen(text, GAP_LINE);
	text->lines = 0;
	text->indent = depth;
	text->marker = list && list->ordered ? "" : "- ";
	if (!list)
		return;
	list->begun = true;
	if (list->ordered)
		text->item = ++list->item;
}

static void
end_list(struct text *text)
{
	if (text->n_lists > 0)
		text->n_lists--;
	text->marker = NULL;
	widen(text, text->n_lists > 0 ? GAP_LINE : GAP_PARAGRAPH);
}

/* What a block's tag, opening or closing, puts between the texts. */
static void
pass_block(struct text *text, const struct html_element *element)
{
	switch ((enum html_kind)element->kind) {
	case HTML_KIND_P:
	case HTML_KIND_HEADING:
	case HTML_KIND_PRE:
	case HTML_KIND_TABLE:
	case HTML_KIND_HR:
		widen(text, text->marker ? GAP_LINE : GAP_PARAGRAPH);
		break;
	case HTML_KIND_CELL:
		widen(text, GAP_TAB);
		break;
	default:
		if (element->flags & HTML_BLOCK)
			widen(text, GAP_LINE);
		break;
	}
	if (element->kind == HTML_KIND_OTHER && strcmp(element->name, "blockquote") == 0)
		widen(text, GAP_PARAGRAPH);
}

static void
start_element(struct text *text, const struct html_element *element)
{
	switch ((enum html_kind)element->kind) {
	case HTML_KIND_BR:
		text->lines++;
		widen(text, GAP_LINE);
		break;
	case HTML_KIND_IMG:
		put_alt(text);
		break;
	case HTML_KIND_UL:
	case HTML_KIND_OL:
		begin_list(text, element->kind == HTML_KIND_OL);
		break;
	case HTML_KIND_LI:
		begin_item(text);
		break;
	case HTML_KIND_PRE:
		pass_block(text, element);
		text->pre++;
		break;
	default:
		pass_block(text, element);
		break;
	}
}

static void
end_element(struct text *text, const struct html_element *element)
{
	switch ((enum html_kind)element->kind) {
	case HTML_KIND_UL:
	case HTML_KIND_OL:
		end_list(text);
		break;
	case HTML_KIND_LI:
		text->marker = NULL;
		widen(text, GAP_LINE);
		break;
	case HTML_KIND_PRE:
		text->pre -= text->pre > 0;
		pass_block(text, element);
		break;
	default:
		pass_block(text, element);
		break;
	}
}

static bool
same_name(struct html_slice a, struct html_slice b)
{
	return a.size == b.size && strncasecmp(a.ptr, b.ptr, a.size) == 0;
}

static void
pass_tag(struct text *text)
{
	struct html_slice name = text->token.text;
	const struct html_element *element;

	if (text->dropping.size > 0) {
		if (text->token.kind == HTML_END && same_name(name, text->dropping))
			text->dropping.size = 0;
		return;
	}
	element = html_element_find(HTML_SPACE_HTML, name.ptr, name.size);
	if (!element)
		return;
	if (text->token.kind == HTML_END) {
		end_element(text, element);
		return;
	}
	if (element->mode != HTML_MODE_DATA && !text->token.self_closing) {
		html_tokens_enter(&text->tokens, (enum html_mode)element->mode, &text->token);
		text->skip_text = element->flags & HTML_DROPPED;
	} else if (element->flags & HTML_DROPPED && !text->token.self_closing) {
		text->dropping = name;
	}
	start_element(text, element);
}

static void
run(struct text *text, const char *html, size_t size)
{
	html_tokens_init(&text->tokens, html, size);
	while (html_tokens_next(&text->tokens, &text->token)) {
		if (text->token.kind == HTML_TEXT) {
			if (!text->skip_text && text->dropping.size == 0)
				put_text(text, text->token.text, text->token.references);
			text->skip_text = false;
		} else if (text->token.kind != HTML_IGNORED) {
			pass_tag(text);
		}
	}
}

static void
convert(struct buf *out, const char *html, size_t size, bool line)
{
	struct text text = { .out = out, .begin = out->len, .line = line };

	buf_init(&text.scratch);
	run(&text, html, size);
	if (text.error && !out->error)
		out->error = text.error;
	buf_done(&text.scratch);
}

void
html_to_text(struct buf *out, const char *text, size_t size)
{
	convert(out, text, size, false);
}

void
html_to_line(struct buf *out, const char *text, size_t size)
{
	convert(out, text, size, true);
}
