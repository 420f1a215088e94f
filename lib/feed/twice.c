/*
 * Text that was made UTF-8 twice: each of its characters stands for a byte of windows-1252 (or of
 * ISO 8859-1), and the bytes are UTF-8. A single character that does not fit ends it, so ordinary
 * text is told from it at its first accent. Linear. Errors stick in the buffer.
 */
#include "lib/feed/twice.h"

#include <string.h>

#include "lib/base/utf8.h"

static const char windows_1252[][4] = { "\u20ac", "", "\u201a", "\u0192", "\u201e", "\u2026",
	"\u2020", "\u2021", "\u02c6", "\u2030", "\u0160", "\u2039", "\u0152", "", "\u017d", "", "",
	"\u2018", "\u2019", "\u201c", "\u201d", "\u2022", "\u2013", "\u2014", "\u02dc", "\u2122",
	"\u0161", "\u203a", "\u0153", "", "\u017e", "\u0178" };

const char *
twice_windows_1252(unsigned char byte)
{
	return byte >= 0x80 && byte <= 0x9f ? windows_1252[byte - 0x80] : "";
}

/* The byte that the character at text stands for, or -1; its length goes to *ret_length. */
static int
byte_of(const char *text, size_t size, size_t *ret_length)
{
	unsigned int codepoint;
	size_t length = utf8_decode(text, size, &codepoint);

	*ret_length = length;
	if (codepoint <= 0xff)
		return (int)codepoint;
	for (unsigned int i = 0; i < sizeof(windows_1252) / sizeof(*windows_1252); i++)
		if (strlen(windows_1252[i]) == length && memcmp(windows_1252[i], text, length) == 0)
			return (int)(0x80 + i);
	return -1;
}

/* How many bytes follow a lead byte; 0 for what leads nothing. */
static unsigned int
tails(int lead)
{
	if (lead >= 0xc2 && lead <= 0xdf)
		return 1;
	if (lead >= 0xe0 && lead <= 0xef)
		return 2;
	return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
}

/* One character of the text as it was. Returns how much of the text it took; 0: it was none. */
static size_t
undo_one(struct buf *out, const char *text, size_t size)
{
	char bytes[4];
	unsigned int n = 0, left = 0;
	size_t at = 0;

	do {
		size_t length;
		int byte = at < size ? byte_of(text + at, size - at, &length) : -1;

		if (byte < 0x80)
			return 0;
		if (n == 0)
			left = tails(byte);
		else if (byte > 0xbf)
			return 0;
		bytes[n++] = (char)byte;
		at += length;
	} while (n <= left);
	if (n < 2 || utf8_valid(bytes, n) != n)
		return 0;
	buf_append(out, bytes, n);
	return at;
}

bool
twice_undo(struct buf *out, const char *text, size_t size)
{
	size_t before = out->len, at = 0;

	if (utf8_ascii(text, size) == size)
		return false;
	while (at < size) {
		size_t ascii = utf8_ascii(text + at, size - at), taken;

		buf_append(out, text + at, ascii);
		at += ascii;
		if (at == size)
			break;
		taken = undo_one(out, text + at, size - at);
		if (taken == 0) {
			buf_truncate(out, before);
			return false;
		}
		at += taken;
	}
	return true;
}
