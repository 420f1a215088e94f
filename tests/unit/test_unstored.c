/* Feeds that wait although they are due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/keep/unstored.h"

static void
a_feed_waits_until_its_time(void **state)
{
	struct unstored unstored = { .n = 0 };

	(void)state;
	assert_false(unstored_waits(&unstored, 1, 0));
	assert_int_equal(unstored_put(&unstored, 1, 100), 0);
	assert_int_equal(unstored_put(&unstored, 1 + UNSTORED_BUCKETS, 200), 0);
	assert_true(unstored_waits(&unstored, 1, 99));
	assert_false(unstored_waits(&unstored, 2, 99));
	assert_false(unstored_waits(&unstored, 1, 100));
	assert_int_equal(unstored.n, 1);
	assert_true(unstored_waits(&unstored, 1 + UNSTORED_BUCKETS, 100));
	assert_int_equal(unstored_put(&unstored, 1 + UNSTORED_BUCKETS, 300), 0);
	assert_true(unstored_waits(&unstored, 1 + UNSTORED_BUCKETS, 200));
	assert_int_equal(unstored.n, 1);
	unstored_remove(&unstored, 1);
	unstored_remove(&unstored, 1 + UNSTORED_BUCKETS);
	assert_false(unstored_waits(&unstored, 1 + UNSTORED_BUCKETS, 200));
	assert_int_equal(unstored.n, 0);
	unstored_done(&unstored);
}

static void
a_sweep_forgets_who_may_be_asked_and_says_when_the_next_may(void **state)
{
	struct unstored unstored = { .n = 0 };

	(void)state;
	assert_int_equal(unstored_sweep(&unstored, 0), INT64_MAX);
	for (int64_t feed = 0; feed < 3 * UNSTORED_BUCKETS; feed++)
		assert_int_equal(unstored_put(&unstored, feed, 1000 + feed), 0);
	assert_int_equal(unstored_sweep(&unstored, 990), 10);
	assert_int_equal(unstored.n, 3 * UNSTORED_BUCKETS);
	assert_int_equal(unstored_sweep(&unstored, 1000 + 2 * UNSTORED_BUCKETS), 1);
	assert_int_equal(unstored.n, UNSTORED_BUCKETS - 1);
	unstored_done(&unstored);
	assert_int_equal(unstored.n, 0);
	assert_int_equal(unstored_sweep(&unstored, 0), INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_feed_waits_until_its_time),
		cmocka_unit_test(a_sweep_forgets_who_may_be_asked_and_says_when_the_next_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
