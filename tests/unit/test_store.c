/* The store on a real SQLite file: what it promises in store.h, one test a promise. */
#include "daemon/keep/store.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW INT64_C(1795000000000)
#define DAY INT64_C(86400000)

struct fixture {
	char dir[64];
	char file[96];
	struct store *store;
	struct config_error err;
	struct arena arena;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/test_store.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof(f->file), "%s/state.db", f->dir);
	assert_int_equal(store_open(f->file, NOW, &f->store, &f->err), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "", "-wal", "-shm", ".lock" };
	struct fixture *f = *state;

	store_close(f->store);
	arena_done(&f->arena);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s%s", f->file, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void
reopen(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(store_open(f->file, NOW, &f->store, &f->err), 0);
}

static struct config_feed
feed_of(const char *name, const char *url)
{
	return (struct config_feed){ .name = name, .url = url, .tags = "", .settings = "" };
}

/* One load of the configuration with these feeds; returns how many were new. */
static int
load(struct fixture *f, int64_t now, const struct config_feed *feeds, size_t n)
{
	int n_new = 0;

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feeds_begin(f->store, now), 0);
	for (size_t i = 0; i < n; i++) {
		bool is_new = false;
		assert_int_equal(store_feeds_put(f->store, &feeds[i], NULL, now + (int64_t)i * 1000,
					 &is_new),
			0);
		n_new += is_new;
	}
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(store_commit(f->store), 0);
	return n_new;
}

static struct store_feed
get(struct fixture *f, const char *name)
{
	struct store_feed feed = { 0 };
	int64_t id;

	assert_int_equal(store_feed_find(f->store, name, &id), 1);
	assert_int_equal(store_feed_get(f->store, id, &f->arena, &feed), 1);
	return feed;
}

static int64_t
add_feed(struct fixture *f, const char *name)
{
	struct config_feed feed = feed_of(name, "https://example.org/feed");

	load(f, NOW, &feed, 1);
	return get(f, name).id;
}

static struct bytes
bytes_of(const char *text, size_t size)
{
	return (struct bytes){ (const unsigned char *)text, size };
}

static void
poll_good(struct fixture *f, const char *name, int64_t when)
{
	struct store_feed before = get(f, name);
	struct store_poll poll = { .id = before.id,
		.when = when,
		.next_poll = when + 3600000,
		.why_next = "interval 1h",
		.result = RESULT_OK,
		.status = 200,
		.etag = bytes_of("\"a\0b\"", 5),
		.last_modified = bytes_of("", 0),
		.parsed = true,
		.document_title = "Title",
		.ttl = 7200,
		.skip_hours = 5,
		.rhythm = { 1.5, 100.25 } };

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feed_polled(f->store, &before, &poll), 0);
	assert_int_equal(store_commit(f->store), 0);
}

static void
second_store_on_the_same_file_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store *second = NULL;
	struct config_error err;

	assert_int_equal(store_open(f->file, NOW, &second, &err), -EBUSY);
	assert_null(second);
	assert_non_null(strstr(err.text, "another newspoold"));
	store_close(f->store);
	assert_int_equal(store_open(f->file, NOW, &f->store, &err), 0);
}

static size_t
slurp(const char *file, char **ret_data)
{
	int fd = open(file, O_RDONLY);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*ret_data = malloc((size_t)st.st_size + 1);
	assert_int_equal(read(fd, *ret_data, (size_t)st.st_size), st.st_size);
	close(fd);
	return (size_t)st.st_size;
}

static void
newer_version_is_refused_and_not_one_byte_changes(void **state)
{
	struct fixture *f = *state;
	const unsigned char version[4] = { 0, 0, 0, 99 };
	char *before, *after;
	size_t n_before, n_after;
	int fd;

	store_close(f->store);
	f->store = NULL;
	fd = open(f->file, O_WRONLY);
	assert_int_equal(pwrite(fd, version, 4, 60), 4);
	close(fd);
	n_before = slurp(f->file, &before);
	assert_int_equal(store_open(f->file, NOW, &f->store, &f->err), -ENOTSUP);
	assert_non_null(strstr(f->err.text, "newer newspool"));
	n_after = slurp(f->file, &after);
	assert_int_equal(n_before, n_after);
	assert_memory_equal(before, after, n_before);
	free(before);
	free(after);
}

