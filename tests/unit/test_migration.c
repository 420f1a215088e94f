/* Stores that earlier versions made: opening one makes it no other than a new one, with all rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include <cmocka.h>

#include "daemon/keep/store.h"
#include "lib/base/buf.h"
#include "tests/unit/scratch.h"

#define NOW INT64_C(1795001000000)

struct fixture {
	struct scratch scratch;
	char old[128], new[128];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	scratch_make(&f->scratch);
	snprintf(f->old, sizeof(f->old), "%s/old.db", f->scratch.path);
	snprintf(f->new, sizeof(f->new), "%s/new.db", f->scratch.path);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	scratch_remove(&f->scratch);
	free(f);
	return 0;
}

static char *
script_of(int version)
{
	const char *srcdir = getenv("srcdir");
	char path[512];
	long size;
	char *text;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/unit/stores/version-%d.sql",
		srcdir != NULL ? srcdir : ".", version);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	text = calloc(1, (size_t)size + 1);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	fclose(file);
	return text;
}

static void
make_old(const char *file, int version)
{
	char *script = script_of(version);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, script, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	free(script);
}

static void
bring_up(const char *file)
{
	struct config_error err = { .text = "" };
	struct store *store = NULL;

	if (store_open(file, NOW, &store, &err) != 0)
		fail_msg("%s", err.text);
	store_close(store);
}

/* What a query finds, a row a line; the blob's bytes as they are quoted in SQL. */
static char *
all_of(sqlite3 *db, const char *query)
{
	struct buf text = { 0 };
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const unsigned char *column = sqlite3_column_text(statement, i);
			buf_printf(&text, "%s\t", column != NULL ? (const char *)column : "NULL");
		}
		buf_putc(&text, '\n');
	}
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_int_equal(buf_error(&text), 0);
	buf_append(&text, "", 0);
	return buf_steal(&text);
}

static char *
ask(const char *file, const char *query)
{
	sqlite3 *db;
	char *text;

	assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	text = all_of(db, query);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return text;
}

static void
assert_same_answer(const char *a, const char *b, const char *query)
{
	char *of_a = ask(a, query), *of_b = ask(b, query);

	assert_true(of_a[0] != '\0');
	assert_string_equal(of_a, of_b);
	free(of_a);
	free(of_b);
}

static void
a_store_of_version_1_becomes_equal_to_a_new_one(void **state)
{
	static const char *const queries[] = {
		"SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name",
		"PRAGMA user_version",
		"PRAGMA application_id",
		"PRAGMA auto_vacuum",
		"PRAGMA journal_mode",
		"SELECT version FROM migration ORDER BY version",
		"SELECT key FROM meta ORDER BY key",
		"PRAGMA integrity_check",
	};
	struct fixture *f = *state;

	make_old(f->old, 1);
	bring_up(f->old);
	bring_up(f->new);
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		assert_same_answer(f->old, f->new, queries[i]);
}

/* The columns that version 1 had, each row of each table, before and after. */
static void
not_one_row_of_version_1_is_lost(void **state)
{
	static const char *const queries[] = {
		"SELECT id, name, url, title, tags, settings, quote(url_key), leader, followers,"
		" next_poll, why_next, stopped, removed, last_poll, last_success, result, status,"
		" reason, failures, crashes, quote(etag), quote(last_modified), quote(body_hash),"
		" validators_url, moved_url, synced, parsed, document_title, home_page_url, ttl,"
		" skip_hours, skip_days, rhythm_items, rhythm_span FROM feeds ORDER BY id",
		"SELECT key, value FROM meta WHERE key IN ('seq', 'clock') ORDER BY key",
		"SELECT host, until FROM hold ORDER BY host",
		"SELECT feed, quote(identity), quote(hash), seq, listed FROM identity ORDER BY 1, "
		"2",
		"SELECT quote(hash), feed, seq, listed FROM hash ORDER BY 1, 2",
		"SELECT seq, quote(hash), feed, day, tags, queues, targets, at FROM article",
		"SELECT seq, idx, name, path FROM pending ORDER BY 1, 2",
		"SELECT version, at FROM migration WHERE version = 1",
	};
	enum { N = sizeof(queries) / sizeof(queries[0]) };
	struct fixture *f = *state;
	char *before[N];

	make_old(f->old, 1);
	for (size_t i = 0; i < N; i++) {
		before[i] = ask(f->old, queries[i]);
		assert_true(before[i][0] != '\0');
	}
	bring_up(f->old);
	for (size_t i = 0; i < N; i++) {
		char *after = ask(f->old, queries[i]);
		assert_string_equal(after, before[i]);
		free(after);
		free(before[i]);
	}
}

/* Feed 9 was forgotten under version 1, and one of its hashes was not yet. */
static void
numbers_that_version_1_gave_out_are_not_given_again(void **state)
{
	struct fixture *f = *state;
	struct config_feed feed = {
		.name = "x", .url = "https://example.org/x", .tags = "", .settings = ""
	};
	struct config_error err = { .text = "" };
	struct store *store = NULL;
	int64_t id = 0;
	bool is_new;

	make_old(f->old, 1);
	assert_int_equal(store_open(f->old, NOW, &store, &err), 0);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_feeds_begin(store, NOW), 0);
	assert_int_equal(store_feeds_put(store, &feed, NULL, NOW, &is_new), 0);
	assert_int_equal(store_feeds_end(store), 0);
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(store_feed_find(store, "x", &id), 1);
	assert_true(id > 9);
	store_close(store);
}

/* A script that fails leaves the store as it was: here a table of the new version is in its way. */
static void
a_migration_that_fails_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct config_error err = { .text = "" };
	struct store *store = NULL;
	char *before, *after;

	make_old(f->old, 1);
	free(ask(f->old, "CREATE TABLE feeds_2 (x)"));
	before = ask(f->old, "SELECT name, sql FROM sqlite_master ORDER BY name");
	assert_true(store_open(f->old, NOW, &store, &err) < 0);
	assert_non_null(strstr(err.text, "feeds_2"));
	after = ask(f->old, "SELECT name, sql FROM sqlite_master ORDER BY name");
	assert_string_equal(after, before);
	free(before);
	free(after);
	after = ask(f->old, "PRAGMA user_version");
	assert_string_equal(after, "1\t\n");
	free(after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_store_of_version_1_becomes_equal_to_a_new_one),
		TEST(not_one_row_of_version_1_is_lost),
		TEST(numbers_that_version_1_gave_out_are_not_given_again),
		TEST(a_migration_that_fails_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
