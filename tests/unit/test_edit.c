/* Changing configuration files: sections, outlines, whole files; tidy, odd and hostile ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/conf/edit.h"
#include "daemon/conf/edit_outline.h"
#include "daemon/conf/edit_section.h"
#include "tests/unit/conf_folder.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void
sections_are_changed_and_nothing_else(void **state)
{
	enum { REMOVE, RENAME, SET };
	static const struct {
		const char *text;
		unsigned int line;
		int what;
		const char *key, *value;
		const char *expected; /* NULL: refused, and as it was */
		int error;
	} rows[] = {
		/* taken out: comments before it, behind its last key and before the next stay */
		{ "# all\n[feed a]\nurl = u\n# in\ntags = t\n\n# next\n[feed b]\nurl = v\n", 2,
			REMOVE, NULL, NULL, "# all\n# next\n[feed b]\nurl = v\n", 0 },
		{ "[feed b]\nurl = v\n\n[feed a]\nurl = u", 4, REMOVE, NULL, NULL,
			"[feed b]\nurl = v\n\n", 0 },
		{ "\xEF\xBB\xBF[feed a]\r\nurl = u\r\n\r\n[x]\r\n", 1, REMOVE, NULL, NULL,
			"\xEF\xBB\xBF[x]\r\n", 0 },
		{ "[feed a]\n[feed b]\n", 1, REMOVE, NULL, NULL, "[feed b]\n", 0 },
		{ "[feed b]\nurl = v\n", 1, REMOVE, NULL, NULL, NULL, -ESTALE },
		{ "[opml a]\nurl = v\n", 1, REMOVE, NULL, NULL, NULL, -ESTALE },
		{ "\n[feed a]\n", 1, REMOVE, NULL, NULL, NULL, -ESTALE },
		{ "[feed a]\n", 7, REMOVE, NULL, NULL, NULL, -ESTALE },
		{ "", 1, REMOVE, NULL, NULL, NULL, -ESTALE },
		{ "[feed a", 1, REMOVE, NULL, NULL, NULL, -ESTALE },
		/* renamed */
		{ "  [ feed \t a ] ; mine\nurl=u\n", 1, RENAME, NULL, "b",
			"  [ feed \t b ] ; mine\nurl=u\n", 0 },
		{ "[feed a]\n", 1, RENAME, NULL, "b]", NULL, -EINVAL },
		{ "[feed a]\n", 1, RENAME, NULL, "b\n[x]", NULL, -EINVAL },
		{ "[feed a]\n", 1, RENAME, NULL, "", NULL, -EINVAL },
		/* a key set in its place, with its comment; the second of the name goes */
		{ "[feed a]\nurl = u\ntags = x, y ; why\n tags: z\n[feed b]\ntags = q\n", 1, SET,
			"tags", "n, m",
			"[feed a]\nurl = u\ntags = n, m ; why\n[feed b]\ntags = q\n", 0 },
		{ "[feed a]\ntags:x\n", 1, SET, "tags", "n", "[feed a]\ntags: n\n", 0 },
		{ "[feed a]\ntags =\n", 1, SET, "tags", "n", "[feed a]\ntags = n\n", 0 },
		{ "[feed a]\n#tags = x\nurl = u\n\n# b\n[feed b]\n", 1, SET, "tags", "n",
			"[feed a]\n#tags = x\nurl = u\ntags = n\n\n# b\n[feed b]\n", 0 },
		{ "[feed a]\r\nurl = u\r\n", 1, SET, "tags", "n",
			"[feed a]\r\nurl = u\r\ntags = n\r\n", 0 },
		{ "[feed a]", 1, SET, "tags", "n", "[feed a]\ntags = n\n", 0 },
		{ "[feed a]\nurl = u", 1, SET, "tags", "n", "[feed a]\nurl = u\ntags = n\n", 0 },
		{ "[feed a]\ntags = x\nurl = u=tags\n", 1, SET, "tags", NULL,
			"[feed a]\nurl = u=tags\n", 0 },
		{ "[feed a]\nurl = u\n", 1, SET, "tags", NULL, "[feed a]\nurl = u\n", 0 },
		{ "[feed a]\nurl = u\n", 1, SET, "title", "x\nurl = y", NULL, -EINVAL },
		{ "[feed a]\nurl = u\n", 1, SET, "title", "x ; y", NULL, -EINVAL },
		{ "[feed a]\nurl = u\n", 1, SET, "title", ";x", NULL, -EINVAL },
		{ "[feed a]\nurl = u\n", 1, SET, "title", " x", NULL, -EINVAL },
		{ "[feed a]\nurl = u\n", 1, SET, "title", "\xff", NULL, -EINVAL },
		{ "[feed a]\nurl = u\n", 1, SET, "title", "x;y # z",
			"[feed a]\nurl = u\ntitle = x;y # z\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct edit_section section = { "feed", "a", rows[i].line };
		struct buf text = { 0 };
		int ret;

		buf_puts(&text, rows[i].text);
		if (rows[i].what == REMOVE)
			ret = edit_section_remove(&text, &section);
		else if (rows[i].what == RENAME)
			ret = edit_section_rename(&text, &section, rows[i].value);
		else
			ret = edit_section_set(&text, &section, rows[i].key, rows[i].value);
		assert_int_equal(ret, rows[i].error);
		assert_string_equal(
			buf_str(&text), rows[i].expected ? rows[i].expected : rows[i].text);
		buf_done(&text);
	}
}

