/* Lists of feeds: names, tags, mistakes and attacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/conf/config.h"
#include "daemon/conf/opml.h"
#include "tests/unit/conf_folder.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LIST "[opml l]\nfile = l.opml\n"

static int
write_down(void *arg, const struct config_feed *feed, struct config_error *err)
{
	(void)err;
	buf_printf(arg, "%s|%s|%s|%s|%s\n", feed->name, feed->url, feed->title ? feed->title : "-",
		feed->tags, feed->settings);
	return 0;
}

/* Loads a configuration with a list; the folder's path is taken off of messages. */
static int
load(const char *conf, const char *list, struct buf *feeds, char error[1024])
{
	const struct config_feed_sink sink = { .feed = write_down, .arg = feeds };
	struct config_error err = { "" };
	struct config *config = NULL;
	const char *text;
	int ret;

	conf_folder_write("c.conf", conf);
	conf_folder_write("l.opml", list);
	ret = config_load("c.conf", &sink, &config, &err);
	if (ret == 0)
		config_free(config);
	text = strstr(err.text, "l.opml");
	snprintf(error, 1024, "%s", text ? text : err.text);
	return ret;
}

static void
expect_feeds(const char *conf, const char *list, const char *expected)
{
	struct buf feeds = { 0 };
	char error[1024];

	if (load(conf, list, &feeds, error) != 0)
		fail_msg("%s", error);
	assert_string_equal(buf_str(&feeds), expected);
	buf_done(&feeds);
}

static void
folders_and_categories_become_tags(void **state)
{
	(void)state;
	expect_feeds("[opml l]\nfile = l.opml\ntags = imported\ninterval = 2h\n"
		     "[tag technology-news]\nalias = Tech, Science &amp; Co, Science & Co\n",
		"<?xml version='1.0'?><!DOCTYPE opml>\n"
		"<opml version='2.0'><head><title>My list</title></head><body>\n"
		"<outline text='Tech'>\n"
		" <outline text='Éditions' title='unused'>\n"
		"  <outline type='rss' text=' The\n Title ' title='' xmlUrl=' http://a.example/1 '"
		" htmlUrl='http://a.example/'/>\n"
		" </outline>\n"
		" <outline text='B' title='Title of B' xmlurl='http://b.example/x y'\n"
		"  category='/Boston/Weather,/Harvard/Berkman, politics,tech,//,'/>\n"
		"</outline>\n"
		"<outline text='C &lt;3' XMLURL='https://c.example/' category='Science &amp; "
		"Co'/>\n"
		"</body></opml>\n",
		"the-title|http://a.example/1|The Title|imported technology-news editions "
		"|interval=2h\n\n"
		"title-of-b|http://b.example/x%20y|Title of B|imported technology-news weather "
		"berkman politics |interval=2h\n\n"
		"c-3|https://c.example/|C <3|imported technology-news |interval=2h\n\n");
}

static void
feeds_of_one_title_get_names_of_their_own(void **state)
{
	(void)state;
	expect_feeds("[feed news]\nurl = http://first.example/\n" LIST,
		"<opml><body>"
		"<outline text='News' xmlUrl='http://a.example/'/>"
		"<outline text='NEWS!' xmlUrl='http://b.example/'/>"
		"<outline text='News' xmlUrl='http://a.example/'/>"
		"<outline text='' xmlUrl='http://Host.Example:81/x'/>"
		"<outline xmlUrl='http://host.example:82/y'/>"
		"<outline text='?! ?' xmlUrl='http://c.example/'/>"
		"</body></opml>",
		"news|http://first.example/|-||\n"
		"news-217fba|http://a.example/|News||\n"
		"news-cb934b|http://b.example/|NEWS!||\n"
		"news-217fba-2|http://a.example/|News||\n"
		"host-example|http://Host.Example:81/x|host.example||\n"
		"host-example-12ed1a|http://host.example:82/y|host.example||\n"
		"c-example|http://c.example/|?! ?||\n");
}

static void
a_name_that_a_list_gives_is_taken_where_it_can_be(void **state)
{
	(void)state;
	expect_feeds("[feed had]\nurl = http://first.example/\n" LIST,
		"<opml><body>"
		"<outline text='News' newspoolName='mine' xmlUrl='http://a.example/'/>"
		"<outline text='News' newspoolName='mine' xmlUrl='http://b.example/'/>"
		"<outline text='Two' newspoolname='had' xmlUrl='http://c.example/'/>"
		"<outline text='Three' newspoolName='No Name/..' xmlUrl='http://d.example/'/>"
		"</body></opml>",
		"had|http://first.example/|-||\n"
		"mine|http://a.example/|News||\n"
		"news|http://b.example/|News||\n"
		"two|http://c.example/|Two||\n"
		"three|http://d.example/|Three||\n");
}

