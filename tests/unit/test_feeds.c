/* A load of the configuration's feeds into the store: once, whole, and not at all where it is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/keep/feeds.h"
#include "tests/unit/conf_folder.h"

#define FILE_NAME "newspool.conf"
#define NOW INT64_C(1800000000000)
#define LIST(outlines) "<opml version='2.0'><head/><body>" outlines "</body></opml>"
#define REST "[spool]\ndirectory = spool\n[state]\ndatabase = state.db\n"

struct fixture {
	struct store *store;
	unsigned int opened;
	int refuse;
	size_t n_feeds, n_new;
	struct config_error err;
};

static int
give(void *arg, const struct config *config, struct store **ret_store, struct config_error *err)
{
	struct fixture *f = arg;

	f->opened++;
	assert_true(config->defaults.interval > 0);
	if (f->refuse != 0) {
		snprintf(err->text, sizeof(err->text), "refused");
		return f->refuse;
	}
	if (f->store == NULL)
		assert_int_equal(store_open("state.db", NOW, &f->store, err), 0);
	*ret_store = f->store;
	return 0;
}

static int
load(struct fixture *f)
{
	const struct feeds_opener opener = { give, f };
	struct config *config;
	int r = feeds_load(FILE_NAME, NOW, &opener, &config, &f->n_new, &f->err);

	if (r == 0) {
		f->n_feeds = config->n_feeds;
		config_free(config);
	}
	return r;
}

static bool
has(struct fixture *f, const char *name)
{
	int64_t id;

	return store_feed_find(f->store, name, &id) == 1;
}

static void
what_is_known_is_not_read_again(void **state)
{
	struct fixture f = { 0 };
	uint64_t n;
	unsigned char none[SHA256_SIZE] = { 0 };

	(void)state;
	conf_folder_write(
		FILE_NAME, REST "[opml l]\nfile = l.opml\n[feed one]\nurl = http://a.test/\n");
	conf_folder_write("l.opml", LIST("<outline text='two' xmlUrl='http://b.test/'/>"));
	assert_int_equal(load(&f), 0);
	assert_int_equal(f.n_feeds, 2);
	assert_int_equal(f.n_new, 2);
	assert_int_equal(store_feeds_noted(f.store, none, &n), 0);
	/* A load that wrote would begin a transaction, which cannot be while one is open. */
	assert_int_equal(store_begin(f.store), 0);
	assert_int_equal(load(&f), 0);
	store_rollback(f.store);
	assert_int_equal(f.n_feeds, 2);
	assert_int_equal(f.n_new, 0);
	assert_int_equal(f.opened, 2);
	store_close(f.store);
}

static void
any_file_that_changes_is_read(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	conf_folder_write(FILE_NAME, REST "[opml l]\nfile = l.opml\n");
	conf_folder_write("l.opml", LIST("<outline text='two' xmlUrl='http://b.test/'/>"));
	assert_int_equal(load(&f), 0);
	conf_folder_write("l.opml", LIST("<outline text='six' xmlUrl='http://b.test/'/>"));
	assert_int_equal(load(&f), 0);
	assert_true(has(&f, "six"));
	conf_folder_write("feeds.d/more.conf", "[feed more]\nurl = http://c.test/\n");
	assert_int_equal(load(&f), 0);
	assert_int_equal(f.n_feeds, 2);
	assert_int_equal(f.n_new, 1);
	conf_folder_write(FILE_NAME, REST "[opml l]\nfile = l.opml\ntags = other\n");
	assert_int_equal(load(&f), 0);
	assert_int_equal(f.n_new, 0);
	store_close(f.store);
}

static void
a_load_that_fails_changes_nothing(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	conf_folder_write(FILE_NAME, REST "[feed one]\nurl = http://a.test/\n");
	assert_int_equal(load(&f), 0);
	conf_folder_write(FILE_NAME,
		REST "[feed one]\nurl = http://new.test/\n[feed two]\nurl = ftp://wrong.test/\n");
	assert_int_equal(load(&f), -EINVAL);
	assert_non_null(strstr(f.err.text, "newspool.conf:8"));
	assert_true(has(&f, "one"));
	assert_int_equal(store_begin(f.store), 0); /* no transaction was left open */
	store_rollback(f.store);
	conf_folder_write(FILE_NAME, REST "[feed one]\nurl = http://a.test/\n");
	assert_int_equal(load(&f), 0);
	assert_int_equal(f.n_new, 0);
	store_close(f.store);
}

static void
nothing_is_opened_for_a_mistake_outside_of_feeds(void **state)
{
	struct fixture f = { .refuse = -EACCES };

	(void)state;
	conf_folder_write(FILE_NAME, REST "[defaults]\ninterval = no\n");
	assert_int_equal(load(&f), -EINVAL);
	assert_int_equal(f.opened, 0);
	conf_folder_write(FILE_NAME, REST);
	assert_int_equal(load(&f), -EACCES);
	assert_string_equal(f.err.text, "refused");
	assert_int_equal(f.opened, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_known_is_not_read_again, conf_folder_enter, conf_folder_leave),
		cmocka_unit_test_setup_teardown(
			any_file_that_changes_is_read, conf_folder_enter, conf_folder_leave),
		cmocka_unit_test_setup_teardown(
			a_load_that_fails_changes_nothing, conf_folder_enter, conf_folder_leave),
		cmocka_unit_test_setup_teardown(nothing_is_opened_for_a_mistake_outside_of_feeds,
			conf_folder_enter, conf_folder_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
