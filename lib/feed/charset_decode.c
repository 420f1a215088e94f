/*
 * Decoders: character sets of one byte by a table that is made with iconv once a document, UTF-16
 * and UTF-32 by hand, the others by iconv as a stream. Whatever is left over at the end of a piece
 * is a few bytes in `rest`, so that the text does not depend on how its bytes were cut.
 *
 * Errors: bad bytes are counted and replaced; running out of memory is the output buffer's error.
 */
#include "lib/feed/charset_decode.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"

#define SLICE 4096     /* bytes decoded between two looks at the room in the output */
#define SLICE_ASCII 32 /* between two looks for ASCII */
#define REST_MAX 32    /* no character, its escape sequence included, is longer */
#define REPLACEMENT "\xEF\xBF\xBD"

struct single {
	unsigned char len; /* 0: no character */
	char text[7];
};

struct charset_decoder {
	const struct charset_info *info;
	iconv_t iconv;          /* (iconv_t)-1: not needed */
	struct single *singles; /* 256, where a byte is a character */
	struct buf rest;
	bool ascii;      /* every byte below 0x80 is itself in `singles` */
	bool incomplete; /* iconv keeps the beginning of a character itself */
	bool bad;
	bool c1;
};

static bool
is_single(const struct charset_info *info)
{
	return info->kind == CHARSET_SINGLE || info->kind == CHARSET_EBCDIC ||
	       info->kind == CHARSET_USER;
}

/* One byte's character; none where iconv has none. */
static void
make_single(iconv_t iconv_handle, unsigned char byte, struct single *ret_single)
{
	char in = (char)byte, text[sizeof(ret_single->text)];
	char *from = &in, *to = text;
	size_t left = 1, room = sizeof(text);

	iconv(iconv_handle, NULL, NULL, NULL, NULL);
	if (iconv(iconv_handle, &from, &left, &to, &room) == (size_t)-1 ||
		iconv(iconv_handle, NULL, NULL, &to, &room) == (size_t)-1)
		return;
	ret_single->len = (unsigned char)(sizeof(text) - room);
	memcpy(ret_single->text, text, ret_single->len);
}

static void
put_single(struct single *single, unsigned int codepoint)
{
	struct buf text = { 0 };

	buf_put_utf8(&text, codepoint);
	single->len = (unsigned char)text.len;
	memcpy(single->text, buf_str(&text), text.len);
	buf_done(&text);
}

static bool
is_ascii(const struct single *singles)
{
	for (int byte = 0; byte < 0x80; byte++) {
		if (singles[byte].len != 1 || singles[byte].text[0] != byte)
			return false;
	}
	return true;
}

/*
 * The bytes from 0x80 to 0x9F that a set of the windows family leaves out are the control
 * characters of these numbers (WHATWG Encoding Standard). EBCDIC's NEL ends lines: it becomes one
 * that XML knows.
 */
static void
make_singles(struct charset_decoder *decoder)
{
	for (unsigned int byte = 0; byte < 256; byte++) {
		struct single *single = &decoder->singles[byte];

		if (decoder->info->kind == CHARSET_USER)
			put_single(single, byte < 0x80 ? byte : 0xF700 + byte);
		else
			make_single(decoder->iconv, (unsigned char)byte, single);
		if (single->len == 0 && byte >= 0x80 && byte < 0xA0)
			put_single(single, byte);
		if (decoder->info->kind == CHARSET_EBCDIC && single->len == 2 &&
			memcmp(single->text, "\xC2\x85", 2) == 0)
			put_single(single, '\n');
	}
	decoder->ascii = is_ascii(decoder->singles);
}

static int
open_iconv(struct charset_decoder *decoder)
{
	if (decoder->info->iconv == NULL)
		return 0;
	decoder->iconv = iconv_open("UTF-8", decoder->info->iconv);
	if (decoder->iconv != (iconv_t)-1)
		return 0;
	return errno == ENOMEM ? -ENOMEM : -ENOTSUP;
}

