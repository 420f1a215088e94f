/*
 * UTF-8 by the table of well-formed sequences (Unicode, table 3-7): no overlong forms, no
 * surrogates, nothing above U+10FFFF. What is mostly ASCII is walked eight bytes at a time.
 *
 * Errors: none; a byte that begins nothing valid stands for itself, one byte long.
 */
#include "lib/base/utf8.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/word.h"

static bool
is_tail(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The length of the valid sequence that begins at text with a byte above 0x7F; 0 for none. */
static size_t
sequence(const char *text, size_t size)
{
	const unsigned char *t = (const unsigned char *)text;

	if (t[0] < 0xC2 || t[0] > 0xF4 || size < 2 || !is_tail(text[1]))
		return 0;
	if (t[0] < 0xE0)
		return 2;
	if (size < 3 || !is_tail(text[2]))
		return 0;
	if (t[0] < 0xF0) {
		if ((t[0] == 0xE0 && t[1] < 0xA0) || (t[0] == 0xED && t[1] > 0x9F))
			return 0;
		return 3;
	}
	if (size < 4 || !is_tail(text[3]) || (t[0] == 0xF0 && t[1] < 0x90) ||
		(t[0] == 0xF4 && t[1] > 0x8F))
		return 0;
	return 4;
}

size_t
utf8_decode(const char *text, size_t size, unsigned int *ret_codepoint)
{
	static const unsigned char lead_mask[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	unsigned char lead = (unsigned char)text[0];
	unsigned int codepoint;
	size_t len;

	if (lead < 0x80) {
		*ret_codepoint = lead;
		return 1;
	}
	len = sequence(text, size);
	if (len == 0) {
		*ret_codepoint = 0xFFFD;
		return 1;
	}
	codepoint = lead & lead_mask[len];
	for (size_t i = 1; i < len; i++)
		codepoint = codepoint << 6 | ((unsigned char)text[i] & 0x3F);
	*ret_codepoint = codepoint;
	return len;
}

size_t
utf8_ascii(const char *text, size_t size)
{
	size_t at = 0;
	uint64_t word;

	while (size - at >= sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		if ((word & WORD_EVERY(0x80)) != 0)
			break;
		at += sizeof(word);
	}
	while (at < size && (unsigned char)text[at] < 0x80)
		at++;
	return at;
}

/* The length of the characters of two bytes at the beginning, as most alphabets are written. */
static size_t
pairs(const char *text, size_t size)
{
	size_t at = 0;

	while (size - at >= 2 && (unsigned char)text[at] >= 0xC2 &&
		(unsigned char)text[at] < 0xE0 && is_tail(text[at + 1]))
		at += 2;
	return at;
}

size_t
utf8_valid(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		if ((unsigned char)text[at] < 0x80) {
			at += utf8_ascii(text + at, size - at);
		} else {
			size_t len = pairs(text + at, size - at);

			if (len == 0)
				len = sequence(text + at, size - at);
			if (len == 0)
				break;
			at += len;
		}
	}
	return at;
}

bool
utf8_is_space(unsigned int codepoint)
{
	if (codepoint < 0x80)
		return codepoint == ' ' || (codepoint >= '\t' && codepoint <= '\r');
	if (codepoint >= 0x2000 && codepoint <= 0x200B)
		return true;
	switch (codepoint) {
	case 0x0085:
	case 0x00A0:
	case 0x1680:
	case 0x2028:
	case 0x2029:
	case 0x202F:
	case 0x205F:
	case 0x3000:
	case 0xFEFF:
		return true;
	default:
		return false;
	}
}

#define SPACE 1
#define LEAD 2 /* begins a white space character above ASCII, or another */

static const unsigned char space_class[256] = {
	['\t' ... '\r'] = SPACE,
	[' '] = SPACE,
	[0xC2] = LEAD,
	[0xE1] = LEAD,
	[0xE2] = LEAD,
	[0xE3] = LEAD,
	[0xEF] = LEAD,
};

/* The length of the white space character at text, 0 where there is none. */
static size_t
space_at(const char *text, size_t size)
{
	unsigned char class = space_class[(unsigned char)text[0]];
	unsigned int codepoint;
	size_t len;

	if (class != LEAD)
		return class;
	len = utf8_decode(text, size, &codepoint);
	return utf8_is_space(codepoint) ? len : 0;
}

/*
 * How many of eight bytes that stand behind a word's last are folded: all of them where they are
 * ASCII without controls and no two blanks are side by side, but for a blank at their end, behind
 * which another may stand. 0: look closer.
 */
static size_t
folded_bytes(const char *text)
{
	uint64_t word = word_load(text);
	uint64_t blank = word_where(word, ' ');

	if (!word_is_plain(word) || (blank & (blank << 8)) != 0)
		return 0;
	return WORD_SIZE - (size_t)(blank >> 63);
}

/*
 * How many bytes are words with single blanks between them: what is folded already. The text begins
 * with a word.
 */
static size_t
folded_length(const char *text, size_t size)
{
	size_t at = 0, fast;

	while (at < size) {
		fast = size - at >= WORD_SIZE ? folded_bytes(text + at) : 0;
		if (fast > 0)
			at += fast;
		else if (space_at(text + at, size - at) == 0)
			at++;
		else if (text[at] == ' ' && size - at >= 2 &&
			 space_at(text + at + 1, size - at - 1) == 0)
			at += 2;
		else
			break;
	}
	return at;
}

void
utf8_fold_space(struct buf *out, const char *text, size_t size)
{
	size_t at = 0;
	bool first = true;

	while (at < size) {
		size_t space = space_at(text + at, size - at), word;

		if (space > 0) {
			at += space;
			continue;
		}
		word = folded_length(text + at, size - at);
		if (!first)
			buf_putc(out, ' ');
		first = false;
		buf_append(out, text + at, word);
		at += word;
	}
}

size_t
utf8_length(const char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < size; i++)
		length += !is_tail(text[i]);
	return length;
}

size_t
utf8_cut(const char *text, size_t size, size_t max)
{
	size_t len = max;

	if (size <= max)
		return size;
	while (len > 0 && max - len < 4 && is_tail(text[len]))
		len--;
	return is_tail(text[len]) ? max : len;
}
