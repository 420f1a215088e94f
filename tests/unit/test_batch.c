/*
 * Group commit on a real store and a real spool whose file operations can be made to fail: what is
 * stored, what is called back, and what a fault leaves behind.
 */
#include "config.h"

#include "daemon/keep/batch.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/keep/files.h"
#include "lib/feed/article.h"
#include "tests/unit/scratch.h"

#define NOW INT64_C(1795000000000)

/* What fails next, and how. */
struct faults {
	int write_new, rename; /* -errno; 0: nothing */
	const char *only;      /* write_new fails for data with this text alone */
};

struct fixture {
	char dir[64], spool[96], database[96];
	struct loop *loop;
	struct loop_timer *bound;
	struct store *store;
	struct delivery *delivery;
	struct config config;
	struct ingest ingest;
	struct batch *batch;
	struct faults faults;
	struct file_ops ops;
	size_t n_polls, wanted; /* called back, and how many the loop is to run for */
	enum poll_state states[64];
	int ends, last_error, stuck;
	bool stop_when_stuck;
};

static int
fail_write_new(void *arg, int dir, const char *path, mode_t mode, const void *data, size_t size)
{
	struct faults *faults = arg;

	if (faults->write_new != 0 &&
		(faults->only == NULL || memmem(data, size, faults->only, strlen(faults->only))))
		return faults->write_new;
	return file_ops_posix.write_new(file_ops_posix.arg, dir, path, mode, data, size);
}

static int
fail_rename(void *arg, int dir, const char *from, const char *to)
{
	struct faults *faults = arg;

	if (faults->rename != 0)
		return faults->rename;
	return file_ops_posix.rename(file_ops_posix.arg, dir, from, to);
}

static void
on_poll(void *arg, struct poll *poll)
{
	struct fixture *f = arg;

	assert_true(f->n_polls < 64);
	f->states[f->n_polls++] = poll->state;
	poll_free(poll);
}

static void
on_end(void *arg, int error)
{
	struct fixture *f = arg;

	f->ends++;
	f->last_error = error;
	if (f->n_polls >= f->wanted)
		loop_stop(f->loop);
}

static void
on_stuck(void *arg, bool stuck)
{
	struct fixture *f = arg;

	f->stuck += stuck ? 1 : -1;
	if (stuck && f->stop_when_stuck)
		loop_stop(f->loop);
}

static void
on_bound(void *arg)
{
	(void)arg;
	fail_msg("the loop was not stopped in time");
}

static int64_t
wall(void *arg)
{
	(void)arg;
	return NOW;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct batch_callbacks callbacks = { on_poll, on_end, on_stuck, f };
	static const struct loop_clock clock = { wall, wall, NULL };
	struct config_error err;

	snprintf(f->dir, sizeof(f->dir), "/tmp/test_batch.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->spool, sizeof(f->spool), "%s/spool", f->dir);
	snprintf(f->database, sizeof(f->database), "%s/state.db", f->dir);
	assert_int_equal(mkdir(f->spool, 0755), 0);
	f->ops = file_ops_posix;
	f->ops.write_new = fail_write_new;
	f->ops.rename = fail_rename;
	f->ops.arg = &f->faults;
	f->config.defaults = (struct config_settings){ .interval = 3600000,
		.min_interval = 1000,
		.max_interval = 86400000,
		.first_sync = CONFIG_FIRST_SYNC_ALL };
	f->config.remember = INT64_C(86400000) * 400;
	assert_int_equal(loop_new(&f->loop), 0);
	loop_set_clock(f->loop, &clock);
	assert_int_equal(loop_timer_new(f->loop, on_bound, f, &f->bound), 0);
	loop_timer_start(f->bound, 20000);
	assert_int_equal(store_open(f->database, NOW, &f->store, &err), 0);
	assert_int_equal(
		delivery_open(f->spool, CONFIG_SYNC_BATCH, &f->ops, &f->delivery, &err), 0);
	assert_int_equal(delivery_recover_end(f->delivery), 0);
	f->ingest =
		(struct ingest){ .store = f->store, .delivery = f->delivery, .config = &f->config };
	assert_int_equal(batch_new(f->loop, &f->ingest, &callbacks, &f->batch), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	batch_free(f->batch);
	delivery_close(f->delivery);
	store_close(f->store);
	loop_timer_free(f->bound);
	loop_free(f->loop);
	assert_int_equal(scratch_remove_tree(f->dir), 0);
	free(f);
	return 0;
}

static int n_files;

static int
count_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	n_files += flag == FTW_F && path[ftw->base] != '.';
	return 0;
}

static int
files(struct fixture *f, const char *folder)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", f->spool, folder);
	n_files = 0;
	if (access(path, F_OK) == 0)
		assert_int_equal(nftw(path, count_one, 16, FTW_PHYS), 0);
	return n_files;
}

