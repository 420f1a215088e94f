/* Codings: whole, in pieces, cut at each byte, damaged, upon each other, and bombs. */
#include "daemon/fetch/coding.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zlib.h>
#include <zstd.h>

#include "lib/base/buf.h"

#define MAX (1u << 20)
#define N(a) (sizeof(a) / sizeof((a)[0]))

enum form { GZIP, ZLIB, RAW, ZSTD };

static const int window_bits[] = { [GZIP] = 31, [ZLIB] = 15, [RAW] = -15 };

/* The text of put_text() by the brotli of Debian 12. */
static const char brotli_text[] =
	"\x1f\x97\x01\xe8\x1d\x09\xd9\x59\xcc\xad\x5c\x30\x6b\xe1\x7b\x84\x4a\x6f\x10\x26\x32\xb3"
	"\x3a\x38\xf4\x19\xd5\x37\x2e\x9b\x54\x96\xb9\x80\x20\x2a\x07\x60\x55\x5d\x32\xc0\xe9\x81"
	"\xec\x19\x44\xc5\x55\x34\x4b\x6f\x3c\xc4\xbf\xf1\x80\x96\x41\x98\x94\x5b\xe4\xb3\x41\xac"
	"\xd8\xb0\xe3\xc0\x89\xcb\x35";

static void
put_text(struct buf *out)
{
	for (int i = 0; i < 8; i++)
		buf_printf(out, "Line %d of a text that is long enough to be packed.\n", i);
}

static void
pack(enum form form, const void *data, size_t size, struct buf *out)
{
	size_t room = size + size / 10 + 1000;
	char *to = buf_reserve(out, room);
	z_stream z = { 0 };

	assert_non_null(to);
	if (form == ZSTD) {
		buf_add(out, ZSTD_compress(to, room, data, size, 3));
		return;
	}
	assert_int_equal(
		deflateInit2(&z, 9, Z_DEFLATED, window_bits[form], 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)data;
	z.avail_in = (unsigned int)size;
	z.next_out = (unsigned char *)to;
	z.avail_out = (unsigned int)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_add(out, room - z.avail_out);
	deflateEnd(&z);
}

static void
pack_text(enum form form, struct buf *out)
{
	struct buf text = { 0 };

	put_text(&text);
	pack(form, text.data, text.len, out);
	buf_done(&text);
}

static int
take(void *arg, const void *data, size_t size)
{
	buf_append(arg, data, size);
	return 0;
}

static int
refuse(void *arg, const void *data, size_t size)
{
	(void)arg;
	(void)data;
	(void)size;
	return -EBADMSG;
}

/* Decodes in pieces of that size; what is made must not be judged where the result is an error. */
static int
decode(const char *list, const struct buf *body, size_t piece, size_t max, struct buf *out)
{
	struct coding *coding = NULL;
	int r = coding_new(list, max, take, out, &coding);

	for (size_t at = 0; r == 0 && coding != NULL && at < body->len; at += piece)
		r = coding_push(
			coding, body->data + at, body->len - at < piece ? body->len - at : piece);
	if (r == 0)
		r = coding_finish(coding);
	coding_free(coding);
	return r;
}

static void
expect_text(const char *list, const struct buf *body)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 100, MAX };
	struct buf text = { 0 };

	put_text(&text);
	for (size_t i = 0; i < N(pieces); i++) {
		struct buf out = { 0 };

		assert_int_equal(decode(list, body, pieces[i], MAX, &out), 0);
		assert_string_equal(buf_str(&out), buf_str(&text));
		buf_done(&out);
	}
	buf_done(&text);
}

static void
each_coding_gives_the_text_in_any_pieces(void **state)
{
	static const struct {
		const char *list;
		enum form form;
	} rows[] = { { "gzip", GZIP }, { "X-GZip", GZIP }, { " identity, gzip ", GZIP },
		{ "deflate", ZLIB }, { "deflate", RAW }, { "deflate", GZIP }, { "zstd", ZSTD } };
	struct buf brotli = { 0 };

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct buf body = { 0 };

		pack_text(rows[i].form, &body);
		expect_text(rows[i].list, &body);
		buf_done(&body);
	}
	buf_append(&brotli, brotli_text, sizeof(brotli_text) - 1);
	expect_text("br", &brotli);
	buf_done(&brotli);
}

static void
what_is_cut_anywhere_is_no_whole_body(void **state)
{
	static const char *const lists[] = { "gzip", "deflate", "deflate", "zstd", "br" };

	(void)state;
	for (size_t i = 0; i < N(lists); i++) {
		struct buf body = { 0 };

		if (i < 4)
			pack_text((enum form)i, &body);
		else
			buf_append(&body, brotli_text, sizeof(brotli_text) - 1);
		while (body.len > 1) {
			struct buf out = { 0 };

			buf_truncate(&body, body.len - 1);
			assert_int_equal(decode(lists[i], &body, 50, MAX, &out), -EILSEQ);
			buf_done(&out);
		}
		buf_done(&body);
	}
}

static void
members_and_frames_are_one_body_and_junk_behind_it_is_none(void **state)
{
	static const enum form forms[] = { GZIP, ZSTD };
	static const char *const lists[] = { "gzip", "zstd" };
	static const char *const junk[] = { "\0\0\0\0\0\0\0\0", "junkjunk", "\x1f\x8b\x09junk" };

	(void)state;
	for (size_t i = 0; i < N(forms); i++) {
		struct buf text = { 0 }, body = { 0 };

		put_text(&text);
		pack(forms[i], text.data, 100, &body);
		pack(forms[i], text.data + 100, 0, &body);
		pack(forms[i], text.data + 100, text.len - 100, &body);
		expect_text(lists[i], &body);
		for (size_t j = 0; j < N(junk); j++) {
			size_t len = body.len;

			buf_append(&body, junk[j], 7);
			expect_text(lists[i], &body);
			buf_truncate(&body, len);
		}
		buf_done(&body);
		buf_done(&text);
	}
}