static void
a_file_without_sections_is_told(void **state)
{
	struct buf text = { 0 };

	(void)state;
	assert_true(edit_section_none(&text));
	buf_puts(&text, "# x\n\n;y\n");
	assert_true(edit_section_none(&text));
	buf_puts(&text, "[z]");
	assert_false(edit_section_none(&text));
	buf_done(&text);
}

static void
outlines_are_changed_and_nothing_else(void **state)
{
	static const struct {
		const char *text; /* the tag is the first "<outline" with an X in it */
		const char *name, *value;
		const char *expected;
		int error;
	} rows[] = {
		/* name NULL: taken out */
		{ "<b>\n  <outline X='1'/>\n  <x/></b>", NULL, NULL, "<b>\n  <x/></b>", 0 },
		{ "<b><outline X='1'/><x/></b>", NULL, NULL, "<b><x/></b>", 0 },
		{ "<b>\n <outline X='1' >\n </outline >\r\n</b>", NULL, NULL, "<b>\n</b>", 0 },
		{ "<b><outline X='1'><outline/></outline></b>", NULL, NULL, NULL, -ENOTEMPTY },
		{ "<b><outline X='1'><!-- c --></outline></b>", NULL, NULL, NULL, -ENOTEMPTY },
		/* an attribute set in its place, whatever its quotes, added, and taken out */
		{ "<outline a=\"x>y\"  Category = 'b' X='1'/>", "category", "n&<\"",
			"<outline a=\"x>y\"  Category=\"n&#38;&#60;&#34;\" X='1'/>", 0 },
		{ "<outline X='1'/>", "n", "\xc3\xa9", "<outline X='1' n=\"&#233;\"/>", 0 },
		{ "<outline X='1' />", "n", "v", "<outline X='1' n=\"v\" />", 0 },
		{ "<outline X='1'>", "n", "v", "<outline X='1' n=\"v\">", 0 },
		{ "<outline n='1'\n\tX='1'/>", "n", NULL, "<outline\n\tX='1'/>", 0 },
		{ "<outline X='1'/>", "n", NULL, "<outline X='1'/>", 0 },
		{ "<outline X='n=\"1\"'/>", "n", "v", "<outline X='n=\"1\"' n=\"v\"/>", 0 },
		{ "<outlinX='1' n=z/>", "n", "v", NULL, -ESTALE },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *mark = strstr(rows[i].text, "X='"), *tag = rows[i].text, *end = mark;
		struct buf text = { 0 };
		int ret;

		for (const char *p = tag; p && p < mark; p = strstr(p + 1, "<outlin"))
			tag = p;
		while (*end != '>' || (end[-1] != '/' && end[-1] != '\'' && end[-1] != ' '))
			end++;
		buf_puts(&text, rows[i].text);
		if (rows[i].name)
			ret = edit_outline_set(&text, (size_t)(tag - rows[i].text),
				(size_t)(end + 1 - tag), rows[i].name, rows[i].value);
		else
			ret = edit_outline_remove(
				&text, (size_t)(tag - rows[i].text), (size_t)(end + 1 - tag));
		assert_int_equal(ret, rows[i].error);
		assert_string_equal(
			buf_str(&text), rows[i].expected ? rows[i].expected : rows[i].text);
		buf_done(&text);
	}
}

static void
places_beyond_the_text_are_refused(void **state)
{
	static const size_t places[][2] = { { 0, 100 }, { 100, 1 }, { 0, 0 }, { 0, 5 }, { 3, 9 },
		{ SIZE_MAX, 2 }, { 1, SIZE_MAX } };
	struct buf text = { 0 };

	(void)state;
	buf_puts(&text, "<outline a='b'/>");
	for (size_t i = 0; i < N_OF(places); i++) {
		assert_int_equal(edit_outline_remove(&text, places[i][0], places[i][1]), -ESTALE);
		assert_int_equal(
			edit_outline_set(&text, places[i][0], places[i][1], "a", "b"), -ESTALE);
	}
	buf_reset(&text);
	buf_append(&text, "\xff\xfe<\0o\0u\0", 8);
	assert_int_equal(edit_outline_remove(&text, 2, 6), -ENOTSUP);
	buf_done(&text);
}

