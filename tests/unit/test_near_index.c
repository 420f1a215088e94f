/* The index of similarity hashes: a window that moves on, against a look at each; memory used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "daemon/keep/near_index.h"
#include "lib/spool/simhash.h"

#define WINDOW 256u

static uint64_t
draw(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

static uint64_t
change(uint64_t *random, uint64_t hash, unsigned int n)
{
	uint64_t changed = hash;

	while (simhash_distance(hash, changed) < n)
		changed ^= UINT64_C(1) << (draw(random) & 63);
	return changed;
}

static uint32_t
find_slowly(const struct near_index *index, uint64_t hash, unsigned int distance)
{
	for (uint32_t i = index->begin; i != index->end; i++)
		if (simhash_distance(near_index_hash(index, i), hash) <= distance)
			return i;
	return NEAR_INDEX_NONE;
}

/* A window of a few articles passes over many, from a position that is not 0. */
static void
a_moving_window_is_searched_as_each_would_be(void **state)
{
	struct near_index index;
	uint64_t random = 88172645463325252, hash = 0;
	uint32_t used_early = 0;
	size_t found = 0;

	(void)state;
	assert_int_equal(near_index_new(&index, WINDOW, 1000), 0);
	for (unsigned int i = 0; i < 100 * WINDOW; i++) {
		unsigned int distance = i % 8;

		hash = draw(&random) % 2 == 0 && index.end != index.begin
			       ? change(&random,
					 near_index_hash(&index,
						 index.begin +
							 (uint32_t)(draw(&random) %
								    (index.end - index.begin))),
					 (unsigned int)(draw(&random) % 10))
			       : draw(&random);
		assert_int_equal(near_index_find(&index, hash, distance),
			find_slowly(&index, hash, distance));
		found += near_index_find(&index, hash, distance) != NEAR_INDEX_NONE;
		if (index.end - index.begin == WINDOW || draw(&random) % 16 == 0)
			while (index.end - index.begin > WINDOW / 2)
				near_index_drop(&index);
		near_index_add(&index, hash);
		if (i == 50 * WINDOW)
			used_early = index.n_chunks;
	}
	assert_true(found > 1000);
	assert_true(index.n_chunks <= used_early + used_early / 4);
	while (index.begin != index.end)
		near_index_drop(&index);
	assert_int_equal(near_index_find(&index, hash, 7), NEAR_INDEX_NONE);
	near_index_done(&index);
}

/* However few bits differ, and in whichever blocks they lie. */
static void
every_bit_may_differ(void **state)
{
	struct near_index index;
	uint64_t random = 7, hash = draw(&random);

	(void)state;
	assert_int_equal(near_index_new(&index, 32, 0), 0);
	near_index_add(&index, hash);
	for (unsigned int a = 0; a < 64; a++)
		for (unsigned int b = 0; b < 64; b++)
			for (unsigned int c = 0; c < 64; c++) {
				uint64_t other = hash ^ UINT64_C(1) << a ^ UINT64_C(1) << b ^
						 UINT64_C(1) << c;

				assert_int_equal(near_index_find(&index, other, 3), 0);
				assert_int_equal(near_index_find(&index, other, 2),
					simhash_distance(other, hash) <= 2 ? 0 : NEAR_INDEX_NONE);
			}
	near_index_done(&index);
}

/* One bucket of each table has them all: the first is found, and room is there for each. */
static void
a_crowd_has_room_and_is_found_at_its_first(void **state)
{
	struct near_index index;
	uint32_t size = 1u << 16;

	(void)state;
	assert_int_equal(near_index_new(&index, size, 5), 0);
	for (uint32_t i = 0; i < size; i++)
		near_index_add(&index, 0);
	for (uint32_t i = 0; i < size; i++) {
		assert_int_equal(near_index_find(&index, 7, 3), 5 + i);
		near_index_drop(&index);
		near_index_add(&index, 0);
	}
	near_index_done(&index);
	assert_null(index.chunks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moving_window_is_searched_as_each_would_be),
		cmocka_unit_test(every_bit_may_differ),
		cmocka_unit_test(a_crowd_has_room_and_is_found_at_its_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
