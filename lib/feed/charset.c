/*
 * The character set of a document, found as its bytes arrive.
 *
 * SNIFF holds back the beginning until a byte order mark, the XML declaration or its absence is
 * seen. Then bytes are decoded by a decoder (DECODE), or are taken for UTF-8 (UTF8), which their
 * own form proves or refutes. At the first byte above ASCII SAMPLE collects SAMPLE_SIZE bytes and
 * decides what the document is in: two bytes of GBK or EUC may look like UTF-8, a page of them does
 * not.
 * Every step depends on a fixed number of bytes after it, so the text does not depend on how the
 * bytes were cut.
 *
 * Errors: bad bytes and false declarations are repaired and the first reason is kept in words;
 * memory sticks in the buffers and is returned.
 */
#include "lib/feed/charset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/feed/charset_decode.h"
#include "lib/feed/charset_guess.h"
#include "lib/feed/charset_labels.h"
#include "lib/feed/charset_sniff.h"

#define SAMPLE_SIZE 4096
#define REASON_SIZE 160

enum charset_state {
	CHARSET_SNIFF,
	CHARSET_UTF8_TEXT,
	CHARSET_SAMPLE,
	CHARSET_DECODE,
};

struct charset {
	enum charset_state state;
	char http[CHARSET_LABEL_SIZE];   /* the Content-Type's label */
	struct buf held;                 /* bytes that wait for more */
	struct charset_decoder *decoder; /* in DECODE */

	/* in UTF8_TEXT and SAMPLE */
	const struct charset_info *claim;    /* declared, if not UTF-8: true while all is ASCII */
	const struct charset_info *fallback; /* what else was declared; NULL: nothing was */
	bool declared;                       /* UTF-8 was */
	bool sure; /* what it is in was judged: single bytes are repaired */
	bool high; /* characters above ASCII were seen */
	bool bad;  /* bytes that are not UTF-8 were seen */

	char reason[REASON_SIZE]; /* "" for none */
};

int
charset_new(const char *content_type, struct charset **ret_charset)
{
	struct charset *charset = calloc(1, sizeof(*charset));

	if (charset == NULL)
		return -ENOMEM;
	charset_from_http(content_type, charset->http);
	*ret_charset = charset;
	return 0;
}

void
charset_free(struct charset *charset)
{
	if (charset == NULL)
		return;
	charset_decoder_free(charset->decoder);
	buf_done(&charset->held);
	free(charset);
}

