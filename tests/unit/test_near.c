/* The index of near duplicates against a full search; over rollback, restart, age and its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "daemon/keep/near.h"
#include "lib/spool/simhash.h"
#include "tests/unit/conf_folder.h"

#define NOW INT64_C(1795000000000)
#define HOUR INT64_C(3600000)

struct fixture {
	struct store *store;
	struct near *near;
	uint64_t random;
};

static void
open_all(struct fixture *f)
{
	struct config_error err;

	assert_int_equal(store_open("state.db", NOW, &f->store, &err), 0);
	assert_int_equal(near_new(&f->near), 0);
	near_begin(f->near);
	f->random = 88172645463325252;
}

static void
close_all(struct fixture *f)
{
	near_free(f->near);
	store_close(f->store);
}

static uint64_t
draw(struct fixture *f)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return f->random;
}

/* The hash with n bits of it changed. */
static uint64_t
change(struct fixture *f, uint64_t hash, unsigned int n)
{
	uint64_t changed = hash;

	while (simhash_distance(hash, changed) < n)
		changed ^= UINT64_C(1) << (draw(f) & 63);
	return changed;
}

static void
put_row(struct fixture *f, const struct near_article *article)
{
	static const unsigned char hash[SHA256_SIZE];
	const struct store_article row = { .seq = article->seq,
		.hash = hash,
		.day = "2026-11-23",
		.tags = "",
		.queues = "",
		.when = article->when,
		.simhash = &article->simhash,
		.cluster = article->cluster };

	assert_int_equal(store_article_put(f->store, &row), 0);
}

/* Places one as the keeper does; in a transaction. */
static uint64_t
place(struct fixture *f, uint64_t seq, uint64_t simhash, unsigned int distance, int64_t now)
{
	struct near_article article = { .seq = seq, .simhash = simhash, .when = now };

	assert_int_equal(near_find(f->near, f->store, simhash, distance, now, &article.cluster), 0);
	assert_int_equal(near_add(f->near, &article), 0);
	put_row(f, &article);
	return article.cluster;
}

/* 3000 articles a few minutes apart, a third of them near an earlier one, for each distance. */
static void
the_index_finds_what_a_full_search_finds(void **state)
{
	enum { N = 3000 };
	struct near_article *all = calloc(N, sizeof(*all));
	unsigned int clustered = 0;

	(void)state;
	for (unsigned int distance = 0; distance <= NEAR_DISTANCE_MAX; distance++) {
		struct fixture f;

		assert_true(distance == 0 || remove("state.db") == 0);
		open_all(&f);
		assert_int_equal(store_begin(f.store), 0);
		for (size_t i = 0; i < N; i++) {
			uint64_t expected = 0;
			size_t first = 0;

			all[i].seq = i + 1;
			all[i].when = NOW + (int64_t)i * 4 * 60 * 1000;
			all[i].simhash = draw(&f) % 3 != 0 || i == 0
						 ? draw(&f)
						 : change(&f, all[draw(&f) % i].simhash,
							   (unsigned int)(draw(&f) % 10));
			while (first < i && (all[first].when < all[i].when - NEAR_WINDOW ||
						    simhash_distance(all[first].simhash,
							    all[i].simhash) > distance))
				first++;
			if (first < i) {
				uint64_t root = all[first].cluster;

				expected = all[first].seq;
				if (root != 0 && all[root - 1].when >= all[i].when - NEAR_WINDOW)
					expected = root;
			}
			all[i].cluster = expected;
			clustered += expected != 0;
			assert_int_equal(
				place(&f, all[i].seq, all[i].simhash, distance, all[i].when),
				expected);
		}
		assert_int_equal(store_commit(f.store), 0);
		close_all(&f);
	}
	assert_true(clustered > 1000);
	free(all);
}

static void
what_was_rolled_back_is_not_found(void **state)
{
	struct fixture f;
	uint64_t hash, cluster;

	(void)state;
	open_all(&f);
	hash = draw(&f);
	assert_int_equal(store_begin(f.store), 0);
	assert_int_equal(place(&f, 1, hash, 3, NOW), 0);
	assert_int_equal(place(&f, 2, hash ^ 1, 3, NOW), 1);
	store_rollback(f.store);
	near_begin(f.near);
	assert_int_equal(store_begin(f.store), 0);
	assert_int_equal(place(&f, 1, hash ^ 3, 3, NOW), 0);
	assert_int_equal(store_commit(f.store), 0);
	near_commit(f.near);
	near_begin(f.near);
	assert_int_equal(near_find(f.near, f.store, hash, 3, NOW + HOUR, &cluster), 0);
	assert_int_equal(cluster, 1);
	close_all(&f);
}

static void
a_restart_answers_the_same(void **state)
{
	struct fixture f;
	uint64_t hash, cluster;

	(void)state;
	open_all(&f);
	hash = draw(&f);
	assert_int_equal(store_begin(f.store), 0);
	assert_int_equal(place(&f, 10, hash, 3, NOW), 0);
	assert_int_equal(place(&f, 11, hash ^ 7, 3, NOW + 50 * HOUR), 10);
	assert_int_equal(store_commit(f.store), 0);
	close_all(&f);
	open_all(&f);
	assert_int_equal(near_find(f.near, f.store, hash, 3, NOW + 60 * HOUR, &cluster), 0);
	assert_int_equal(cluster, 10);
	/* the first is too old now, its follower is not */
	assert_int_equal(near_find(f.near, f.store, hash ^ 7, 3, NOW + 73 * HOUR, &cluster), 0);
	assert_int_equal(cluster, 11);
	assert_int_equal(near_find(f.near, f.store, hash ^ 7, 3, NOW + 200 * HOUR, &cluster), 0);
	assert_int_equal(cluster, 0);
	close_all(&f);
}

static void
a_chain_of_a_million_alike_is_searched_in_bounded_time(void **state)
{
	struct fixture f;
	uint64_t hash, cluster;

	(void)state;
	open_all(&f);
	hash = draw(&f);
	assert_int_equal(near_find(f.near, f.store, hash, 3, NOW, &cluster), 0);
	for (uint64_t seq = 1; seq <= NEAR_MAX + 5000; seq++) {
		const struct near_article article = {
			.seq = seq, .simhash = hash ^ (draw(&f) << 16), .when = NOW
		};
		assert_int_equal(near_add(f.near, &article), 0);
	}
	for (int i = 0; i < 100; i++)
		assert_int_equal(near_find(f.near, f.store, hash, 7, NOW, &cluster), 0);
	close_all(&f);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, conf_folder_enter, conf_folder_leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(the_index_finds_what_a_full_search_finds),
		IN_FOLDER(what_was_rolled_back_is_not_found),
		IN_FOLDER(a_restart_answers_the_same),
		IN_FOLDER(a_chain_of_a_million_alike_is_searched_in_bounded_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
