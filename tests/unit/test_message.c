/* Messages: what goes in comes out, and nothing that is cut, changed or too large is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/wire/message.h"
#include "daemon/wire/wire.h"
#include "lib/base/utf8.h"
#include "lib/feed/article.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static struct bytes
bytes_of(const char *text)
{
	return (struct bytes){ (const unsigned char *)text, strlen(text) };
}

static void
expect_text(const char *got, const char *wanted)
{
	if (wanted == NULL) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, wanted);
}

static struct message_poll
sample_poll(void)
{
	static const unsigned char etag[] = { '"', 0, 0x80, 0xff, '\n', '"' };
	static const unsigned char hash[SHA256_SIZE] = { 1, 2, 3 };

	return (struct message_poll){ .poll = 0x1122334455667788,
		.feed = "a feed",
		.url = "https://a.test/f?x=%20",
		.origin_url = "https://o.test/",
		.etag = { etag, sizeof(etag) },
		.last_modified = bytes_of("yesterday"),
		.validators_url = "https://b.test/f",
		.body_hash = { hash, sizeof(hash) },
		.timeout = 60000,
		.max_body = 1ull << 40,
		.allow_private = true,
		.user = "me",
		.password = "p\xc3\xa4ss",
		.headers = { "A: 1", "B: 2" },
		.n_headers = 2 };
}

static struct message_done
sample_done(void)
{
	return (struct message_done){ .poll = 7,
		.result = RESULT_OK,
		.status = 200,
		.etag = bytes_of("\"x\""),
		.last_modified = bytes_of(""),
		.body_hash = { 9, 8, 7 },
		.final_url = "http://a.test/",
		.moved_url = "http://b.test/",
		.max_age = 3600,
		.retry_after = -1,
		.n_articles = 3,
		.bytes_wire = 1000,
		.bytes_body = 5000,
		.elapsed = 12,
		.feed_title = "Title \xe2\x82\xac",
		.feed_version = "rss20",
		.ttl = -1,
		.update_interval = 86400,
		.skip_hours = 0xffffff,
		.skip_days = 0x7f,
		.bozo = true,
		.bozo_reason = "two roots",
		.cut_off = true };
}

static struct np_article *
sample_article(void)
{
	static const struct np_person authors[] = { { .name = "N", .url = "u" }, { .email = "e" } };
	static const struct np_attachment attachments[] = {
		{ .url = "http://a.test/x.mp3", .size_in_bytes = -1, .duration = -1 },
		{ .url = "u", .mime_type = "audio/mpeg", .size_in_bytes = 5, .duration = 1.5 },
	};
	static const struct np_category categories[] = { { .term = "stock news", .label = "L" } };
	static const struct np_extension leaf[] = { { .name = "credit", .value = "" },
		{ .name = "credit", .value = "2" } };
	static const struct np_extension group[] = {
		{ .name = "group", .children = leaf, .n_children = 2 }
	};
	static const struct np_extension extensions[] = {
		{ .name = "media", .children = group, .n_children = 1 },
		{ .name = "slash", .value = "x" },
	};
	struct np_article *article;

	assert_int_equal(article_new(&article), 0);
	article->id = "id-1";
	article->title = "Title";
	article->content_html = "<p>\xe2\x82\xac</p>";
	article->content_text = "\xe2\x82\xac\n\tx";
	article->published = 1795000000;
	article->modified = NP_TIME_NONE;
	article->authors = authors;
	article->n_authors = N(authors);
	article->attachments = attachments;
	article->n_attachments = N(attachments);
	article->categories = categories;
	article->n_categories = N(categories);
	article->extensions = extensions;
	article->n_extensions = N(extensions);
	article->content_hash[31] = 5;
	return article;
}

static void
a_setup_comes_out_as_it_went_in(void **state)
{
	const struct message_setup in = { .user_agent = "newspool/1",
		.max_connections = 256,
		.max_host_connections = 2,
		.host_spacing = 1000,
		.log_level = 6,
		.sandbox = 2 };
	struct message_setup out;
	struct arena arena = { 0 };
	struct buf buf = { 0 };

	(void)state;
	message_setup_encode(&buf, &in);
	assert_int_equal(message_setup_decode((unsigned char *)buf.data, buf.len, &arena, &out), 0);
	expect_text(out.user_agent, in.user_agent);
	assert_int_equal(out.max_connections, 256);
	assert_int_equal(out.max_host_connections, 2);
	assert_int_equal(out.host_spacing, 1000);
	assert_int_equal(out.log_level, 6);
	assert_int_equal(out.sandbox, 2);
	arena_done(&arena);
	buf_done(&buf);
}

static void
a_setup_out_of_range_is_refused(void **state)
{
	static const struct message_setup cases[] = {
		{ "x", 0, 1, 0, 6, 0 },
		{ "x", 1, 0, 0, 6, 0 },
		{ "x", 1, 1, 0, 2, 0 },
		{ "x", 1, 1, 0, 8, 0 },
		{ "x", 1, 1, 0, 6, 3 },
		{ NULL, 1, 1, 0, 6, 0 },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct message_setup out;
		struct arena arena = { 0 };
		struct buf buf = { 0 };

		message_setup_encode(&buf, &cases[i]);
		assert_int_equal(
			message_setup_decode((unsigned char *)buf.data, buf.len, &arena, &out),
			-EPROTO);
		arena_done(&arena);
		buf_done(&buf);
	}
}

static void
a_poll_comes_out_as_it_went_in(void **state)
{
	const struct message_poll in = sample_poll();
	struct message_poll out;
	struct arena arena = { 0 };
	struct buf buf = { 0 };

	(void)state;
	message_poll_encode(&buf, &in);
	assert_int_equal(message_poll_decode((unsigned char *)buf.data, buf.len, &arena, &out), 0);
	assert_true(out.poll == in.poll);
	expect_text(out.feed, in.feed);
	expect_text(out.url, in.url);
	expect_text(out.origin_url, in.origin_url);
	expect_text(out.validators_url, in.validators_url);
	assert_int_equal(out.etag.len, in.etag.len);
	assert_memory_equal(out.etag.ptr, in.etag.ptr, in.etag.len);
	assert_memory_equal(out.last_modified.ptr, "yesterday", 9);
	assert_memory_equal(out.body_hash.ptr, in.body_hash.ptr, SHA256_SIZE);
	assert_int_equal(out.timeout, in.timeout);
	assert_true(out.max_body == in.max_body);
	assert_true(out.allow_private);
	assert_false(out.insecure);
	expect_text(out.user, in.user);
	expect_text(out.password, in.password);
	expect_text(out.token, NULL);
	assert_int_equal(out.n_headers, 2);
	expect_text(out.headers[1], "B: 2");
	arena_done(&arena);
	buf_done(&buf);
}

static void
a_done_comes_out_as_it_went_in(void **state)
{
	const struct message_done in = sample_done();
	struct message_done out;
	struct arena arena = { 0 };
	struct buf buf = { 0 };

	(void)state;
	message_done_encode(&buf, &in);
	assert_int_equal(message_done_decode((unsigned char *)buf.data, buf.len, &arena, &out), 0);
	assert_true(out.poll == in.poll);
	assert_int_equal(out.result, RESULT_OK);
	assert_int_equal(out.status, 200);
	assert_null(out.reason);
	assert_memory_equal(out.etag.ptr, "\"x\"", 3);
	assert_non_null(out.last_modified.ptr);
	assert_int_equal(out.last_modified.len, 0);
	assert_memory_equal(out.body_hash, in.body_hash, SHA256_SIZE);
	expect_text(out.final_url, in.final_url);
	expect_text(out.moved_url, in.moved_url);
	assert_int_equal(out.max_age, 3600);
	assert_int_equal(out.retry_after, -1);
	assert_int_equal(out.n_articles, 3);
	assert_int_equal(out.bytes_wire, 1000);
	assert_int_equal(out.bytes_body, 5000);
	assert_int_equal(out.elapsed, 12);
	expect_text(out.feed_title, in.feed_title);
	expect_text(out.feed_home_page_url, NULL);
	expect_text(out.feed_version, in.feed_version);
	assert_int_equal(out.ttl, -1);
	assert_int_equal(out.update_interval, 86400);
	assert_int_equal(out.skip_hours, 0xffffff);
	assert_int_equal(out.skip_days, 0x7f);
	assert_true(out.bozo);
	expect_text(out.bozo_reason, in.bozo_reason);
	assert_true(out.cut_off);
	arena_done(&arena);
	buf_done(&buf);
}

static void
an_article_comes_out_as_it_went_in(void **state)
{
	struct np_article *in = sample_article();
	struct np_article *out;
	struct buf buf = { 0 };
	uint64_t poll;

	(void)state;
	message_article_encode(&buf, 77, in);
	assert_int_equal(
		message_article_decode((unsigned char *)buf.data, buf.len, &poll, &out), 0);
	assert_int_equal(poll, 77);
	expect_text(out->id, "id-1");
	expect_text(out->url, NULL);
	expect_text(out->content_html, in->content_html);
	expect_text(out->content_text, in->content_text);
	assert_int_equal(out->published, in->published);
	assert_true(out->modified == NP_TIME_NONE);
	assert_int_equal(out->n_authors, 2);
	expect_text(out->authors[0].name, "N");
	expect_text(out->authors[1].email, "e");
	assert_int_equal(out->n_attachments, 2);
	assert_int_equal(out->attachments[0].size_in_bytes, -1);
	assert_true(out->attachments[1].duration == 1.5);
	assert_int_equal(out->n_categories, 1);
	expect_text(out->categories[0].scheme, NULL);
	expect_text(out->categories[0].label, "L");
	assert_int_equal(out->n_extensions, 2);
	assert_int_equal(out->extensions[0].children[0].n_children, 2);
	expect_text(out->extensions[0].children[0].children[0].value, "");
	expect_text(out->extensions[0].children[0].children[1].value, "2");
	assert_memory_equal(out->content_hash, in->content_hash, NP_HASH_SIZE);
	np_article_free(out);
	np_article_free(in);
	buf_done(&buf);
}

/* Each message in turn, decoded from exactly size bytes of the heap. */
static int
decode(int which, const char *data, size_t size)
{
	unsigned char *payload = malloc(size > 0 ? size : 1);
	struct arena arena = { 0 };
	struct message_setup setup;
	struct message_poll poll;
	struct message_done done;
	struct np_article *article = NULL;
	uint64_t number;
	int r = 0;

	assert_non_null(payload);
	memcpy(payload, data, size);
	if (which == 0)
		r = message_setup_decode(payload, size, &arena, &setup);
	else if (which == 1)
		r = message_poll_decode(payload, size, &arena, &poll);
	else if (which == 2)
		r = message_done_decode(payload, size, &arena, &done);
	else if (which == 3)
		r = message_article_decode(payload, size, &number, &article);
	else
		r = message_cancel_decode(payload, size, &number);
	np_article_free(article);
	arena_done(&arena);
	free(payload);
	return r;
}