static void
files_that_are_not_ours_are_refused_and_not_touched(void **state)
{
	static const char *const contents[] = { "x", "SQLite format 3",
		"this is a diary, "
		"longer than a header of a hundred bytes, and nobody wants to see it overwritten "
		"by a "
		"daemon that was given the wrong name in its configuration file" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		size_t size = strlen(contents[i]);
		char *after;
		int fd;
		store_close(f->store);
		f->store = NULL;
		fd = open(f->file, O_WRONLY | O_TRUNC);
		assert_int_equal(write(fd, contents[i], size), size);
		close(fd);
		assert_int_equal(store_open(f->file, NOW, &f->store, &f->err), -EIO);
		assert_non_null(strstr(f->err.text, "not a newspool database"));
		assert_int_equal(slurp(f->file, &after), size);
		assert_memory_equal(after, contents[i], size);
		free(after);
	}
}

static void
places_where_no_database_can_be_say_so(void **state)
{
	static const struct {
		const char *file;
		int error;
	} rows[] = {
		{ "/nonexistent/folder/state.db", -ENOENT },
		{ "/dev/null/state.db", -ENOTDIR },
		{ "/tmp", -EISDIR },
	};
	struct config_error err;
	struct store *store = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int error = store_open(rows[i].file, NOW, &store, &err);
		assert_null(store);
		assert_non_null(strstr(err.text, rows[i].file));
		assert_true(error < 0);
		if (rows[i].error != -EISDIR)
			assert_int_equal(error, rows[i].error);
	}
	unlink("/tmp.lock");
}

