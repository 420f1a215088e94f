/*
 * Fields and bodies of mail. A field knows its column and nothing else; whatever is written to it
 * went through one of three doors: a word of our own, a text that was found to be plain, or encoded
 * words. So nothing remote can make a line.
 *
 * Errors stick in the buffer that is written to; texts in between are cut, never refused.
 */
#include "lib/spool/mail_text.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/utf8.h"

#define ENCODED_MAX 75   /* characters of an encoded word, RFC 2047 section 2 */
#define ENCODED_EDGES 12 /* "=?UTF-8?Q?" and "?=" */
#define ENCODED_ROOM 36  /* less than this is not begun at the end of a line */
#define PLAIN_WORD 60    /* a longer one makes the whole text encoded */

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789ABCDEF";

static bool
is_alnum(unsigned char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z');
}

static bool
is_one_of(unsigned char byte, const char *bytes)
{
	return byte != '\0' && strchr(bytes, byte) != NULL;
}

static bool
is_atext(unsigned char byte)
{
	return is_alnum(byte) || is_one_of(byte, "!#$%&'*+-/=?^_`{|}~");
}

/* Fields */

void
mail_field_begin(struct mail_field *field, struct buf *out, const char *name)
{
	*field = (struct mail_field){ .out = out, .column = strlen(name) + 1 };
	buf_printf(out, "%s:", name);
}

void
mail_field_end(struct mail_field *field)
{
	buf_putc(field->out, '\n');
}

static void
put_word(struct mail_field *field, const char *word, size_t size)
{
	if (field->column + 1 + size > MAIL_COLUMNS && field->column > 1) {
		buf_putc(field->out, '\n');
		field->column = 0;
	}
	buf_putc(field->out, ' ');
	buf_append(field->out, word, size);
	field->column += 1 + size;
}

void
mail_field_word(struct mail_field *field, const char *word)
{
	put_word(field, word, strlen(word));
}

/* The text as valid UTF-8 on one line, white space and controls folded, cut at MAIL_TEXT_MAX. */
static void
clean(struct buf *out, const char *text)
{
	size_t size = utf8_cut(text, strlen(text), MAIL_TEXT_MAX), length;
	bool blank = false;

	for (size_t at = 0; at < size; at += length) {
		unsigned int codepoint;

		length = utf8_decode(text + at, size - at, &codepoint);
		if (utf8_is_space(codepoint) || codepoint < 0x20 ||
			(codepoint >= 0x7f && codepoint < 0xa0)) {
			blank = out->len > 0;
			continue;
		}
		if (blank)
			buf_putc(out, ' ');
		blank = false;
		buf_put_utf8(out, codepoint);
	}
}

/* Printable ASCII in words that fit on a line, and nothing that reads as an encoded word. */
static bool
is_plain(const char *text)
{
	size_t word = 0;

	for (const char *at = text; *at; at++) {
		if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
			return false;
		word = *at == ' ' ? 0 : word + 1;
		if (word > PLAIN_WORD)
			return false;
	}
	return strstr(text, "=?") == NULL;
}

static void
put_plain(struct mail_field *field, const char *text)
{
	while (*text) {
		size_t size = strcspn(text, " ");

		put_word(field, text, size);
		text += size + (text[size] == ' ');
	}
}

/* Encoded words */

/* What stands for itself in Q, in a phrase as well (RFC 2047 section 5). */
static bool
is_q_safe(unsigned char byte)
{
	return is_alnum(byte) || is_one_of(byte, "!*+-/");
}

static size_t
q_cost(const char *text, size_t size)
{
	size_t cost = 0;

	for (size_t i = 0; i < size; i++)
		cost += is_q_safe((unsigned char)text[i]) || text[i] == ' ' ? 1 : 3;
	return cost;
}

static size_t
b_cost(size_t size)
{
	return (size + 2) / 3 * 4;
}

static void
put_q(struct buf *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (is_q_safe(byte))
			buf_putc(out, (char)byte);
		else if (byte == ' ')
			buf_putc(out, '_');
		else
			buf_printf(out, "=%c%c", hex_digits[byte >> 4], hex_digits[byte & 15]);
	}
}

