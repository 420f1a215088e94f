/*
 * Held articles on a real store and a real spool: kept, listed, released exactly once wherever the
 * keeper ends, dropped for good.
 */
#include "daemon/keep/held.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/keep/recovery.h"
#include "lib/feed/article.h"
#include "tests/unit/scratch.h"

#define NOW INT64_C(1795000000000)
#define DAY INT64_C(86400000)
#define N 6 /* articles of the flood */
#define DAY_FOLDER "articles/2026-11-18"

struct fixture {
	struct scratch scratch;
	char spool[128], database[128];
	struct store *store;
	struct delivery *delivery;
	struct config config;
	struct config_settings settings;
	struct ingest ingest;
	struct ingest_result result;
	struct np_article *articles[2 * N];
	size_t n;
	int64_t now;
};

static void
open_all(struct fixture *f, const struct file_ops *ops)
{
	struct config_error err;

	assert_int_equal(store_open(f->database, NOW, &f->store, &err), 0);
	assert_int_equal(delivery_open(f->spool, CONFIG_SYNC_NONE, ops, &f->delivery, &err), 0);
	assert_int_equal(recovery_run(f->store, f->delivery), 0);
	f->ingest =
		(struct ingest){ .store = f->store, .delivery = f->delivery, .config = &f->config };
}

static void
close_all(struct fixture *f)
{
	delivery_close(f->delivery);
	store_close(f->store);
	f->delivery = NULL;
	f->store = NULL;
}

static void
load(struct fixture *f, size_t n)
{
	static const struct config_feed feeds[2] = {
		{ .name = "a", .url = "https://a.example/", .tags = "tech ", .settings = "" },
		{ .name = "b", .url = "https://b.example/", .tags = "stock ", .settings = "" }
	};
	bool is_new;

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feeds_begin(f->store, NOW), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(store_feeds_put(f->store, &feeds[i], NULL, NOW, &is_new), 0);
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(store_commit(f->store), 0);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	scratch_make(&f->scratch);
	snprintf(f->spool, sizeof(f->spool), "%s/spool", f->scratch.path);
	snprintf(f->database, sizeof(f->database), "%s/state.db", f->scratch.path);
	assert_int_equal(mkdir(f->spool, 0755), 0);
	f->now = NOW;
	f->config.remember = 400 * DAY;
	f->settings = (struct config_settings){ .first_sync = CONFIG_FIRST_SYNC_ALL,
		.flood_limit = N - 1 };
	open_all(f, NULL);
	load(f, 2);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	close_all(f);
	scratch_remove(&f->scratch);
	free(f);
	return 0;
}

static void
add(struct fixture *f, int number, const char *text)
{
	struct np_article *article;
	char id[16];

	assert_int_equal(article_new(&article), 0);
	snprintf(id, sizeof(id), "%d", number);
	article->id = arena_strdup(&article->arena, id);
	article->title = arena_strdup(&article->arena, id);
	article->content_text = arena_strdup(&article->arena, text);
	article->published = 1000 + number;
	assert_int_equal(article_hash(article), 0);
	f->articles[f->n++] = article;
}

static int64_t
feed_id(struct fixture *f, const char *name)
{
	int64_t id;

	assert_int_equal(store_feed_find(f->store, name, &id), 1);
	return id;
}

/* What was added, as one document in a transaction of its own. */
static struct ingest_result
document(struct fixture *f, const char *name)
{
	struct arena arena = { 0 };
	struct store_feed feed;
	struct ingest_document document = { .feed = &feed,
		.settings = &f->settings,
		.articles = f->articles,
		.n_articles = f->n,
		.now = f->now };
	struct store_poll poll = {
		.when = f->now, .why_next = "", .keep_validators = true, .parsed = true
	};

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_pending_clear(f->store), 0);
	ingest_begin(&f->ingest);
	poll.id = feed_id(f, name);
	assert_int_equal(store_feed_get(f->store, poll.id, &arena, &feed), 1);
	assert_int_equal(ingest_document(&f->ingest, &document, &f->result), 0);
	assert_int_equal(store_feed_polled(f->store, &feed, &poll), 0);
	assert_int_equal(delivery_flush(f->delivery), 0);
	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(delivery_publish(f->delivery), 0);
	arena_done(&arena);
	for (size_t i = 0; i < f->n; i++)
		np_article_free(f->articles[i]);
	f->n = 0;
	return f->result;
}

/* A feed with one article, and then N that are too many at once. */
static void
flood(struct fixture *f)
{
	add(f, 0, "first");
	document(f, "a");
	for (int i = 1; i <= N; i++)
		add(f, i, "text");
	assert_int_equal(document(f, "a").n_held, N);
}

static struct held_result
act(struct fixture *f, enum held_action action, struct held_choice choice, size_t max)
{
	struct held_result result;

	assert_int_equal(held_act_alone(&f->ingest, action, &choice, f->now, max, &result), 0);
	return result;
}

static int64_t
n_held(struct fixture *f)
{
	int64_t n, bytes;

	assert_int_equal(store_held_size(f->store, &n, &bytes), 0);
	return n;
}

