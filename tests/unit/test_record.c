/* lib/spool/record: an article as one line of JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <newspool/spool.h>

#include "lib/base/utf8.h"
#include "lib/spool/record.h"
#include "tests/unit/sample_articles.h"

static void
test_fields_stand_in_their_order(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < n_sample_articles; i++) {
		const struct sample *sample = &sample_articles[i];

		if (!sample->record)
			continue;
		buf_reset(&out);
		record_write(&out, &sample->article, &sample->meta);
		assert_int_equal(buf_error(&out), 0);
		assert_string_equal(buf_str(&out), sample->record);
	}
	buf_done(&out);
}

static void
test_a_record_is_one_line_of_utf8(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < n_sample_articles; i++) {
		const struct sample *sample = &sample_articles[i];

		buf_reset(&out);
		record_write(&out, &sample->article, &sample->meta);
		assert_int_equal(buf_error(&out), 0);
		assert_ptr_equal(strchr(buf_str(&out), '\n'), buf_str(&out) + out.len - 1);
		assert_int_equal(utf8_valid(out.data, out.len), out.len);
		assert_int_equal(strlen(buf_str(&out)), out.len);
	}
	buf_done(&out);
}

static void
test_without_meta_nothing_of_newspool_is_said(void **state)
{
	struct buf out = { 0 };

	(void)state;
	record_write(&out, &sample_articles[0].article, NULL);
	assert_string_equal(buf_str(&out), sample_articles[0].record);
	buf_done(&out);
}

/* A chain of nodes, one in the other. */
static void
test_extensions_end_at_their_depth(void **state)
{
	struct np_extension chain[100];
	struct np_article article = { .extensions = chain, .n_extensions = 1 };
	struct buf out = { 0 };
	size_t depth = 0;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		chain[i] = (struct np_extension){
			.name = "n", .children = i < 99 ? &chain[i + 1] : NULL, .n_children = i < 99
		};
	record_write(&out, &article, NULL);
	assert_int_equal(buf_error(&out), 0);
	for (const char *at = buf_str(&out); (at = strstr(at, "\"n\":")); at++)
		depth++;
	assert_int_equal(depth, ARTICLE_EXTENSION_DEPTH);
	buf_done(&out);
}

static void
test_many_nodes_are_grouped_by_name(void **state)
{
	enum { N = 3000 };
	struct np_extension *nodes = calloc(N, sizeof(*nodes));
	struct np_extension top = { .name = "media", .children = nodes, .n_children = N };
	struct np_article article = { .extensions = &top, .n_extensions = 1 };
	char values[N][8];
	struct buf out = { 0 };
	const char *odd;

	(void)state;
	assert_non_null(nodes);
	for (size_t i = 0; i < N; i++) {
		snprintf(values[i], sizeof(values[i]), "%zu", i);
		nodes[i] = (struct np_extension){ .name = i % 2 ? "odd" : "even",
			.value = values[i] };
	}
	record_write(&out, &article, NULL);
	assert_int_equal(buf_error(&out), 0);
	assert_non_null(strstr(buf_str(&out), "\"even\":[\"0\",\"2\",\"4\","));
	odd = strstr(buf_str(&out), "\"odd\":[\"1\",\"3\",\"5\",");
	assert_non_null(odd);
	assert_non_null(strstr(odd, "\"2997\",\"2999\"]}}"));
	buf_done(&out);
	free(nodes);
}

static void
test_an_error_of_the_buffer_stays(void **state)
{
	struct buf out = { .max = 100 };

	(void)state;
	record_write(&out, &sample_articles[1].article, &sample_articles[1].meta);
	assert_int_equal(buf_error(&out), -E2BIG);
	buf_done(&out);
}

/* What was written and read is written the same again. */
static void
test_a_record_is_read_back_whole(void **state)
{
	struct buf out = { 0 }, again = { 0 };

	(void)state;
	for (size_t i = 0; i < n_sample_articles; i++) {
		const struct sample *sample = &sample_articles[i];
		struct record_meta meta = { 0 };
		struct np_record *record;

		buf_reset(&out);
		buf_reset(&again);
		record_write(&out, &sample->article, &sample->meta);
		assert_int_equal(np_record_parse(out.data, out.len, &record), 0);
		assert_int_equal(np_record_seq(record), sample->meta.seq);
		assert_int_equal(np_record_revises(record), sample->meta.revises);
		meta.seq = np_record_seq(record);
		meta.revises = np_record_revises(record);
		meta.fetched_at = np_record_fetched_at(record);
		meta.feed_name = np_record_feed_name(record);
		meta.feed_title = np_record_feed_title(record);
		meta.feed_url = np_record_feed_url(record);
		meta.feed_home_page_url = np_record_feed_home_page_url(record);
		meta.tags = np_record_tags(record, &meta.n_tags);
		record_write(&again, np_record_article(record), &meta);
		assert_string_equal(buf_str(&again), buf_str(&out));
		np_record_free(record);
	}
	buf_done(&out);
	buf_done(&again);
}

static void
test_what_is_no_record_is_refused(void **state)
{
	static const char *const wrong[] = { "", "{", "[]", "null", "\"x\"", "{}",
		"{\"title\":\"x\"}", "{\"_newspool\":1}", "{\"_newspool\":{}}",
		"{\"_newspool\":{\"schema\":2}}", "{\"_newspool\":{\"schema\":\"1\"}}",
		"{\"_newspool\":{\"schema\":1}} x" };
	struct np_record *record = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(np_record_parse(wrong[i], strlen(wrong[i]), &record), -EBADMSG);
	assert_null(record);
}