/* As a user who may not write there: needs root to become one. */
static void
folder_that_may_not_be_written_is_refused(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t child;

	if (geteuid() != 0) {
		print_message(
			"# needs root, and passes without\n"); /* cmocka's skip() fails in TAP */
		return;
	}
	store_close(f->store);
	f->store = NULL;
	child = fork();
	if (child == 0) {
		struct config_error err;
		struct store *store;
		int error;
		if (setuid(65534) != 0)
			_exit(1);
		error = store_open(f->file, NOW, &store, &err);
		_exit(error == -EACCES && strstr(err.text, "writable") != NULL ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
feeds_are_new_once_and_keep_their_row(void **state)
{
	struct fixture *f = *state;
	struct config_feed feeds[2] = { feed_of("a", "https://example.org/a"),
		feed_of("b", "https://example.org/b") };
	int64_t id;

	assert_int_equal(load(f, NOW, feeds, 2), 2);
	id = get(f, "b").id;
	assert_int_equal(get(f, "b").next_poll, NOW + 1000);
	assert_string_equal(get(f, "b").why_next, "first poll");
	assert_int_equal(load(f, NOW + DAY, feeds, 2), 0);
	reopen(f);
	assert_int_equal(load(f, NOW + 2 * DAY, feeds, 2), 0);
	assert_int_equal(get(f, "b").next_poll, NOW + 1000);
	assert_int_equal(get(f, "b").id, id);
}

static void
feed_named_twice_in_one_load_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct config_feed feed = feed_of("a", "https://example.org/a");
	bool is_new = false;

	for (int round = 0; round < 2; round++) {
		assert_int_equal(store_begin(f->store), 0);
		assert_int_equal(store_feeds_begin(f->store, NOW), 0);
		assert_int_equal(store_feeds_put(f->store, &feed, NULL, NOW, &is_new), 0);
		assert_int_equal(store_feeds_put(f->store, &feed, NULL, NOW, &is_new), -EEXIST);
		assert_int_equal(store_feeds_end(f->store), 0);
		assert_int_equal(store_commit(f->store), 0);
	}
}

static void
changed_settings_keep_validators_and_schedule(void **state)
{
	struct fixture *f = *state;
	struct config_feed feed = feed_of("a", "https://example.org/a");

	load(f, NOW, &feed, 1);
	poll_good(f, "a", NOW);
	feed.tags = "x y ";
	feed.settings = "timeout=5s\n";
	feed.title = "Mine";
	assert_int_equal(load(f, NOW + 5, &feed, 1), 0);
	assert_string_equal(get(f, "a").tags, "x y ");
	assert_string_equal(get(f, "a").settings, "timeout=5s\n");
	assert_string_equal(get(f, "a").title, "Mine");
	assert_int_equal(get(f, "a").next_poll, NOW + 3600000);
	assert_int_equal(get(f, "a").etag.len, 5);
}

static void
new_url_drops_validators_and_move_but_not_identities(void **state)
{
	struct fixture *f = *state;
	const unsigned char identity[STORE_IDENTITY_SIZE] = { 7 };
	struct store_identity item = { .hash = { 1, 2 }, .seq = 3, .listed = NOW }, found;
	struct config_feed feed = feed_of("a", "https://example.org/a");
	struct store_feed before;
	struct store_poll moved = { .why_next = "x",
		.keep_validators = true,
		.moved_url = "https://example.org/moved",
		.stop = true,
		.failures = 2 };

	load(f, NOW, &feed, 1);
	poll_good(f, "a", NOW);
	before = get(f, "a");
	moved.id = before.id;
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feed_polled(f->store, &before, &moved), 0);
	assert_int_equal(store_identity_put(f->store, before.id, identity, &item), 0);
	assert_int_equal(store_commit(f->store), 0);
	assert_string_equal(get(f, "a").moved_url, "https://example.org/moved");
	assert_true(get(f, "a").stopped);

	feed.url = "https://example.com/other";
	assert_int_equal(load(f, NOW + 7, &feed, 1), 1);
	before = get(f, "a");
	assert_string_equal(before.url, "https://example.com/other");
	assert_null(before.etag.ptr);
	assert_null(before.last_modified.ptr);
	assert_null(before.body_hash.ptr);
	assert_null(before.moved_url);
	assert_false(before.stopped);
	assert_int_equal(before.failures, 0);
	assert_int_equal(before.ttl, -1);
	assert_int_equal(before.next_poll, NOW + 7);
	assert_int_equal(store_identity_find(f->store, before.id, identity, &found), 1);
	assert_int_equal(found.seq, 3);
}

static void
feed_not_named_leaves_the_schedule_and_comes_back_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct config_feed feeds[2] = { feed_of("a", "https://example.org/a"),
		feed_of("b", "https://example.org/b") };
	int64_t id, ids[8], when;
	size_t n;

	load(f, NOW, feeds, 2);
	id = get(f, "b").id;
	load(f, NOW + 1, feeds, 1);
	assert_int_equal(store_feed_find(f->store, "b", &when), 0);
	assert_int_equal(store_feed_get(f->store, id, &f->arena, &(struct store_feed){ 0 }), 0);
	assert_int_equal(store_due(f->store, INT64_MIN, INT64_MAX, 8, ids, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(load(f, NOW + 2, feeds, 2), 0);
	assert_int_equal(get(f, "b").id, id);
	assert_int_equal(store_due(f->store, INT64_MIN, INT64_MAX, 8, ids, &n), 0);
	assert_int_equal(n, 2);
}

static void
due_feeds_come_longest_due_first(void **state)
{
	struct fixture *f = *state;
	struct config_feed feeds[3] = { feed_of("a", "https://example.org/a"),
		feed_of("b", "https://example.org/b"), feed_of("c", "https://example.org/c") };
	int64_t ids[3], when;
	size_t n;

	load(f, NOW, feeds, 3); /* due at NOW, +1 s, +2 s */
	assert_int_equal(store_due(f->store, INT64_MIN, NOW - 1, 3, ids, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_due(f->store, INT64_MIN, NOW + 1000, 3, ids, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ids[0], get(f, "a").id);
	assert_int_equal(ids[1], get(f, "b").id);
	assert_int_equal(store_due(f->store, INT64_MIN, NOW + 9000, 1, ids, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(store_due(f->store, NOW, NOW + 2000, 3, ids, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ids[0], get(f, "b").id);
	assert_int_equal(ids[1], get(f, "c").id);
	assert_int_equal(store_next_due(f->store, NOW + 1000, &when), 0);
	assert_int_equal(when, NOW + 2000);
	assert_int_equal(store_next_due(f->store, NOW + 2000, &when), 0);
	assert_true(when == INT64_MAX);
}

static void
outcome_of_a_poll_is_kept_to_the_byte(void **state)
{
	struct fixture *f = *state;
	struct store_feed feed;

	add_feed(f, "a");
	poll_good(f, "a", NOW + 50);
	reopen(f);
	feed = get(f, "a");
	assert_int_equal(feed.etag.len, 5);
	assert_memory_equal(feed.etag.ptr, "\"a\0b\"", 5);
	assert_non_null(feed.last_modified.ptr); /* there, and empty */
	assert_int_equal(feed.last_modified.len, 0);
	assert_null(feed.body_hash.ptr);
	assert_int_equal(feed.last_poll, NOW + 50);
	assert_int_equal(feed.last_success, NOW + 50);
	assert_int_equal(feed.synced, NOW + 50);
	assert_int_equal(feed.parsed, NOW + 50);
	assert_int_equal(feed.next_poll, NOW + 50 + 3600000);
	assert_string_equal(feed.document_title, "Title");
	assert_null(feed.home_page_url);
	assert_int_equal(feed.ttl, 7200);
	assert_int_equal(feed.skip_hours, 5);
	assert_true(feed.rhythm.items == 1.5 && feed.rhythm.span == 100.25);
	assert_int_equal(feed.status, 200);
	poll_good(f, "a", NOW + 90);
	assert_int_equal(get(f, "a").synced, NOW + 50);
	assert_int_equal(get(f, "a").parsed, NOW + 90);
}

static struct store_feed
put_poll(struct fixture *f, const char *name, struct store_poll poll)
{
	struct store_feed before = get(f, name);

	poll.id = before.id;
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feed_polled(f->store, &before, &poll), 0);
	assert_int_equal(store_commit(f->store), 0);
	return get(f, name);
}

/* Each as good as the one before it, and like it but for one thing. */
static void
poll_that_says_what_the_last_one_said_is_kept_as_well(void **state)
{
	struct fixture *f = *state;
	const struct store_poll polls[] = {
		{ .why_next = "interval 1h", .status = 304, .result = RESULT_NOT_MODIFIED },
		{ .why_next = "interval 1h", .status = 304, .result = RESULT_NOT_MODIFIED },
		{ .why_next = "ttl 7200", .status = 304, .result = RESULT_NOT_MODIFIED },
		{ .why_next = "ttl 7200", .status = 200, .result = RESULT_NOT_MODIFIED },
		{ .why_next = "ttl 7200", .status = 200, .result = RESULT_SAME_BODY },
		{ .why_next = "ttl 7200",
			.status = 200,
			.result = RESULT_SAME_BODY,
			.not_before = 9 },
		{ .why_next = "ttl 7200",
			.status = 200,
			.result = RESULT_SAME_BODY,
			.reason = "held" },
		{ .why_next = "ttl 7200", .status = 200, .result = RESULT_SAME_BODY },
		{ .why_next = "ttl 7200",
			.status = 200,
			.result = RESULT_SAME_BODY,
			.failures = 1 },
		{ .why_next = "ttl 7200", .status = 200, .result = RESULT_SAME_BODY },
		{ .why_next = "ttl 7200", .status = 200, .result = RESULT_SAME_BODY, .stop = true },
		{ .why_next = "ttl 7200", .status = 200, .result = RESULT_SAME_BODY },
	};

	add_feed(f, "a");
	for (int i = 0; i < (int)(sizeof(polls) / sizeof(polls[0])); i++) {
		struct store_poll poll = polls[i];
		struct store_feed feed;
		int64_t success = get(f, "a").last_success;

		poll.keep_validators = true;
		poll.when = NOW + i;
		poll.next_poll = NOW + 1000 + i;
		poll.rhythm = (struct store_rhythm){ i, 2 * i };
		feed = put_poll(f, "a", poll);
		assert_int_equal(feed.last_poll, NOW + i);
		assert_int_equal(feed.next_poll, NOW + 1000 + i);
		assert_int_equal(feed.last_success, poll.failures > 0 ? success : NOW + i);
		assert_int_equal(feed.polls, i + 1);
		assert_true(feed.rhythm.items == i && feed.rhythm.span == 2 * i);
		assert_string_equal(feed.why_next, poll.why_next);
		assert_int_equal(feed.status, poll.status);
		assert_int_equal(feed.result, poll.result);
		assert_int_equal(feed.not_before, poll.not_before);
		assert_int_equal(feed.failures, poll.failures);
		assert_int_equal(feed.reason != NULL, poll.reason != NULL);
		assert_int_equal(feed.stopped, poll.stop);
	}
}

static void
failed_poll_keeps_validators_and_counts(void **state)
{
	struct fixture *f = *state;
	struct store_feed feed;
	struct store_poll poll = { .when = NOW + 99,
		.next_poll = NOW + 100,
		.why_next = "back-off",
		.result = RESULT_TIMEOUT,
		.reason = "no answer in 60 s",
		.failures = 1,
		.keep_validators = true };

	poll.id = add_feed(f, "a");
	poll_good(f, "a", NOW + 50);
	feed = get(f, "a");
	assert_int_equal(store_begin(f->store), 0);
	poll.crashes = 2;
	assert_int_equal(store_feed_polled(f->store, &feed, &poll), 0);
	assert_int_equal(store_commit(f->store), 0);
	feed = get(f, "a");
	assert_int_equal(feed.failures, 1);
	assert_int_equal(feed.crashes, 2);
	assert_int_equal(feed.last_success, NOW + 50);
	assert_int_equal(feed.etag.len, 5);
	assert_string_equal(feed.reason, "no answer in 60 s");
	poll_good(f, "a", NOW + 200);
	assert_int_equal(get(f, "a").crashes, 0);
	assert_null(get(f, "a").reason);
}

static void
stopped_feed_is_never_due(void **state)
{
	struct fixture *f = *state;
	struct store_poll poll = { .why_next = "410", .stop = true, .failures = 1 };
	struct store_feed before;
	struct store_counts counts;
	int64_t when, ids[1];
	size_t n;

	poll.id = add_feed(f, "a");
	before = get(f, "a");
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feed_polled(f->store, &before, &poll), 0);
	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(store_due(f->store, INT64_MIN, INT64_MAX, 1, ids, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_next_due(f->store, 0, &when), 0);
	assert_true(when == INT64_MAX);
	assert_int_equal(store_feed_counts(f->store, NOW, &counts), 0);
	assert_int_equal(counts.feeds, 1);
	assert_int_equal(counts.stopped, 1);
	assert_int_equal(counts.failing, 0);
}

static void
rollback_takes_sequence_and_rows_back(void **state)
{
	struct fixture *f = *state;
	const unsigned char hash[SHA256_SIZE] = { 9 };
	struct store_hash found;
	uint64_t seq = 0;

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_next_seq(f->store, &seq), 0);
	assert_int_equal(seq, 1);
	assert_int_equal(store_next_seq(f->store, &seq), 0);
	assert_int_equal(seq, 2);
	assert_int_equal(store_hash_put(f->store, hash, 1, seq, NOW), 0);
	assert_int_equal(store_hash_find(f->store, hash, &found), 1);
	store_rollback(f->store);
	assert_int_equal(store_hash_find(f->store, hash, &found), 0);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_next_seq(f->store, &seq), 0);
	assert_int_equal(seq, 1);
	assert_int_equal(store_commit(f->store), 0);
	reopen(f);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_next_seq(f->store, &seq), 0);
	assert_int_equal(seq, 2);
	store_rollback(f->store);
}

static void
hash_is_found_by_feed_and_by_any_with_the_spooled_one_first(void **state)
{
	struct fixture *f = *state;
	const unsigned char hash[SHA256_SIZE] = { 1 }, other[SHA256_SIZE] = { 2 };
	struct store_hash found;
	uint64_t seq;

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_hash_put(f->store, hash, 1, 0, NOW), 0);
	assert_int_equal(store_hash_put(f->store, hash, 2, 77, NOW), 0);
	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(store_hash_find(f->store, hash, &found), 1);
	assert_int_equal(found.seq, 77);
	assert_int_equal(found.feed, 2);
	assert_int_equal(store_hash_feed_has(f->store, hash, 1, &seq), 1);
	assert_int_equal(seq, 0);
	assert_int_equal(store_hash_feed_has(f->store, hash, 3, &seq), 0);
	assert_int_equal(store_hash_find(f->store, other, &found), 0);
}

struct seen {
	char text[512];
	int stop_after, n;
};

static int
see_pending(void *arg, const char *name, unsigned int index, const char *path)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%s.%u>%s ", name, index, path);
	return ++seen->n == seen->stop_after ? -ECANCELED : 0;
}

static void
pending_destinations_come_in_order_until_cleared(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { 0 };

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_pending_put(f->store, 12, 0, "n12", "articles/n12"), 0);
	assert_int_equal(store_pending_put(f->store, 3, 1, "n3", "tags/x/n3"), 0);
	assert_int_equal(store_pending_put(f->store, 3, 0, "n3", "articles/n3"), 0);
	assert_int_equal(store_pending_put(f->store, 3, 0, "n3", "other"), -EEXIST);
	assert_int_equal(store_commit(f->store), 0);
	reopen(f);
	assert_int_equal(store_pending(f->store, see_pending, &seen), 0);
	assert_string_equal(seen.text, "n3.0>articles/n3 n3.1>tags/x/n3 n12.0>articles/n12 ");
	seen = (struct seen){ .stop_after = 1 };
	assert_int_equal(store_pending(f->store, see_pending, &seen), -ECANCELED);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_pending_clear(f->store), 0);
	assert_int_equal(store_commit(f->store), 0);
	seen = (struct seen){ 0 };
	assert_int_equal(store_pending(f->store, see_pending, &seen), 0);
	assert_int_equal(seen.n, 0);
}

