/*
 * The decision table, row by row, on a real store and a real spool: articles made by hand go
 * through a transaction as polls do.
 */
#include "config.h"

#include "daemon/keep/ingest.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/keep/identity.h"
#include "daemon/keep/store_held.h"
#include "lib/feed/article.h"
#include "tests/unit/scratch.h"

#define NOW INT64_C(1795000000000)
#define DAY INT64_C(86400000)
#define ARTICLES_MAX 64

struct fixture {
	char dir[64], spool[96], database[96];
	struct store *store;
	struct delivery *delivery;
	struct config config;
	struct config_settings settings;
	struct config_alias aliases[2];
	struct config_queue queues[2];
	struct ingest ingest;
	struct ingest_result result;
	struct np_article *articles[ARTICLES_MAX];
	size_t n;
	int64_t now;
};

static const char *const queue_tags[] = { "tech" };

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct config_error err;

	snprintf(f->dir, sizeof(f->dir), "/tmp/test_ingest.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->spool, sizeof(f->spool), "%s/spool", f->dir);
	snprintf(f->database, sizeof(f->database), "%s/state.db", f->dir);
	assert_int_equal(mkdir(f->spool, 0755), 0);
	f->now = NOW;
	f->aliases[0] = (struct config_alias){ "tech", "technology-news" };
	f->queues[0] = (struct config_queue){ .name = "every", .all = true };
	f->queues[1] = (struct config_queue){ .name = "techs", .tags = queue_tags, .n_tags = 1 };
	f->config = (struct config){ .remember = 400 * DAY, .aliases = f->aliases, .n_aliases = 1 };
	f->settings = (struct config_settings){ .first_sync = CONFIG_FIRST_SYNC_ALL };
	assert_int_equal(store_open(f->database, NOW, &f->store, &err), 0);
	assert_int_equal(delivery_open(f->spool, CONFIG_SYNC_NONE, NULL, &f->delivery, &err), 0);
	assert_int_equal(delivery_recover_end(f->delivery), 0);
	f->ingest =
		(struct ingest){ .store = f->store, .delivery = f->delivery, .config = &f->config };
	*state = f;
	return 0;
}

static void
drop_articles(struct fixture *f)
{
	for (size_t i = 0; i < f->n; i++)
		np_article_free(f->articles[i]);
	f->n = 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	drop_articles(f);
	delivery_close(f->delivery);
	store_close(f->store);
	assert_int_equal(scratch_remove_tree(f->dir), 0);
	free(f);
	return 0;
}

/* What a test says of an item; NULL and 0 leave out. */
struct given {
	const char *id, *url, *title, *text, *category;
	int64_t date;
};

static void
add(struct fixture *f, struct given given)
{
	struct np_article *article;

	assert_int_equal(article_new(&article), 0);
	article->id = arena_strdup(&article->arena, given.id);
	article->url = arena_strdup(&article->arena, given.url);
	article->title = arena_strdup(&article->arena, given.title);
	article->content_text = arena_strdup(&article->arena, given.text);
	if (given.date != 0)
		article->published = given.date;
	if (given.category != NULL) {
		struct np_category *category = arena_alloc(&article->arena, sizeof(*category));
		category->term = arena_strdup(&article->arena, given.category);
		article->categories = category;
		article->n_categories = 1;
	}
	assert_int_equal(article_hash(article), 0);
	assert_true(f->n < ARTICLES_MAX);
	f->articles[f->n++] = article;
}

static int64_t
feed_id(struct fixture *f, const char *name)
{
	int64_t id;

	assert_int_equal(store_feed_find(f->store, name, &id), 1);
	return id;
}

static void
add_feeds(struct fixture *f)
{
	struct config_feed feeds[2] = {
		{ .name = "a", .url = "https://a.example/", .tags = "tech both ", .settings = "" },
		{ .name = "b", .url = "https://b.example/", .tags = "stock both ", .settings = "" }
	};
	bool is_new;

	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_feeds_begin(f->store, NOW), 0);
	assert_int_equal(store_feeds_put(f->store, &feeds[0], NULL, NOW, &is_new), 0);
	assert_int_equal(store_feeds_put(f->store, &feeds[1], NULL, NOW, &is_new), 0);
	assert_int_equal(store_feeds_end(f->store), 0);
	assert_int_equal(store_commit(f->store), 0);
}

/* One document in the transaction that is open; takes the articles that were added. */
static int
take(struct fixture *f, const char *feed_name)
{
	struct arena arena = { 0 };
	struct store_feed feed;
	struct ingest_document document = { .feed = &feed,
		.settings = &f->settings,
		.title = "Its title",
		.articles = f->articles,
		.n_articles = f->n,
		.now = f->now };
	struct store_poll poll = { .when = f->now, .why_next = "", .keep_validators = true };
	int error;

	memset(&f->result, 0, sizeof(f->result));
	poll.id = feed_id(f, feed_name);
	assert_int_equal(store_feed_get(f->store, poll.id, &arena, &feed), 1);
	error = ingest_document(&f->ingest, &document, &f->result);
	poll.parsed = error == 0 && f->result.n_held == 0;
	assert_int_equal(store_feed_polled(f->store, &feed, &poll), 0);
	arena_done(&arena);
	drop_articles(f);
	return error;
}

static void
begin(struct fixture *f)
{
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_pending_clear(f->store), 0);
	ingest_begin(&f->ingest);
}

static void
commit(struct fixture *f)
{
	assert_int_equal(delivery_flush(f->delivery), 0);
	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(delivery_publish(f->delivery), 0);
}

/* One document in a transaction of its own. */
static struct ingest_result
document(struct fixture *f, const char *feed)
{
	begin(f);
	assert_int_equal(take(f, feed), 0);
	commit(f);
	return f->result;
}

static int n_files;
static char last_file[4096];

static int
count_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	if (flag == FTW_F && path[ftw->base] != '.') { /* not the lock */
		n_files++;
		snprintf(last_file, sizeof(last_file), "%s", path);
	}
	return 0;
}

/* How many files there are below a folder of the spool. */
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