static void
put_base64(struct buf *out, const char *text, size_t size)
{
	const unsigned char *data = (const unsigned char *)text;

	for (size_t i = 0; i < size; i += 3) {
		size_t n = size - i < 3 ? size - i : 3;
		uint32_t bits = (uint32_t)data[i] << 16;

		if (n > 1)
			bits |= (uint32_t)data[i + 1] << 8;
		if (n > 2)
			bits |= data[i + 2];
		buf_putc(out, base64_digits[bits >> 18]);
		buf_putc(out, base64_digits[bits >> 12 & 63]);
		buf_putc(out, n > 1 ? base64_digits[bits >> 6 & 63] : '=');
		buf_putc(out, n > 2 ? base64_digits[bits & 63] : '=');
	}
}

/*
 * How much of the text, in whole characters, is encoded in so many columns. In base64 only the last
 * word is padded: there are readers (GMime) who end the whole text at the padding of its first word.
 */
static size_t
fit(const char *text, size_t size, size_t room, bool base64)
{
	size_t fits = 0, next = 0, cost = 0;

	while (next < size) {
		unsigned int codepoint;
		size_t length = utf8_decode(text + next, size - next, &codepoint);

		cost += q_cost(text + next, length);
		next += length;
		if ((base64 ? b_cost(next) : cost) > room)
			break;
		if (!base64 || next % 3 == 0 || next == size)
			fits = next;
	}
	return fits;
}

static void
put_encoded(struct mail_field *field, const char *text, size_t size)
{
	bool base64 = 5 * b_cost(size) < 4 * q_cost(text, size); /* Q can be read */
	struct buf *out = field->out;

	while (size > 0) {
		size_t room = MAIL_COLUMNS - field->column - 1, begin = out->len, n;
		bool here = base64;

		if (field->column + 1 + ENCODED_ROOM > MAIL_COLUMNS) {
			buf_putc(out, '\n');
			field->column = 0;
			room = MAIL_COLUMNS - 1;
			begin = out->len;
		}
		room = (room > ENCODED_MAX ? ENCODED_MAX : room) - ENCODED_EDGES;
		n = fit(text, size, room, here);
		if (n == 0) {
			here = false;
			n = fit(text, size, room, here);
		}
		buf_puts(out, here ? " =?UTF-8?B?" : " =?UTF-8?Q?");
		if (here)
			put_base64(out, text, n);
		else
			put_q(out, text, n);
		buf_puts(out, "?=");
		if (buf_error(out))
			return;
		field->column += out->len - begin;
		text += n;
		size -= n;
	}
}

void
mail_field_text(struct mail_field *field, const char *text)
{
	struct buf cleaned = { 0 };

	clean(&cleaned, text);
	if (buf_error(&cleaned))
		field->out->error = buf_error(&cleaned);
	else if (is_plain(buf_str(&cleaned)))
		put_plain(field, buf_str(&cleaned));
	else
		put_encoded(field, buf_str(&cleaned), cleaned.len);
	buf_done(&cleaned);
}

static bool
is_atoms(const char *text)
{
	for (; *text; text++)
		if (*text != ' ' && !is_atext((unsigned char)*text))
			return false;
	return true;
}

static void
put_quoted(struct mail_field *field, const char *text)
{
	char quoted[PLAIN_WORD + 3];
	size_t size = strlen(text);

	quoted[0] = quoted[size + 1] = '"';
	memcpy(quoted + 1, text, size);
	put_word(field, quoted, size + 2);
}

bool
mail_field_phrase(struct mail_field *field, const char *text)
{
	struct buf cleaned = { 0 };
	const char *phrase;
	bool plain;

	clean(&cleaned, text);
	phrase = buf_str(&cleaned);
	plain = is_plain(phrase) && !strpbrk(phrase, "\"\\");
	if (buf_error(&cleaned))
		field->out->error = buf_error(&cleaned);
	else if (plain && cleaned.len > 0 && is_atoms(phrase))
		put_plain(field, phrase);
	else if (plain && cleaned.len <= PLAIN_WORD)
		put_quoted(field, phrase);
	else {
		put_encoded(field, phrase, cleaned.len);
		plain = false;
	}
	buf_done(&cleaned);
	return plain;
}