static void
damage_is_seen(void **state)
{
	struct buf body = { 0 }, out = { 0 }, second = { 0 };

	(void)state;
	pack_text(GZIP, &body);
	body.data[body.len - 6] ^= 1; /* of the checksum */
	assert_int_equal(decode("gzip", &body, MAX, MAX, &out), -EILSEQ);
	body.data[body.len - 6] ^= 1;
	pack_text(GZIP, &second);
	second.data[10] = '\xff'; /* a block of no type, behind a good header */
	buf_append(&body, second.data, second.len);
	assert_int_equal(decode("gzip", &body, MAX, MAX, &out), -EILSEQ);
	buf_truncate(&body, 0);
	buf_puts(&body, "<rss>no gzip at all</rss>");
	assert_int_equal(decode("gzip", &body, MAX, MAX, &out), -EILSEQ);
	assert_int_equal(decode("br", &body, MAX, MAX, &out), -EILSEQ);
	assert_int_equal(decode("zstd", &body, MAX, MAX, &out), -EILSEQ);
	buf_done(&second);
	buf_done(&body);
	buf_done(&out);
}

static void
layers_come_off_last_first(void **state)
{
	struct buf inner = { 0 }, outer = { 0 }, out = { 0 };

	(void)state;
	pack_text(ZLIB, &inner);
	pack(GZIP, inner.data, inner.len, &outer);
	expect_text("deflate, gzip", &outer);
	assert_int_equal(decode("gzip, deflate", &outer, MAX, MAX, &out), -EILSEQ);
	assert_int_equal(decode("br, gzip", &outer, MAX, MAX, &out), -EILSEQ);
	assert_int_equal(
		decode("gzip,gzip,gzip,gzip,gzip", &outer, MAX, MAX, &out), -EPROTONOSUPPORT);
	assert_int_equal(decode("foo", &outer, MAX, MAX, &out), -EPROTONOSUPPORT);
	assert_int_equal(decode("gzip, foo", &outer, MAX, MAX, &out), -EPROTONOSUPPORT);
	buf_done(&out);
	buf_done(&inner);
	buf_done(&outer);
}

static void
nothing_to_take_off_is_no_coding(void **state)
{
	static const char *const lists[] = { NULL, "", " ", "identity", "Identity, identity" };

	(void)state;
	for (size_t i = 0; i < N(lists); i++) {
		struct coding *coding = NULL;

		assert_int_equal(coding_new(lists[i], MAX, take, NULL, &coding), 0);
		assert_null(coding);
	}
	assert_int_equal(coding_finish(NULL), 0);
}

static int
count(void *arg, const void *data, size_t size)
{
	(void)data;
	*(size_t *)arg += size;
	return 0;
}

/* What goes on behind the fuse would be seen in the sink, and in the time. */
static void
bombs_end_at_the_first_fuse(void **state)
{
	struct buf text = { 0 }, inner = { 0 }, outer = { 0 };
	struct coding *coding;
	size_t made = 0;

	(void)state;
	memset(buf_reserve(&text, 64u << 20), 'a', 64u << 20);
	buf_add(&text, 64u << 20);
	pack(GZIP, text.data, text.len, &inner);
	assert_int_equal(coding_new("gzip", MAX, count, &made, &coding), 0);
	assert_int_equal(coding_push(coding, inner.data, inner.len), -EFBIG);
	assert_in_range(made, MAX - 16384, MAX);
	coding_free(coding);
	pack(GZIP, inner.data, inner.len, &outer);
	assert_int_equal(coding_new("gzip, gzip", 1000, count, &made, &coding), 0);
	assert_int_equal(coding_push(coding, outer.data, outer.len), -EFBIG);
	coding_free(coding);
	assert_int_equal(coding_new("gzip", 10, count, &made, &coding), 0);
	assert_int_equal(coding_push(coding, inner.data, 11), -EFBIG);
	coding_free(coding);
	buf_done(&text);
	buf_done(&inner);
	buf_done(&outer);
}

/* A frame that asks for a window of 128 MB. */
static void
windows_are_bounded(void **state)
{
	static const char frame[] = "\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00";
	struct coding *coding;

	(void)state;
	assert_int_equal(coding_new("zstd", MAX, take, NULL, &coding), 0);
	assert_int_equal(coding_push(coding, frame, sizeof(frame) - 1), -EOVERFLOW);
	coding_free(coding);
}

static void
what_the_sink_says_counts(void **state)
{
	struct buf body = { 0 };
	struct coding *coding;

	(void)state;
	pack_text(GZIP, &body);
	assert_int_equal(coding_new("gzip", MAX, refuse, NULL, &coding), 0);
	assert_int_equal(coding_push(coding, body.data, body.len), -EBADMSG);
	coding_free(coding);
	buf_done(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_coding_gives_the_text_in_any_pieces),
		cmocka_unit_test(what_is_cut_anywhere_is_no_whole_body),
		cmocka_unit_test(members_and_frames_are_one_body_and_junk_behind_it_is_none),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(layers_come_off_last_first),
		cmocka_unit_test(nothing_to_take_off_is_no_coding),
		cmocka_unit_test(bombs_end_at_the_first_fuse),
		cmocka_unit_test(windows_are_bounded),
		cmocka_unit_test(what_the_sink_says_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
