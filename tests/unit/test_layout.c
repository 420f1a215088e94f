/* lib/spool/layout: names and paths, made and taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/spool/layout.h"

static const unsigned char hash[8] = { 0x9f, 0x2c, 0x4e, 0x11, 0xa0, 0xb3, 0x7d, 0x58 };

static void
test_name_is_sequence_and_hash(void **state)
{
	char name[SPOOL_NAME_SIZE];

	(void)state;
	spool_name_format(1234, hash, name);
	assert_string_equal(name, "0000000000001234-9f2c4e11a0b37d58.json");
	spool_name_format(9999999999999999, hash, name);
	assert_string_equal(name, "9999999999999999-9f2c4e11a0b37d58.json");
}

static void
test_name_is_split_and_joined(void **state)
{
	uint64_t seq, number;
	char name[SPOOL_NAME_SIZE];

	(void)state;
	assert_int_equal(
		spool_name_split("0000000000001234-9f2c4e11a0b37d58.json", &seq, &number), 0);
	assert_int_equal(seq, 1234);
	assert_true(number == UINT64_C(0x9f2c4e11a0b37d58));
	spool_name_join(seq, number, name);
	assert_string_equal(name, "0000000000001234-9f2c4e11a0b37d58.json");
}

static void
test_nothing_else_is_a_name(void **state)
{
	static const char *const wrong[] = {
		"",
		".",
		"..",
		".lock",
		"0000000000000000-9f2c4e11a0b37d58.json", /* no sequence 0 */
		"000000000001234-9f2c4e11a0b37d58.json",
		"00000000000001234-9f2c4e11a0b37d58.json",
		"000000000000123a-9f2c4e11a0b37d58.json",
		"-000000000001234-9f2c4e11a0b37d58.json",
		"+000000000001234-9f2c4e11a0b37d58.json",
		"0000000000001234_9f2c4e11a0b37d58.json",
		"0000000000001234-9F2C4E11A0B37D58.json",
		"0000000000001234-9f2c4e11a0b37d5g.json",
		"0000000000001234-9f2c4e11a0b37d58.jsom",
		"0000000000001234-9f2c4e11a0b37d58.json~",
		"0000000000001234-9f2c4e11a0b37d58.json.1",
		"0000000000001234-9f2c4e11a0b37d58",
		"../00000000001234-9f2c4e11a0b37d58.json",
	};
	uint64_t seq = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(spool_name_parse(wrong[i], &seq), -EINVAL);
		assert_int_equal(seq, 77);
	}
}