static void
encode(int which, struct buf *buf)
{
	const struct message_setup setup = { "agent", 1, 1, 1, 6, 1 };
	const struct message_poll poll = sample_poll();
	const struct message_done done = sample_done();
	struct np_article *article = sample_article();

	if (which == 0)
		message_setup_encode(buf, &setup);
	else if (which == 1)
		message_poll_encode(buf, &poll);
	else if (which == 2)
		message_done_encode(buf, &done);
	else if (which == 3)
		message_article_encode(buf, 5, article);
	else
		message_cancel_encode(buf, 5);
	np_article_free(article);
}

static void
a_message_cut_anywhere_is_refused(void **state)
{
	(void)state;
	for (int which = 0; which < 5; which++) {
		struct buf buf = { 0 };

		encode(which, &buf);
		assert_int_equal(decode(which, buf.data, buf.len), 0);
		for (size_t size = 0; size < buf.len; size++)
			assert_int_equal(decode(which, buf.data, size), -EPROTO);
		buf_putc(&buf, '\0');
		assert_int_equal(decode(which, buf.data, buf.len), -EPROTO);
		buf_done(&buf);
	}
}

static void
a_changed_byte_is_refused_or_harmless(void **state)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xc0, 0xff };

	(void)state;
	for (int which = 0; which < 5; which++) {
		struct buf buf = { 0 };

		encode(which, &buf);
		for (size_t i = 0; i < buf.len; i++) {
			char old = buf.data[i];

			for (size_t v = 0; v < N(values); v++) {
				int r;

				buf.data[i] = (char)values[v];
				r = decode(which, buf.data, buf.len);
				assert_true(r == 0 || r == -EPROTO);
			}
			buf.data[i] = old;
		}
		buf_done(&buf);
	}
}

