/*
 * Numbers, texts and bytes of a payload. Owns nothing: writes into the caller's buffer, reads from
 * the caller's payload into the caller's arena.
 *
 * Reading never looks beyond the payload and allocates no more than it holds: a length is checked
 * against what is left before anything is made of it. Errors stick in the reader.
 */
#include "daemon/wire/wire.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/base/word.h"

#define ABSENT UINT32_MAX /* the length of a text that is NULL */

static void
put_number(struct buf *out, uint64_t value, size_t size)
{
	value = htole64(value);
	buf_append(out, &value, size);
}

void
wire_put_u8(struct buf *out, uint8_t value)
{
	put_number(out, value, 1);
}

void
wire_put_u16(struct buf *out, uint16_t value)
{
	put_number(out, value, 2);
}

void
wire_put_u32(struct buf *out, uint32_t value)
{
	put_number(out, value, 4);
}

void
wire_put_u64(struct buf *out, uint64_t value)
{
	put_number(out, value, 8);
}

void
wire_put_i64(struct buf *out, int64_t value)
{
	put_number(out, (uint64_t)value, 8);
}

void
wire_put_hint(struct buf *out, int64_t value)
{
	wire_put_i64(out, value < 0 ? -1 : value);
}

void
wire_put_double(struct buf *out, double value)
{
	uint64_t bits;

	if (!isfinite(value))
		value = -1;
	memcpy(&bits, &value, sizeof(bits));
	put_number(out, bits, 8);
}

static bool
is_text_byte(unsigned char byte)
{
	return byte >= 0x20 || byte == '\t' || byte == '\n';
}

/* How many bytes from the beginning are plain; an end of less than a word is told with some before. */
static size_t
skip_plain(const char *text, size_t size)
{
	size_t at = 0;

	while (size - at >= WORD_SIZE && word_is_plain(word_load(text + at)))
		at += WORD_SIZE;
	if (size >= WORD_SIZE && size - at < WORD_SIZE &&
		word_is_plain(word_load(text + size - WORD_SIZE)))
		at = size;
	return at;
}

static size_t
skip_above_ascii(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size && (unsigned char)text[at] >= 0x80)
		at++;
	return at;
}

static bool
is_clean(const char *text, size_t size)
{
	for (size_t at = skip_plain(text, size); at < size;
		at += skip_plain(text + at, size - at)) {
		size_t above = skip_above_ascii(text + at, size - at);

		if (above > 0 ? utf8_valid(text + at, above) != above
			      : !is_text_byte((unsigned char)text[at]))
			return false;
		at += above > 0 ? above : 1;
	}
	return true;
}

/* What is not UTF-8 becomes U+FFFD, a control becomes a blank. At most max bytes. */
static void
put_repaired(struct buf *out, const char *text, size_t size, size_t max)
{
	size_t at = out->len;
	size_t len;

	wire_put_u32(out, 0);
	for (size_t i = 0; i < size;) {
		unsigned int codepoint;
		size_t n = utf8_decode(text + i, size - i, &codepoint);

		if (out->len - at > max) /* 4 bytes of room are the length itself */
			break;
		if (codepoint < 0x80 && !is_text_byte((unsigned char)codepoint))
			codepoint = ' ';
		buf_put_utf8(out, codepoint);
		i += n;
	}
	if (buf_error(out) != 0)
		return;
	len = utf8_cut(out->data + at + 4, out->len - at - 4, max);
	buf_truncate(out, at + 4 + len);
	for (int i = 0; i < 4; i++)
		out->data[at + (size_t)i] = (char)(unsigned char)(len >> (8 * i));
}

void
wire_put_text(struct buf *out, const char *text, size_t max)
{
	size_t size;

	if (text == NULL) {
		wire_put_u32(out, ABSENT);
		return;
	}
	size = strlen(text);
	if (!is_clean(text, size)) {
		put_repaired(out, text, size, max);
		return;
	}
	if (size > max)
		size = utf8_cut(text, size, max);
	wire_put_u32(out, (uint32_t)size);
	buf_append(out, text, size);
}

void
wire_put_url(struct buf *out, const char *url)
{
	if (url != NULL && strlen(url) > MESSAGE_URL_MAX)
		url = NULL;
	wire_put_text(out, url, MESSAGE_URL_MAX);
}

void
wire_put_bytes(struct buf *out, struct bytes bytes, size_t max)
{
	if (bytes.ptr == NULL || bytes.len > max) {
		wire_put_u32(out, ABSENT);
		return;
	}
	wire_put_u32(out, (uint32_t)bytes.len);
	buf_append(out, bytes.ptr, bytes.len);
}

void
wire_reader_init(
	struct wire_reader *reader, const unsigned char *payload, size_t size, struct arena *arena)
{
	*reader = (struct wire_reader){ .ptr = payload, .left = size, .arena = arena };
}

