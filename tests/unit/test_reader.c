/* lib/spool/reader: listing, finding and reading, beside a daemon that goes on delivering. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <newspool/spool.h>

#include "lib/spool/layout.h"
#include "tests/unit/scratch.h"

/* Sequences 10, 20, … 90: three a day. The even tens have the tag. Delivered at seq seconds past. */
#define N 9
static const char *const days[] = { "2026-11-21", "2026-11-22", "2026-11-23" };
#define DAY1 INT64_C(1795219200) /* 2026-11-21T00:00:00Z */

struct fixture {
	struct scratch scratch;
	struct np_spool *spool;
};

static void
put(struct fixture *fixture, const char *folder, uint64_t seq, int64_t when)
{
	struct timespec times[2] = { { .tv_sec = when }, { .tv_sec = when } };
	char name[SPOOL_NAME_SIZE], path[512];

	spool_name_join(seq, seq, name);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	scratch_file(&fixture->scratch, path, "{\"_newspool\":{\"schema\":1}}\n");
	assert_int_equal(utimensat(fixture->scratch.dir, path, times, 0), 0);
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char folder[256];

	assert_non_null(fixture);
	scratch_make(&fixture->scratch);
	for (uint64_t i = 0; i < N; i++) {
		uint64_t seq = (i + 1) * 10;
		int64_t when = DAY1 + (int64_t)(i / 3) * 86400 + (int64_t)seq;

		snprintf(folder, sizeof(folder), "articles/%s", days[i / 3]);
		put(fixture, folder, seq, when);
		snprintf(folder, sizeof(folder), "tags/even/%s", days[i / 3]);
		if (seq % 20 == 0)
			put(fixture, folder, seq, when);
	}
	/* what does not belong there */
	scratch_file(&fixture->scratch, "articles/README", "");
	scratch_file(&fixture->scratch,
		"articles/2026-11-99/0000000000000001-0000000000000001.json", "");
	scratch_file(&fixture->scratch, "articles/2026-11-22/.hidden", "");
	scratch_file(&fixture->scratch, "articles/2026-11-22/0000000000000041.json", "");
	assert_int_equal(mkdirat(fixture->scratch.dir, "articles/2026-11-24", 0750), 0);
	assert_int_equal(np_spool_open(fixture->scratch.path, &fixture->spool), 0);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	np_spool_close(fixture->spool);
	scratch_remove(&fixture->scratch);
	free(fixture);
	return 0;
}

/* The sequences of a list as a text: "10 20 30". */
static void
list_text(struct np_spool *spool, const struct np_spool_query *query, char *ret_text, size_t size)
{
	const struct np_spool_entry *entry;
	struct np_spool_list *list;
	size_t len = 0;
	int ret;

	assert_int_equal(np_spool_list_new(spool, query, &list), 0);
	ret_text[0] = '\0';
	while ((ret = np_spool_list_next(list, &entry)) == 1) {
		struct np_record *record;

		len += (size_t)snprintf(
			ret_text + len, size - len, "%s%" PRIu64, len ? " " : "", entry->seq);
		assert_true(len < size);
		assert_true(spool_is_path(entry->path));
		assert_non_null(strstr(entry->path, entry->day));
		assert_string_equal(strrchr(entry->path, '/') + 1, entry->name);
		assert_int_equal(np_spool_record(spool, entry->path, &record), 0);
		np_record_free(record);
	}
	assert_int_equal(ret, 0);
	assert_int_equal(np_spool_list_next(list, &entry), 0);
	np_spool_list_free(list);
}