/* By its definition in wire.h, byte by byte. */
static bool
is_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte < 0x20 && byte != '\t' && byte != '\n')
			return false;
	}
	return utf8_valid(text, size) == size;
}

static void
what_is_no_text_is_found_wherever_it_stands(void **state)
{
	static const char *const texts[] = { "All of this is plain: 24",
		"tab\tand\nline, and so on.",
		"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, \xe2\x82\xac 5, \xc3\xafv" };
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < N(texts) * 24 * 256; i++) {
		char text[32];
		size_t size = strlen(texts[i / (24 * 256)]);
		struct wire_reader reader;
		struct buf buf = { 0 };

		assert_int_equal(size, 24);
		memcpy(text, texts[i / (24 * 256)], size);
		text[i / 256 % 24] = (char)(unsigned char)(i % 256);
		wire_put_u32(&buf, (uint32_t)size);
		buf_append(&buf, text, size);
		wire_reader_init(&reader, (unsigned char *)buf.data, buf.len, &arena);
		assert_int_equal(wire_get_text(&reader, 100) != NULL, is_text(text, size));
		buf_done(&buf);
	}
	arena_done(&arena);
}

static void
text_that_is_not_text_is_repaired_on_the_way_out(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "a\x01"
		  "b\x1f\x7f",
			"a b \x7f" },
		{ "tab\tnl\n", "tab\tnl\n" },
		{ "cr\r", "cr " },
		{ "\xff", "\xef\xbf\xbd" },
		{ "a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct message_done in = { .reason = cases[i].in };
		struct message_done out;
		struct arena arena = { 0 };
		struct buf buf = { 0 };

		message_done_encode(&buf, &in);
		assert_int_equal(
			message_done_decode((unsigned char *)buf.data, buf.len, &arena, &out), 0);
		expect_text(out.reason, cases[i].out);
		arena_done(&arena);
		buf_done(&buf);
	}
}