/* The record of the only file, or the last seen, below a folder. */
static char *
record(struct fixture *f, const char *folder)
{
	static char text[65536];
	FILE *file;
	size_t n;

	assert_true(files(f, folder) > 0);
	file = fopen(last_file, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

/* Rules by hand: one field and one text each. */
static const struct expression title_is_ad = {
	.kind = EXPRESSION_EQUALS, .field = EXPRESSION_TITLE, .text = "Ad"
};
static const struct expression feed_is_a = {
	.kind = EXPRESSION_EQUALS, .field = EXPRESSION_FEED, .text = "a"
};

static void
set_rule(struct fixture *f, const struct config_rule *rule)
{
	rules_free(f->ingest.rules);
	f->config.rules = rule;
	f->config.n_rules = rule != NULL;
	assert_int_equal(rules_new(&f->config, &f->ingest.rules), 0);
}

static int
say_dropped(void *arg, const struct store_dropped *dropped)
{
	buf_printf(arg, "%s %s %s\n", dropped->feed_name, dropped->rule, dropped->title);
	return 0;
}

static void
dropped_article_is_known_and_never_comes(void **state)
{
	static const struct config_rule rule = { .name = "ads",
		.match = { .expression = &title_is_ad, .comparisons = 1 },
		.drop = true };
	struct fixture *f = *state;
	struct given ad = { .id = "1", .title = "Ad", .url = "http://a.example/ad" };
	struct buf said = { 0 };

	add_feeds(f);
	set_rule(f, &rule);
	add(f, ad);
	add(f, (struct given){ .id = "2", .title = "Two" });
	document(f, "a");
	assert_int_equal(f->result.n_dropped, 1);
	assert_int_equal(f->result.n_new, 1);
	assert_int_equal(files(f, "articles"), 1);
	/* it stays away when the rule has gone, also under another id, and after an update */
	set_rule(f, NULL);
	add(f, ad);
	assert_int_equal(document(f, "a").n_known, 1);
	ad.id = "other";
	add(f, ad);
	assert_int_equal(document(f, "a").n_renamed, 1);
	ad.text = "longer now";
	add(f, ad);
	assert_int_equal(document(f, "a").n_revised, 1);
	assert_int_equal(files(f, "articles"), 1);
	assert_int_equal(
		store_dropped_find(f->store, "http://a.example/ad", say_dropped, &said), 0);
	assert_string_equal(buf_str(&said), "a ads Ad\n");
	buf_done(&said);
	rules_free(f->ingest.rules);
}

static void
what_one_feed_drops_may_be_news_in_another(void **state)
{
	static const struct config_rule rule = { .name = "not-a",
		.match = { .expression = &feed_is_a, .comparisons = 1 },
		.drop = true };
	struct fixture *f = *state;

	add_feeds(f);
	set_rule(f, &rule);
	add(f, (struct given){ .id = "1", .title = "One" });
	assert_int_equal(document(f, "a").n_dropped, 1);
	add(f, (struct given){ .id = "1", .title = "One" });
	assert_int_equal(document(f, "b").n_new, 1);
	assert_int_equal(files(f, "tags/both"), 1);
	assert_int_equal(files(f, "tags/tech"), 0);
	/* and the other way round: had by b, it gets no links from a */
	add(f, (struct given){ .id = "2", .title = "Two" });
	assert_int_equal(document(f, "b").n_new, 1);
	add(f, (struct given){ .id = "2", .title = "Two" });
	assert_int_equal(document(f, "a").n_linked, 1);
	assert_int_equal(files(f, "tags/tech"), 0);
	rules_free(f->ingest.rules);
}

static void
rules_tags_are_in_the_record_and_on_the_disk(void **state)
{
	static const char *const add_tags[] = { "zulu", "alpha" };
	static const char *const remove_tags[] = { "both" };
	static const struct config_rule rule = { .name = "tags",
		.match = { .expression = &feed_is_a, .comparisons = 1 },
		.add = add_tags,
		.n_add = 2,
		.remove = remove_tags,
		.n_remove = 1 };
	struct fixture *f = *state;

	add_feeds(f);
	set_rule(f, &rule);
	add(f, (struct given){ .id = "1", .title = "One" });
	assert_int_equal(document(f, "a").n_new, 1);
	assert_int_equal(files(f, "tags/zulu"), 1);
	assert_int_equal(files(f, "tags/alpha"), 1);
	assert_int_equal(files(f, "tags/both"), 0);
	assert_non_null(strstr(record(f, "articles"), "\"tags\":[\"alpha\",\"tech\",\"zulu\"]"));
	rules_free(f->ingest.rules);
}

static void
new_article_goes_everywhere_once(void **state)
{
	struct fixture *f = *state;

	f->config.queues = f->queues;
	f->config.n_queues = 2;
	add_feeds(f);
	add(f, (struct given){ .id = "1", .title = "One", .category = "Tech" });
	assert_int_equal(document(f, "a").n_new, 1);
	assert_int_equal(files(f, "articles"), 1);
	assert_int_equal(files(f, "tags/tech"), 1);
	assert_int_equal(files(f, "tags/both"), 1);
	assert_int_equal(files(f, "tags/technology-news"), 1);
	assert_int_equal(files(f, "queues/every/new"), 1);
	assert_int_equal(files(f, "queues/techs/new"), 1);
	assert_int_equal(files(f, "tmp"), 0);
	assert_non_null(
		strstr(record(f, "articles"), "\"tags\":[\"both\",\"tech\",\"technology-news\"]"));
	assert_non_null(strstr(record(f, "articles"), "\"title\":\"Its title\""));
	add(f, (struct given){ .id = "2", .title = "Two" });
	assert_int_equal(document(f, "b").n_new, 1);
	assert_int_equal(files(f, "queues/every/new"), 2);
	assert_int_equal(files(f, "queues/techs/new"), 1);
}

static void
known_article_is_known(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	for (int round = 0; round < 3; round++) {
		struct ingest_result result;
		add(f, (struct given){ .id = "1", .title = "One" });
		result = document(f, "a");
		assert_int_equal(result.n_new, round == 0);
		assert_int_equal(result.n_known, round > 0);
		assert_false(result.gap);
	}
	assert_int_equal(files(f, "articles"), 1);
}

static void
changed_guid_is_remembered_and_spools_nothing(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	add(f, (struct given){ .id = "old", .title = "One" });
	document(f, "a");
	add(f, (struct given){ .id = "new", .title = "One" });
	assert_int_equal(document(f, "a").n_renamed, 1);
	add(f, (struct given){ .id = "new", .title = "One" });
	assert_int_equal(document(f, "a").n_known, 1);
	/* By its new id it is now a revision, not another article. */
	add(f, (struct given){ .id = "new", .title = "One, corrected" });
	assert_int_equal(document(f, "a").n_revised, 1);
	assert_int_equal(files(f, "articles"), 1);
}

static void
same_article_in_a_second_feed_is_linked_where_it_adds_tags(void **state)
{
	struct fixture *f = *state;

	f->config.queues = f->queues;
	f->config.n_queues = 2;
	add_feeds(f);
	add(f, (struct given){ .id = "b-1", .title = "One" });
	document(f, "b");
	assert_int_equal(files(f, "queues/techs/new"), 0);
	f->now += 2 * DAY; /* it stays in the folder of its day */
	for (int round = 0; round < 2; round++) {
		struct ingest_result result;
		add(f, (struct given){ .id = "a-1", .title = "One" });
		result = document(f, "a");
		assert_int_equal(result.n_linked, round == 0);
		assert_int_equal(result.n_new, 0);
	}
	assert_int_equal(files(f, "articles"), 1);
	assert_int_equal(files(f, "tags/stock"), 1);
	assert_int_equal(files(f, "tags/both"), 1);
	assert_int_equal(files(f, "tags/tech"), 1);
	assert_non_null(strstr(last_file, "/2026-11-18/"));
	assert_int_equal(files(f, "queues/every/new"), 1);
	assert_int_equal(files(f, "queues/techs/new"), 1);
}

static void
two_feeds_of_one_transaction_share_an_article(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	begin(f);
	add(f, (struct given){ .id = "1", .title = "One" });
	assert_int_equal(take(f, "a"), 0);
	add(f, (struct given){ .id = "x", .title = "One" });
	assert_int_equal(take(f, "b"), 0);
	assert_int_equal(f->result.n_linked, 1);
	commit(f);
	assert_int_equal(files(f, "articles"), 1);
	assert_int_equal(files(f, "tags/tech"), 1);
	assert_int_equal(files(f, "tags/stock"), 1);
	assert_int_equal(files(f, "tags/both"), 1);
	assert_int_equal(files(f, "tmp"), 0);
}

static void
second_feed_of_an_article_whose_file_has_gone_spools_nothing(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	add(f, (struct given){ .id = "1", .title = "One" });
	document(f, "a");
	assert_int_equal(files(f, "articles"), 1);
	assert_int_equal(unlink(last_file), 0);
	add(f, (struct given){ .id = "x", .title = "One" });
	assert_int_equal(document(f, "b").n_linked, 1);
	assert_int_equal(files(f, "articles"), 0);
	assert_int_equal(files(f, "tags/stock"), 0);
}

/* Where tmp/ is gone nothing can be staged, which does not mean that the article's file is. */
static void
links_that_cannot_be_staged_fail_the_transaction(void **state)
{
	struct fixture *f = *state;
	char tmp[160];

	add_feeds(f);
	add(f, (struct given){ .id = "1", .title = "One" });
	document(f, "a");
	snprintf(tmp, sizeof(tmp), "%s/tmp", f->spool);
	assert_int_equal(scratch_remove_tree(tmp), 0);
	begin(f);
	add(f, (struct given){ .id = "x", .title = "One" });
	assert_true(take(f, "b") < 0);
	store_rollback(f->store);
	delivery_abort(f->delivery);
	assert_int_equal(mkdir(tmp, 0700), 0);
	add(f, (struct given){ .id = "x", .title = "One" });
	assert_int_equal(document(f, "b").n_linked, 1);
	assert_int_equal(files(f, "tags/stock"), 1);
}

static void
take_with(struct fixture *f, const char *feed, enum config_updates updates)
{
	f->settings.updates = updates;
	add(f, (struct given){ .id = "1", .title = "One, corrected" });
	document(f, feed);
}

/* What a feed that ignores revisions has had, another that emits them has not. */
static void
revision_is_emitted_where_another_feed_has_ignored_it(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	add(f, (struct given){ .id = "1", .title = "One" });
	document(f, "a");
	add(f, (struct given){ .id = "1", .title = "One" });
	document(f, "b");
	take_with(f, "a", CONFIG_UPDATES_IGNORE);
	assert_int_equal(files(f, "articles"), 1);
	take_with(f, "b", CONFIG_UPDATES_EMIT);
	assert_int_equal(f->result.n_revised, 1);
	assert_int_equal(files(f, "articles"), 2);
	assert_int_equal(files(f, "tags/stock"), 2);
	assert_int_equal(files(f, "tags/tech"), 1);
	take_with(f, "b", CONFIG_UPDATES_EMIT);
	take_with(f, "a", CONFIG_UPDATES_EMIT);
	assert_int_equal(files(f, "articles"), 2);
}

/* What one feed emits does not come under the tags of another that ignores it. */
static void
revision_of_two_feeds_is_one_article_where_each_wants_it(void **state)
{
	struct fixture *f = *state;

	for (int both = 0; both < 2; both++) {
		if (both) {
			teardown(state);
			setup(state);
			f = *state;
		}
		add_feeds(f);
		add(f, (struct given){ .id = "1", .title = "One" });
		document(f, "a");
		add(f, (struct given){ .id = "1", .title = "One" });
		document(f, "b");
		take_with(f, "a", CONFIG_UPDATES_EMIT);
		take_with(f, "b", both ? CONFIG_UPDATES_EMIT : CONFIG_UPDATES_IGNORE);
		assert_int_equal(f->result.n_revised, 1);
		assert_int_equal(files(f, "articles"), 2);
		assert_int_equal(files(f, "tags/tech"), 2);
		assert_int_equal(files(f, "tags/stock"), 1 + both);
	}
}

static void
revision_is_ignored_or_emitted_as_the_feed_says(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	add(f, (struct given){ .id = "1", .title = "One" });
	document(f, "a");
	add(f, (struct given){ .id = "1", .title = "One, corrected" });
	assert_int_equal(document(f, "a").n_revised, 1);
	assert_int_equal(files(f, "articles"), 1);
	/* Back to a content that was had: known. */
	add(f, (struct given){ .id = "1", .title = "One" });
	assert_int_equal(document(f, "a").n_known, 1);
	f->settings.updates = CONFIG_UPDATES_EMIT;
	add(f, (struct given){ .id = "1", .title = "One, corrected" });
	assert_int_equal(document(f, "a").n_new, 0);
	add(f, (struct given){ .id = "1", .title = "One, corrected again" });
	assert_int_equal(document(f, "a").n_new, 1);
	assert_int_equal(files(f, "articles"), 2);
	add(f, (struct given){ .id = "1", .title = "One, for the last time" });
	assert_int_equal(document(f, "a").n_new, 1);
	begin(f);
	store_rollback(f->store);
	assert_int_equal(files(f, "articles"), 3);
}

static void
revises_names_the_article_before(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	f->settings.updates = CONFIG_UPDATES_EMIT;
	add(f, (struct given){ .id = "1", .title = "One" });
	document(f, "a");
	assert_null(strstr(record(f, "articles"), "revises"));
	assert_int_equal(unlink(last_file), 0);
	add(f, (struct given){ .id = "1", .title = "One, corrected" });
	document(f, "a");
	assert_non_null(strstr(record(f, "articles"), "\"revises\":1"));
}

/* Two queues of mail: one that wants all, one that wants the tag of feed a. */
static void
add_mail_queues(struct fixture *f)
{
	f->queues[0].format = f->queues[1].format = CONFIG_QUEUE_RFC5322;
	f->config.queues = f->queues;
	f->config.n_queues = 2;
	f->config.mail_domain = "news.example.org";
}

static void
mail_queues_get_one_message_and_no_record(void **state)
{
	struct fixture *f = *state;
	struct stat every, techs;
	char *message;

	add_mail_queues(f);
	add_feeds(f);
	add(f, (struct given){ .id = "1", .title = "One", .category = "Tech" });
	document(f, "a");
	message = record(f, "queues/techs/new");
	assert_non_null(strstr(message, "\nSubject: One\n"));
	assert_non_null(strstr(message, "\nKeywords: both, tech, technology-news\n"));
	assert_non_null(strstr(message, "@news.example.org>\n"));
	assert_string_equal(strrchr(last_file, '.'), ".eml");
	assert_int_equal(stat(last_file, &techs), 0);
	assert_int_equal(files(f, "queues/every/new"), 1);
	assert_int_equal(stat(last_file, &every), 0);
	assert_int_equal(every.st_ino, techs.st_ino);
	assert_int_equal(every.st_nlink, 2);
	assert_int_equal(every.st_mode & 07777, 0440);
	assert_int_equal(files(f, "tmp"), 0);
}

static void
mail_queue_of_a_second_feed_gets_the_same_message(void **state)
{
	struct fixture *f = *state;
	char *first;

	add_mail_queues(f);
	add_feeds(f);
	for (int together = 0; together < 2; together++) {
		begin(f);
		add(f, (struct given){
			       .id = together ? "b-2" : "b-1", .title = together ? "Two" : "One" });
		assert_int_equal(take(f, "b"), 0);
		if (!together) {
			commit(f);
			begin(f);
		}
		add(f, (struct given){
			       .id = together ? "a-2" : "a-1", .title = together ? "Two" : "One" });
		assert_int_equal(take(f, "a"), 0);
		assert_int_equal(f->result.n_linked, 1);
		commit(f);
		assert_int_equal(files(f, "queues/techs/new"), 1);
		first = strdup(record(f, "queues/techs/new"));
		assert_int_equal(unlink(last_file), 0);
		assert_string_equal(first, record(f, "queues/every/new"));
		assert_int_equal(unlink(last_file), 0);
		assert_non_null(strstr(first, "\nKeywords: both, stock\n"));
		free(first);
	}
	assert_int_equal(files(f, "tmp"), 0);
}

static void
message_of_a_revision_answers_the_one_before(void **state)
{
	struct fixture *f = *state;
	char id[200] = "", *at;

	add_mail_queues(f);
	add_feeds(f);
	f->settings.updates = CONFIG_UPDATES_EMIT;
	add(f, (struct given){ .id = "1", .title = "One" });
	document(f, "a");
	at = strstr(record(f, "queues/every/new"), "\nMessage-ID: ");
	assert_non_null(at);
	at += strlen("\nMessage-ID: ");
	snprintf(id, sizeof(id), "\nIn-Reply-To: %.*s\n", (int)strcspn(at, "\n"), at);
	assert_int_equal(unlink(last_file), 0);
	add(f, (struct given){ .id = "1", .title = "One, corrected" });
	document(f, "a");
	assert_non_null(strstr(record(f, "queues/every/new"), id));
}

/* Each row is one document; how many articles does it give, and how many when it comes again? */
static void
identities_fall_back_from_guid_to_link_to_title_to_content(void **state)
{
	static const struct {
		struct given before[2], after[2];
		unsigned int n_new, n_revised, n_known, n_renamed;
	} rows[] = {
		/* unique guids: the link may change */
		{ { { .id = "1", .url = "https://x/1", .title = "A" },
			  { .id = "2", .url = "https://x/2", .title = "B" } },
			{ { .id = "1", .url = "https://x/9", .title = "A+" },
				{ .id = "2", .url = "https://x/8", .title = "B" } },
			0, 2, 0, 0 },
		/* one guid for all: the link decides */
		{ { { .id = "0", .url = "https://x/1", .title = "A" },
			  { .id = "0", .url = "https://x/2", .title = "B" } },
			{ { .id = "0", .url = "https://x/1?utm_source=y", .title = "A+" },
				{ .id = "0", .url = "https://x/3", .title = "C" } },
			1, 1, 0, 0 },
		/* no guid, one link for all: title and date decide */
		{ { { .url = "https://x/", .title = "A", .text = "1", .date = 1000 },
			  { .url = "https://x/", .title = "B", .text = "2", .date = 2000 } },
			{ { .url = "https://x/", .title = "A", .text = "1+", .date = 1000 },
				{ .url = "https://x/", .title = "B", .text = "3", .date = 3000 } },
			1, 1, 0, 0 },
		/* a title that comes again without a date identifies nothing: the content decides */
		{ { { .title = "Quotes", .text = "1" }, { .title = "Quotes", .text = "2" } },
			{ { .title = "Quotes", .text = "3" }, { .title = "Quotes", .text = "2" } },
			1, 0, 1, 0 },
		/* guids that are made anew each time */
		{ { { .id = "s1", .title = "A" }, { .id = "s2", .title = "B" } },
			{ { .id = "s3", .title = "A" }, { .id = "s4", .title = "B" } }, 0, 0, 0,
			2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture *f;
		struct ingest_result result;
		if (i > 0) {
			teardown(state);
			setup(state);
		}
		f = *state;
		add_feeds(f);
		add(f, rows[i].before[0]);
		add(f, rows[i].before[1]);
		assert_int_equal(document(f, "a").n_new, 2);
		add(f, rows[i].before[1]);
		add(f, rows[i].before[0]);
		assert_int_equal(document(f, "a").n_known, 2);
		add(f, rows[i].after[0]);
		add(f, rows[i].after[1]);
		result = document(f, "a");
		assert_int_equal(result.n_new, rows[i].n_new);
		assert_int_equal(result.n_revised, rows[i].n_revised);
		assert_int_equal(result.n_known, rows[i].n_known);
		assert_int_equal(result.n_renamed, rows[i].n_renamed);
	}
}

/*
 * What users of other readers have complained of, each as they told it: the documents of one or two
 * feeds, one after another, and what must come of each.
 */
#define STEPS 5
#define LISTED 4

struct complaint {
	const char *where; /* repository#issue: what happened there */
	enum config_updates updates;
	struct {
		const char *feed; /* NULL: the end */
		struct given items[LISTED];
		unsigned int n_new, n_known, n_renamed, n_linked, n_revised;
	} steps[STEPS];
};

static const struct complaint complaints[] = {
	{ "ForNeVeR/fornever.me#3, NetNewsWire#324, elixir-lang.github.com#1843: the guids went "
	  "from http to https, or became others, and everything was unread again",
		CONFIG_UPDATES_EMIT,
		{ { "a",
			  { { .id = "http://x/1", .title = "One" },
				  { .id = "http://x/2", .title = "Two" } },
			  .n_new = 2 },
			{ "a",
				{ { .id = "https://x/1", .title = "One" },
					{ .id = "https://x/2", .title = "Two" } },
				.n_renamed = 2 },
			{ "a",
				{ { .id = "https://x/1", .title = "One" },
					{ .id = "https://x/2", .title = "Two" } },
				.n_known = 2 } } },
	{ "brief-rss/brief#428: items of one guid were new at each update", CONFIG_UPDATES_EMIT,
		{ { "a",
			  { { .id = "g", .title = "One", .date = 1000 },
				  { .id = "g", .title = "Two", .date = 2000 } },
			  .n_new = 2 },
			{ "a",
				{ { .id = "g", .title = "One", .date = 1000 },
					{ .id = "g", .title = "Two", .date = 2000 } },
				.n_known = 2 } } },
	{ "brief-rss/brief#435, owncloud-archive/news#217: no guids, and several items with one "
	  "link, which replaced one another and were unread each time",
		CONFIG_UPDATES_EMIT,
		{ { "a",
			  { { .url = "http://x/poll", .title = "One", .date = 1000 },
				  { .url = "http://x/poll", .title = "Two", .date = 2000 },
				  { .url = "http://x/poll", .title = "Three", .date = 3000 } },
			  .n_new = 3 },
			{ "a",
				{ { .url = "http://x/poll", .title = "Two", .date = 2000 },
					{ .url = "http://x/poll", .title = "Three", .date = 3000 },
					{ .url = "http://x/poll", .title = "Four", .date = 4000 } },
				.n_new = 1, .n_known = 2 } } },
	{ "Ranchero-Software/NetNewsWire#4540: no guids, one link and one date for all of a day: "
	  "two of six were shown",
		CONFIG_UPDATES_EMIT,
		{ { "a",
			{ { .url = "https://x/", .title = "One", .date = 1000 },
				{ .url = "https://x/", .title = "Two", .date = 1000 },
				{ .url = "https://x/", .title = "Three", .date = 1000 },
				{ .url = "https://x/", .title = "Four", .date = 1000 } },
			.n_new = 4 } } },
	{ "nkanaev/yarr#215: neither guid nor link: one article of many was shown",
		CONFIG_UPDATES_EMIT,
		{ { "a",
			{ { .title = "One", .text = "1" }, { .title = "Two", .text = "2" },
				{ .text = "3" } },
			.n_new = 3 } } },
	{ "FreshRSS/FreshRSS#5329: all items have one link, and guids that differ in the fragment, "
	  "one of which stands twice: the last item alone was saved",
		CONFIG_UPDATES_EMIT,
		{ { "a",
			  { { .id = "http://x/#2d53", .url = "http://x/", .title = "One" },
				  { .id = "http://x/#2d53", .url = "http://x/", .title = "Two" },
				  { .id = "http://x/#77aa",
					  .url = "http://x/",
					  .title = "Three" } },
			  .n_new = 3 },
			{ "a",
				{ { .id = "http://x/#2d53", .url = "http://x/", .title = "One" },
					{ .id = "http://x/#77aa",
						.url = "http://x/",
						.title = "Three" } },
				.n_known = 1, .n_renamed = 1 } } },
	{ "FreshRSS/FreshRSS#6521, NetNewsWire#4808, jocmp/capyreader#865: the guid's fragment "
	  "counts an article's versions, and each came as a new article",
		CONFIG_UPDATES_IGNORE,
		{ { "a", { { .id = "https://x/news/c1#0", .title = "One" } }, .n_new = 1 },
			{ "a", { { .id = "https://x/news/c1#3", .title = "One, again" } },
				.n_revised = 1 } } },
	{ "feedbin/support#416: no guids; the same articles came again with each retrieval",
		CONFIG_UPDATES_EMIT,
		{ { "a", { { .url = "http://x/a?mod=rss&utm_source=1", .title = "One" } },
			  .n_new = 1 },
			{ "a", { { .url = "http://x/a?mod=rss&utm_source=2", .title = "One" } },
				.n_known = 1 } } },
	{ "nextcloud/news#3081, sismics/reader#169, spacecowboy/Feeder#753: a publisher's feeds "
	  "share articles, which came once for each feed",
		CONFIG_UPDATES_EMIT,
		{ { "a", { { .id = "https://x/cy08#0", .title = "One" } }, .n_new = 1 },
			{ "b", { { .id = "https://x/cy08#0", .title = "One" } }, .n_linked = 1 },
			{ "b", { { .id = "https://x/cy08#0", .title = "One" } }, .n_known = 1 } } },
	{ "QuiteRSS/quiterss#207, brief-rss/brief#228: each comment or edit made an article that "
	  "was read new again",
		CONFIG_UPDATES_IGNORE,
		{ { "a", { { .id = "1", .title = "One", .text = "text" } }, .n_new = 1 },
			{ "a", { { .id = "1", .title = "One", .text = "text; 1 comment" } },
				.n_revised = 1 },
			{ "a", { { .id = "1", .title = "One", .text = "text; 2 comments" } },
				.n_revised = 1 } } },
	{ "lwindolf/liferea#1365, owncloud-archive/news#720: an article that its author had "
	  "updated was shown as it was before",
		CONFIG_UPDATES_EMIT,
		{ { "a", { { .id = "1", .title = "One", .text = "text" } }, .n_new = 1 },
			{ "a", { { .id = "1", .title = "One", .text = "text, corrected" } },
				.n_new = 1, .n_revised = 1 } } },
	{ "ncarlier/feedpushr#53: each retrieval gave every entry another date, and all came again",
		CONFIG_UPDATES_EMIT,
		{ { "a", { { .id = "1", .title = "One", .date = 1000 } }, .n_new = 1 },
			{ "a", { { .id = "1", .title = "One", .date = 2000 } }, .n_known = 1 } } },
	{ "fent/node-feedsub#52, BitQuote/AwesomeBot#47: what had left the document for a while, "
	  "down to nothing, came again as new",
		CONFIG_UPDATES_EMIT,
		{ { "a", { { .id = "1", .title = "One" }, { .id = "2", .title = "Two" } },
			  .n_new = 2 },
			{ "a", { { .id = "2", .title = "Two" } }, .n_known = 1 },
			{ "a", { { .id = NULL } }, .n_new = 0 },
			{ "a", { { .id = "1", .title = "One" }, { .id = "2", .title = "Two" } },
				.n_known = 2 } } },
};

static bool
is_given(const struct given *given)
{
	return given->id != NULL || given->url != NULL || given->title != NULL ||
	       given->text != NULL;
}

static void
assert_step(const char *where, size_t step, const char *what, unsigned int is, unsigned int must)
{
	if (is != must)
		fail_msg("%s\n  document %zu: %s is %u, not %u", where, step + 1, what, is, must);
}

static void
what_users_of_other_readers_complained_of_does_not_happen(void **state)
{
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		const struct complaint *complaint = &complaints[i];
		struct fixture *f;
		if (i > 0) {
			teardown(state);
			setup(state);
		}
		f = *state;
		add_feeds(f);
		f->settings.updates = complaint->updates;
		for (size_t s = 0; s < STEPS && complaint->steps[s].feed != NULL; s++) {
			struct ingest_result r;
			for (size_t n = 0; n < LISTED; n++)
				if (is_given(&complaint->steps[s].items[n]))
					add(f, complaint->steps[s].items[n]);
			r = document(f, complaint->steps[s].feed);
			assert_step(complaint->where, s, "new", r.n_new, complaint->steps[s].n_new);
			assert_step(complaint->where, s, "known", r.n_known,
				complaint->steps[s].n_known);
			assert_step(complaint->where, s, "renamed", r.n_renamed,
				complaint->steps[s].n_renamed);
			assert_step(complaint->where, s, "linked", r.n_linked,
				complaint->steps[s].n_linked);
			assert_step(complaint->where, s, "revised", r.n_revised,
				complaint->steps[s].n_revised);
		}
	}
}

static void
item_that_is_twice_in_a_document_is_one_article(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	add(f, (struct given){ .id = "1", .title = "One" });
	add(f, (struct given){ .id = "1", .title = "One" });
	assert_int_equal(document(f, "a").n_new, 1);
	add(f, (struct given){ .id = "1", .title = "One" });
	assert_int_equal(document(f, "a").n_new, 0);
}

static void
articles_are_delivered_oldest_first(void **state)
{
	struct fixture *f = *state;
	struct store_article article;
	struct arena arena = { 0 };
	struct np_article *middle;

	add_feeds(f);
	add(f, (struct given){ .id = "2", .title = "B", .date = 2000 });
	add(f, (struct given){ .id = "3", .title = "C", .date = 3000 });
	add(f, (struct given){ .id = "1", .title = "A", .date = 1000 });
	assert_int_equal(document(f, "a").n_new, 3);
	add(f, (struct given){ .id = "2", .title = "B", .date = 2000 });
	middle = f->articles[0];
	assert_int_equal(store_article_get(f->store, 2, &arena, &article), 1);
	assert_memory_equal(article.hash, np_article_content_hash(middle), SHA256_SIZE);
	drop_articles(f);
	/* One has no date: the document's order, turned round. */
	add(f, (struct given){ .id = "6", .title = "F" });
	add(f, (struct given){ .id = "5", .title = "E", .date = 9000 });
	add(f, (struct given){ .id = "4", .title = "D", .date = 10000 });
	document(f, "a");
	add(f, (struct given){ .id = "4", .title = "D", .date = 10000 });
	assert_int_equal(store_article_get(f->store, 4, &arena, &article), 1);
	assert_memory_equal(article.hash, np_article_content_hash(f->articles[0]), SHA256_SIZE);
	arena_done(&arena);
}

static void
add_numbered(struct fixture *f, int first, int n)
{
	for (int i = first; i < first + n; i++) {
		char id[16], title[32];
		snprintf(id, sizeof(id), "%d", i);
		snprintf(title, sizeof(title), "Article %d", i);
		add(f, (struct given){ .id = id, .title = title, .date = 1000 + i });
	}
}

/*
 * impredicative/irc-rss-feed-bot#31, progval/Limnoria#502: a feed that was added announced all that
 * it listed, months old.
 */
static void
first_sync_leaves_out_the_older_ones_for_ever(void **state)
{
	static const struct {
		int64_t first_sync;
		unsigned int n_new;
	} rows[] = { { CONFIG_FIRST_SYNC_ALL, 5 }, { 0, 0 }, { 2, 2 }, { 5, 5 }, { 9, 5 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture *f;
		if (i > 0) {
			teardown(state);
			setup(state);
		}
		f = *state;
		add_feeds(f);
		f->settings.first_sync = rows[i].first_sync;
		add_numbered(f, 1, 5);
		assert_int_equal(document(f, "a").n_new, rows[i].n_new);
		assert_int_equal(f->result.n_left_out, 5 - rows[i].n_new);
		if (rows[i].n_new == 2)
			assert_non_null(strstr(record(f, "articles"), "Article "));
		add_numbered(f, 1, 6);
		assert_int_equal(document(f, "a").n_new, 1);
		assert_int_equal(files(f, "articles"), rows[i].n_new + 1);
		/* What one feed left out is news in another. */
		f->settings.first_sync = CONFIG_FIRST_SYNC_ALL;
		add_numbered(f, 1, 5);
		assert_int_equal(document(f, "b").n_new, 5 - rows[i].n_new);
	}
}

static void
first_sync_keeps_the_newest(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	f->settings.first_sync = 1;
	add_numbered(f, 1, 5);
	document(f, "a");
	assert_non_null(strstr(record(f, "articles"), "Article 5"));
}

/* feedbin/support#534: from one day on a feed showed thousands of new items. */
static void
flood_is_held_and_then_known(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	f->settings.flood_limit = 3;
	add_numbered(f, 1, 10);
	assert_int_equal(document(f, "a").n_new, 10); /* the first document is no flood */
	add_numbered(f, 8, 6);                        /* 11, 12, 13 are new */
	assert_int_equal(document(f, "a").n_new, 3);
	add_numbered(f, 10, 9); /* 14 to 18 */
	assert_int_equal(document(f, "a").n_held, 5);
	assert_int_equal(f->result.n_new, 0);
	assert_int_equal(files(f, "articles"), 13);
	add_numbered(f, 10, 9);
	assert_int_equal(document(f, "a").n_known, 9);
	add_numbered(f, 11, 9); /* 19 */
	assert_int_equal(document(f, "a").n_new, 1);
	assert_int_equal(files(f, "articles"), 14);
}

/*
 * MozillaFoundation/foundation.mozilla.org#8067: what was listed was sent again as new with each
 * article. A publisher that changes its template does so once.
 */
static void
flood_of_revisions_is_held_too(void **state)
{
	struct fixture *f = *state;
	int64_t n, bytes;

	add_feeds(f);
	f->settings.updates = CONFIG_UPDATES_EMIT;
	f->settings.flood_limit = 3;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 4; i++) {
			char id[2] = { (char)('a' + i), '\0' }, title[2] = { id[0], '\0' };
			add(f, (struct given){ .id = id,
				       .title = title,
				       .text = round == 0 ? "text" : "text. Share this!" });
		}
		document(f, "a");
	}
	assert_int_equal(f->result.n_held, 4);
	assert_int_equal(f->result.n_new, 0);
	assert_int_equal(files(f, "articles"), 4);
	assert_int_equal(store_held_size(f->store, &n, &bytes), 0);
	assert_int_equal(n, 4);
}

/* What an item was decided to be, and on what evidence. */
static void
last_decision_about_an_item_is_kept(void **state)
{
	static const struct {
		struct given item;
		const char *feed;
		enum config_updates updates;
		enum store_decision decision;
		int64_t evidence, revisions;
	} rows[] = {
		{ { .id = "1", .title = "One" }, "a", CONFIG_UPDATES_IGNORE, STORE_DECISION_NEW, 0,
			0 },
		{ { .id = "1", .title = "One" }, "a", CONFIG_UPDATES_IGNORE, STORE_DECISION_NEW, 0,
			0 },
		{ { .id = "1", .title = "One." }, "a", CONFIG_UPDATES_IGNORE,
			STORE_DECISION_REVISION_IGNORED, 1, 1 },
		{ { .id = "1", .title = "One!" }, "a", CONFIG_UPDATES_EMIT,
			STORE_DECISION_REVISION_EMITTED, 1, 2 },
		{ { .id = "1", .title = "One" }, "a", CONFIG_UPDATES_EMIT, STORE_DECISION_RETURNED,
			1, 3 },
		{ { .id = "2", .title = "One!" }, "a", CONFIG_UPDATES_EMIT, STORE_DECISION_RENAMED,
			2, 0 },
		{ { .id = "x", .title = "One" }, "b", CONFIG_UPDATES_EMIT, STORE_DECISION_LINKED, 1,
			0 },
		{ { .id = "x", .title = "One!" }, "b", CONFIG_UPDATES_EMIT,
			STORE_DECISION_REVISION_LINKED, 1, 1 },
	};
	struct fixture *f = *state;

	add_feeds(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_identity row;
		struct item item;
		struct sha256 *hash;
		f->settings.updates = rows[i].updates;
		add(f, rows[i].item);
		assert_int_equal(sha256_new(&hash), 0);
		assert_int_equal(identity_items(hash, f->articles, 1, &item), 0);
		sha256_free(hash);
		document(f, rows[i].feed);
		assert_int_equal(store_identity_find(
					 f->store, feed_id(f, rows[i].feed), item.identity, &row),
			1);
		assert_int_equal(row.decision, rows[i].decision);
		assert_int_equal(row.evidence, rows[i].evidence);
		assert_int_equal(row.revisions, rows[i].revisions);
		assert_int_equal(row.decided, i == 1 ? NOW : f->now);
		f->now += DAY;
	}
}

/* calvinli/pacerrssscraper#2: of 150 new entries a list of 100 shows the last; the others are lost. */
static void
document_that_shares_nothing_with_the_last_is_a_gap(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	add_numbered(f, 1, 3);
	assert_false(document(f, "a").gap);
	add_numbered(f, 3, 3);
	assert_false(document(f, "a").gap);
	assert_false(document(f, "a").gap); /* an empty one says nothing */
	add_numbered(f, 10, 3);
	assert_true(document(f, "a").gap);
}

/*
 * nextcloud/news#1908, miniflux/v2#1510, nkanaev/yarr#282: what was purged from the database, and
 * was still listed, came again.
 */
static void
what_is_listed_is_refreshed_rarely_and_never_forgotten(void **state)
{
	struct fixture *f = *state;
	size_t dropped;

	add_feeds(f);
	for (int round = 0; round < 30; round++) {
		add(f, (struct given){ .id = "always", .title = "There" });
		if (round == 0)
			add(f, (struct given){ .id = "once", .title = "Gone" });
		document(f, "a");
		f->now += 30 * DAY;
	}
	begin(f);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			store_forget(f->store, f->now, f->config.remember, 100, &dropped), 0);
	commit(f);
	add(f, (struct given){ .id = "always", .title = "There" });
	add(f, (struct given){ .id = "once", .title = "Gone" });
	document(f, "a");
	assert_int_equal(f->result.n_known, 1);
	assert_int_equal(f->result.n_new, 1);
}