static void
test_days_are_days(void **state)
{
	static const struct {
		const char *text;
		bool day;
	} cases[] = {
		{ "2026-11-23", true },
		{ "2024-02-29", true },
		{ "2000-02-29", true },
		{ "0001-01-01", true },
		{ "9999-12-31", true },
		{ "2026-02-29", false },
		{ "1900-02-29", false },
		{ "2026-00-10", false },
		{ "2026-13-10", false },
		{ "2026-04-31", false },
		{ "2026-04-00", false },
		{ "0000-01-01", false },
		{ "2026-1-01", false },
		{ "2026-11-23 ", false },
		{ "2026/11/23", false },
		{ "", false },
		{ "..", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(spool_is_day(cases[i].text), cases[i].day);
}

static void
test_claims_say_who_and_when(void **state)
{
#define NAME "0000000000001234-9f2c4e11a0b37d58.json"
	static const struct {
		const char *file;
		int64_t when; /* -2: no claim */
	} cases[] = {
		{ NAME ",1795471200,host.12", 1795471200 },
		{ NAME ",0,a", 0 },
		{ NAME ",999999999999,A_b-c.d", 999999999999 },
		{ NAME, -1 },
		{ NAME ",1795471200,", -2 },
		{ "0000000000001234-9f2c4e11a0b37d58.eml:2,S", -2 },
		{ "0000000000001234-9f2c4e11a0b37d58.eml:2,1795471200,a", -2 },
		{ NAME ",,host", -2 },
		{ NAME ",1795471200", -2 },
		{ NAME ",1795471200,a,b", -2 },
		{ NAME ",1795471200,a/b", -2 },
		{ NAME ",1795471200,123456789012345678901234567890123", -2 },
		{ NAME ",1234567890123,a", -2 },
		{ NAME ":2,S", -2 },
		{ NAME ".1795471200,a", -2 },
		{ "0000000000001234-9f2c4e11a0b37d58.jso,1795471200,a", -2 },
		{ "", -2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[SPOOL_NAME_SIZE] = "", path[512];
		int64_t when = 77;
		bool good = cases[i].when != -2;

		assert_int_equal(spool_claim_split(cases[i].file, name, &when), good ? 0 : -EINVAL);
		assert_int_equal(when, good ? cases[i].when : 77);
		assert_string_equal(name, good ? NAME : "");
		snprintf(path, sizeof(path), "queues/x/cur/%s", cases[i].file);
		assert_int_equal(spool_is_path(path), good || strstr(path, ".eml:2,S"));
		snprintf(path, sizeof(path), "queues/x/new/%s", cases[i].file);
		assert_int_equal(
			spool_is_path(path), cases[i].when == -1 || strstr(path, ".eml:2,S"));
	}
#undef NAME
}

static void
test_paths_are_known_again(void **state)
{
	struct buf out = { 0 };

	(void)state;
	spool_path_article(&out, "2026-11-23", "0000000000001234-9f2c4e11a0b37d58.json");
	assert_string_equal(
		buf_str(&out), "articles/2026-11-23/0000000000001234-9f2c4e11a0b37d58.json");
	assert_true(spool_is_path(buf_str(&out)));
	buf_reset(&out);
	spool_path_tag(&out, "stock-news", "2026-11-23", "0000000000001234-9f2c4e11a0b37d58.json");
	assert_string_equal(
		buf_str(&out), "tags/stock-news/2026-11-23/0000000000001234-9f2c4e11a0b37d58.json");
	assert_true(spool_is_path(buf_str(&out)));
	buf_reset(&out);
	spool_path_queue(&out, "indexer", "0000000000001234-9f2c4e11a0b37d58.json");
	assert_string_equal(
		buf_str(&out), "queues/indexer/new/0000000000001234-9f2c4e11a0b37d58.json");
	assert_true(spool_is_path(buf_str(&out)));
	assert_true(spool_is_path("queues/indexer/cur/0000000000001234-9f2c4e11a0b37d58.json"));
	buf_done(&out);
}

static void
test_paths_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"/",
		"/etc/passwd",
		"articles",
		"articles/",
		"articles/2026-11-23",
		"articles/2026-11-23/",
		"articles/2026-11-23/../../../etc/passwd",
		"articles/2026-11-23/x/0000000000001234-9f2c4e11a0b37d58.json",
		"articles//0000000000001234-9f2c4e11a0b37d58.json",
		"articles/../0000000000001234-9f2c4e11a0b37d58.json",
		"articlesX2026-11-23/0000000000001234-9f2c4e11a0b37d58.json",
		"./articles/2026-11-23/0000000000001234-9f2c4e11a0b37d58.json",
		"tags/2026-11-23/0000000000001234-9f2c4e11a0b37d58.json",
		"tags/../2026-11-23/0000000000001234-9f2c4e11a0b37d58.json",
		"tags/Stock News/2026-11-23/0000000000001234-9f2c4e11a0b37d58.json",
		"queues/indexer/tmp/0000000000001234-9f2c4e11a0b37d58.json",
		"queues//new/0000000000001234-9f2c4e11a0b37d58.json",
		"tmp/0000000000001234-9f2c4e11a0b37d58.json",
		"quarantine/2026-11-23/0000000000001234-9f2c4e11a0b37d58.json",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(spool_is_path(wrong[i]));
}

static void
test_names_in_queues_are_those_of_records_or_of_mail(void **state)
{
	static const char *const good[] = { "0000000000001234-9f2c4e11a0b37d58.json",
		"0000000000001234-9f2c4e11a0b37d58.eml", "0000000000001234-9f2c4e11a0b37d58.eml:2,",
		"0000000000001234-9f2c4e11a0b37d58.eml:2,FRSa" };
	static const char *const bad[] = { "", "0000000000001234-9f2c4e11a0b37d58",
		"0000000000001234-9f2c4e11a0b37d58.em", "0000000000001234-9f2c4e11a0b37d58.emlx",
		"0000000000001234-9f2c4e11a0b37d58.eml:1,S",
		"0000000000001234-9f2c4e11a0b37d58.eml:2,/x",
		"0000000000001234-9f2c4e11a0b37d58.eml:2,ABCDEFGHIJKLMNOPQRSTUVWXYZa",
		"0000000000001234-9f2c4e11a0b37d58.json:2,S",
		"0000000000000000-9f2c4e11a0b37d58.eml", "000000000001234-9f2c4e11a0b37d58.eml",
		"0000000000001234-9F2c4e11a0b37d58.eml" };
	struct buf path = { 0 };
	uint64_t seq;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		seq = 0;
		assert_int_equal(spool_queue_name_parse(good[i], &seq), 0);
		assert_int_equal(seq, 1234);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (spool_queue_name_parse(bad[i], &seq) != -EINVAL)
			fail_msg("%s", bad[i]);
	spool_path_mail(&path, "q", good[0]);
	assert_string_equal(buf_str(&path), "queues/q/new/0000000000001234-9f2c4e11a0b37d58.eml");
	assert_true(spool_is_path(buf_str(&path)));
	assert_true(spool_is_path("queues/q/cur/0000000000001234-9f2c4e11a0b37d58.eml:2,S"));
	assert_false(spool_is_path("articles/2026-11-23/0000000000001234-9f2c4e11a0b37d58.eml"));
	assert_false(spool_is_path("tags/x/2026-11-23/0000000000001234-9f2c4e11a0b37d58.eml"));
	buf_done(&path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_is_sequence_and_hash),
		cmocka_unit_test(test_name_is_split_and_joined),
		cmocka_unit_test(test_nothing_else_is_a_name),
		cmocka_unit_test(test_names_in_queues_are_those_of_records_or_of_mail),
		cmocka_unit_test(test_days_are_days),
		cmocka_unit_test(test_claims_say_who_and_when),
		cmocka_unit_test(test_paths_are_known_again),
		cmocka_unit_test(test_paths_that_lead_elsewhere_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