static void
test_lists_in_the_order_that_is_asked_for(void **state)
{
	static const struct {
		struct np_spool_query query;
		const char *expected;
	} cases[] = {
		{ { 0 }, "10 20 30 40 50 60 70 80 90" },
		{ { .newest_first = true }, "90 80 70 60 50 40 30 20 10" },
		{ { .tag = "even" }, "20 40 60 80" },
		{ { .tag = "even", .newest_first = true }, "80 60 40 20" },
		{ { .tag = "none" }, "" },
		{ { .after = 1 }, "10 20 30 40 50 60 70 80 90" },
		{ { .after = 10 }, "20 30 40 50 60 70 80 90" },
		{ { .after = 30 }, "40 50 60 70 80 90" },
		{ { .after = 35 }, "40 50 60 70 80 90" },
		{ { .after = 55, .newest_first = true }, "90 80 70 60" },
		{ { .after = 60, .tag = "even" }, "80" },
		{ { .after = 90 }, "" },
		{ { .after = UINT64_MAX }, "" },
		{ { .since = DAY1 }, "10 20 30 40 50 60 70 80 90" },
		{ { .since = DAY1 + 20 }, "20 30 40 50 60 70 80 90" },
		{ { .since = DAY1 + 21 }, "30 40 50 60 70 80 90" },
		{ { .since = DAY1 + 86400 + 50 }, "50 60 70 80 90" },
		{ { .since = DAY1 + 3 * 86400 }, "" },
		{ { .until = DAY1 }, "" },
		{ { .until = DAY1 + 86400 + 50 }, "10 20 30 40" },
		{ { .since = DAY1 + 20, .until = DAY1 + 86400 + 50 }, "20 30 40" },
		{ { .since = DAY1 + 86400 + 50, .until = DAY1 + 20 }, "" },
		{ { .since = DAY1 + 20, .until = DAY1 + 86400 + 50, .after = 20 }, "30 40" },
		{ { .since = DAY1 + 20, .tag = "even", .newest_first = true }, "80 60 40 20" },
	};
	struct fixture *fixture = *state;
	char text[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		list_text(fixture->spool, &cases[i].query, text, sizeof(text));
		if (strcmp(text, cases[i].expected) != 0)
			fail_msg("case %zu: %s, not %s", i, text, cases[i].expected);
	}
	list_text(fixture->spool, NULL, text, sizeof(text));
	assert_string_equal(text, cases[0].expected);
}

/* Days of which many are empty: whatever the sequence, nothing behind it is passed over. */
static void
test_empty_days_hide_nothing(void **state)
{
	static const char *const months[] = { "2027-01", "2027-02" };
	struct fixture *fixture = *state;
	uint64_t seqs[64], seq = 100;
	char folder[64], path[NP_SPOOL_PATH_SIZE];
	size_t n = 0;

	for (unsigned int i = 0; i < 40; i++) {
		snprintf(folder, sizeof(folder), "tags/gaps/%s-%02u", months[i / 20], i % 20 + 1);
		snprintf(path, sizeof(path), "%s/.keep", folder);
		scratch_file(&fixture->scratch, path, "");
		for (unsigned int j = 0; i * i % 7 < 2 && j < 1 + i % 3; j++) {
			seq += 1 + (i + j) % 3;
			put(fixture, folder, seqs[n++] = seq, DAY1);
		}
	}
	for (uint64_t after = 98; after <= seq + 2; after++) {
		struct np_spool_query query = { .tag = "gaps", .after = after };
		char expected[512] = "", reversed[512] = "", text[512];

		for (size_t i = 0; i < n; i++) {
			size_t at = strlen(expected), back = strlen(reversed);

			if (seqs[i] > after)
				snprintf(expected + at, sizeof(expected) - at, "%s%" PRIu64,
					at ? " " : "", seqs[i]);
			if (seqs[n - 1 - i] > after)
				snprintf(reversed + back, sizeof(reversed) - back, "%s%" PRIu64,
					back ? " " : "", seqs[n - 1 - i]);
		}
		list_text(fixture->spool, &query, text, sizeof(text));
		assert_string_equal(text, expected);
		query.newest_first = true;
		list_text(fixture->spool, &query, text, sizeof(text));
		assert_string_equal(text, reversed);
	}
	assert_int_equal(mkdirat(fixture->scratch.dir, "articles/2026-11-25", 0750), 0);
	assert_int_equal(mkdirat(fixture->scratch.dir, "articles/2026-11-26", 0750), 0);
	assert_int_equal(np_spool_find(fixture->spool, 20, path), 0);
	assert_int_equal(np_spool_find(fixture->spool, 0, path), -ENOENT);
}

