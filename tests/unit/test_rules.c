/* Rules: what each field and operator sees, what actions do, what it may cost, what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/keep/rules.h"
#include "lib/feed/article.h"
#include "tests/unit/conf_folder.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	struct config *config;
	struct rules *rules;
	struct np_article *article;
	struct arena arena;
	struct tags tags;
	struct rules_verdict verdict;
};

static const struct np_person people[] = {
	{ .name = "Ana Müller", .email = "ana@press.example", .url = "https://press.example/Ana" },
	{ .name = "B. Ng" },
};
static const struct np_category categories[] = {
	{ .term = "Tech", .label = "Technology & Science" },
	{ .term = "chips" },
};

static struct np_article *
make_article(void)
{
	struct np_article *article;

	assert_int_equal(article_new(&article), 0);
	article->title = "Sponsored: the new Ship";
	article->content_text = "First line\nA semiconductor; und Über-Straße.";
	article->summary = "In short";
	article->url = "https://News.example/a?b=1";
	article->external_url = "https://other.example/";
	article->language = "en-GB";
	article->authors = people;
	article->n_authors = N_OF(people);
	article->categories = categories;
	article->n_categories = N_OF(categories);
	return article;
}

static void
load(struct fixture *f, const char *text)
{
	struct config_error err = { "" };

	conf_folder_write("newspool.conf", text);
	if (config_load("newspool.conf", NULL, &f->config, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(rules_new(f->config, &f->rules), 0);
	f->article = make_article();
}

static void
unload(struct fixture *f)
{
	rules_free(f->rules);
	config_free(f->config);
	np_article_free(f->article);
	arena_done(&f->arena);
	memset(f, 0, sizeof(*f));
}

static void
judge(struct fixture *f, const struct rules_trace *trace)
{
	const struct rules_subject subject = { f->article, "wire", "The Wire",
		"https://w.example/f" };

	f->tags = (struct tags){ .n = 0 };
	tags_add(&f->tags, "news");
	tags_add(&f->tags, "wire");
	rules_document(f->rules);
	assert_int_equal(
		rules_judge(f->rules, &subject, trace, &f->arena, &f->tags, &f->verdict), 0);
	tags_sort(&f->tags);
}

static const char *
tags_text(const struct fixture *f, struct buf *text)
{
	buf_reset(text);
	for (size_t i = 0; i < f->tags.n; i++)
		buf_printf(text, "%s%s", i ? " " : "", f->tags.slugs[i]);
	return buf_str(text);
}

static void
comparisons_see_what_the_article_has(void **state)
{
	static const struct {
		const char *match;
		bool matches;
	} rows[] = {
		{ "title ~ /sponsored/i", true },
		{ "title ~ /sponsored/", false },
		{ "title !~ /sponsored/", true },
		{ "title = \"sponsored:  THE new ship\"", true },
		{ "title = sponsored", false },
		{ "title != sponsored", true },
		{ "content ~ /^A semi/", false },
		{ "content ~ /^A semi/m", true },
		{ "content ~ /line.A/s", true },
		{ "content ~ /über-straße/i", true },
		{ "content = \"in short\"", true },
		{ "content ~ /^In short$/", true },
		{ "content !~ /short/", false },
		{ "author = \"ana muller\"", true },
		{ "author ~ /Ng$/", true },
		{ "author = ana@press.example", true },
		{ "author = https://press.example/Ana", true },
		{ "author = https://press.example/ana", false },
		{ "author != \"B. Ng\"", false },
		{ "author !~ /nobody/", true },
		{ "link ~ /News.example/", true },
		{ "link = https://other.example/", true },
		{ "link = https://news.example/a?b=1", false },
		{ "category = TECH", true },
		{ "category = \"technology & science\"", true },
		{ "category ~ /^chip/", true },
		{ "category = chip", false },
		{ "feed = wire", true },
		{ "feed = \"the wire\"", true },
		{ "feed = https://w.example/f", true },
		{ "feed ~ /^w/", true },
		{ "feed = wir", false },
		{ "language = en", true },
		{ "language = EN-gb", true },
		{ "language = en-US", false },
		{ "language = e", false },
		{ "language = \"\"", false },
		{ "language ~ /^en/", true },
		{ "tag = news", true },
		{ "tag = new", false },
		{ "tag = news and tag = wire", true },
		{ "tag = news and tag = x", false },
		{ "tag = x or tag = y or title ~ /Ship/", true },
		{ "not tag = x", true },
		{ "not (tag = news and title ~ /Ship/)", false },
		{ "tag = x or tag = news and not language = de", true },
	};
	struct fixture f = { 0 };

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char text[256];

		snprintf(text, sizeof(text), "[rule r]\nmatch = %s\ndrop = yes\n", rows[i].match);
		load(&f, text);
		judge(&f, NULL);
		if ((f.verdict.outcome == RULES_DROP) != rows[i].matches)
			fail_msg("%s", rows[i].match);
		unload(&f);
	}
}

static void
what_is_absent_is_one_empty_text(void **state)
{
	static const char *const matches[] = { "title = \"\"", "content ~ /^$/", "author = \"\"",
		"link !~ /x/", "category ~ /^\\z/", "language = \"\"", "language != en" };
	struct fixture f = { 0 };

	(void)state;
	for (size_t i = 0; i < N_OF(matches); i++) {
		char text[256];

		snprintf(text, sizeof(text), "[rule r]\nmatch = %s\ndrop = yes\n", matches[i]);
		load(&f, text);
		np_article_free(f.article);
		assert_int_equal(article_new(&f.article), 0);
		judge(&f, NULL);
		if (f.verdict.outcome != RULES_DROP)
			fail_msg("%s", matches[i]);
		unload(&f);
	}
}

static void
rules_act_in_their_order_on_what_is_left(void **state)
{
	static const struct {
		const char *rules, *tags;
		enum rules_outcome outcome;
		const char *rule;
		size_t n_hits;
	} rows[] = {
		{ "", "news wire", RULES_KEEP, NULL, 0 },
		{ "[rule a]\nmatch = tag = news\nadd-tags = b, a\nremove-tags = wire\n", "a b news",
			RULES_KEEP, NULL, 1 },
		{ "[rule a]\nmatch = tag = news\nadd-tags = x\n"
		  "[rule b]\nmatch = tag = x\nset-tags = y, z\n"
		  "[rule c]\nmatch = tag = x\nadd-tags = never\n",
			"y z", RULES_KEEP, NULL, 2 },
		{ "[rule a]\nmatch = tag = news\nset-tags =\n", "", RULES_KEEP, NULL, 1 },
		{ "[rule a]\nmatch = tag = news\nstop = yes\n"
		  "[rule b]\nmatch = tag = news\ndrop = yes\n",
			"news wire", RULES_KEEP, NULL, 1 },
		{ "[rule a]\nmatch = tag = other\nstop = yes\n"
		  "[rule b]\nmatch = tag = news\ndrop = yes\n"
		  "[rule c]\nmatch = tag = news\nadd-tags = x\n",
			"news wire", RULES_DROP, "b", 1 },
		{ "[rule a]\nmatch = tag = news\nhold = yes\nadd-tags = late\n"
		  "[rule b]\nmatch = tag = late\nhold = yes\nadd-tags = later\n",
			"late later news wire", RULES_HOLD, "a", 2 },
		{ "[rule a]\nmatch = tag = news\nhold = yes\n"
		  "[rule b]\nmatch = tag = news\ndrop = yes\n",
			"news wire", RULES_DROP, "b", 2 },
	};
	struct buf text = { 0 };

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct fixture f = { 0 };

		load(&f, rows[i].rules);
		judge(&f, NULL);
		assert_string_equal(tags_text(&f, &text), rows[i].tags);
		assert_int_equal(f.verdict.outcome, rows[i].outcome);
		assert_int_equal(f.verdict.n_hits, rows[i].n_hits);
		if (rows[i].rule)
			assert_string_equal(f.verdict.rule, rows[i].rule);
		else
			assert_null(f.verdict.rule);
		unload(&f);
	}
	buf_done(&text);
}

/* The operator's tags push those of categories out. */
static void
there_are_never_more_tags_than_the_cap(void **state)
{
	struct buf text = { 0 };
	struct fixture f = { 0 };
	struct config_alias aliases[40];
	struct np_category many[40];
	char terms[40][8];
	struct config config = { .aliases = aliases, .n_aliases = N_OF(aliases) };

	(void)state;
	for (size_t i = 0; i < N_OF(many); i++) {
		snprintf(terms[i], sizeof(terms[i]), "c%02zu", i);
		aliases[i] = (struct config_alias){ terms[i], terms[i] };
		many[i] = (struct np_category){ .term = terms[i] };
	}
	buf_puts(&text, "[rule r]\nmatch = title ~ /./\nadd-tags = c05");
	for (int i = 0; i < 9; i++)
		buf_printf(&text, ", r%d", i);
	load(&f, buf_str(&text));
	f.article->categories = many;
	f.article->n_categories = N_OF(many);
	assert_int_equal(tags_of(&config, "one two ", f.article, &f.arena, &f.tags), 0);
	assert_int_equal(f.tags.n, TAGS_MAX);
	assert_int_equal(rules_judge(f.rules, &(struct rules_subject){ .article = f.article }, NULL,
				 &f.arena, &f.tags, &f.verdict),
		0);
	tags_sort(&f.tags);
	assert_string_equal(tags_text(&f, &text),
		"c00 c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 c12 c13 c14 c15 c16 c17 c18 c19 "
		"c20 one r0 r1 r2 r3 r4 r5 r6 r7 r8 two");
	for (int i = 0; i < 50; i++) {
		char slug[16];

		snprintf(slug, sizeof(slug), "s%d", i);
		tags_add(&f.tags, arena_strdup(&f.arena, slug));
	}
	assert_int_equal(f.tags.n, TAGS_MAX);
	unload(&f);
	buf_done(&text);
}