static void
days_of_articles_never_go_back(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	add_numbered(f, 1, 1);
	document(f, "a");
	f->now -= 3 * DAY;
	add_numbered(f, 2, 1);
	document(f, "a");
	assert_int_equal(files(f, "articles/2026-11-18"), 2);
	f->now += 4 * DAY;
	add_numbered(f, 3, 1);
	document(f, "a");
	assert_int_equal(files(f, "articles/2026-11-19"), 1);
}

/* Else years would come into the folder of the day that a clock was wrong about. */
static void
days_go_on_by_one_after_a_clock_that_was_years_ahead(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	f->now += 36500 * DAY;
	add_numbered(f, 1, 1);
	document(f, "a");
	assert_int_equal(files(f, "articles/2126-10-25"), 1);
	f->now -= 36500 * DAY;
	add_numbered(f, 2, 1);
	document(f, "a");
	add_numbered(f, 3, 1);
	document(f, "a");
	assert_int_equal(files(f, "articles/2126-10-25"), 3);
	for (int i = 0; i < 2; i++) {
		f->now += DAY;
		add_numbered(f, 4 + 2 * i, 1);
		document(f, "a");
		add_numbered(f, 5 + 2 * i, 1);
		document(f, "a");
	}
	assert_int_equal(files(f, "articles/2126-10-26"), 2);
	assert_int_equal(files(f, "articles/2126-10-27"), 2);
}