static void
what_is_too_long_is_cut_or_left_out(void **state)
{
	size_t size = MESSAGE_LINE_MAX + 10;
	char *text = malloc(size + 1);
	struct message_done in = { 0 }, out;
	struct arena arena = { 0 };
	struct buf buf = { 0 };

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < size; i++)
		text[i] = "\xc3\xa4"[i % 2];
	text[size] = '\0';
	in.feed_title = text + 1; /* begins in the middle of a character */
	in.reason = text;
	in.final_url = text;
	in.etag = (struct bytes){ (unsigned char *)text, MESSAGE_VALIDATOR_MAX + 1 };
	in.last_modified = (struct bytes){ (unsigned char *)text, MESSAGE_VALIDATOR_MAX };
	in.ttl = -77;
	in.skip_days = 0xffffffff;
	message_done_encode(&buf, &in);
	assert_int_equal(message_done_decode((unsigned char *)buf.data, buf.len, &arena, &out), 0);
	assert_int_equal(strlen(out.reason), MESSAGE_LINE_MAX);
	assert_true(strlen(out.feed_title) <= MESSAGE_LINE_MAX);
	assert_true(strlen(out.feed_title) > MESSAGE_LINE_MAX - 4);
	assert_null(out.final_url);
	assert_null(out.etag.ptr);
	assert_int_equal(out.last_modified.len, MESSAGE_VALIDATOR_MAX);
	assert_int_equal(out.ttl, -1);
	assert_int_equal(out.skip_days, 0x7f);
	arena_done(&arena);
	buf_done(&buf);
	free(text);
}

