/* lib/base/buf.c and lib/base/arena.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"

static void
test_an_empty_buffer_is_an_empty_text(void **state)
{
	struct buf buf;
	char *text;

	(void)state;
	buf_init(&buf);
	assert_string_equal(buf_str(&buf), "");
	buf_append(&buf, NULL, 0);
	buf_reset(&buf);
	buf_truncate(&buf, 0);
	assert_int_equal(buf_error(&buf), 0);
	text = buf_steal(&buf);
	assert_string_equal(text, "");
	free(text);
	buf_done(&buf);
}

static void
test_content_is_what_was_appended_and_ends_with_a_nul(void **state)
{
	struct buf buf = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		buf_putc(&buf, 'a');
		buf_append(&buf, "b\0", 2);
		buf_puts(&buf, "c");
		assert_int_equal(buf.len, 4 * (i + 1));
		assert_int_equal(buf.data[buf.len], 0);
		assert_memory_equal(buf.data + buf.len - 4, "ab\0c", 4);
	}
	buf_truncate(&buf, 5000);
	assert_int_equal(buf.len, 4000);
	buf_truncate(&buf, 1);
	assert_string_equal(buf_str(&buf), "a");
	buf_done(&buf);
	assert_int_equal(buf.len, 0);
}

static void
test_printf_writes_texts_of_any_length(void **state)
{
	struct buf buf = { 0 };

	(void)state;
	buf_printf(&buf, "%d-%s|", 12, "x");
	assert_string_equal(buf_str(&buf), "12-x|");
	for (int width = 250; width < 260; width++) {
		buf_reset(&buf);
		buf_printf(&buf, "%*d", width, 7);
		assert_int_equal(buf.len, width);
		assert_int_equal(strlen(buf.data), width);
		assert_int_equal(buf.data[width - 1], '7');
	}
	buf_done(&buf);
}

static void
test_the_cap_holds_and_its_error_sticks(void **state)
{
	struct buf buf = { .max = 4 };

	(void)state;
	buf_puts(&buf, "abcd");
	assert_int_equal(buf_error(&buf), 0);
	buf_putc(&buf, 'e');
	assert_int_equal(buf_error(&buf), -E2BIG);
	buf_truncate(&buf, 1);
	buf_putc(&buf, 'e');
	buf_printf(&buf, "%d", 1);
	buf_put_utf8(&buf, 0x20AC);
	assert_null(buf_reserve(&buf, 1));
	assert_string_equal(buf_str(&buf), "a");
	assert_null(buf_steal(&buf));
	buf_puts(&buf, "12345");
	assert_int_equal(buf_error(&buf), -E2BIG);
	buf_reset(&buf);
	buf_puts(&buf, "1234");
	assert_int_equal(buf_error(&buf), 0);
	buf_done(&buf);
}

static void
test_an_impossible_size_is_out_of_memory(void **state)
{
	struct buf buf = { 0 };

	(void)state;
	assert_null(buf_reserve(&buf, SIZE_MAX));
	assert_int_equal(buf_error(&buf), -ENOMEM);
	buf_reset(&buf);
	buf_putc(&buf, 'x');
	assert_null(buf_reserve(&buf, SIZE_MAX - 1));
	assert_int_equal(buf_error(&buf), -ENOMEM);
	assert_string_equal(buf_str(&buf), "x");
	buf_done(&buf);
}

static void
test_reserve_and_add_write_in_place(void **state)
{
	struct buf buf = { 0 };
	char *room = buf_reserve(&buf, 100);

	(void)state;
	memset(room, 'x', 100);
	buf_add(&buf, 60);
	assert_int_equal(strlen(buf_str(&buf)), 60);
	buf_done(&buf);
}

static void
test_put_utf8_replaces_what_is_no_character(void **state)
{
	struct buf buf = { 0 };

	(void)state;
	buf_put_utf8(&buf, 'a');
	buf_put_utf8(&buf, 0xE4);
	buf_put_utf8(&buf, 0x20AC);
	buf_put_utf8(&buf, 0x1F600);
	assert_string_equal(buf_str(&buf), "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
	buf_reset(&buf);
	buf_put_utf8(&buf, 0xD800);
	buf_put_utf8(&buf, 0xDFFF);
	buf_put_utf8(&buf, 0x110000);
	assert_string_equal(buf_str(&buf), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
	buf_done(&buf);
}

static void
test_steal_leaves_an_empty_buffer(void **state)
{
	struct buf buf = { 0 };
	char *text;

	(void)state;
	buf_puts(&buf, "mine");
	text = buf_steal(&buf);
	assert_string_equal(text, "mine");
	assert_string_equal(buf_str(&buf), "");
	free(text);
	buf_puts(&buf, "again");
	assert_string_equal(buf_str(&buf), "again");
	buf_done(&buf);
}

static void
test_arena_memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena arena = { 0 };
	unsigned char *last = NULL;
	size_t last_size = 0;

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		size_t size = i % 97 == 0 ? i * 3 : i % 61;
		unsigned char *data = arena_alloc(&arena, size);

		assert_non_null(data);
		assert_int_equal((uintptr_t)data % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < size; j++)
			assert_true(data[j] == 0);
		memset(data, 0xFF, size);
		if (last != NULL && last_size > 0)
			assert_int_equal(last[last_size - 1], 0xFF);
		last = data;
		last_size = size;
	}
	assert_true(arena.used > 20000 * 16);
	arena_done(&arena);
	assert_null(arena.blocks);
	assert_int_equal(arena.used, 0);
	assert_non_null(arena_alloc(&arena, 1));
	arena_done(&arena);
}

static void
test_a_large_piece_does_not_end_the_block_in_use(void **state)
{
	struct arena arena;
	char *before, *after;

	(void)state;
	arena_init(&arena);
	before = arena_strdup(&arena, "a");
	assert_non_null(arena_alloc(&arena, 10 * 1024 * 1024));
	after = arena_strdup(&arena, "b");
	assert_true(after > before && after - before < 64);
	arena_done(&arena);
}

/* Whatever an arena had, the next one begins empty; memory that grew large is given back. */
static void
test_arena_pool_keeps_first_blocks_alone(void **state)
{
	static const size_t sizes[] = { 1, 100000, 3000, 10 * 1024 * 1024, 8 };
	struct arena_pool pool = { 0 };
	struct arena arena;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned char *data;

		arena_take(&pool, &arena);
		assert_int_equal(arena.used, 0);
		data = arena_alloc(&arena, sizes[i]);
		assert_non_null(data);
		assert_int_equal(data[0] | data[sizes[i] - 1], 0);
		memset(data, 0xff, sizes[i]);
		assert_non_null(arena_alloc(&arena, 50000));
		assert_non_null(arena_alloc(&arena, 1));
		arena_give(&pool, &arena);
		assert_null(arena.blocks);
		assert_int_equal(pool.n, 1);
	}
	arena_take(&pool, &arena);
	assert_int_equal(pool.n, 0);
	arena_give(NULL, &arena);
	for (size_t i = 0; i < ARENA_POOL_MAX + 2; i++) {
		struct arena other = { 0 };

		assert_non_null(arena_alloc(&other, 1));
		arena_give(&pool, &other);
	}
	assert_int_equal(pool.n, ARENA_POOL_MAX);
	arena_pool_done(&pool);
	assert_null(pool.blocks);
}