static void
transaction_that_fails_leaves_nothing_and_brings_it_again(void **state)
{
	struct fixture *f = *state;

	add_feeds(f);
	begin(f);
	add_numbered(f, 1, 4);
	assert_int_equal(take(f, "a"), 0);
	store_rollback(f->store);
	delivery_abort(f->delivery);
	assert_int_equal(files(f, "tmp"), 0);
	assert_int_equal(files(f, "articles"), 0);
	add_numbered(f, 1, 4);
	assert_int_equal(document(f, "a").n_new, 4);
	assert_int_equal(files(f, "articles"), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_article_goes_everywhere_once),
		TEST(dropped_article_is_known_and_never_comes),
		TEST(what_one_feed_drops_may_be_news_in_another),
		TEST(rules_tags_are_in_the_record_and_on_the_disk),
		TEST(known_article_is_known),
		TEST(changed_guid_is_remembered_and_spools_nothing),
		TEST(same_article_in_a_second_feed_is_linked_where_it_adds_tags),
		TEST(two_feeds_of_one_transaction_share_an_article),
		TEST(second_feed_of_an_article_whose_file_has_gone_spools_nothing),
		TEST(links_that_cannot_be_staged_fail_the_transaction),
		TEST(revision_is_emitted_where_another_feed_has_ignored_it),
		TEST(revision_of_two_feeds_is_one_article_where_each_wants_it),
		TEST(revision_is_ignored_or_emitted_as_the_feed_says),
		TEST(revises_names_the_article_before),
		TEST(mail_queues_get_one_message_and_no_record),
		TEST(mail_queue_of_a_second_feed_gets_the_same_message),
		TEST(message_of_a_revision_answers_the_one_before),
		TEST(identities_fall_back_from_guid_to_link_to_title_to_content),
		TEST(what_users_of_other_readers_complained_of_does_not_happen),
		TEST(item_that_is_twice_in_a_document_is_one_article),
		TEST(articles_are_delivered_oldest_first),
		TEST(first_sync_leaves_out_the_older_ones_for_ever),
		TEST(first_sync_keeps_the_newest),
		TEST(flood_is_held_and_then_known),
		TEST(flood_of_revisions_is_held_too),
		TEST(last_decision_about_an_item_is_kept),
		TEST(document_that_shares_nothing_with_the_last_is_a_gap),
		TEST(what_is_listed_is_refreshed_rarely_and_never_forgotten),
		TEST(days_of_articles_never_go_back),
		TEST(days_go_on_by_one_after_a_clock_that_was_years_ahead),
		TEST(transaction_that_fails_leaves_nothing_and_brings_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