/* Files of a folder; none where it is not there. */
static unsigned int
files(struct fixture *f, const char *folder)
{
	char path[192], below[192];

	snprintf(path, sizeof(path), "%s/%s", f->spool, folder);
	snprintf(below, sizeof(below), "spool/%s", folder);
	return access(path, F_OK) == 0 ? scratch_count(&f->scratch, below) : 0;
}

static int
take_count(void *arg, const struct store_held_count *count)
{
	*(struct store_held_count *)arg = *count;
	return 0;
}

static void
what_is_held_is_kept_over_a_restart_and_released_once(void **state)
{
	const struct held_choice all = { .feed = 0 };
	struct fixture *f = *state;
	struct store_held_count count = { .n = 0 };

	flood(f);
	assert_int_equal(files(f, DAY_FOLDER), 1);
	close_all(f);
	open_all(f, NULL);
	assert_int_equal(store_held_counts(f->store, take_count, &count), 0);
	assert_int_equal(count.n, N);
	assert_true(count.bytes > N * 100);
	assert_int_equal(count.oldest, NOW);
	assert_int_equal(act(f, HELD_RELEASE, all, 100).n_done, N);
	assert_int_equal(files(f, DAY_FOLDER), 1 + N);
	assert_int_equal(files(f, "tags/tech/2026-11-18"), 1 + N);
	assert_int_equal(n_held(f), 0);
	assert_int_equal(act(f, HELD_RELEASE, all, 100).n_done, 0);
	for (int i = 1; i <= N; i++)
		add(f, i, "text");
	assert_int_equal(document(f, "a").n_known, N);
	assert_int_equal(files(f, DAY_FOLDER), 1 + N);
}

static void
releases_are_bounded_and_go_on_where_they_ended(void **state)
{
	struct held_choice choice = { .feed = 0 };
	struct fixture *f = *state;
	struct held_result result;
	uint32_t done = 0;

	flood(f);
	do {
		result = act(f, HELD_RELEASE, choice, 4);
		assert_true(result.n_done <= 4);
		done += result.n_done;
		choice.after = result.last;
	} while (result.more);
	assert_int_equal(done, N);
}

static void
one_feed_or_one_number_alone(void **state)
{
	struct fixture *f = *state;
	struct held_choice choice = { .feed = feed_id(f, "b") };

	flood(f);
	assert_int_equal(act(f, HELD_RELEASE, choice, 100).n_done, 0);
	choice = (struct held_choice){ .id = 2 };
	assert_int_equal(act(f, HELD_RELEASE, choice, 100).n_done, 1);
	choice = (struct held_choice){ .feed = feed_id(f, "a") };
	assert_int_equal(act(f, HELD_DROP, choice, 100).n_done, N - 1);
	assert_int_equal(files(f, DAY_FOLDER), 2);
	assert_int_equal(n_held(f), 0);
}

static void
what_was_dropped_does_not_come_again(void **state)
{
	const struct held_choice all = { .feed = 0 };
	struct fixture *f = *state;

	flood(f);
	assert_int_equal(act(f, HELD_DROP, all, 100).n_done, N);
	f->settings.flood_limit = 0;
	for (int i = 1; i <= N + 1; i++)
		add(f, i, "text");
	assert_int_equal(document(f, "a").n_new, 1);
	assert_int_equal(files(f, DAY_FOLDER), 2);
}

static void
assert_released(
	struct fixture *f, const struct item *item, const unsigned char *hash, struct arena *arena)
{
	struct store_identity row;
	struct store_article article;

	assert_int_equal(store_identity_find(f->store, feed_id(f, "a"), item->identity, &row), 1);
	assert_int_equal(row.decision, STORE_DECISION_RELEASED);
	assert_int_equal(row.evidence, NOW);
	assert_int_equal(store_article_get(f->store, row.seq, arena, &article), 1);
	assert_memory_equal(article.hash, hash, SHA256_SIZE);
}

static void
an_item_that_changes_while_it_is_held_is_released_as_it_is_now(void **state)
{
	const struct held_choice all = { .feed = 0 };
	struct fixture *f = *state;
	struct arena arena = { 0 };
	struct store_identity row;
	struct sha256 *hash;
	struct item item;

	for (int updates = 0; updates < 2; updates++) {
		if (updates > 0) {
			teardown(state);
			setup(state);
			f = *state;
		}
		f->settings.updates = (enum config_updates)updates;
		flood(f);
		add(f, N, "corrected");
		assert_int_equal(sha256_new(&hash), 0);
		assert_int_equal(identity_items(hash, f->articles, 1, &item), 0);
		sha256_free(hash);
		memcpy(row.hash, np_article_content_hash(f->articles[0]), SHA256_SIZE);
		document(f, "a");
		assert_int_equal(n_held(f), N);
		act(f, HELD_RELEASE, all, 100);
		assert_released(f, &item, row.hash, &arena);
	}
	arena_done(&arena);
}