struct told {
	struct buf text;
};

static void
tell_comparison(void *arg, const struct config_rule *rule, const struct expression *node,
	bool holds, const char *value, struct pattern_range range)
{
	struct told *told = arg;
	bool found = value != NULL && node->kind == EXPRESSION_MATCHES;

	buf_printf(&told->text, "%s %s:%s %.*s\n", rule->name, expression_field_name(node->field),
		holds ? "yes" : "no", found ? (int)(range.end - range.begin) : 0,
		found ? value + range.begin : "");
}

static void
tell_rule(void *arg, const struct config_rule *rule, bool matched)
{
	struct told *told = arg;

	buf_printf(&told->text, "%s=%d\n", rule->name, matched);
}

static void
a_trace_tells_what_was_looked_at(void **state)
{
	struct told told = { .text = { 0 } };
	const struct rules_trace trace = {
		.comparison = tell_comparison, .rule = tell_rule, .arg = &told
	};
	struct fixture f = { 0 };

	(void)state;
	load(&f, "[rule a]\nmatch = tag = x and title ~ /never/ or content ~ /semi\\w+/\n"
		 "add-tags = x\n[rule b]\nmatch = author !~ /Ng/\ndrop = yes\n");
	judge(&f, &trace);
	assert_string_equal(buf_str(&told.text), "a tag:no \na content:yes semiconductor\na=1\n"
						 "b author:no Ng\nb=0\n");
	buf_done(&told.text);
	unload(&f);
}