static void
test_arena_refuses_what_cannot_be(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 8));
	assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 3));
	assert_null(arena_strndup(&arena, "x", SIZE_MAX));
	assert_null(arena_strdup(&arena, NULL));
	assert_non_null(arena_alloc_array(&arena, 3, 5));
	arena_done(&arena);
}

static void
test_arena_copies_end_with_a_nul(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(arena_strndup(&arena, "abc", 2), "ab");
	assert_string_equal(arena_strndup(&arena, NULL, 0), "");
	assert_string_equal(arena_strdup(&arena, "abc"), "abc");
	assert_memory_equal(arena_strndup(&arena, "a\0b", 3), "a\0b", 4);
	arena_done(&arena);
}

static void
test_splice_replaces_in_place(void **state)
{
	static const struct {
		size_t at, size;
		const char *with, *expected;
	} rows[] = {
		{ 0, 0, "x", "xabcdef" },
		{ 6, 0, "xyz", "abcdefxyz" },
		{ 1, 3, "", "aef" },
		{ 1, 3, "1234567890", "a1234567890ef" },
		{ 0, 6, "", "" },
		{ 2, 2, "CD", "abCDef" },
	};
	struct buf empty = { 0 }, full = { .max = 4 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf buf = { 0 };

		buf_puts(&buf, "abcdef");
		buf_splice(&buf, rows[i].at, rows[i].size, rows[i].with, strlen(rows[i].with));
		assert_string_equal(buf_str(&buf), rows[i].expected);
		assert_int_equal(buf.len, strlen(rows[i].expected));
		buf_done(&buf);
	}
	buf_splice(&empty, 0, 0, "", 0);
	buf_splice(&empty, 0, 0, "a", 1);
	assert_string_equal(buf_str(&empty), "a");
	buf_done(&empty);
	buf_puts(&full, "abc");
	buf_splice(&full, 1, 1, "123", 3);
	assert_int_equal(buf_error(&full), -E2BIG);
	assert_string_equal(buf_str(&full), "abc");
	buf_done(&full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_buffer_is_an_empty_text),
		cmocka_unit_test(test_content_is_what_was_appended_and_ends_with_a_nul),
		cmocka_unit_test(test_printf_writes_texts_of_any_length),
		cmocka_unit_test(test_the_cap_holds_and_its_error_sticks),
		cmocka_unit_test(test_an_impossible_size_is_out_of_memory),
		cmocka_unit_test(test_reserve_and_add_write_in_place),
		cmocka_unit_test(test_splice_replaces_in_place),
		cmocka_unit_test(test_put_utf8_replaces_what_is_no_character),
		cmocka_unit_test(test_steal_leaves_an_empty_buffer),
		cmocka_unit_test(test_arena_memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(test_a_large_piece_does_not_end_the_block_in_use),
		cmocka_unit_test(test_arena_pool_keeps_first_blocks_alone),
		cmocka_unit_test(test_arena_refuses_what_cannot_be),
		cmocka_unit_test(test_arena_copies_end_with_a_nul),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