int
charset_decoder_new(const struct charset_info *info, struct charset_decoder **ret_decoder)
{
	struct charset_decoder *decoder = calloc(1, sizeof(*decoder));
	int r;

	if (decoder == NULL)
		return -ENOMEM;
	decoder->info = info;
	decoder->iconv = (iconv_t)-1;
	r = open_iconv(decoder);
	if (r == 0 && is_single(info)) {
		decoder->singles = calloc(256, sizeof(*decoder->singles));
		r = decoder->singles == NULL ? -ENOMEM : 0;
	}
	if (r < 0) {
		charset_decoder_free(decoder);
		return r;
	}
	if (is_single(info))
		make_singles(decoder);
	*ret_decoder = decoder;
	return 0;
}

void
charset_decoder_free(struct charset_decoder *decoder)
{
	if (decoder == NULL)
		return;
	if (decoder->iconv != (iconv_t)-1)
		iconv_close(decoder->iconv);
	free(decoder->singles);
	buf_done(&decoder->rest);
	free(decoder);
}

static void
put_bad(struct charset_decoder *decoder, struct buf *out)
{
	decoder->bad = true;
	buf_puts(out, REPLACEMENT);
}

/* At most SLICE bytes. */
static void
put_singles(struct charset_decoder *decoder, const char *data, size_t size, struct buf *out)
{
	char *room = buf_reserve(out, size * sizeof(decoder->singles->text));
	char *to = room;

	if (room == NULL)
		return;
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)data[i];
		const struct single *single = &decoder->singles[byte];

		if (single->len == 1) {
			*to++ = single->text[0];
		} else if (single->len > 0) {
			memcpy(to, single->text, single->len);
			to += single->len;
		} else {
			memcpy(to, REPLACEMENT, 3);
			to += 3;
			decoder->bad = true;
		}
		decoder->c1 |= byte >= 0x80 && byte < 0xA0;
	}
	buf_add(out, (size_t)(to - room));
}

static size_t
decode_single(struct charset_decoder *decoder, const char *data, size_t size, struct buf *out)
{
	bool ascii = decoder->ascii;
	size_t at = 0;

	while (at < size && buf_error(out) == 0) {
		size_t run = ascii ? utf8_ascii(data + at, size - at) : 0;
		size_t piece;

		buf_append(out, data + at, run);
		at += run;
		piece = size - at > SLICE ? SLICE : size - at;
		if (ascii && piece > SLICE_ASCII)
			piece = SLICE_ASCII;
		put_singles(decoder, data + at, piece, out);
		at += piece;
	}
	return size;
}

static unsigned int
unit16(const char *data, bool little)
{
	const unsigned char *d = (const unsigned char *)data;

	return little ? d[0] | (unsigned int)d[1] << 8 : d[1] | (unsigned int)d[0] << 8;
}

static size_t
decode_utf16(
	struct charset_decoder *decoder, const char *data, size_t size, bool last, struct buf *out)
{
	bool little = decoder->info->kind == CHARSET_UTF16LE;
	size_t at = 0;

	while (size - at >= 2) {
		unsigned int unit = unit16(data + at, little), low;

		if (unit < 0xD800 || unit > 0xDFFF) {
			buf_put_utf8(out, unit);
			at += 2;
			continue;
		}
		if (unit < 0xDC00 && size - at < 4 && !last)
			break;
		low = unit < 0xDC00 && size - at >= 4 ? unit16(data + at + 2, little) : 0;
		if (low >= 0xDC00 && low <= 0xDFFF) {
			buf_put_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
			at += 4;
		} else {
			put_bad(decoder, out);
			at += 2;
		}
	}
	if (last && at < size) {
		put_bad(decoder, out);
		at = size;
	}
	return at;
}