void
wire_reader_fail(struct wire_reader *reader, int error)
{
	if (reader->error == 0)
		reader->error = error;
	reader->left = 0;
}

int
wire_reader_finish(struct wire_reader *reader)
{
	if (reader->left > 0)
		wire_reader_fail(reader, -EPROTO);
	return reader->error;
}

/* The next size bytes; NULL when there are fewer. */
static const unsigned char *
take(struct wire_reader *reader, size_t size)
{
	const unsigned char *data = reader->ptr;

	if (reader->error == 0 && size > reader->left)
		wire_reader_fail(reader, -EPROTO);
	if (reader->error != 0)
		return NULL;
	reader->ptr += size;
	reader->left -= size;
	return data;
}

/*
 * In each caller, to which size is a constant: a copy of so many bytes is a load there, and anywhere
 * else a call whose bytes the processor has to wait for.
 */
static inline __attribute__((always_inline)) uint64_t
get_number(struct wire_reader *reader, size_t size)
{
	const unsigned char *data = take(reader, size);
	uint64_t value = 0;

	if (data != NULL)
		memcpy(&value, data, size);
	return le64toh(value);
}

uint8_t
wire_get_u8(struct wire_reader *reader)
{
	return (uint8_t)get_number(reader, 1);
}

uint16_t
wire_get_u16(struct wire_reader *reader)
{
	return (uint16_t)get_number(reader, 2);
}

uint32_t
wire_get_u32(struct wire_reader *reader)
{
	return (uint32_t)get_number(reader, 4);
}

uint64_t
wire_get_u64(struct wire_reader *reader)
{
	return get_number(reader, 8);
}

int64_t
wire_get_i64(struct wire_reader *reader)
{
	return (int64_t)get_number(reader, 8);
}

double
wire_get_double(struct wire_reader *reader)
{
	uint64_t bits = get_number(reader, 8);
	double value;

	memcpy(&value, &bits, sizeof(value));
	if (isfinite(value))
		return value;
	wire_reader_fail(reader, -EPROTO);
	return 0;
}

bool
wire_get_bool(struct wire_reader *reader)
{
	return wire_get_count(reader, 1) == 1;
}

uint32_t
wire_get_count(struct wire_reader *reader, uint32_t max)
{
	uint32_t count = wire_get_u32(reader);

	if (count <= max)
		return count;
	wire_reader_fail(reader, -EPROTO);
	return 0;
}

int64_t
wire_get_hint(struct wire_reader *reader)
{
	int64_t value = wire_get_i64(reader);

	if (value >= -1)
		return value;
	wire_reader_fail(reader, -EPROTO);
	return -1;
}

/* Length and bytes; NULL for an absent one and after an error. */
static const unsigned char *
take_counted(struct wire_reader *reader, size_t max, size_t *ret_size)
{
	uint32_t size = wire_get_u32(reader);

	if (reader->error != 0 || size == ABSENT)
		return NULL;
	if (size > max) {
		wire_reader_fail(reader, -EPROTO);
		return NULL;
	}
	*ret_size = size;
	return take(reader, size);
}

const char *
wire_get_text(struct wire_reader *reader, size_t max)
{
	size_t size = 0;
	const unsigned char *data = take_counted(reader, max, &size);
	const char *text;

	if (data == NULL)
		return NULL;
	if (!is_clean((const char *)data, size)) {
		wire_reader_fail(reader, -EPROTO);
		return NULL;
	}
	text = arena_strndup(reader->arena, (const char *)data, size);
	if (text == NULL)
		wire_reader_fail(reader, -ENOMEM);
	return text;
}

const char *
wire_get_text_required(struct wire_reader *reader, size_t max)
{
	const char *text = wire_get_text(reader, max);

	if (text == NULL)
		wire_reader_fail(reader, -EPROTO);
	return text;
}

struct bytes
wire_get_bytes(struct wire_reader *reader, size_t max)
{
	struct bytes bytes = { 0 };
	size_t size = 0;
	const unsigned char *data = take_counted(reader, max, &size);
	char *copy;

	if (data == NULL)
		return bytes;
	copy = arena_strndup(reader->arena, (const char *)data, size);
	if (copy == NULL) {
		wire_reader_fail(reader, -ENOMEM);
		return bytes;
	}
	bytes.ptr = (const unsigned char *)copy;
	bytes.len = size;
	return bytes;
}

void
wire_get_raw(struct wire_reader *reader, void *ret_data, size_t size)
{
	const unsigned char *data = take(reader, size);

	if (data != NULL)
		memcpy(ret_data, data, size);
}

void *
wire_get_array(struct wire_reader *reader, size_t n, size_t size)
{
	void *array;

	if (reader->error != 0 || n == 0)
		return NULL;
	array = arena_alloc_array(reader->arena, n, size);
	if (array == NULL)
		wire_reader_fail(reader, -ENOMEM);
	return array;
}