/* Another feed does not wait; then there is one article, with the tags of both. */
static void
another_feed_has_it_meanwhile(void **state)
{
	const struct held_choice all = { .feed = 0 };
	struct fixture *f = *state;

	flood(f);
	for (int i = 1; i <= N; i++)
		add(f, i, "text");
	assert_int_equal(document(f, "b").n_new, N);
	act(f, HELD_RELEASE, all, 100);
	assert_int_equal(files(f, DAY_FOLDER), 1 + N);
	assert_int_equal(files(f, "tags/tech/2026-11-18"), 1 + N);
	assert_int_equal(files(f, "tags/stock/2026-11-18"), N);
}

static void
what_a_removed_feed_had_stays_until_the_feed_is_forgotten(void **state)
{
	const struct held_choice all = { .feed = 0 };
	struct fixture *f = *state;
	struct held_result result;
	size_t dropped;

	flood(f);
	load(f, 0);
	result = act(f, HELD_RELEASE, all, 100);
	assert_int_equal(result.n_done, 0);
	assert_int_equal(result.n_skipped, N);
	assert_int_equal(n_held(f), N);
	assert_int_equal(store_begin(f->store), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			store_forget(f->store, NOW + 11 * DAY, 10 * DAY, 100, &dropped), 0);
	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(n_held(f), 0);
}

/* File operations that end the process, or fail, at the n-th of them. */
struct stop {
	int at, n;
	bool fail;
};

static bool
reached(void *arg)
{
	struct stop *stop = arg;

	if (++stop->n != stop->at)
		return false;
	if (!stop->fail)
		_exit(9);
	return true;
}

static int
stop_write(void *arg, int dir, const char *path, mode_t mode, const void *data, size_t size)
{
	return reached(arg) ? -EIO : file_ops_posix.write_new(NULL, dir, path, mode, data, size);
}

static int
stop_rename(void *arg, int dir, const char *from, const char *to)
{
	return reached(arg) ? -EIO : file_ops_posix.rename(NULL, dir, from, to);
}

static int
stop_link(void *arg, int dir, const char *from, const char *to)
{
	return reached(arg) ? -EIO : file_ops_posix.link(NULL, dir, from, to);
}

static int
stop_sync(void *arg, int dir)
{
	return reached(arg) ? -EIO : file_ops_posix.sync_fs(NULL, dir);
}

static int
stop_sync_path(void *arg, int dir, const char *path)
{
	return reached(arg) ? -EIO : file_ops_posix.sync_dir(NULL, dir, path);
}

/* Releases all in another process, which ends at a step. Returns whether it came that far. */
static bool
release_and_stop(struct fixture *f, struct stop stop)
{
	struct file_ops ops = file_ops_posix;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		const struct held_choice all = { .feed = 0 };
		struct config_error err;
		struct held_result result;
		ops.arg = &stop;
		ops.write_new = stop_write;
		ops.rename = stop_rename;
		ops.link = stop_link;
		ops.sync_fs = stop_sync;
		ops.sync_dir = stop_sync_path;
		if (store_open(f->database, NOW, &f->store, &err) != 0 ||
			delivery_open(f->spool, CONFIG_SYNC_BATCH, &ops, &f->delivery, &err) != 0)
			_exit(1);
		stop.n = -1000; /* recovery is not what stops here */
		if (recovery_run(f->store, f->delivery) != 0)
			_exit(2);
		stop.n = 0;
		f->ingest.store = f->store;
		f->ingest.delivery = f->delivery;
		(void)held_act_alone(&f->ingest, HELD_RELEASE, &all, NOW, 100, &result);
		_exit(stop.n >= stop.at ? 9 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 9 || WEXITSTATUS(status) == 0);
	return WEXITSTATUS(status) == 9;
}

static void
released_exactly_once_wherever_it_ends(void **state)
{
	const struct held_choice all = { .feed = 0 };
	struct fixture *f = *state;
	int steps = 0;

	for (int fail = 0; fail < 2; fail++)
		for (bool reached_it = true; reached_it;) {
			struct stop stop = { .at = ++steps, .fail = fail };
			teardown(state);
			setup(state);
			f = *state;
			flood(f);
			close_all(f);
			reached_it = release_and_stop(f, stop);
			open_all(f, NULL);
			act(f, HELD_RELEASE, all, 100);
			assert_int_equal(files(f, DAY_FOLDER), 1 + N);
			assert_int_equal(files(f, "tags/tech/2026-11-18"), 1 + N);
			assert_int_equal(n_held(f), 0);
			if (!reached_it)
				steps = fail ? steps : 0;
		}
	assert_true(steps > 4 * N);
	print_message("stopped and failed at each of %d steps\n", steps - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_held_is_kept_over_a_restart_and_released_once),
		TEST(releases_are_bounded_and_go_on_where_they_ended),
		TEST(one_feed_or_one_number_alone),
		TEST(what_was_dropped_does_not_come_again),
		TEST(an_item_that_changes_while_it_is_held_is_released_as_it_is_now),
		TEST(another_feed_has_it_meanwhile),
		TEST(what_a_removed_feed_had_stays_until_the_feed_is_forgotten),
		TEST(released_exactly_once_wherever_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