static void
test_a_tag_that_is_no_slug_is_refused(void **state)
{
	static const char *const wrong[] = { "", "..", "a/b", "../articles", "Tech News" };
	struct fixture *fixture = *state;
	struct np_spool_list *list;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct np_spool_query query = { .tag = wrong[i] };

		assert_int_equal(np_spool_list_new(fixture->spool, &query, &list), -EINVAL);
	}
}

static void
test_an_article_is_found_by_its_sequence(void **state)
{
	struct fixture *fixture = *state;
	char path[NP_SPOOL_PATH_SIZE];

	for (uint64_t seq = 1; seq <= 100; seq++) {
		int expected = seq % 10 == 0 && seq <= 90 ? 0 : -ENOENT;

		assert_int_equal(np_spool_find(fixture->spool, seq, path), expected);
		if (expected == 0) {
			uint64_t found;

			assert_int_equal(spool_name_parse(strrchr(path, '/') + 1, &found), 0);
			assert_int_equal(found, seq);
		}
	}
}

static void
test_what_is_no_record_is_not_read(void **state)
{
	static const struct {
		const char *path, *content;
		int error;
	} cases[] = {
		{ "articles/2026-11-23/0000000000000101-0000000000000001.json", "{}\n", 0 },
		{ "articles/2026-11-23/0000000000000102-0000000000000001.json", "", -EBADMSG },
		{ "articles/2026-11-23/0000000000000103-0000000000000001.json", "{}", -EBADMSG },
		{ "articles/2026-11-23/0000000000000104-0000000000000001.json", "{}\n{}\n",
			-EBADMSG },
		{ "articles/README", NULL, -EINVAL },
		{ "../README", NULL, -EINVAL },
		{ "/etc/passwd", NULL, -EINVAL },
		{ "articles/2026-11-23/0000000000000109-0000000000000001.json", NULL, -ENOENT },
		{ "articles/2026-10-23/0000000000000109-0000000000000001.json", NULL, -ENOENT },
	};
	struct fixture *fixture = *state;
	char *line = NULL;
	size_t size = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].content)
			scratch_file(&fixture->scratch, cases[i].path, cases[i].content);
		assert_int_equal(
			np_spool_read(fixture->spool, cases[i].path, &line, &size), cases[i].error);
	}
	assert_int_equal(size, 3);
	assert_string_equal(line, "{}\n");
	free(line);
	assert_int_equal(symlinkat("/etc/passwd", fixture->scratch.dir,
				 "articles/2026-11-23/0000000000000110-0000000000000001.json"),
		0);
	assert_int_equal(
		np_spool_read(fixture->spool,
			"articles/2026-11-23/0000000000000110-0000000000000001.json", &line, &size),
		-EBADMSG);
	assert_int_equal(
		mkfifoat(fixture->scratch.dir,
			"articles/2026-11-23/0000000000000111-0000000000000001.json", 0640),
		0);
	assert_int_equal(
		np_spool_read(fixture->spool,
			"articles/2026-11-23/0000000000000111-0000000000000001.json", &line, &size),
		-EBADMSG);
	assert_int_equal(mknodat(fixture->scratch.dir,
				 "articles/2026-11-23/0000000000000112-0000000000000001.json",
				 S_IFSOCK | 0640, 0),
		0);
	assert_int_equal(
		np_spool_read(fixture->spool,
			"articles/2026-11-23/0000000000000112-0000000000000001.json", &line, &size),
		-EBADMSG);
}