static void
article_grows_by_tags_queues_and_targets(void **state)
{
	struct fixture *f = *state;
	const unsigned char hash[SHA256_SIZE] = { 1, 2, 3 };
	struct store_article article = { .seq = 5,
		.hash = hash,
		.feed = 1,
		.day = "2026-11-23",
		.tags = "a ",
		.queues = "",
		.targets = 2,
		.when = NOW };
	struct store_article found = { 0 };

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_article_put(f->store, &article), 0);
	article.tags = "a b ";
	article.queues = "q ";
	article.targets = 4;
	assert_int_equal(store_article_grow(f->store, &article), 0);
	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(store_article_get(f->store, 5, &f->arena, &found), 1);
	assert_memory_equal(found.hash, hash, SHA256_SIZE);
	assert_string_equal(found.day, "2026-11-23");
	assert_string_equal(found.tags, "a b ");
	assert_string_equal(found.queues, "q ");
	assert_int_equal(found.targets, 4);
	assert_int_equal(found.when, NOW);
	assert_int_equal(store_article_get(f->store, 6, &f->arena, &found), 0);
}

static void
put_item(struct fixture *f, int64_t feed, unsigned char n, int64_t listed)
{
	const unsigned char identity[STORE_IDENTITY_SIZE] = { n };
	struct store_identity item = { .hash = { n }, .listed = listed };

	assert_int_equal(store_identity_put(f->store, feed, identity, &item), 0);
	assert_int_equal(store_hash_put(f->store, item.hash, feed, 0, listed), 0);
}

