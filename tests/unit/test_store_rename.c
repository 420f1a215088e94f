/* Feeds under new names: which of them keep their memory, on a real SQLite file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/keep/store.h"
#include "tests/unit/scratch.h"

#define NOW INT64_C(1795000000000)

/* A feed of a load: a name, its URL's last part, the key's letter (0: none). */
struct given {
	const char *name, *url;
	char key;
};

struct fixture {
	struct scratch scratch;
	struct store *store;
	struct arena arena;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct config_error err;
	char file[96];

	scratch_make(&f->scratch);
	snprintf(file, sizeof(file), "%s/state.db", f->scratch.path);
	assert_int_equal(store_open(file, NOW, &f->store, &err), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	arena_done(&f->arena);
	scratch_remove(&f->scratch);
	free(f);
	return 0;
}

/* One load; returns how many of it were known under other names. */
static size_t
load(struct fixture *f, const struct given *given)
{
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feeds_begin(f->store, NOW), 0);
	for (; given->name != NULL; given++) {
		const struct config_feed feed = {
			.name = given->name, .url = given->url, .tags = "", .settings = ""
		};
		unsigned char key[STORE_KEY_SIZE];
		bool is_new;

		memset(key, given->key, sizeof(key));
		assert_int_equal(
			store_feeds_put(f->store, &feed, given->key ? key : NULL, NOW, &is_new), 0);
	}
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(store_commit(f->store), 0);
	return store_feeds_renamed(f->store);
}

/* The number of a name's row; 0: it has none. */
static int64_t
row_of(struct fixture *f, const char *name)
{
	int64_t id = 0;

	assert_in_range(store_feed_find(f->store, name, &id), 0, 1);
	return id;
}

static struct store_feed
get(struct fixture *f, const char *name)
{
	struct store_feed feed = { 0 };

	assert_int_equal(store_feed_get(f->store, row_of(f, name), &f->arena, &feed), 1);
	return feed;
}

static void
a_new_name_for_a_url_goes_on_with_the_old_ones_row(void **state)
{
	struct fixture *f = *state;
	const struct given before[] = { { "a", "u:1", 'k' }, { "b", "u:2", 'l' }, { 0 } };
	const struct given after[] = { { "c", "u:1", 'k' }, { "b", "u:2", 'l' }, { 0 } };
	int64_t id;
	struct store_poll poll = { .when = NOW,
		.next_poll = NOW + 5,
		.why_next = "interval",
		.result = RESULT_OK,
		.etag = { (const unsigned char *)"e", 1 },
		.parsed = true,
		.ttl = -1 };
	struct store_feed was;

	assert_int_equal(load(f, before), 0);
	was = get(f, "a");
	poll.id = id = was.id;
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feed_polled(f->store, &was, &poll), 0);
	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(load(f, after), 1);
	assert_int_equal(row_of(f, "c"), id);
	assert_int_equal(row_of(f, "a"), 0);
	assert_int_equal(get(f, "c").next_poll, NOW + 5);
	assert_int_equal(get(f, "c").etag.len, 1);
	assert_int_equal(get(f, "c").synced, NOW);
	assert_int_equal(load(f, after), 0);
	assert_int_equal(load(f, before), 1); /* and back */
	assert_int_equal(row_of(f, "a"), id);
}

static void
a_second_name_for_a_url_that_is_still_named_is_a_feed_of_its_own(void **state)
{
	struct fixture *f = *state;
	const struct given before[] = { { "b", "u:1", 'k' }, { 0 } };
	const struct given after[] = { { "a", "u:1", 'k' }, { "b", "u:1", 'k' }, { 0 } };
	int64_t id;

	load(f, before);
	id = row_of(f, "b");
	assert_int_equal(load(f, after), 0);
	assert_int_equal(row_of(f, "b"), id);
	assert_int_not_equal(row_of(f, "a"), id);
	assert_int_equal(get(f, "b").followers + get(f, "a").followers, 1);
}

static void
another_way_of_asking_is_another_feed(void **state)
{
	struct fixture *f = *state;
	const struct given before[] = { { "a", "u:1", 'k' }, { "n", "u:3", 0 }, { 0 } };
	const struct given after[] = { { "b", "u:1", 'x' }, { "m", "u:3", 0 }, { 0 } };
	int64_t id, alone;

	load(f, before);
	id = row_of(f, "a");
	alone = row_of(f, "n");
	assert_int_equal(load(f, after), 1);
	assert_int_not_equal(row_of(f, "b"), id);
	assert_int_equal(row_of(f, "m"), alone);
}

static void
what_was_removed_before_comes_back_under_any_name(void **state)
{
	struct fixture *f = *state;
	const struct given first[] = { { "a", "u:1", 'k' }, { "z", "u:9", 'z' }, { 0 } };
	const struct given none[] = { { "z", "u:9", 'z' }, { 0 } };
	const struct given last[] = { { "z", "u:9", 'z' }, { "n", "u:1", 'k' }, { 0 } };
	int64_t id;

	load(f, first);
	id = row_of(f, "a");
	load(f, none);
	assert_int_equal(load(f, last), 1);
	assert_int_equal(row_of(f, "n"), id);
}

static void
several_names_for_one_url_pair_one_to_one_and_keep_a_leader(void **state)
{
	struct fixture *f = *state;
	const struct given before[] = { { "a", "u:1", 'k' }, { "b", "u:1", 'k' }, { 0 } };
	const struct given after[] = { { "c", "u:1", 'k' }, { "d", "u:1", 'k' },
		{ "e", "u:1", 'k' }, { 0 } };
	int64_t sum, ids[8];
	size_t n = 0;

	load(f, before);
	sum = row_of(f, "a") + row_of(f, "b");
	assert_int_equal(load(f, after), 2);
	assert_int_equal(row_of(f, "c") + row_of(f, "d"), sum);
	assert_int_not_equal(row_of(f, "e"), 0);
	assert_int_equal(store_due(f->store, INT64_MIN, NOW, 8, ids, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(store_followers(f->store, ids[0], 8, ids, &n), 0);
	assert_int_equal(n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_new_name_for_a_url_goes_on_with_the_old_ones_row, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_second_name_for_a_url_that_is_still_named_is_a_feed_of_its_own, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			another_way_of_asking_is_another_feed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_was_removed_before_comes_back_under_any_name, setup, teardown),
		cmocka_unit_test_setup_teardown(
			several_names_for_one_url_pair_one_to_one_and_keep_a_leader, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