static void
test_members_of_other_types_count_as_absent(void **state)
{
	static const char odd[] =
		"{\"title\":7,\"url\":\"\",\"tags\":[1,\"a\",null],\"authors\":{\"x\":1},"
		"\"attachments\":[{},3,{\"url\":\"u\",\"size_in_bytes\":\"9\"}],"
		"\"date_published\":\"yesterday\",\"unknown\":[[]],"
		"\"_newspool\":{\"schema\":1,\"seq\":-4,\"content_hash\":\"md5:00\",\"feed\":[],"
		"\"categories\":\"x\",\"extensions\":[1],\"source\":\"s\"}}";
	const struct np_article *article;
	const struct np_attachment *attachments;
	struct np_record *record;
	const char *const *tags;
	size_t n;

	(void)state;
	assert_int_equal(np_record_parse(odd, strlen(odd), &record), 0);
	article = np_record_article(record);
	assert_null(np_article_title(article));
	assert_null(np_article_url(article));
	assert_true(np_article_published(article) == NP_TIME_NONE);
	assert_int_equal(np_record_seq(record), 0);
	assert_null(np_record_feed_name(record));
	tags = np_record_tags(record, &n);
	assert_int_equal(n, 1);
	assert_string_equal(tags[0], "a");
	attachments = np_article_attachments(article, &n);
	assert_int_equal(n, 1);
	assert_int_equal(attachments[0].size_in_bytes, -1);
	np_article_authors(article, &n);
	assert_int_equal(n, 0);
	np_article_extensions(article, &n);
	assert_int_equal(n, 0);
	np_record_free(record);
}

/* Reads the line and its head: both are records or neither is. Returns whether they are. */
static bool
agree_on(const struct buf *line, struct buf *head)
{
	struct np_record *whole = NULL, *short_one = NULL;
	int error = np_record_parse(line->data, line->len, &whole);

	buf_reset(head);
	record_head(head, line->data, line->len);
	assert_int_equal(buf_error(head), 0);
	if (np_record_parse(head->data, head->len, &short_one) != error)
		fail_msg("%d for %s but not for %s", error, buf_str(line), buf_str(head));
	np_record_free(whole);
	np_record_free(short_one);
	return error == 0;
}

static void
test_a_head_is_the_record_without_its_body(void **state)
{
	struct buf line = { 0 }, head = { 0 }, expected = { 0 };

	(void)state;
	for (size_t i = 0; i < n_sample_articles; i++) {
		struct np_article bare = sample_articles[i].article;
		struct np_record *record;

		if (!sample_articles[i].record || sample_articles[i].meta.seq == 0)
			continue;
		buf_reset(&line);
		buf_reset(&expected);
		record_write(&line, &bare, &sample_articles[i].meta);
		bare.content_html = bare.content_text = NULL;
		record_write(&expected, &bare, &sample_articles[i].meta);
		assert_true(agree_on(&line, &head));
		assert_int_equal(np_record_parse(head.data, head.len, &record), 0);
		buf_reset(&head);
		record_write(&head, np_record_article(record), record_meta_of(record));
		assert_string_equal(buf_str(&head), buf_str(&expected));
		np_record_free(record);
	}
	buf_done(&line);
	buf_done(&head);
	buf_done(&expected);
}

static void
test_a_head_is_judged_as_the_whole_is(void **state)
{
	static const char bytes[] = { '"', '\\', ',', '{', ' ', 'u', '\n', '\0', '\x01', '\xff',
		'\xc3' };
	static const char text[] = "{ \"title\" : \"a\\\"content_html\\\":\" , \"content_html\" : "
				   "\"<p>\\\"x\\n\xc3\xa9</p>\",\n"
				   "\"content_text\":\"\\u00e9\",\"content_texts\":\"\",\"x\":[{"
				   "\"content_text\":\"y\"}, \"content_html\"],"
				   "\"content_html\":7,\"_newspool\":{\"schema\":1,\"content_"
				   "text\":\"z\\\\\"},\"content_text\":\"\"}";
	struct buf line = { 0 }, head = { 0 };

	(void)state;
	buf_append(&line, text, sizeof(text) - 1);
	assert_true(agree_on(&line, &head));
	assert_null(strstr(buf_str(&head), "<p>"));
	assert_non_null(strstr(buf_str(&head), "u00e9"));
	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			line.data[at] = bytes[i];
			agree_on(&line, &head);
		}
		line.data[at] = text[at];
	}
	while (line.len > 0) {
		buf_truncate(&line, line.len - 1);
		assert_false(agree_on(&line, &head));
	}
	buf_done(&line);
	buf_done(&head);
}

/* For tests/unit/record_schema: the records on standard output. */
static int
print_records(void)
{
	struct buf out = { 0 };
	int status;

	for (size_t i = 0; i < n_sample_articles; i++)
		record_write(&out, &sample_articles[i].article, &sample_articles[i].meta);
	status = buf_error(&out) || fputs(buf_str(&out), stdout) == EOF;
	buf_done(&out);
	return status;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_stand_in_their_order),
		cmocka_unit_test(test_a_record_is_one_line_of_utf8),
		cmocka_unit_test(test_without_meta_nothing_of_newspool_is_said),
		cmocka_unit_test(test_extensions_end_at_their_depth),
		cmocka_unit_test(test_many_nodes_are_grouped_by_name),
		cmocka_unit_test(test_an_error_of_the_buffer_stays),
		cmocka_unit_test(test_a_record_is_read_back_whole),
		cmocka_unit_test(test_what_is_no_record_is_refused),
		cmocka_unit_test(test_members_of_other_types_count_as_absent),
		cmocka_unit_test(test_a_head_is_the_record_without_its_body),
		cmocka_unit_test(test_a_head_is_judged_as_the_whole_is),
	};

	if (argc > 1 && strcmp(argv[1], "--print") == 0)
		return print_records();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