/* What a walk saw: "depth name url offset:size" of starts, "/name" of ends. */
static int
note_start(void *arg, const struct opml_element *element)
{
	const char *text = opml_attribute(element->attributes, "TEXT");

	buf_printf(arg, "%u %s %s %s %zu:%zu\n", element->depth, element->name, element->url,
		text ? text : "-", element->offset, element->size);
	return 0;
}

static int
note_end(void *arg, const char *name, unsigned int depth)
{
	buf_printf(arg, "%u /%s\n", depth, name);
	return 0;
}

static void
a_walk_shows_every_element_and_where_it_stands(void **state)
{
	struct buf seen = { 0 };
	const struct opml_walker walker = { note_start, note_end, &seen };
	struct config_error err;
	FILE *stream;

	(void)state;
	conf_folder_write("w.opml", "<opml><body>\n<outline text='a'><outline Text='&#233;' "
				    "xmlUrl=' u '/>\n</outline></body></opml>");
	stream = fopen("w.opml", "r");
	assert_non_null(stream);
	assert_int_equal(opml_walk(stream, "w.opml", &walker, &err), 0);
	fclose(stream);
	assert_string_equal(buf_str(&seen),
		"0 opml  - 0:6\n1 body  - 6:6\n2 outline  a 13:18\n"
		"3 outline u \xc3\xa9 31:37\n3 /outline\n2 /outline\n1 /body\n0 /opml\n");
	buf_done(&seen);
}

static void
a_long_title_still_gives_a_name_of_64(void **state)
{
	char title[301], list[1024], error[1024];
	struct buf feeds = { 0 };
	const char *second;

	(void)state;
	memset(title, 'x', 300);
	title[300] = '\0';
	snprintf(list, sizeof(list),
		"<opml><outline text='%s' xmlUrl='http://a.example/'/>"
		"<outline text='%s' xmlUrl='http://b.example/'/></opml>",
		title, title);
	assert_int_equal(load(LIST, list, &feeds, error), 0);
	assert_int_equal(strcspn(buf_str(&feeds), "|"), 64);
	second = strchr(buf_str(&feeds), '\n') + 1;
	assert_int_equal(strcspn(second, "|"), 64);
	assert_memory_equal(second + 56, "x-", 2);
	buf_done(&feeds);
}

static void
what_is_no_feed_is_passed_over(void **state)
{
	(void)state;
	expect_feeds(LIST,
		"<OPML><body>"
		"<outline type='include' text='In' url='http://x.example/l.opml'>"
		"<outline text='a' xmlUrl='http://a.example/'/></outline>"
		"<outline type='link' text='L' url='http://x.example/'/>"
		"<outline text='empty' xmlUrl=''/>"
		"<outline text='Folder'/>"
		"<other><outline text='b' xmlUrl='http://b.example/'/></other>"
		"</body></OPML>",
		"a|http://a.example/|a||\nb|http://b.example/|b||\n");
	expect_feeds(LIST, "<opml/>", "");
}

static const struct {
	const char *list, *error;
} wrong_lists[] = {
	{ "", "l.opml:1: no element found" },
	{ "xmlUrl\n", "l.opml:1: syntax error" },
	{ "<rss version='2.0'>\n</rss>",
		"l.opml:1: <rss>: not an OPML list, which begins with <opml>" },
	{ "<opml>\n<body>\n</opml>", "l.opml:3: mismatched tag" },
	{ "<opml>\n<body>\n", "l.opml:3: no element found" },
	{ "<opml>\n<outline text='&nbsp;'/></opml>", "l.opml:2: undefined entity" },
	{ "<opml>\n\n<outline text='x' xmlUrl='gopher://a.example/'/></opml>",
		"l.opml:3: xmlUrl: 'gopher://a.example/': not an absolute http or https URL" },
	{ "<opml>\n<outline xmlUrl='a.xml'/></opml>",
		"l.opml:2: xmlUrl: 'a.xml': not an absolute http or https URL" },
	{ "<opml><outline xmlUrl='http://me:secret@a.example/'/></opml>",
		"l.opml:1: xmlUrl: credentials do not belong into a URL: use user and "
		"password-file" },
	{ "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>\n"
	  "<opml><outline text='&b;'/></opml>",
		"l.opml:1: a: a list may not declare entities" },
	{ "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>\n<opml>&f;</opml>",
		"l.opml:1: f: a list may not declare entities" },
	{ "<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>\n<opml/>",
		"l.opml:1: p: a list may not declare entities" },
};

