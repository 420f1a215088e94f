/* Feeds that share a URL: what makes them one, who leads, what the others get. */
#include "daemon/keep/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/scratch.h"

#define NOW INT64_C(1795000000000)
#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)

struct fixture {
	struct scratch scratch;
	char file[96];
	struct store *store;
	struct config config;
	struct config_error err;
	struct arena arena;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	scratch_make(&f->scratch);
	snprintf(f->file, sizeof(f->file), "%s/state.db", f->scratch.path);
	assert_int_equal(store_open(f->file, NOW, &f->store, &f->err), 0);
	f->config.defaults = (struct config_settings){ .interval = HOUR,
		.min_interval = SECOND,
		.max_interval = 48 * HOUR,
		.first_sync = CONFIG_FIRST_SYNC_ALL };
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

/* A feed of a load: a name, the key's letter (0: none), settings. */
struct given {
	const char *name;
	char key;
	const char *settings, *tags;
};

static void
load(struct fixture *f, const struct given *given, size_t n)
{
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feeds_begin(f->store, NOW), 0);
	for (size_t i = 0; i < n; i++) {
		const struct config_feed feed = { .name = given[i].name,
			.url = "http://a.example/",
			.tags = given[i].tags != NULL ? given[i].tags : "",
			.settings = given[i].settings != NULL ? given[i].settings : "" };
		unsigned char key[STORE_KEY_SIZE];
		bool is_new;
		memset(key, given[i].key, sizeof(key));
		assert_int_equal(store_feeds_put(f->store, &feed, given[i].key ? key : NULL,
					 NOW + (int64_t)i, &is_new),
			0);
	}
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(store_commit(f->store), 0);
}

static struct group
group_of(struct fixture *f, const char *name)
{
	struct group group = { 0 };
	int64_t id;

	assert_int_equal(store_feed_find(f->store, name, &id), 1);
	assert_int_equal(group_load(f->store, &f->config, id, &f->arena, &group), 1);
	return group;
}

/* The names that are due, each with a blank. */
static const char *
due(struct fixture *f)
{
	struct buf names = { 0 };
	int64_t ids[16];
	size_t n;
	const char *text;

	assert_int_equal(store_due(f->store, INT64_MIN, NOW + HOUR, 16, ids, &n), 0);
	for (size_t i = 0; i < n; i++) {
		struct store_feed feed;
		assert_int_equal(store_feed_get(f->store, ids[i], &f->arena, &feed), 1);
		buf_printf(&names, "%s ", feed.name);
	}
	text = arena_strdup(&f->arena, buf_str(&names));
	buf_done(&names);
	return text;
}

static void
poll_at(struct fixture *f, const char *name, int64_t when)
{
	struct group group = group_of(f, name);
	const struct store_poll poll = { .id = group.members[0].feed.id,
		.when = when,
		.next_poll = when + 60,
		.why_next = "interval 1h",
		.keep_validators = true };

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feed_polled(f->store, &group.members[0].feed, &poll), 0);
	assert_int_equal(store_commit(f->store), 0);
}

static void
key_of(const char *url, const struct config_settings *settings, unsigned char *ret_key)
{
	assert_int_equal(group_key(url, settings, ret_key), 0);
}

static void
urls_that_ask_for_the_same_have_one_key(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} table[] = {
		{ "http://a.example/f", "http://a.example/f", true },
		{ "http://a.example/f", "http://a.example/f#new", true },
		{ "http://a.example/f", "http://a.example:80/f", true },
		{ "https://a.example/f", "https://a.example:443/f#", true },
		{ "http://a.example/f", "HTTP://A.Example/f", true },
		{ "http://a.example", "http://a.example/", true },
		{ "http://a.example/f", "https://a.example/f", false },
		{ "http://a.example/f", "http://a.example/F", false },
		{ "http://a.example/f", "http://a.example/f/", false },
		{ "http://a.example/f", "http://a.example/f?", false },
		{ "http://a.example/f?x=1", "http://a.example/f?x=2", false },
		{ "http://a.example/f", "http://a.example:8080/f", false },
		{ "http://a.example/f", "http://u@a.example/f", false },
		{ "http://a.example/f", "http://b.example/f", false },
	};
	const struct config_settings none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		unsigned char a[STORE_KEY_SIZE], b[STORE_KEY_SIZE];
		key_of(table[i].a, &none, a);
		key_of(table[i].b, &none, b);
		if ((memcmp(a, b, sizeof(a)) == 0) != table[i].same)
			fail_msg("%s and %s", table[i].a, table[i].b);
	}
}