static void
expect_file(const char *file, const char *expected)
{
	char text[256] = "";
	FILE *stream = fopen(file, "r");

	if (expected == NULL) {
		assert_null(stream);
		return;
	}
	assert_non_null(stream);
	text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
	fclose(stream);
	assert_string_equal(text, expected);
}

#define MAIN "[feed a]\nurl = http://a.example/\n"

static void
files_change_all_together_and_keep_mode_and_link(void **state)
{
	struct config_error err;
	struct edit *edit = NULL;
	struct buf *text;
	struct stat status;

	(void)state;
	conf_folder_write("real.conf", MAIN);
	assert_int_equal(symlink("real.conf", "c.conf"), 0);
	assert_int_equal(chmod("real.conf", 0640), 0);
	assert_int_equal(edit_begin("c.conf", &edit, &err), 0);
	assert_int_equal(edit_read(edit, "c.conf", &text, &err), 0);
	buf_puts(text, "# more\n");
	assert_int_equal(edit_create(edit, edit_feeds_path(edit, "b.conf"), &text, &err), 0);
	buf_puts(text, "[feed b]\nurl = http://b.example/\n");
	assert_int_equal(edit_commit(edit, &err), 0);
	edit_free(edit);
	expect_file("real.conf", MAIN "# more\n");
	expect_file("feeds.d/b.conf", "[feed b]\nurl = http://b.example/\n");
	assert_int_equal(lstat("c.conf", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat("c.conf", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(unlink("real.conf") | unlink("feeds.d/b.conf") | rmdir("feeds.d"), 0);
}

static void
what_would_be_wrong_is_put_back(void **state)
{
	struct config_error err;
	struct edit *edit = NULL;
	struct buf *text;

	(void)state;
	conf_folder_write("c.conf", MAIN);
	conf_folder_write("feeds.d/x.conf", "[feed x]\nurl = http://x.example/\n");
	assert_int_equal(edit_begin("c.conf", &edit, &err), 0);
	assert_int_equal(edit_read(edit, "feeds.d/x.conf", &text, &err), 0);
	edit_remove(edit, "feeds.d/x.conf");
	assert_int_equal(edit_create(edit, "feeds.d/y.conf", &text, &err), 0);
	buf_puts(text, "[feed a]\nurl = http://y.example/\n"); /* the name is had */
	assert_int_equal(edit_commit(edit, &err), -EINVAL);
	assert_non_null(strstr(err.text, "stands already"));
	edit_free(edit);
	expect_file("c.conf", MAIN);
	expect_file("feeds.d/x.conf", "[feed x]\nurl = http://x.example/\n");
	expect_file("feeds.d/y.conf", NULL);
	assert_int_equal(edit_begin("c.conf", &edit, &err), 0);
	assert_int_equal(edit_create(edit, "feeds.d/x.conf", &text, &err), -EEXIST);
	assert_int_equal(edit_read(edit, "feeds.d/none.conf", &text, &err), -ENOENT);
	edit_free(edit);
}

static void
a_file_that_somebody_changed_meanwhile_is_left_alone(void **state)
{
	struct config_error err;
	struct edit *edit = NULL;
	struct buf *text;

	(void)state;
	conf_folder_write("c.conf", MAIN);
	assert_int_equal(edit_begin("c.conf", &edit, &err), 0);
	assert_int_equal(edit_read(edit, "c.conf", &text, &err), 0);
	buf_puts(text, "# mine\n");
	conf_folder_write("c.conf", MAIN "# theirs\n");
	assert_int_equal(edit_commit(edit, &err), -ESTALE);
	edit_free(edit);
	expect_file("c.conf", MAIN "# theirs\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_are_changed_and_nothing_else),
		cmocka_unit_test(a_file_without_sections_is_told),
		cmocka_unit_test(outlines_are_changed_and_nothing_else),
		cmocka_unit_test(places_beyond_the_text_are_refused),
		cmocka_unit_test_setup_teardown(files_change_all_together_and_keep_mode_and_link,
			conf_folder_enter, conf_folder_leave),
		cmocka_unit_test_setup_teardown(
			what_would_be_wrong_is_put_back, conf_folder_enter, conf_folder_leave),
		cmocka_unit_test_setup_teardown(
			a_file_that_somebody_changed_meanwhile_is_left_alone, conf_folder_enter,
			conf_folder_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
