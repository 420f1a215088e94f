/*
 * The public parser: when articles come, what a document says of itself, why others are refused,
 * and the caps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <newspool/feed.h>

#include "lib/feed/names.h"
#include "lib/feed/person.h"
#include "lib/feed/twice.h"

static struct np_feed_parser *
parser_with(const struct np_feed_options *options)
{
	struct np_feed_parser *parser;

	assert_int_equal(np_feed_parser_new(options, &parser), 0);
	return parser;
}

static struct np_feed_parser *
parsed(const struct np_feed_options *options, const char *text, int expected)
{
	struct np_feed_parser *parser = parser_with(options);

	np_feed_parser_push(parser, text, strlen(text));
	assert_int_equal(np_feed_parser_finish(parser), expected);
	return parser;
}

static struct np_article *
taken(struct np_feed_parser *parser)
{
	struct np_article *article;

	assert_int_equal(np_feed_parser_take(parser, &article), 1);
	return article;
}

static void
test_articles_come_as_soon_as_they_are_complete(void **state)
{
	static const char first[] = "<rss version='2.0'><channel><item><title>One</title></item>";
	static const char second[] = "<item><title>Two</title></it";
	static const char third[] = "em></channel></rss>";
	struct np_feed_parser *parser = parser_with(NULL);
	struct np_article *article;

	(void)state;
	assert_int_equal(np_feed_parser_push(parser, first, strlen(first)), 0);
	article = taken(parser);
	assert_string_equal(np_article_title(article), "One");
	np_article_free(article);
	assert_int_equal(np_feed_parser_push(parser, second, strlen(second)), 0);
	assert_int_equal(np_feed_parser_take(parser, &article), 0);
	assert_int_equal(np_feed_parser_push(parser, third, strlen(third)), 0);
	article = taken(parser);
	assert_string_equal(np_article_title(article), "Two");
	np_article_free(article);
	assert_int_equal(np_feed_parser_finish(parser), 0);
	assert_int_equal(np_feed_parser_take(parser, &article), 0);
	assert_int_equal(np_feed_parser_info(parser)->n_items, 2);
	np_feed_parser_free(parser);
}

static void
test_articles_live_longer_than_their_parser(void **state)
{
	struct np_feed_parser *parser = parsed(
		NULL, "<rss><channel><item><title>t</title></item></channel></rss>", 0);
	struct np_article *article = taken(parser);

	(void)state;
	np_feed_parser_free(parser);
	assert_string_equal(np_article_title(article), "t");
	np_article_free(article);
	np_article_free(NULL);
	np_feed_parser_free(NULL);
}

static void
test_articles_that_nobody_takes_are_freed(void **state)
{
	(void)state;
	np_feed_parser_free(
		parsed(NULL, "<rss><channel><item><title>t</title></item></channel></rss>", 0));
}

static void
test_refusals_say_why(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "", "empty document" },
		{ " \r\n\t", "empty document" },
		{ "<!DOCTYPE html><html><head><title>Log\n in</title></head></html>",
			"an HTML page titled 'Log in'" },
		{ "<html><body>x</body></html>", "an HTML page" },
		{ "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>X</title></head></html>",
			"an HTML page titled 'X'" },
		{ "<opml version='2.0'><body/></opml>", "root element <opml> is not a feed" },
		{ "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>",
			"root element <urlset> is not a feed" },
		{ "not markup at all", "no element was found" },
		{ "{\"title\":\"x\"}", "a JSON document that is not a feed" },
		{ "[1,2]", "a JSON document that is not a feed" },
		{ "{\"items\":[1,2,{}]}", "a JSON document that is not a feed" },
		{ "{", "a JSON document that is not a feed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct np_feed_parser *parser = parsed(NULL, rows[i].text, -EBADMSG);

		assert_string_equal(np_feed_parser_error(parser), rows[i].reason);
		assert_int_equal(np_feed_parser_info(parser)->format, NP_FEED_UNKNOWN);
		np_feed_parser_free(parser);
	}
}

static void
test_after_a_failure_nothing_more_is_read(void **state)
{
	static const char page[] = "<!DOCTYPE html><html><title>a</title><body>";
	static const char feed[] = "<rss><channel><item><title>x</title></item></channel></rss>";
	struct np_feed_parser *parser = parser_with(NULL);
	struct np_article *article;
	char blanks[1024];

	(void)state;
	memset(blanks, ' ', sizeof(blanks));
	assert_int_equal(np_feed_parser_push(parser, page, strlen(page)), 0);
	for (int i = 0; i < 15; i++)
		assert_int_equal(np_feed_parser_push(parser, blanks, sizeof(blanks)), 0);
	assert_int_equal(np_feed_parser_push(parser, blanks, sizeof(blanks)), -EBADMSG);
	assert_string_equal(np_feed_parser_error(parser), "an HTML page titled 'a'");
	assert_int_equal(np_feed_parser_push(parser, feed, strlen(feed)), -EBADMSG);
	assert_int_equal(np_feed_parser_finish(parser), -EBADMSG);
	assert_int_equal(np_feed_parser_take(parser, &article), 0);
	np_feed_parser_free(parser);
}

static void
test_an_empty_channel_is_a_feed(void **state)
{
	struct np_feed_parser *parser = parsed(
		NULL, "<rss version='2.0'><channel><title>t</title></channel></rss>", 0);

	(void)state;
	assert_null(np_feed_parser_error(parser));
	assert_int_equal(np_feed_parser_info(parser)->n_items, 0);
	assert_string_equal(np_feed_parser_info(parser)->title, "t");
	np_feed_parser_free(parser);
}

static void
test_versions_are_told_apart(void **state)
{
	static const struct {
		const char *text, *version;
		enum np_feed_format format;
	} rows[] = {
		{ "<rss version='2.0'/>", "rss20", NP_FEED_RSS },
		{ "<rss version='2.0.1'/>", "rss20", NP_FEED_RSS },
		{ "<rss version='0.91'/>", "rss091u", NP_FEED_RSS },
		{ "<rss version='0.93'/>", "rss093", NP_FEED_RSS },
		{ "<rss/>", "rss", NP_FEED_RSS },
		{ "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>", "rss10",
			NP_FEED_RDF },
		{ "<Channel xmlns='http://purl.org/net/rss1.1#'/>", "rss11", NP_FEED_RDF },
		{ "<feed xmlns='http://www.w3.org/2005/Atom'/>", "atom10", NP_FEED_ATOM },
		{ "<feed xmlns='http://purl.org/atom/ns#' version='0.3'/>", "atom03",
			NP_FEED_ATOM },
		{ "<feed version='0.2'/>", "atom02", NP_FEED_ATOM },
		{ "<CHANNEL HREF='http://x.example/'/>", "cdf", NP_FEED_CDF },
		{ "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[]}", "json1",
			NP_FEED_JSON },
		{ "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[]}", "json11",
			NP_FEED_JSON },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct np_feed_parser *parser = parsed(NULL, rows[i].text, 0);

		assert_string_equal(np_feed_parser_info(parser)->version, rows[i].version);
		assert_int_equal(np_feed_parser_info(parser)->format, rows[i].format);
		np_feed_parser_free(parser);
	}
}

static void
test_hints_for_the_schedule_are_read(void **state)
{
	static const char text[] =
		"<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
		" xmlns:atom='http://www.w3.org/2005/Atom'"
		" xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel>"
		"<ttl>90</ttl><sy:updateFrequency>2</sy:updateFrequency>"
		"<sy:updatePeriod>daily</sy:updatePeriod>"
		"<skipHours><hour>0</hour><hour>24</hour><hour>7</hour><hour>x</hour></skipHours>"
		"<skipDays><day>Saturday</day><day>Sunday</day><day>Never</day></skipDays>"
		"<atom:link rel='hub' href='https://hub.example/'/><atom:link rel='self' href=''/>"
		"<atom:link rel='next' href='?2'/><atom:link rel='prev-archive' href='/old'/>"
		"<itunes:new-feed-url>/new</itunes:new-feed-url></channel></rss>";
	struct np_feed_options options = { .url = "https://x.example/feed" };
	struct np_feed_parser *parser = parsed(&options, text, 0);
	const struct np_feed_info *info = np_feed_parser_info(parser);

	(void)state;
	assert_int_equal(info->ttl, 90 * 60);
	assert_int_equal(info->update_interval, 86400 / 2);
	assert_int_equal(info->skip_hours, 1u << 0 | 1u << 7);
	assert_int_equal(info->skip_days, 1u << 6 | 1u << 0);
	assert_string_equal(info->hub_url, "https://hub.example/");
	assert_string_equal(info->self_url, "https://x.example/feed");
	assert_string_equal(info->next_url, "https://x.example/feed?2");
	assert_string_equal(info->prev_archive_url, "https://x.example/old");
	assert_string_equal(info->new_url, "https://x.example/new");
	np_feed_parser_free(parser);
}

static void
test_a_silent_document_says_nothing(void **state)
{
	struct np_feed_parser *parser = parsed(
		NULL, "<rss><channel><ttl>-5</ttl></channel></rss>", 0);
	const struct np_feed_info *info = np_feed_parser_info(parser);

	(void)state;
	assert_int_equal(info->ttl, -1);
	assert_int_equal(info->update_interval, -1);
	assert_int_equal(info->skip_hours, 0);
	assert_null(info->title);
	assert_null(info->hub_url);
	assert_false(info->bozo);
	np_feed_parser_free(parser);
}

static void
test_http_gives_base_and_language(void **state)
{
	struct np_feed_options options = { .url = "http://x.example/a/feed",
		.content_location = "/b/other",
		.content_language = "de, en" };
	struct np_feed_parser *parser = parsed(
		&options, "<rss><channel><item><link>c</link></item></channel></rss>", 0);
	struct np_article *article = taken(parser);

	(void)state;
	assert_string_equal(np_article_url(article), "http://x.example/b/c");
	assert_string_equal(np_article_language(article), "de");
	np_article_free(article);
	np_feed_parser_free(parser);
}

static void
test_texts_are_cut_between_characters(void **state)
{
	struct np_feed_options options = { .limits = { .max_text = 20 } };
	struct np_feed_parser *parser = parsed(&options,
		"<rss><channel><item><title>éééééééééééééééééé</title></item></channel></rss>", 0);
	struct np_article *article = taken(parser);
	size_t size = strlen(np_article_title(article));

	(void)state;
	assert_in_range(size, 2, 20);
	assert_int_equal(size % 2, 0);
	np_article_free(article);
	np_feed_parser_free(parser);
}

static void
test_items_beyond_the_cap_are_left_out_and_said(void **state)
{
	struct np_feed_options options = { .limits = { .max_items = 1 } };
	struct np_feed_parser *parser = parsed(&options,
		"<rss><channel><item><title>1</title></item><item><title>2</title></item></channel>"
		"</rss>",
		0);
	struct np_article *article = taken(parser), *none;

	(void)state;
	assert_int_equal(np_feed_parser_take(parser, &none), 0);
	assert_true(np_feed_parser_info(parser)->bozo);
	assert_non_null(strstr(np_feed_parser_info(parser)->bozo_reason, "cap"));
	np_article_free(article);
	np_feed_parser_free(parser);
}

static void
test_the_document_needs_to_be_asked_for(void **state)
{
	struct np_feed_options options = { .keep_document = true };
	struct np_feed_parser *parser = parsed(NULL, "<rss/>", 0);
	char *json = NULL;

	(void)state;
	assert_int_equal(np_feed_parser_document(parser, &json), -EINVAL);
	assert_null(json);
	np_feed_parser_free(parser);
	parser = parser_with(&options);
	assert_int_equal(np_feed_parser_document(parser, &json), -EINVAL);
	np_feed_parser_free(parser);
	parser = parsed(&options, "<rss/>", 0);
	assert_int_equal(np_feed_parser_document(parser, &json), 0);
	assert_non_null(strstr(json, "\"version\":\"rss\""));
	free(json);
	np_feed_parser_free(parser);
}

static void
test_the_hash_is_of_what_the_article_says(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "<title>t</title>", "<title> t </title>", true },
		{ "<title>t</title>", "<title>u</title>", false },
		{ "<guid>1</guid><title>t</title>",
			"<guid isPermaLink='false'>2</guid><title>t</title>",
			false }, /* the first has a link, and hardly a body */
		{ "<description>a  b</description>", "<description>a\n b</description>", true },
		{ "<link>http://x.example/?utm_source=a</link>", "<link>http://x.example/#b</link>",
			true },
		{ "<link>http://x.example/1</link>", "<link>http://x.example/2</link>", false },
		{ "<pubDate>Sat, 01 Jan 2000 00:00:00 GMT</pubDate>", "<author>me</author>", true },
		{ "<enclosure url='http://x.example/1.mp3'/>",
			"<enclosure url='http://x.example/2.mp3'/>", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct np_feed_parser *parser = parser_with(NULL);
		struct np_article *a, *b;
		const char *const pieces[] = { "<rss><channel><item>", rows[i].a, "</item><item>",
			rows[i].b, "</item></channel></rss>" };

		for (size_t p = 0; p < 5; p++)
			assert_int_equal(
				np_feed_parser_push(parser, pieces[p], strlen(pieces[p])), 0);
		assert_int_equal(np_feed_parser_finish(parser), 0);
		a = taken(parser);
		b = taken(parser);
		assert_int_equal(memcmp(np_article_content_hash(a), np_article_content_hash(b),
					 NP_HASH_SIZE) == 0,
			rows[i].same);
		np_article_free(a);
		np_article_free(b);
		np_feed_parser_free(parser);
	}
}