bool
mail_is_word(const char *text)
{
	size_t size = 0;

	for (; text[size]; size++)
		if ((unsigned char)text[size] <= ' ' || (unsigned char)text[size] >= 0x7f ||
			is_one_of((unsigned char)text[size], "<>") || size > MAIL_WORD_MAX)
			return false;
	return size > 0 && !strstr(text, "=?");
}

/* Atoms with single dots between them; returns where they end. */
static const char *
skip_dot_atom(const char *text)
{
	const char *at = text;

	while (is_atext((unsigned char)*at) || (*at == '.' && at > text && at[-1] != '.'))
		at++;
	return at > text && at[-1] == '.' ? text : at;
}

bool
mail_is_address(const char *text)
{
	const char *at = skip_dot_atom(text), *domain = at + 1;

	if (at == text || at - text > 64 || *at != '@' || strlen(domain) > 189)
		return false;
	for (const char *byte = domain; *byte; byte++)
		if (!is_alnum((unsigned char)*byte) && *byte != '-' && *byte != '.')
			return false;
	return skip_dot_atom(domain) == domain + strlen(domain) && *domain;
}

/* Bodies */

/*
 * What quoted-printable writes as it is. At a line's beginning a dot (mail transport) and "From "
 * (mailboxes) are written as numbers; at its end, blanks.
 */
static bool
is_literal(const char *at, const char *end, bool first)
{
	unsigned char byte = (unsigned char)*at;
	bool last = at + 1 == end || at[1] == '\n';

	if (byte == ' ' || byte == '\t')
		return !last;
	if (first && (byte == '.' || (byte == 'F' && end - at >= 5 && !memcmp(at, "From ", 5))))
		return false;
	return byte > ' ' && byte < 0x7f && byte != '=';
}

static void
put_quoted_printable(struct buf *out, const char *text, size_t size)
{
	const char *end = text + size;
	size_t column = 0;

	for (const char *at = text; at < end; at++) {
		bool literal = is_literal(at, end, column == 0);
		bool last = at + 1 == end || at[1] == '\n';

		if (*at == '\n') {
			buf_putc(out, '\n');
			column = 0;
			continue;
		}
		if (column + (literal ? 1 : 3) + !last > MAIL_COLUMNS) {
			buf_puts(out, "=\n");
			column = 0;
			literal = is_literal(at, end, true);
		}
		if (literal)
			buf_putc(out, *at);
		else
			buf_printf(out, "=%c%c", hex_digits[(unsigned char)*at >> 4],
				hex_digits[*at & 15]);
		column += literal ? 1 : 3;
	}
}

/* With the line ends that text has in MIME (RFC 2045 section 6.8). */
static void
put_base64_lines(struct buf *out, const struct buf *text)
{
	struct buf canonical = { 0 };

	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '\n')
			buf_putc(&canonical, '\r');
		buf_putc(&canonical, text->data[i]);
	}
	for (size_t at = 0; at < canonical.len; at += MAIL_COLUMNS / 4 * 3) {
		size_t n = canonical.len - at;

		put_base64(out, canonical.data + at,
			n > MAIL_COLUMNS / 4 * 3 ? MAIL_COLUMNS / 4 * 3 : n);
		buf_putc(out, '\n');
	}
	if (buf_error(&canonical))
		out->error = buf_error(&canonical);
	buf_done(&canonical);
}

void
mail_part(struct buf *out, const char *type, const struct buf *text)
{
	size_t high = 0;
	bool base64;

	for (size_t i = 0; i < text->len; i++)
		high += (unsigned char)text->data[i] >= 0x80;
	base64 = high > text->len / 6;
	buf_printf(out, "Content-Type: %s; charset=utf-8\n", type);
	buf_printf(
		out, "Content-Transfer-Encoding: %s\n\n", base64 ? "base64" : "quoted-printable");
	if (base64) {
		put_base64_lines(out, text);
		return;
	}
	put_quoted_printable(out, buf_str(text), text->len);
	if (text->len > 0 && text->data[text->len - 1] != '\n')
		buf_putc(out, '\n');
}