static size_t
decode_utf32(
	struct charset_decoder *decoder, const char *data, size_t size, bool last, struct buf *out)
{
	bool little = decoder->info->kind == CHARSET_UTF32LE;
	size_t at = 0;

	for (; size - at >= 4; at += 4) {
		unsigned int first = unit16(data + at, little);
		unsigned int second = unit16(data + at + 2, little);
		unsigned int codepoint = little ? first | second << 16 : second | first << 16;

		if (codepoint > 0x10FFFF || (codepoint >= 0xD800 && codepoint <= 0xDFFF))
			put_bad(decoder, out);
		else
			buf_put_utf8(out, codepoint);
	}
	if (last && at < size) {
		put_bad(decoder, out);
		at = size;
	}
	return at;
}

/* What iconv still keeps. */
static void
flush_iconv(struct charset_decoder *decoder, struct buf *out)
{
	char *to = buf_reserve(out, REST_MAX), *start = to;
	size_t room = REST_MAX;

	if (to == NULL)
		return;
	iconv(decoder->iconv, NULL, NULL, &to, &room);
	buf_add(out, (size_t)(to - start));
	if (decoder->incomplete)
		put_bad(decoder, out);
	decoder->incomplete = false;
}

/*
 * A byte at which iconv finds no character is replaced alone, so that the markup after a broken
 * character is not swallowed with it.
 */
static size_t
decode_iconv(
	struct charset_decoder *decoder, const char *data, size_t size, bool last, struct buf *out)
{
	char *from = (char *)data; /* iconv() does not write there */
	size_t left = size;

	while (left > 0 && buf_error(out) == 0) {
		char *to = buf_reserve(out, SLICE), *start = to;
		size_t room = SLICE, r;
		int error;

		if (to == NULL)
			break;
		decoder->incomplete = false;
		r = iconv(decoder->iconv, &from, &left, &to, &room);
		error = r == (size_t)-1 ? errno : 0;
		buf_add(out, (size_t)(to - start));
		decoder->incomplete = error == EINVAL && left == 0;
		if (error == EINVAL && left > 0 && left < REST_MAX && !last)
			break;
		if (error != 0 && error != E2BIG && left > 0) {
			put_bad(decoder, out);
			from++;
			left--;
		}
	}
	if (last)
		flush_iconv(decoder, out);
	return size - left;
}

static size_t
decode(struct charset_decoder *decoder, const char *data, size_t size, bool last, struct buf *out)
{
	switch (decoder->info->kind) {
	case CHARSET_UTF16LE:
	case CHARSET_UTF16BE:
		return decode_utf16(decoder, data, size, last, out);
	case CHARSET_UTF32LE:
	case CHARSET_UTF32BE:
		return decode_utf32(decoder, data, size, last, out);
	case CHARSET_MULTI:
	case CHARSET_STATEFUL:
		return decode_iconv(decoder, data, size, last, out);
	default:
		return decode_single(decoder, data, size, out);
	}
}

int
charset_decoder_push(
	struct charset_decoder *decoder, const char *data, size_t size, bool last, struct buf *out)
{
	struct buf *rest = &decoder->rest;
	size_t used;

	if (rest->len == 0) {
		used = decode(decoder, data, size, last, out);
		buf_append(rest, data + used, size - used);
	} else {
		buf_append(rest, data, size);
		if (buf_error(rest) != 0)
			return buf_error(rest);
		used = decode(decoder, rest->data, rest->len, last, out);
		memmove(rest->data, rest->data + used, rest->len - used);
		buf_truncate(rest, rest->len - used);
	}
	return buf_error(out) != 0 ? buf_error(out) : buf_error(rest);
}

const struct charset_info *
charset_decoder_info(const struct charset_decoder *decoder)
{
	return decoder->info;
}

bool
charset_decoder_bad(const struct charset_decoder *decoder)
{
	return decoder->bad;
}

bool
charset_decoder_c1(const struct charset_decoder *decoder)
{
	return decoder->c1;
}