static int64_t
processor_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
count_given_up(void *arg, const struct config_rule *rule, const struct expression *node)
{
	(void)rule, (void)node;
	++*(unsigned int *)arg;
}

/* 200 hostile articles of one document: a second for all; rules that need no time work on. */
static void
hostile_articles_cost_a_bounded_time(void **state)
{
	struct fixture f = { 0 };
	struct buf text = { 0 };
	unsigned int given_up = 0;
	const struct rules_trace trace = { .gave_up = count_given_up, .arg = &given_up };
	int64_t begin = processor_ms();

	(void)state;
	load(&f, "[rule slow]\nmatch = title ~ /(a+)+$/ or content ~ /(.*a)*(.*b)*z/\ndrop = yes\n"
		 "[rule quick]\nmatch = feed = wire\nadd-tags = quick\n");
	while (text.len < 60000)
		buf_putc(&text, 'a');
	buf_putc(&text, '!');
	f.article->title = f.article->content_text = buf_str(&text);
	rules_document(f.rules);
	for (int i = 0; i < 200; i++) {
		const struct rules_subject subject = { .article = f.article, .feed_name = "wire" };

		f.tags = (struct tags){ .n = 0 };
		assert_int_equal(
			rules_judge(f.rules, &subject, &trace, &f.arena, &f.tags, &f.verdict), 0);
		assert_int_equal(f.verdict.outcome, RULES_KEEP);
		assert_int_equal(f.tags.n, 1);
	}
	assert_true(given_up >= 200);
	assert_in_range(processor_ms() - begin, 0, 4000);
	unload(&f);
	buf_done(&text);
}

static int
add_hits(void *arg, const struct store_rule_hits *hits)
{
	buf_printf(arg, "%s %d %d %d\n", hits->rule, (int)hits->hits, (int)hits->gave_up,
		(int)hits->last);
	return 0;
}

static void
expect_hits(struct store *store, const char *expected)
{
	struct buf text = { 0 };

	assert_int_equal(store_rule_hits(store, add_hits, &text), 0);
	assert_string_equal(buf_str(&text), expected);
	buf_done(&text);
}

static void
hits_are_counted_with_the_transaction_or_not_at_all(void **state)
{
	struct config_error err;
	struct store *store;
	struct fixture f = { 0 };

	(void)state;
	assert_int_equal(store_open("state.db", 1, &store, &err), 0);
	load(&f, "[rule b]\nmatch = tag = news\nadd-tags = x\n"
		 "[rule a]\nmatch = tag = x\nadd-tags = y\n"
		 "[rule c]\nmatch = tag = no\nadd-tags = y\n");
	for (int i = 0; i < 2; i++) {
		rules_begin(f.rules);
		judge(&f, NULL);
		judge(&f, NULL);
		assert_int_equal(store_begin(store), 0);
		assert_int_equal(rules_store(f.rules, store, 1000 + i), 0);
		if (i == 0)
			store_rollback(store);
		else
			assert_int_equal(store_commit(store), 0);
	}
	expect_hits(store, "a 2 0 1001\nb 2 0 1001\n");
	rules_begin(f.rules);
	judge(&f, NULL);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(rules_store(f.rules, store, 2000), 0);
	assert_int_equal(store_commit(store), 0);
	expect_hits(store, "a 3 0 2000\nb 3 0 2000\n");
	unload(&f);
	store_close(store);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, conf_folder_enter, conf_folder_leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(comparisons_see_what_the_article_has),
		IN_FOLDER(what_is_absent_is_one_empty_text),
		IN_FOLDER(rules_act_in_their_order_on_what_is_left),
		IN_FOLDER(there_are_never_more_tags_than_the_cap),
		IN_FOLDER(a_trace_tells_what_was_looked_at),
		IN_FOLDER(hostile_articles_cost_a_bounded_time),
		IN_FOLDER(hits_are_counted_with_the_transaction_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