static void
a_broken_list_is_an_error_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(wrong_lists); i++) {
		struct buf feeds = { 0 };
		char error[1024];

		if (load(LIST, wrong_lists[i].list, &feeds, error) == 0)
			fail_msg("loaded: %s", wrong_lists[i].list);
		assert_string_equal(error, wrong_lists[i].error);
		buf_done(&feeds);
	}
}

static void
depth_is_capped(void **state)
{
	struct buf list = { 0 }, feeds = { 0 };
	char error[1024];

	(void)state;
	buf_puts(&list, "<opml>");
	for (int i = 0; i < 63; i++)
		buf_puts(&list, "<outline text='f'>");
	for (int i = 0; i < 63; i++)
		buf_puts(&list, "</outline>");
	buf_puts(&list, "</opml>");
	assert_int_equal(load(LIST, buf_str(&list), &feeds, error), 0);
	buf_reset(&list);
	buf_puts(&list, "<opml>");
	for (int i = 0; i < 100000; i++)
		buf_puts(&list, "<outline text='f'>");
	assert_int_equal(load(LIST, buf_str(&list), &feeds, error), -EINVAL);
	assert_string_equal(error, "l.opml:1: elements more than 64 deep");
	buf_done(&list);
	buf_done(&feeds);
}

static void
a_tag_without_end_is_capped(void **state)
{
	struct buf list = { 0 }, feeds = { 0 };
	char error[1024];

	(void)state;
	buf_puts(&list, "<opml><outline text='");
	while (list.len < 3u << 20)
		buf_puts(&list, "all work and no play ");
	assert_int_equal(load(LIST, buf_str(&list), &feeds, error), -EINVAL);
	assert_string_equal(error, "l.opml:1: one piece of markup of more than 1 MiB");
	buf_done(&list);
	buf_done(&feeds);
}

static void
many_terms_are_cut_off(void **state)
{
	struct buf list = { 0 }, feeds = { 0 };
	unsigned int tags = 0;
	char error[1024];

	(void)state;
	buf_puts(&list, "<opml><outline text='x' xmlUrl='http://a.example/' category='");
	for (int i = 0; i < 5000; i++)
		buf_printf(&list, "t%d,", i);
	buf_puts(&list, "'/></opml>");
	assert_int_equal(load(LIST, buf_str(&list), &feeds, error), 0);
	for (const char *p = buf_str(&feeds); *p; p++)
		tags += *p == ' ';
	assert_int_equal(tags, 64);
	buf_done(&list);
	buf_done(&feeds);
}

static int
count(void *arg, const struct config_feed *feed, struct config_error *err)
{
	(void)feed, (void)err;
	++*(size_t *)arg;
	return 0;
}

static void
a_hundred_thousand_feeds_load_in_about_a_second(void **state)
{
	size_t n = 0;
	const struct config_feed_sink sink = { .feed = count, .arg = &n };
	FILE *stream = fopen("l.opml", "w");
	struct timespec start, end;
	struct config_error err;
	struct config *config;
	double took;

	(void)state;
	assert_non_null(stream);
	fputs("<opml version='2.0'><head><title>x</title></head><body>\n", stream);
	for (int i = 0; i < 1000; i++) {
		fprintf(stream, "<outline text='Folder %d'>\n", i);
		for (int j = 0; j < 100; j++)
			fprintf(stream,
				"<outline type='rss' text='The News of Place %d' "
				"xmlUrl='https://host%d.example/feeds/%d.xml' "
				"htmlUrl='https://host%d.example/' category='/a/b,Tech'/>\n",
				j % 50 + i * 50, i, j, i);
		fputs("</outline>\n", stream);
	}
	fputs("</body></opml>\n", stream);
	assert_int_equal(fclose(stream), 0);
	conf_folder_write("c.conf", LIST "[tag technology-news]\nalias = Tech\n");
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(config_load("c.conf", &sink, &config, &err), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	took = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	print_message("# %zu feeds in %.2f s\n", n, took);
	assert_int_equal(n, 100000);
	assert_int_equal(config->n_feeds, 100000);
	assert_true(took < 15);
	config_free(config);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, conf_folder_enter, conf_folder_leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(folders_and_categories_become_tags),
		IN_FOLDER(feeds_of_one_title_get_names_of_their_own),
		IN_FOLDER(a_name_that_a_list_gives_is_taken_where_it_can_be),
		IN_FOLDER(a_walk_shows_every_element_and_where_it_stands),
		IN_FOLDER(a_long_title_still_gives_a_name_of_64),
		IN_FOLDER(what_is_no_feed_is_passed_over),
		IN_FOLDER(a_broken_list_is_an_error_with_its_line),
		IN_FOLDER(depth_is_capped),
		IN_FOLDER(a_tag_without_end_is_capped),
		IN_FOLDER(many_terms_are_cut_off),
		IN_FOLDER(a_hundred_thousand_feeds_load_in_about_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