static void
test_what_is_no_spool_is_not_opened(void **state)
{
	struct fixture *fixture = *state;
	struct np_spool *spool = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/articles", fixture->scratch.path);
	assert_int_equal(np_spool_open(path, &spool), -EINVAL);
	snprintf(path, sizeof(path), "%s/none", fixture->scratch.path);
	assert_int_equal(np_spool_open(path, &spool), -ENOENT);
	snprintf(path, sizeof(path), "%s/articles/README", fixture->scratch.path);
	assert_int_equal(np_spool_open(path, &spool), -ENOTDIR);
	assert_null(spool);
}

static void
test_a_day_may_vanish_while_it_is_listed(void **state)
{
	struct fixture *fixture = *state;
	const struct np_spool_entry *entry;
	struct np_spool_list *list;
	char path[512], *line;
	size_t size;

	assert_int_equal(np_spool_list_new(fixture->spool, NULL, &list), 0);
	assert_int_equal(np_spool_list_next(list, &entry), 1);
	snprintf(path, sizeof(path), "%s/articles/2026-11-22", fixture->scratch.path);
	for (uint64_t seq = 40; seq <= 60; seq += 10) {
		char name[SPOOL_NAME_SIZE], file[1024];

		spool_name_join(seq, seq, name);
		snprintf(file, sizeof(file), "%s/%s", path, name);
		assert_int_equal(unlink(file), 0);
	}
	assert_int_equal(np_spool_list_next(list, &entry), 1);
	assert_int_equal(np_spool_list_next(list, &entry), 1);
	assert_int_equal(entry->seq, 30);
	assert_int_equal(np_spool_list_next(list, &entry), 1);
	assert_int_equal(entry->seq, 70);
	assert_int_equal(
		np_spool_read(fixture->spool,
			"articles/2026-11-22/0000000000000040-0000000000000028.json", &line, &size),
		-ENOENT);
	np_spool_list_free(list);
}

#define STREAM_FIRST 1001
#define STREAM_LAST 5000

/* What the keeper does: files appear by rename, in the order of their sequences. */
static void
deliver_stream(const struct fixture *fixture)
{
	for (uint64_t seq = STREAM_FIRST; seq <= STREAM_LAST; seq++) {
		char name[SPOOL_NAME_SIZE], path[256];
		int fd = openat(fixture->scratch.dir, "tmp-file", O_WRONLY | O_CREAT, 0640);

		/* hashes that spread the names over the folder */
		spool_name_join(seq, seq * UINT64_C(0x9e3779b97f4a7c15), name);
		snprintf(path, sizeof(path), "articles/2026-11-24/%s", name);
		if (fd < 0 || close(fd) < 0 ||
			renameat(fixture->scratch.dir, "tmp-file", fixture->scratch.dir, path) < 0)
			_exit(1);
	}
	_exit(0);
}

static void
test_a_cursor_passes_over_nothing_while_articles_come(void **state)
{
	struct fixture *fixture = *state;
	struct np_spool_query query = { 0 };
	unsigned int n_lists = 0;
	uint64_t last = STREAM_FIRST - 1;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		deliver_stream(fixture);
	assert_true(pid > 0);
	while (last < STREAM_LAST && n_lists < 100000) {
		const struct np_spool_entry *entry;
		struct np_spool_list *list;

		query.after = last;
		n_lists++;
		assert_int_equal(np_spool_list_new(fixture->spool, &query, &list), 0);
		while (np_spool_list_next(list, &entry) == 1) {
			if (entry->seq != last + 1)
				fail_msg("%" PRIu64 " after %" PRIu64, entry->seq, last);
			last = entry->seq;
		}
		np_spool_list_free(list);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(last, STREAM_LAST);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_lists_in_the_order_that_is_asked_for),
		WITH(test_empty_days_hide_nothing),
		WITH(test_a_tag_that_is_no_slug_is_refused),
		WITH(test_an_article_is_found_by_its_sequence),
		WITH(test_what_is_no_record_is_not_read),
		WITH(test_what_is_no_spool_is_not_opened),
		WITH(test_a_day_may_vanish_while_it_is_listed),
		WITH(test_a_cursor_passes_over_nothing_while_articles_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