static void
lists_and_nesting_are_brought_under_their_caps(void **state)
{
	struct np_category *categories = calloc(MESSAGE_LIST_MAX + 5, sizeof(*categories));
	struct np_extension nodes[ARTICLE_EXTENSION_DEPTH + 3];
	struct np_article *article = sample_article();
	struct np_article *out;
	const struct np_extension *node;
	struct buf buf = { 0 };
	uint64_t poll;
	int depth = 0;

	(void)state;
	assert_non_null(categories);
	memset(nodes, 0, sizeof(nodes));
	for (size_t i = 0; i < MESSAGE_LIST_MAX + 5; i++)
		categories[i].term = "t";
	for (size_t i = 0; i < N(nodes); i++) {
		nodes[i].name = "n";
		if (i + 1 < N(nodes)) {
			nodes[i].children = &nodes[i + 1];
			nodes[i].n_children = 1;
		}
	}
	article->categories = categories;
	article->n_categories = MESSAGE_LIST_MAX + 5;
	article->extensions = nodes;
	article->n_extensions = 1;
	message_article_encode(&buf, 1, article);
	assert_int_equal(
		message_article_decode((unsigned char *)buf.data, buf.len, &poll, &out), 0);
	assert_int_equal(out->n_categories, MESSAGE_LIST_MAX);
	for (node = out->extensions; node != NULL; node = node->children)
		depth++;
	assert_int_equal(depth, ARTICLE_EXTENSION_DEPTH);
	np_article_free(out);
	np_article_free(article);
	free(categories);
	buf_done(&buf);
}

/* A done message with four bytes at an offset replaced. */
static int
decode_with(size_t offset, uint32_t value)
{
	struct buf buf = { 0 };
	int r;

	encode(2, &buf);
	for (int i = 0; i < 4; i++)
		buf.data[offset + (size_t)i] = (char)(unsigned char)(value >> (8 * i));
	r = decode(2, buf.data, buf.len);
	buf_done(&buf);
	return r;
}

static void
enumerations_and_ranges_are_checked(void **state)
{
	(void)state;
	assert_int_equal(decode_with(8, RESULT_MAX - 1), 0);
	assert_int_equal(decode_with(8, RESULT_MAX), -EPROTO);
	assert_int_equal(decode_with(8, UINT32_MAX), -EPROTO);
	assert_int_equal(decode_with(12, 999), 0);
	assert_int_equal(decode_with(12, 1000), -EPROTO);
}

static void
a_number_that_is_none_does_not_pass(void **state)
{
	struct np_attachment attachment = { .url = "u", .size_in_bytes = -9, .duration = NAN };
	struct np_article *article = sample_article();
	struct np_article *out;
	struct buf buf = { 0 };
	uint64_t poll;

	(void)state;
	article->attachments = &attachment;
	article->n_attachments = 1;
	message_article_encode(&buf, 1, article);
	assert_int_equal(
		message_article_decode((unsigned char *)buf.data, buf.len, &poll, &out), 0);
	assert_true(out->attachments[0].duration < 0);
	assert_int_equal(out->attachments[0].size_in_bytes, -1);
	np_article_free(out);
	np_article_free(article);
	buf_done(&buf);
}

static void
every_result_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < RESULT_MAX; i++) {
		assert_non_null(message_result_name((enum message_result)i));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(message_result_name((enum message_result)i),
				message_result_name((enum message_result)k));
	}
	assert_string_equal(message_result_name((enum message_result)RESULT_MAX), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_setup_comes_out_as_it_went_in),
		cmocka_unit_test(a_setup_out_of_range_is_refused),
		cmocka_unit_test(a_poll_comes_out_as_it_went_in),
		cmocka_unit_test(a_done_comes_out_as_it_went_in),
		cmocka_unit_test(an_article_comes_out_as_it_went_in),
		cmocka_unit_test(a_message_cut_anywhere_is_refused),
		cmocka_unit_test(a_changed_byte_is_refused_or_harmless),
		cmocka_unit_test(what_is_no_text_is_found_wherever_it_stands),
		cmocka_unit_test(text_that_is_not_text_is_repaired_on_the_way_out),
		cmocka_unit_test(what_is_too_long_is_cut_or_left_out),
		cmocka_unit_test(lists_and_nesting_are_brought_under_their_caps),
		cmocka_unit_test(enumerations_and_ranges_are_checked),
		cmocka_unit_test(a_number_that_is_none_does_not_pass),
		cmocka_unit_test(every_result_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