/* Keeps the first reason. */
static void __attribute__((format(printf, 2, 3)))
repair(struct charset *charset, const char *format, ...)
{
	va_list args;

	if (charset->reason[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(charset->reason, sizeof(charset->reason), format, args);
	va_end(args);
}

/* From here on bytes are decoded; where this system cannot, as UTF-8. */
static int
start_decoder(struct charset *charset, const struct charset_info *info)
{
	int r = charset_decoder_new(info, &charset->decoder);

	if (r == 0) {
		charset->state = CHARSET_DECODE;
	} else if (r == -ENOTSUP) {
		repair(charset, "this system cannot decode %s", info->name);
		charset->state = CHARSET_UTF8_TEXT;
		charset->fallback = NULL;
		r = 0;
	}
	return r;
}

static int
start_label(struct charset *charset, const char *label)
{
	const struct charset_info *info = charset_find(label, strlen(label));

	if (info->kind != CHARSET_UTF8)
		return start_decoder(charset, info);
	charset->state = CHARSET_UTF8_TEXT;
	charset->declared = true;
	charset->sure = true;
	return 0;
}

/* EBCDIC: the declaration is read as IBM037, where its letters stand as in all others. */
static int
start_ebcdic(struct charset *charset, const char *head, size_t size)
{
	const struct charset_info *info = charset_find("ibm037", 6);
	struct charset_decoder *decoder;
	char label[CHARSET_LABEL_SIZE];
	struct buf text = { 0 };
	const struct charset_info *named;
	int r = charset_decoder_new(info, &decoder);

	if (r == -ENOTSUP)
		return start_decoder(charset, info);
	if (r < 0)
		return r;
	r = charset_decoder_push(decoder, head, size, true, &text);
	charset_decoder_free(decoder);
	if (r == 0) {
		charset_from_declaration(buf_str(&text), text.len, label);
		named = charset_find(label, strlen(label));
		if (named == NULL || named->kind != CHARSET_EBCDIC)
			named = charset_find(charset->http, strlen(charset->http));
		if (named == NULL || named->kind != CHARSET_EBCDIC)
			repair(charset, "EBCDIC that does not say which");
		else
			info = named;
		r = start_decoder(charset, info);
	}
	buf_done(&text);
	return r;
}

/* What a label means in a document whose markup is ASCII; NULL where that cannot be. */
static const struct charset_info *
find_declared(struct charset *charset, const char *label, const char *where)
{
	const struct charset_info *info = charset_find(label, strlen(label));

	if (label[0] == '\0')
		return NULL;
	if (info == NULL)
		repair(charset, "%s names the unknown character set \"%s\"", where, label);
	else if (!charset_is_ascii(info) && info->kind != CHARSET_STATEFUL)
		repair(charset, "%s says %s, which the bytes are not", where, info->name);
	else
		return info;
	return NULL;
}

static bool
is_utf8(const struct charset_info *info)
{
	return info != NULL && info->kind == CHARSET_UTF8;
}

static bool
is_us_ascii(const struct charset_info *info)
{
	return strcmp(info->name, "us-ascii") == 0;
}

/*
 * The Content-Type goes before the declaration (RFC 7303). Where one of the two says UTF-8, or
 * us-ascii is said, which more bytes can refute than obey, the bytes are taken for UTF-8 until they
 * prove the contrary: so many servers say iso-8859-1 of all their files.
 */
static int
start_ascii(struct charset *charset, const struct charset_sniff *sniff)
{
	const struct charset_info *http = find_declared(charset, charset->http, "the Content-Type");
	const struct charset_info *xml = find_declared(
		charset, sniff->label, "the XML declaration");
	const struct charset_info *first = http != NULL ? http : xml;
	const struct charset_info *other = http != NULL ? xml : NULL;

	if (first != NULL && !is_utf8(first)) {
		bool doubt = is_us_ascii(first) || is_utf8(other) || sniff->json;

		if (!doubt || !charset_is_ascii(first))
			return start_decoder(charset, first);
		charset->claim = first;
		charset->fallback = first;
		if (is_us_ascii(first))
			charset->fallback = other;
	} else {
		charset->declared = first != NULL;
		charset->fallback = other;
	}
	if (is_utf8(charset->fallback) ||
		(charset->fallback != NULL && !charset_is_ascii(charset->fallback)))
		charset->fallback = NULL;
	charset->state = CHARSET_UTF8_TEXT;
	return 0;
}

static int
sniff(struct charset *charset, const char *data, size_t size, bool last, size_t *ret_used)
{
	struct charset_sniff found;

	*ret_used = 0;
	charset_sniff(data, size, last, &found);
	switch (found.shape) {
	case CHARSET_SHAPE_MORE:
		return 0;
	case CHARSET_SHAPE_BOM:
		*ret_used = found.bom;
		return start_label(charset, found.label);
	case CHARSET_SHAPE_WIDE:
		return start_label(charset, found.label);
	case CHARSET_SHAPE_EBCDIC:
		return start_ebcdic(charset, data, found.declaration);
	default:
		return start_ascii(charset, &found);
	}
}

/* How long the sequence is that begins with this byte; 1 for one that begins none. */
static size_t
sequence_length(char byte)
{
	unsigned char lead = (unsigned char)byte;

	if (lead < 0xC2 || lead > 0xF4)
		return 1;
	return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* The character that a byte above 0x7F is in windows-1252. */
static unsigned int
from_windows_1252(unsigned char byte)
{
	static const unsigned short c1[32] = { 0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020,
		0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D, 0x17D, 0x8F, 0x90, 0x2018,
		0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153,
		0x9D, 0x17E, 0x178 };

	return byte >= 0x80 && byte < 0xA0 ? c1[byte - 0x80] : byte;
}

/*
 * Bytes that are not UTF-8. In a document that is, two or more of a sequence are what a careless
 * cut left of a character; a byte alone is windows-1252 that came in from elsewhere. Returns how
 * many it took.
 */
static size_t
put_bad(struct charset *charset, const char *data, size_t size, struct buf *out)
{
	size_t need = sequence_length(data[0]), len = 1;

	charset->bad = true;
	while (charset->high && len < need && len < size &&
		((unsigned char)data[len] & 0xC0) == 0x80)
		len++;
	if (len > 1)
		buf_put_utf8(out, 0xFFFD);
	else
		buf_put_utf8(out, from_windows_1252((unsigned char)data[0]));
	return len;
}

static void
put_valid(struct charset *charset, const char *data, size_t size, struct buf *out)
{
	buf_append(out, data, size);
	charset->high = charset->high || utf8_ascii(data, size) < size;
}

static size_t
push_utf8(struct charset *charset, const char *data, size_t size, bool last, struct buf *out)
{
	size_t at = 0;

	if (!charset->sure) {
		at = utf8_ascii(data, size);
		buf_append(out, data, at);
		if (at < size)
			charset->state = CHARSET_SAMPLE;
		return at;
	}
	while (at < size) {
		size_t valid = utf8_valid(data + at, size - at);

		put_valid(charset, data + at, valid, out);
		at += valid;
		if (at == size || (!last && size - at < sequence_length(data[at])))
			break;
		repair(charset, "bytes that are not UTF-8");
		at += put_bad(charset, data + at, size - at, out);
	}
	return at;
}

/* Whether the sample is UTF-8 for the most part, its last and perhaps cut character left out. */
static bool
is_mostly_utf8(const char *data, size_t size)
{
	size_t good = 0, bad = 0, at = 0;

	while (at < size) {
		unsigned int codepoint;
		size_t len = utf8_decode(data + at, size - at, &codepoint);

		if (len > 1)
			good++;
		else if ((unsigned char)data[at] >= 0x80 && size - at >= 4)
			bad++;
		at += len;
	}
	return good > bad;
}

/* Leaves SAMPLE: the sample says what the document is in. */
static int
judge(struct charset *charset, const char *data, size_t size)
{
	const struct charset_info *info = charset->fallback;

	size = size > SAMPLE_SIZE ? SAMPLE_SIZE : size;
	charset->state = CHARSET_UTF8_TEXT;
	charset->sure = true;
	if (is_mostly_utf8(data, size)) {
		charset->high = true;
		if (charset->claim != NULL)
			repair(charset, "said to be %s, but the bytes are UTF-8",
				charset->claim->name);
		return 0;
	}
	if (info == NULL) {
		info = charset_guess(data, size);
		if (info != NULL && strcmp(info->whatwg, "windows-1252") == 0)
			info = NULL; /* so are single bytes read here */
	}
	if (charset->declared)
		repair(charset, "said to be UTF-8, but the bytes are not");
	else if (charset->claim == NULL)
		repair(charset, "no character set is declared, and the bytes are not UTF-8");
	else if (info != charset->claim)
		repair(charset, "said to be %s, but the bytes are not", charset->claim->name);
	return info == NULL ? 0 : start_decoder(charset, info);
}

/* Takes what it can of the bytes. A step that changes the state takes no more in the old one. */
static int
step(struct charset *charset, const char *data, size_t size, bool last, struct buf *out,
	size_t *ret_used)
{
	*ret_used = 0;
	switch (charset->state) {
	case CHARSET_SNIFF:
		return sniff(charset, data, size, last, ret_used);
	case CHARSET_UTF8_TEXT:
		*ret_used = push_utf8(charset, data, size, last, out);
		return 0;
	case CHARSET_SAMPLE:
		return size >= SAMPLE_SIZE || last ? judge(charset, data, size) : 0;
	case CHARSET_DECODE:
		break;
	}
	*ret_used = size;
	return charset_decoder_push(charset->decoder, data, size, last, out);
}

int
charset_push(struct charset *charset, const void *data, size_t size, bool last, struct buf *out)
{
	bool held = charset->held.len > 0;
	const char *from = size == 0 ? "" : data;
	enum charset_state before;
	size_t left = size;

	if (held) {
		buf_append(&charset->held, data, size);
		if (buf_error(&charset->held) != 0)
			return buf_error(&charset->held);
		from = charset->held.data;
		left = charset->held.len;
	}
	do {
		size_t used;
		int r;

		before = charset->state;
		r = step(charset, from, left, last, out, &used);
		if (r < 0)
			return r;
		from += used;
		left -= used;
	} while (charset->state != before);
	if (held) {
		memmove(charset->held.data, from, left);
		buf_truncate(&charset->held, left);
	} else {
		buf_append(&charset->held, from, left);
	}
	return buf_error(out) != 0 ? buf_error(out) : buf_error(&charset->held);
}

const char *
charset_name(const struct charset *charset)
{
	const struct charset_info *info;

	switch (charset->state) {
	case CHARSET_SNIFF:
		return NULL;
	case CHARSET_DECODE:
		info = charset_decoder_info(charset->decoder);
		if (strcmp(info->name, "iso-8859-1") == 0 && charset_decoder_c1(charset->decoder))
			return "windows-1252";
		return info->name;
	default:
		if (charset->bad && !charset->high)
			return "windows-1252";
		return charset->claim != NULL && !charset->high ? charset->claim->name : "utf-8";
	}
}

const char *
charset_repaired(const struct charset *charset)
{
	if (charset->reason[0] != '\0')
		return charset->reason;
	if (charset->state == CHARSET_DECODE && charset_decoder_bad(charset->decoder))
		return "bytes that are no character of the character set";
	return NULL;
}

const char *
charset_label(const char *label, size_t size)
{
	const struct charset_info *info = charset_find(label, size);

	return info == NULL ? NULL : info->whatwg;
}