static void
add_feeds(struct fixture *f, int n)
{
	bool is_new;

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feeds_begin(f->store, NOW), 0);
	for (int i = 0; i < n; i++) {
		char name[16];
		struct config_feed feed = {
			.name = name, .url = "https://x.example/", .tags = "t ", .settings = ""
		};
		snprintf(name, sizeof(name), "f%d", i);
		assert_int_equal(store_feeds_put(f->store, &feed, NULL, NOW, &is_new), 0);
	}
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(store_commit(f->store), 0);
}

static struct store_feed
get(struct fixture *f, const char *name, struct arena *arena)
{
	struct store_feed feed = { 0 };
	int64_t id;

	assert_int_equal(store_feed_find(f->store, name, &id), 1);
	assert_int_equal(store_feed_get(f->store, id, arena, &feed), 1);
	return feed;
}

/* A poll of feed fN that is done, with articles of its own. */
static struct poll *
make_poll(struct fixture *f, int number, int n_articles)
{
	struct message_done done = { .poll = (uint64_t)number + 1,
		.result = RESULT_OK,
		.status = 200,
		.etag = { (const unsigned char *)"\"v\"", 3 },
		.final_url = "https://x.example/",
		.max_age = -1,
		.retry_after = -1,
		.ttl = -1,
		.update_interval = -1,
		.n_articles = (uint32_t)n_articles };
	struct arena arena = { 0 };
	struct group group;
	struct poll *poll;
	char name[16];
	int64_t id;

	snprintf(name, sizeof(name), "f%d", number);
	assert_int_equal(store_feed_find(f->store, name, &id), 1);
	assert_int_equal(group_load(f->store, &f->config, id, &arena, &group), 1);
	assert_int_equal(poll_new(done.poll, &group.members[0].feed, NULL, &arena, &poll), 0);
	poll_keep(poll, &group, store_version(f->store));
	for (int i = 0; i < n_articles; i++) {
		struct np_article *article;
		char title[64];
		snprintf(title, sizeof(title), "article %d of feed f%d", i, number);
		assert_int_equal(article_new(&article), 0);
		article->title = arena_strdup(&article->arena, title);
		article->id = article->title;
		assert_int_equal(article_hash(article), 0);
		poll_add(poll, article);
	}
	poll_set_done(poll, &done);
	return poll;
}

static void
run(struct fixture *f, size_t wanted)
{
	f->wanted = f->n_polls + wanted;
	assert_int_equal(loop_run(f->loop), 0);
}

static bool
has_validators(struct fixture *f, const char *name)
{
	struct arena arena = { 0 };
	bool has = get(f, name, &arena).etag.ptr != NULL;

	arena_done(&arena);
	return has;
}

