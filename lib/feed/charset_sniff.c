/*
 * Byte order marks, the patterns of RFC 7303 and XML 1.0 appendix F, the XML declaration, the
 * charset parameter. Nothing here depends on more than the first CHARSET_HEAD_MAX bytes.
 *
 * Errors: none; what is not understood is not there.
 */
#include "lib/feed/charset_sniff.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* UTF-32 stands before the UTF-16 that begins like it. */
static const struct mark {
	const char *label;
	size_t size;
	unsigned char bytes[4];
} marks[] = {
	{ "utf-8", 3, { 0xEF, 0xBB, 0xBF } },
	{ "utf-32le", 4, { 0xFF, 0xFE, 0x00, 0x00 } },
	{ "utf-32be", 4, { 0x00, 0x00, 0xFE, 0xFF } },
	{ "utf-16le", 2, { 0xFF, 0xFE } },
	{ "utf-16be", 2, { 0xFE, 0xFF } },
};

/* Which of the first four bytes are zero where they are two or one characters of ASCII. */
static const struct pattern {
	const char *label;
	bool zero[4];
} patterns[] = {
	{ "utf-32be", { true, true, true, false } },
	{ "utf-32le", { false, true, true, true } },
	{ "utf-16be", { true, false, true, false } },
	{ "utf-16le", { false, true, false, true } },
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void
copy_label(const char *label, size_t size, char ret_label[CHARSET_LABEL_SIZE])
{
	ret_label[0] = '\0';
	if (size >= CHARSET_LABEL_SIZE)
		return;
	memcpy(ret_label, label, size);
	ret_label[size] = '\0';
}

static bool
find_mark(const char *head, size_t size, struct charset_sniff *sniff)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (size < marks[i].size || memcmp(head, marks[i].bytes, marks[i].size) != 0)
			continue;
		sniff->shape = CHARSET_SHAPE_BOM;
		sniff->bom = marks[i].size;
		copy_label(marks[i].label, strlen(marks[i].label), sniff->label);
		return true;
	}
	return false;
}

static bool
find_pattern(const char *head, size_t size, struct charset_sniff *sniff)
{
	for (size_t i = 0; size >= 4 && i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		size_t at = 0;

		while (at < 4 && (head[at] == '\0') == patterns[i].zero[at])
			at++;
		if (at < 4)
			continue;
		sniff->shape = CHARSET_SHAPE_WIDE;
		copy_label(patterns[i].label, strlen(patterns[i].label), sniff->label);
		return true;
	}
	return false;
}

/*
 * Where the XML declaration begins; size where the text has none, SIZE_MAX where more bytes could
 * bring one. Text, comments and other instructions before it are skipped, an element ends the
 * search.
 */
static size_t
find_declaration(const char *text, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		if (text[at] != '<')
			continue;
		if (at + 6 > size)
			return SIZE_MAX;
		if (strncasecmp(text + at, "<?xml", 5) == 0 && is_space(text[at + 5]))
			return at;
		if (is_letter(text[at + 1]))
			return size;
	}
	return SIZE_MAX;
}

/* The value of encoding="…" in the declaration, up to its end. */
static void
find_encoding(const char *text, size_t size, char ret_label[CHARSET_LABEL_SIZE])
{
	size_t at = 0, start;
	char quote;

	while (at + 8 < size && strncasecmp(text + at, "encoding", 8) != 0)
		at++;
	at += 8;
	while (at < size && is_space(text[at]))
		at++;
	if (at >= size || text[at] != '=')
		return;
	at++;
	while (at < size && is_space(text[at]))
		at++;
	if (at >= size || (text[at] != '"' && text[at] != '\''))
		return;
	quote = text[at++];
	start = at;
	while (at < size && text[at] != quote)
		at++;
	if (at < size)
		copy_label(text + start, at - start, ret_label);
}

void
charset_from_declaration(const char *text, size_t size, char ret_label[CHARSET_LABEL_SIZE])
{
	size_t start = find_declaration(text, size);
	const char *end = start < size ? memchr(text + start, '>', size - start) : NULL;

	ret_label[0] = '\0';
	if (end != NULL)
		find_encoding(text + start, (size_t)(end - text) - start, ret_label);
}

/* An ASCII document: its declaration is complete, or there is none. */
static bool
find_ascii(const char *head, size_t size, struct charset_sniff *sniff)
{
	size_t at = 0, start;

	while (at < size && is_space(head[at]))
		at++;
	if (at == size)
		return false;
	sniff->json = head[at] == '{' || head[at] == '[';
	if (sniff->json)
		return true;
	start = find_declaration(head, size);
	if (start == SIZE_MAX || (start < size && memchr(head + start, '>', size - start) == NULL))
		return false;
	charset_from_declaration(head, size, sniff->label);
	return true;
}

/* Behind the first "?>", which is the same in every EBCDIC; size where there is none. */
static size_t
ebcdic_end(const char *head, size_t size)
{
	for (size_t at = 0; at + 1 < size; at++) {
		if (head[at] == 0x6F && head[at + 1] == 0x6E)
			return at + 2;
	}
	return size;
}

static bool
is_ebcdic(const char *head, size_t size)
{
	return size >= 4 && memcmp(head, "\x4C\x6F\xA7\x94", 4) == 0;
}

void
charset_sniff(const char *head, size_t size, bool last, struct charset_sniff *ret_sniff)
{
	*ret_sniff = (struct charset_sniff){ 0 };
	if (size >= CHARSET_HEAD_MAX) {
		size = CHARSET_HEAD_MAX;
		last = true;
	}
	if ((size < 4 && !last) || find_mark(head, size, ret_sniff) ||
		find_pattern(head, size, ret_sniff))
		return;
	if (is_ebcdic(head, size)) {
		ret_sniff->declaration = ebcdic_end(head, size);
		if (last || ret_sniff->declaration < size)
			ret_sniff->shape = CHARSET_SHAPE_EBCDIC;
		return;
	}
	if (find_ascii(head, size, ret_sniff) || last)
		ret_sniff->shape = CHARSET_SHAPE_ASCII;
}

void
charset_from_http(const char *content_type, char ret_label[CHARSET_LABEL_SIZE])
{
	const char *at = content_type == NULL ? NULL : strchr(content_type, ';');
	size_t size;

	ret_label[0] = '\0';
	for (; at != NULL; at = strchr(at, ';')) {
		at++;
		at += strspn(at, " \t");
		if (strncasecmp(at, "charset", 7) != 0)
			continue;
		at += 7;
		at += strspn(at, " \t");
		if (*at != '=')
			continue;
		at++;
		at += strspn(at, " \t\"'");
		size = strcspn(at, " \t\"';,");
		copy_label(at, size, ret_label);
		return;
	}
}
