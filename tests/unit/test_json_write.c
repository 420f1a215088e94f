/* lib/base/json_write.c, judged by jansson. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "lib/base/json_write.h"

static void
test_a_document_has_its_commas_where_they_belong(void **state)
{
	struct buf out = { 0 };
	struct json_writer writer;

	(void)state;
	json_write_init(&writer, &out);
	json_write_object(&writer, NULL);
	json_write_string(&writer, "absent", NULL);
	json_write_string(&writer, "a", "b");
	json_write_array(&writer, "c");
	json_write_array_end(&writer);
	json_write_array(&writer, "d");
	json_write_int(&writer, NULL, INT64_MIN);
	json_write_string(&writer, NULL, "");
	json_write_object(&writer, NULL);
	json_write_object_end(&writer);
	json_write_object(&writer, NULL);
	json_write_bool(&writer, "t", true);
	json_write_bool(&writer, "f", false);
	json_write_null(&writer, "n");
	json_write_object_end(&writer);
	json_write_array_end(&writer);
	json_write_string_n(&writer, "e\"", "xyz", 2);
	json_write_object_end(&writer);
	assert_string_equal(buf_str(&out),
		"{\"a\":\"b\",\"c\":[],\"d\":[-9223372036854775808,\"\",{},"
		"{\"t\":true,\"f\":false,\"n\":null}],\"e\\\"\":\"xy\"}");
	assert_int_equal(writer.depth, 0);
	buf_done(&out);
}

static void
check_text(const char *text, size_t size, const char *expected)
{
	struct buf out = { 0 };
	struct json_writer writer;

	json_write_init(&writer, &out);
	json_write_string_n(&writer, NULL, text, size);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
}

static void
test_texts_are_escaped_and_always_utf8(void **state)
{
	(void)state;
	check_text("", 0, "\"\"");
	check_text("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
	check_text("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
	check_text("\0\x1F\x7F\x0B", 4, "\"\\u0000\\u001f\\u007f\\u000b\"");
	check_text("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 9,
		"\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"");
	check_text("a\xE2\x80\xA8\xE2\x80\xA9z", 8, "\"a\\u2028\\u2029z\"");
	check_text("a\xFFz", 3, "\"a\xEF\xBF\xBDz\"");
	check_text("\xE2\x82", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
	check_text("\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
	check_text("\xEF\xBF\xBD", 3, "\"\xEF\xBF\xBD\"");
}

static void
test_every_code_point_reads_back_the_same(void **state)
{
	struct buf text = { 0 }, out = { 0 };
	struct json_writer writer;
	json_t *root;

	(void)state;
	for (unsigned int codepoint = 1; codepoint < 0x11000; codepoint++)
		buf_put_utf8(&text, codepoint);
	json_write_init(&writer, &out);
	json_write_array(&writer, NULL);
	json_write_string_n(&writer, NULL, text.data, text.len);
	json_write_array_end(&writer);
	root = json_loads(buf_str(&out), 0, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_array_get(root, 0)), text.data);
	assert_null(strchr(out.data, '\n'));
	json_decref(root);
	buf_done(&text);
	buf_done(&out);
}

static void
check_double(double number, const char *expected)
{
	struct buf out = { 0 };
	struct json_writer writer;

	json_write_init(&writer, &out);
	json_write_double(&writer, NULL, number);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
}

static void
test_numbers_take_the_fewest_digits(void **state)
{
	(void)state;
	check_double(0, "0");
	check_double(0.1, "0.1");
	check_double(-2.5, "-2.5");
	check_double(1.0 / 3, "0.3333333333333333");
	check_double(1e300, "1e+300");
	check_double(5e-324, "5e-324");
	check_double(1.7976931348623157e308, "1.7976931348623157e+308");
	check_double(NAN, "null");
	check_double(-INFINITY, "null");
}

static void
test_running_out_of_room_sticks(void **state)
{
	struct buf out = { .max = 10 };
	struct json_writer writer;

	(void)state;
	json_write_init(&writer, &out);
	json_write_array(&writer, NULL);
	json_write_string(&writer, NULL, "0123456789");
	json_write_array_end(&writer);
	assert_int_equal(buf_error(&out), -E2BIG);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_document_has_its_commas_where_they_belong),
		cmocka_unit_test(test_texts_are_escaped_and_always_utf8),
		cmocka_unit_test(test_every_code_point_reads_back_the_same),
		cmocka_unit_test(test_numbers_take_the_fewest_digits),
		cmocka_unit_test(test_running_out_of_room_sticks),
	};

	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