static void
test_absurd_dates_are_not_used(void **state)
{
	static const struct {
		const char *date;
		int64_t seconds;
	} rows[] = {
		{ "Sat, 01 Jan 2000 00:00:00 GMT", 946684800 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", NP_TIME_NONE },
		{ "Mon, 01 Jan 0001 00:00:00 GMT", NP_TIME_NONE },
		{ "Fri, 01 Jan 9999 00:00:00 GMT", NP_TIME_NONE },
		{ "some day", NP_TIME_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct np_feed_parser *parser = parser_with(NULL);
		const char *const pieces[] = { "<rss><channel><item><pubDate>", rows[i].date,
			"</pubDate></item></channel></rss>" };
		struct np_article *article;

		for (size_t p = 0; p < 3; p++)
			np_feed_parser_push(parser, pieces[p], strlen(pieces[p]));
		assert_int_equal(np_feed_parser_finish(parser), 0);
		article = taken(parser);
		assert_int_equal(np_article_published(article), rows[i].seconds);
		np_article_free(article);
		np_feed_parser_free(parser);
	}
}

static void
test_persons_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *name, *email;
	} rows[] = {
		{ "me@example.org", NULL, "me@example.org" },
		{ "me@example.org (Me)", "Me", "me@example.org" },
		{ "Me (me@example.org)", "Me", "me@example.org" },
		{ "Me <me@example.org>", "Me", "me@example.org" },
		{ "\"Me, Myself\" <me@example.org>", "Me, Myself", "me@example.org" },
		{ "Me (mailto:me@example.org)", "Me", "me@example.org" },
		{ "Me, me@example.org", "Me", "me@example.org" },
		{ "Only a name", "Only a name", NULL },
		{ "A &amp; B", "A & B", NULL },
		{ "@twitter", "@twitter", NULL },
		{ "x@localhost", "x@localhost", NULL },
		{ "  padded  ", "padded", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct model_person person = { 0 };
		struct model_node *node;

		assert_int_equal(model_node_new(MODEL_ENTRY, NULL, &node), 0);
		assert_int_equal(
			person_parse(node, rows[i].text, strlen(rows[i].text), &person), 0);
		assert_true((person.name == NULL) == (rows[i].name == NULL));
		assert_true((person.email == NULL) == (rows[i].email == NULL));
		if (rows[i].name)
			assert_string_equal(person.name, rows[i].name);
		if (rows[i].email)
			assert_string_equal(person.email, rows[i].email);
		model_node_free(node);
	}
}

static void
test_text_encoded_twice_is_undone_where_all_of_it_is(void **state)
{
	static const struct {
		const char *text, *meant;
	} rows[] = {
		{ "cafÃ©", "café" },
		{ "regiÃ£o e Ã§a", "região e ça" },
		{ "itâ€™s", "it’s" },
		{ "Ã\xc2\x81vila", "Ávila" },
		{ "café", NULL },
		{ "cafÃ© à la carte", NULL },
		{ "Ã", NULL },
		{ "Ãé", NULL },
		{ "naïve ©", NULL },
		{ "日本", NULL },
		{ "ascii", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = { 0 };

		assert_int_equal(twice_undo(&out, rows[i].text, strlen(rows[i].text)),
			rows[i].meant != NULL);
		assert_string_equal(buf_str(&out), rows[i].meant ? rows[i].meant : "");
		buf_done(&out);
	}
}

static void
test_tables_of_elements_are_sorted(void **state)
{
	static const struct element_table *const tables[] = { &rss_elements, &rdf_elements,
		&atom_elements, &cdf_elements, &content_elements, &xhtml_elements, &dc_elements,
		&dcterms_elements, &sy_elements, &wfw_elements, &media_elements, &itunes_elements,
		&googleplay_elements, &georss_elements, &gml_elements, &geo_elements, &cc_elements,
		&feedburner_elements, &admin_elements };

	(void)state;
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (size_t i = 1; i < tables[t]->n; i++)
			assert_true(strcmp(tables[t]->elements[i - 1].name,
					    tables[t]->elements[i].name) <= 0);
}

static void
test_namespaces_are_known_as_publishers_write_them(void **state)
{
	static const struct {
		struct xml_name name;
		enum feed_ns ns;
	} rows[] = {
		{ { "http://www.itunes.com/DTDs/PodCast-1.0.dtd", "x", "a" }, NS_ITUNES },
		{ { " http://www.itunes.com/dtds/podcast-1.0.dtd\n", "x", "a" }, NS_ITUNES },
		{ { "http://search.yahoo.com/mrss", "m", "a" }, NS_MEDIA },
		{ { "http://search.yahoo.com/mrss/", "m", "a" }, NS_MEDIA },
		{ { "http://www.w3.org/2005/Atom", "", "a" }, NS_ATOM },
		{ { "", "", "a" }, NS_NONE },
		{ { "", "dc", "a" }, NS_DC }, /* a prefix that nobody bound */
		{ { "urn:x-unknown", "", "a" }, NS_NONE },
		{ { "urn:x-unknown", "p", "a" }, NS_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(names_namespace(&rows[i].name), rows[i].ns);
}

/* Made when it is asked for; of a body without markup it is the same as when HTML is read. */
static void
test_content_that_is_passed_through_has_its_hash_when_asked(void **state)
{
	static const char text[] =
		"<rss version='2.0'><channel><item><title>One</title><description>A body of words "
		"that is long enough to stand for itself in any comparison.</description></item>"
		"</channel></rss>";
	struct np_feed_options options = { .no_html = false };
	unsigned char hashes[2][NP_HASH_SIZE];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct np_feed_parser *parser;
		struct np_article *article;

		options.no_html = i == 1;
		parser = parsed(&options, text, 0);
		article = taken(parser);
		assert_non_null(np_article_content_hash(article));
		memcpy(hashes[i], np_article_content_hash(article), NP_HASH_SIZE);
		np_article_free(article);
		np_feed_parser_free(parser);
	}
	assert_memory_equal(hashes[0], hashes[1], NP_HASH_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_articles_come_as_soon_as_they_are_complete),
		cmocka_unit_test(test_content_that_is_passed_through_has_its_hash_when_asked),
		cmocka_unit_test(test_articles_live_longer_than_their_parser),
		cmocka_unit_test(test_articles_that_nobody_takes_are_freed),
		cmocka_unit_test(test_refusals_say_why),
		cmocka_unit_test(test_after_a_failure_nothing_more_is_read),
		cmocka_unit_test(test_an_empty_channel_is_a_feed),
		cmocka_unit_test(test_versions_are_told_apart),
		cmocka_unit_test(test_hints_for_the_schedule_are_read),
		cmocka_unit_test(test_a_silent_document_says_nothing),
		cmocka_unit_test(test_http_gives_base_and_language),
		cmocka_unit_test(test_texts_are_cut_between_characters),
		cmocka_unit_test(test_items_beyond_the_cap_are_left_out_and_said),
		cmocka_unit_test(test_the_document_needs_to_be_asked_for),
		cmocka_unit_test(test_the_hash_is_of_what_the_article_says),
		cmocka_unit_test(test_absurd_dates_are_not_used),
		cmocka_unit_test(test_persons_are_taken_apart),
		cmocka_unit_test(test_text_encoded_twice_is_undone_where_all_of_it_is),
		cmocka_unit_test(test_tables_of_elements_are_sorted),
		cmocka_unit_test(test_namespaces_are_known_as_publishers_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