static void
polls_are_stored_together_and_called_back_in_place(void **state)
{
	struct fixture *f = *state;

	add_feeds(f, 3);
	for (int i = 0; i < 3; i++)
		batch_add(f->batch, make_poll(f, i, 4));
	assert_int_equal(f->n_polls, 0); /* never from batch_add() */
	assert_int_equal(batch_size(f->batch), 3);
	run(f, 3);
	assert_int_equal(f->ends, 1);
	assert_int_equal(f->last_error, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(f->states[i], POLL_STORED);
	assert_int_equal(files(f, "articles"), 12);
	assert_int_equal(files(f, "tags/t"), 12);
	assert_int_equal(files(f, "tmp"), 0);
	assert_true(has_validators(f, "f2"));
}

static void
full_batch_does_not_wait(void **state)
{
	struct fixture *f = *state;

	add_feeds(f, 1);
	batch_add(f->batch, make_poll(f, 0, 1));
	batch_hurry(f->batch);
	batch_hurry(f->batch);
	run(f, 1);
	assert_int_equal(f->ends, 1);
}

static void
full_disk_fails_the_batch_and_leaves_feeds_as_they_were(void **state)
{
	static const int errors[] = { -ENOSPC, -EDQUOT, -EIO, -EROFS, -EMFILE };
	struct fixture *f = *state;
	struct arena arena = { 0 };

	add_feeds(f, 2);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		f->faults.write_new = errors[i];
		f->n_polls = 0;
		batch_add(f->batch, make_poll(f, 0, 3));
		batch_add(f->batch, make_poll(f, 1, 3));
		run(f, 2);
		assert_int_equal(f->last_error, errors[i]);
		assert_int_equal(f->states[0], POLL_FAILED);
		assert_int_equal(f->states[1], POLL_FAILED);
		assert_int_equal(files(f, "articles"), 0);
		assert_int_equal(files(f, "tmp"), 0);
		assert_false(has_validators(f, "f0"));
		assert_int_equal(get(f, "f0", &arena).next_poll, NOW);
		assert_int_equal(get(f, "f0", &arena).failures, 0);
	}
	f->faults.write_new = 0;
	f->n_polls = 0;
	batch_add(f->batch, make_poll(f, 0, 3));
	batch_add(f->batch, make_poll(f, 1, 3));
	run(f, 2);
	assert_int_equal(f->last_error, 0);
	assert_int_equal(f->states[1], POLL_STORED);
	assert_int_equal(files(f, "articles"), 6);
	arena_done(&arena);
}

/* Writes of files beyond this size fail from now on; 0: none. */
static void
limit_file_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size != 0 ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_IGN);
}

/* The log is full at the commit and not before, for that is when SQLite writes it. */
static void
failed_commit_keeps_what_was_staged_until_another_takes_its_place(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char log[128];

	add_feeds(f, 1);
	snprintf(log, sizeof(log), "%s-wal", f->database);
	assert_int_equal(stat(log, &st), 0);
	limit_file_size((rlim_t)st.st_size);
	for (int round = 0; round < 2; round++) {
		f->n_polls = 0;
		batch_add(f->batch, make_poll(f, 0, 3));
		run(f, 1);
		assert_true(f->last_error < 0);
		assert_int_equal(f->states[0], POLL_FAILED);
		assert_int_equal(files(f, "articles"), 0);
		assert_int_equal(files(f, "tmp"), 6);
	}
	limit_file_size(0);
	f->n_polls = 0;
	batch_add(f->batch, make_poll(f, 0, 3));
	run(f, 1);
	assert_int_equal(f->last_error, 0);
	assert_int_equal(f->states[0], POLL_STORED);
	assert_int_equal(files(f, "articles"), 3);
	assert_int_equal(files(f, "tmp"), 0);
}

static void
poll_that_cannot_be_stored_stands_in_nobodys_way(void **state)
{
	struct fixture *f = *state;
	struct arena arena = { 0 };
	struct store_feed feed;

	add_feeds(f, 3);
	f->faults.write_new = -ENOMEM;
	f->faults.only = "of feed f1";
	for (int i = 0; i < 3; i++)
		batch_add(f->batch, make_poll(f, i, 2));
	run(f, 3);
	assert_int_equal(f->last_error, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(f->states[i], POLL_STORED);
	assert_int_equal(files(f, "articles"), 4);
	feed = get(f, "f1", &arena);
	assert_int_equal(feed.result, RESULT_INTERNAL);
	assert_int_equal(feed.failures, 1);
	assert_int_equal(feed.next_poll, NOW + 30000);
	assert_non_null(feed.reason);
	assert_null(feed.etag.ptr);
	assert_int_equal(get(f, "f2", &arena).failures, 0);
	arena_done(&arena);
}

static void
articles_that_cannot_be_moved_are_moved_later_and_once(void **state)
{
	struct fixture *f = *state;

	add_feeds(f, 2);
	f->faults.rename = -EIO;
	f->stop_when_stuck = true;
	batch_add(f->batch, make_poll(f, 0, 3));
	run(f, 1);
	assert_int_equal(f->stuck, 1);
	assert_int_equal(f->n_polls, 0); /* committed, and not told before it is in place */
	assert_int_equal(files(f, "articles"), 0);
	batch_add(f->batch, make_poll(f, 1, 2)); /* waits its turn */
	f->faults.rename = 0;
	run(f, 2);
	assert_int_equal(f->stuck, 0);
	assert_int_equal(f->states[0], POLL_STORED);
	assert_int_equal(f->states[1], POLL_STORED);
	assert_int_equal(files(f, "articles"), 5);
	assert_int_equal(files(f, "tags"), 5);
	assert_int_equal(files(f, "tmp"), 0);
}

static void
configure(struct fixture *f, const struct config_feed *feed)
{
	bool is_new;

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feeds_begin(f->store, NOW), 0);
	assert_int_equal(store_feeds_put(f->store, feed, NULL, NOW, &is_new), 0);
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(store_commit(f->store), 0);
}