static void
settings_that_change_the_request_or_its_trust_part_feeds(void **state)
{
	const struct config_settings none = { 0 },
				     alike[] = { { .interval = 5 }, { .timeout = 5 },
					     { .max_body = 5 }, { .updates = 1 },
					     { .flood_limit = 5 } },
				     apart[] = { { .user = "u" }, { .password_file = "u" },
					     { .token_file = "u" }, { .proxy = "u" },
					     { .ca_file = "u" }, { .client_cert = "u" },
					     { .insecure = true }, { .allow_private = true },
					     { .headers = { "A: b" }, .n_headers = 1 } };
	unsigned char plain[STORE_KEY_SIZE], other[STORE_KEY_SIZE];

	(void)state;
	key_of("http://a.example/", &none, plain);
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		key_of("http://a.example/", &alike[i], other);
		assert_memory_equal(plain, other, sizeof(plain));
	}
	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		key_of("http://a.example/", &apart[i], other);
		assert_memory_not_equal(plain, other, sizeof(plain));
	}
}

static void
one_of_a_key_is_due_for_all(void **state)
{
	struct fixture *f = *state;
	const struct given feeds[] = { { .name = "a", .key = 'x' }, { .name = "b", .key = 'y' },
		{ .name = "c", .key = 'x' }, { .name = "d", .key = 'x' }, { .name = "e" },
		{ .name = "f" } };
	struct group group;

	load(f, feeds, 6);
	assert_string_equal(due(f), "a b e f ");
	group = group_of(f, "a");
	assert_int_equal(group.n, 3);
	assert_string_equal(group.members[1].feed.name, "c");
	assert_string_equal(group.members[2].feed.name, "d");
	assert_string_equal(group.members[1].feed.why_next, "with a, which has the same URL");
	assert_int_equal(group_of(f, "b").n, 1);
	assert_int_equal(group_of(f, "c").n, 1);
	load(f, feeds, 6);
	assert_string_equal(due(f), "a b e f ");
}

static void
who_was_polled_last_leads_when_feeds_come_and_go(void **state)
{
	struct fixture *f = *state;
	const struct given feeds[] = { { .name = "a", .key = 'x' }, { .name = "b", .key = 'x' },
		{ .name = "c", .key = 'x' } };
	const struct given moved[] = { { .name = "a", .key = 'x' }, { .name = "b", .key = 'y' },
		{ .name = "c", .key = 'x' } };

	load(f, feeds + 1, 1);
	poll_at(f, "b", NOW + 5);
	load(f, feeds, 3);
	assert_string_equal(due(f), "b ");
	assert_int_equal(group_of(f, "b").n, 3);
	assert_int_equal(group_of(f, "a").members[0].feed.next_poll, NOW + 65);
	load(f, feeds, 1);
	assert_string_equal(due(f), "a ");
	assert_int_equal(group_of(f, "a").n, 1);
	load(f, feeds, 3);
	assert_string_equal(due(f), "b ");
	load(f, moved, 3);
	assert_string_equal(due(f), "b a ");
	assert_int_equal(group_of(f, "a").n, 2);
	assert_int_equal(group_of(f, "b").n, 1);
	load(f, feeds, 0);
	assert_string_equal(due(f), "");
}

static void
the_shortest_interval_counts(void **state)
{
	struct fixture *f = *state;
	const struct given feeds[] = { { .name = "a", .key = 'x', .settings = "interval=30m\n" },
		{ .name = "b", .key = 'x', .settings = "interval=20m\n" },
		{ .name = "c", .key = 'x', .settings = "interval=1m\nmin-interval=25m\n" } };
	struct group group;

	load(f, feeds, 3);
	group = group_of(f, "a");
	assert_int_equal(group.members[0].settings.interval, HOUR / 3);
	assert_int_equal(group.members[0].settings.min_interval, SECOND);
	load(f, feeds, 1);
	assert_int_equal(group_of(f, "a").members[0].settings.interval, HOUR / 2);
}

static void
tags_are_joined_where_a_document_is_judged_alike(void **state)
{
	struct fixture *f = *state;
	const struct given feeds[] = { { .name = "a", .key = 'x', .tags = "one two " },
		{ .name = "b", .key = 'x', .tags = "three " },
		{ .name = "c", .key = 'x', .tags = "four ", .settings = "first-sync=none\n" },
		{ .name = "d", .key = 'x', .tags = "five ", .settings = "updates=emit\n" } };
	struct group group;
	const char *tags;

	load(f, feeds, 4);
	group = group_of(f, "a");
	assert_int_equal(group_tags(&group, &f->arena, &tags), 0);
	assert_string_equal(tags, "one two three ");
	assert_true(group_is_incomplete(&group));
	group = group_of(f, "b");
	assert_false(group_is_incomplete(&group));
}

static void
settings_that_cannot_be_read_are_the_defaults(void **state)
{
	struct fixture *f = *state;
	const struct given feed = { .name = "a", .settings = "no-such-key=1\n" };

	load(f, &feed, 1);
	assert_int_equal(group_of(f, "a").members[0].settings.interval, HOUR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_that_ask_for_the_same_have_one_key),
		cmocka_unit_test(settings_that_change_the_request_or_its_trust_part_feeds),
		TEST(one_of_a_key_is_due_for_all),
		TEST(who_was_polled_last_leads_when_feeds_come_and_go),
		TEST(the_shortest_interval_counts),
		TEST(tags_are_joined_where_a_document_is_judged_alike),
		TEST(settings_that_cannot_be_read_are_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
