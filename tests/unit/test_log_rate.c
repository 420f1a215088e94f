/* Lines of one feed in the log: so many a minute, the rest counted, other feeds left alone. */
#include "daemon/wire/log_rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void
feed_has_its_lines_and_no_more(void **state)
{
	static struct log_rate rate;
	uint32_t left_out;

	(void)state;
	for (int i = 0; i < LOG_RATE_LINES; i++) {
		assert_true(log_rate_admit(&rate, "a", 1000, &left_out));
		assert_int_equal(left_out, 0);
	}
	for (int i = 0; i < 5; i++)
		assert_false(log_rate_admit(&rate, "a", 1000 + LOG_RATE_SECONDS - 1, &left_out));
	assert_true(log_rate_admit(&rate, "b", 1000, &left_out));
	assert_true(log_rate_admit(&rate, "a", 1000 + LOG_RATE_SECONDS, &left_out));
	assert_int_equal(left_out, 5);
	assert_true(log_rate_admit(&rate, "a", 1001 + LOG_RATE_SECONDS, &left_out));
	assert_int_equal(left_out, 0);
}

static void
quiet_minute_tells_nothing(void **state)
{
	static struct log_rate rate;
	uint32_t left_out = 7;

	(void)state;
	assert_true(log_rate_admit(&rate, "a", 0, &left_out));
	assert_true(log_rate_admit(&rate, "a", 3600, &left_out));
	assert_int_equal(left_out, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(feed_has_its_lines_and_no_more),
		cmocka_unit_test(quiet_minute_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