static void
what_is_configured_while_a_poll_is_under_way_counts(void **state)
{
	struct fixture *f = *state;
	const struct config_feed feed = {
		.name = "f0", .url = "https://x.example/", .tags = "t ", .settings = "interval=2h\n"
	};
	struct arena arena = { 0 };

	add_feeds(f, 1);
	batch_add(f->batch, make_poll(f, 0, 3));
	configure(f, &feed);
	run(f, 1);
	assert_int_equal(f->states[0], POLL_STORED);
	assert_true(get(f, "f0", &arena).next_poll >= NOW + 2 * f->config.defaults.interval);
	arena_done(&arena);
}

static void
defaults_that_are_reloaded_while_a_poll_is_under_way_count(void **state)
{
	struct fixture *f = *state;
	struct arena arena = { 0 };
	int64_t before;

	add_feeds(f, 1);
	batch_add(f->batch, make_poll(f, 0, 3));
	before = f->config.defaults.interval;
	f->config.defaults.interval *= 2;
	store_touch(f->store);
	run(f, 1);
	assert_true(get(f, "f0", &arena).next_poll >= NOW + 2 * before);
	arena_done(&arena);
}

static void
poll_of_a_feed_with_another_url_now_is_dropped(void **state)
{
	struct fixture *f = *state;
	const struct config_feed feed = {
		.name = "f0", .url = "https://y.example/", .tags = "t ", .settings = ""
	};

	add_feeds(f, 1);
	batch_add(f->batch, make_poll(f, 0, 3));
	configure(f, &feed);
	run(f, 1);
	assert_int_equal(f->states[0], POLL_DROPPED);
	assert_int_equal(files(f, "articles"), 0);
	assert_false(has_validators(f, "f0"));
}

static int
count_pending(void *arg, const char *name, unsigned int index, const char *path)
{
	(void)name;
	(void)index;
	(void)path;
	++*(int *)arg;
	return 0;
}

static void
finish_stores_what_is_done_and_leaves_nothing_pending(void **state)
{
	struct fixture *f = *state;
	int n_pending = 0;

	add_feeds(f, 1);
	batch_add(f->batch, make_poll(f, 0, 3));
	batch_finish(f->batch);
	assert_int_equal(f->n_polls, 1);
	assert_int_equal(files(f, "articles"), 3);
	assert_int_equal(store_pending(f->store, count_pending, &n_pending), 0);
	assert_int_equal(n_pending, 0);
}

static void
free_gives_back_what_is_left(void **state)
{
	struct fixture *f = *state;

	add_feeds(f, 1);
	batch_add(f->batch, make_poll(f, 0, 3));
	batch_free(f->batch);
	f->batch = NULL;
	assert_int_equal(f->n_polls, 1);
	assert_int_equal(f->states[0], POLL_FAILED);
	assert_int_equal(files(f, "articles"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(polls_are_stored_together_and_called_back_in_place),
		TEST(full_batch_does_not_wait),
		TEST(full_disk_fails_the_batch_and_leaves_feeds_as_they_were),
		TEST(failed_commit_keeps_what_was_staged_until_another_takes_its_place),
		TEST(poll_that_cannot_be_stored_stands_in_nobodys_way),
		TEST(articles_that_cannot_be_moved_are_moved_later_and_once),
		TEST(poll_of_a_feed_with_another_url_now_is_dropped),
		TEST(what_is_configured_while_a_poll_is_under_way_counts),
		TEST(defaults_that_are_reloaded_while_a_poll_is_under_way_count),
		TEST(finish_stores_what_is_done_and_leaves_nothing_pending),
		TEST(free_gives_back_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