static bool
has_item(struct fixture *f, int64_t feed, unsigned char n)
{
	const unsigned char identity[STORE_IDENTITY_SIZE] = { n }, hash[SHA256_SIZE] = { n };
	struct store_identity item;
	uint64_t seq;
	int got = store_identity_find(f->store, feed, identity, &item);

	assert_int_equal(store_hash_feed_has(f->store, hash, feed, &seq), got);
	return got == 1;
}

/* Goes round the whole store with small steps. */
static void
forget(struct fixture *f, int64_t now, int64_t remember)
{
	size_t dropped;

	assert_int_equal(store_begin(f->store), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(store_forget(f->store, now, remember, 3, &dropped), 0);
	assert_int_equal(store_commit(f->store), 0);
}

static void
only_what_is_old_and_not_listed_is_forgotten(void **state)
{
	struct fixture *f = *state;
	const int64_t remember = 80 * DAY, slack = store_listed_slack(remember);
	int64_t id = add_feed(f, "a");

	assert_int_equal(slack, 10 * DAY);
	assert_int_equal(store_begin(f->store), 0);
	for (unsigned char n = 1; n <= 10; n++)
		put_item(f, id, n, NOW - 100 * DAY); /* old, gone from the document */
	put_item(f, id, 20, NOW - 85 * DAY); /* old; within the slack of the last document */
	put_item(f, id, 21, NOW - 20 * DAY); /* not old */
	put_item(f, id + 1, 22, NOW);        /* of a feed that is no more */
	assert_int_equal(store_commit(f->store), 0);
	poll_good(f, "a", NOW - 80 * DAY); /* the last document; only 304 since then */
	forget(f, NOW, remember);
	for (unsigned char n = 1; n <= 10; n++)
		assert_false(has_item(f, id, n));
	assert_true(has_item(f, id, 20));
	assert_true(has_item(f, id, 21));
	assert_false(has_item(f, id + 1, 22));
}

/* Closing writes everything into the file itself. */
static long long
size_when_closed(struct fixture *f)
{
	struct stat st;

	store_close(f->store);
	f->store = NULL;
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(store_open(f->file, NOW, &f->store, &f->err), 0);
	return (long long)st.st_size;
}

static void
what_was_forgotten_is_given_back_a_bounded_part_at_a_time(void **state)
{
	const long long part = 256 * 4096;
	struct fixture *f = *state;
	int64_t id = add_feed(f, "a");
	struct store_identity item = { .listed = NOW - 100 * DAY };
	unsigned char identity[STORE_IDENTITY_SIZE] = { 0 };
	long long full, before, after;
	size_t dropped = 1;

	assert_int_equal(store_begin(f->store), 0);
	for (unsigned int n = 0; n < 30000; n++) {
		memcpy(identity, &n, sizeof(n));
		assert_int_equal(store_identity_put(f->store, id, identity, &item), 0);
	}
	assert_int_equal(store_commit(f->store), 0);
	poll_good(f, "a", NOW);
	full = size_when_closed(f);
	assert_true(full > 2 * part);
	assert_int_equal(store_begin(f->store), 0);
	while (dropped > 0)
		assert_int_equal(store_forget(f->store, NOW, 80 * DAY, 1000, &dropped), 0);
	assert_int_equal(store_commit(f->store), 0);
	before = size_when_closed(f);
	assert_int_equal(store_vacuum(f->store), 0);
	after = size_when_closed(f);
	assert_true(after < before && after >= before - part - 8 * 4096);
	for (int i = 0; i < 8; i++)
		assert_int_equal(store_vacuum(f->store), 0);
	assert_true(size_when_closed(f) < full / 4);
}

static void
removed_feed_is_forgotten_after_remember(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_feed(f, "a");
	struct config_feed feed = feed_of("a", "https://example.org/feed");

	assert_int_equal(store_begin(f->store), 0);
	put_item(f, id, 1, NOW);
	assert_int_equal(store_commit(f->store), 0);
	load(f, NOW, NULL, 0);
	forget(f, NOW + 10 * DAY, 10 * DAY);
	assert_true(has_item(f, id, 1));
	forget(f, NOW + 10 * DAY + 1, 10 * DAY);
	assert_false(has_item(f, id, 1));
	assert_int_equal(load(f, NOW, &feed, 1), 1);
}

static void
number_of_a_forgotten_feed_is_never_given_again(void **state)
{
	struct fixture *f = *state;
	struct config_feed other = feed_of("b", "https://example.org/other");
	int64_t id = add_feed(f, "a");

	load(f, NOW, NULL, 0);
	forget(f, NOW + 10 * DAY + 1, 10 * DAY);
	load(f, NOW + 11 * DAY, &other, 1);
	assert_true(get(f, "b").id > id);
}

static void
clock_mark_and_shift(void **state)
{
	struct fixture *f = *state;
	int64_t mark = -1;

	add_feed(f, "a");
	poll_good(f, "a", NOW);
	assert_int_equal(store_clock_get(f->store, &mark), 0);
	assert_int_equal(mark, 0);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_clock_put(f->store, NOW + 5), 0);
	assert_int_equal(store_shift(f->store, -DAY), 0);
	assert_int_equal(store_commit(f->store), 0);
	reopen(f);
	assert_int_equal(store_clock_get(f->store, &mark), 0);
	assert_int_equal(mark, NOW + 5);
	assert_int_equal(get(f, "a").next_poll, NOW + 3600000 - DAY);
	assert_int_equal(get(f, "a").last_poll, NOW - DAY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(second_store_on_the_same_file_is_refused),
		TEST(newer_version_is_refused_and_not_one_byte_changes),
		TEST(files_that_are_not_ours_are_refused_and_not_touched),
		TEST(places_where_no_database_can_be_say_so),
		TEST(folder_that_may_not_be_written_is_refused),
		TEST(feeds_are_new_once_and_keep_their_row),
		TEST(feed_named_twice_in_one_load_is_an_error),
		TEST(changed_settings_keep_validators_and_schedule),
		TEST(new_url_drops_validators_and_move_but_not_identities),
		TEST(feed_not_named_leaves_the_schedule_and_comes_back_as_it_was),
		TEST(due_feeds_come_longest_due_first),
		TEST(outcome_of_a_poll_is_kept_to_the_byte),
		TEST(poll_that_says_what_the_last_one_said_is_kept_as_well),
		TEST(failed_poll_keeps_validators_and_counts),
		TEST(stopped_feed_is_never_due),
		TEST(rollback_takes_sequence_and_rows_back),
		TEST(hash_is_found_by_feed_and_by_any_with_the_spooled_one_first),
		TEST(pending_destinations_come_in_order_until_cleared),
		TEST(article_grows_by_tags_queues_and_targets),
		TEST(only_what_is_old_and_not_listed_is_forgotten),
		TEST(what_was_forgotten_is_given_back_a_bounded_part_at_a_time),
		TEST(removed_feed_is_forgotten_after_remember),
		TEST(number_of_a_forgotten_feed_is_never_given_again),
		TEST(clock_mark_and_shift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
