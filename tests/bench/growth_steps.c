/*
 * One step of newspool's work beside so many things that it knows, for tests/bench/growth, which
 * counts the instructions of measured() and of what that calls.
 *
 * Usage: growth --list           the steps: name, small size, large size
 *        growth fill STEP SIZE   makes what the step wants to find, in the working folder
 *        growth run STEP SIZE    does it, and prints how many times it was done
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/keep/ingest.h"
#include "lib/feed/article.h"
#include "tests/bench/filling.h"

#include <newspool/feed.h>

#define STATE "state.db"
#define NOW INT64_C(1795000000000)
#define LOOKS 500u
#define DUE 100u
#define LISTED 30u

struct growth {
	uint64_t size;
	struct store *store;
	struct ingest ingest;
	struct config config;
	struct np_article *articles[LISTED];
	struct buf document;
	unsigned long done;
};

struct step {
	const char *name;
	uint64_t small, large;
	void (*fill)(struct growth *growth);    /* in a run before; NULL: nothing */
	void (*prepare)(struct growth *growth); /* not counted; NULL: nothing */
	void (*run)(struct growth *growth);
};

/* By this name the script tells callgrind what to count. */
__attribute__((noinline)) void measured(void (*run)(struct growth *), struct growth *growth);

void
measured(void (*run)(struct growth *), struct growth *growth)
{
	run(growth);
	__asm__ volatile(
		"" ::
			: "memory"); /* no tail call: the end of this function ends the counting */
}

static void
fill_hashes(struct growth *growth)
{
	filling_hashes(STATE, growth->size, 1000, false);
}

static void
open_store(struct growth *growth)
{
	growth->store = filling_open(STATE);
	filling_must(store_begin(growth->store) == 0, "begin");
}

/* A content that was had, and one that was not. */
static void
look_up(struct growth *growth)
{
	unsigned char hash[SHA256_SIZE];
	struct store_hash found;

	for (uint64_t i = 0; i < LOOKS; i++) {
		filling_hash(hash, i * 7919 % growth->size, growth->size);
		hash[SHA256_SIZE - 1] ^= i % 2 == 0 ? 0 : 0xff;
		filling_must(store_hash_find(growth->store, hash, &found) == (i % 2 == 0), "find");
	}
	growth->done = LOOKS;
}

static void
fill_feeds(struct growth *growth)
{
	growth->store = filling_open(STATE);
	filling_feeds(growth->store, growth->size);
	store_close(growth->store);
}

/* What is due is found, read, and put off after a poll that found nothing. */
static void
poll_due(struct growth *growth)
{
	int64_t ids[DUE], next;
	size_t n = 0;

	filling_must(
		store_due(growth->store, INT64_MIN, NOW, DUE, ids, &n) == 0 && n == DUE, "due");
	for (size_t i = 0; i < n; i++) {
		struct store_poll poll = { .id = ids[i],
			.when = NOW,
			.next_poll = NOW + 3600000,
			.why_next = "interval 1h",
			.result = RESULT_NOT_MODIFIED,
			.keep_validators = true,
			.status = 304,
			.history = 20 };
		struct arena arena = { 0 };
		struct store_feed feed;

		filling_must(store_feed_get(growth->store, ids[i], &arena, &feed) == 1, "feed");
		filling_must(store_feed_polled(growth->store, &feed, &poll) == 0, "polled");
		filling_must(store_next_due(growth->store, NOW, &next) == 0, "next");
		arena_done(&arena);
	}
	growth->done = n;
}

/* New feeds of a configuration, as a load stores them. */
static void
load_feeds(struct growth *growth)
{
	filling_feeds(growth->store, growth->size);
	growth->done = growth->size;
}

static void
open_empty(struct growth *growth)
{
	growth->store = filling_open(STATE);
}

static void
fill_items(struct growth *growth)
{
	growth->store = filling_open(STATE);
	filling_feeds(growth->store, 1);
	store_close(growth->store);
	filling_hashes(STATE, growth->size, 1, true);
}

static void
make_article(struct growth *growth, size_t i)
{
	char text[64];

	filling_must(article_new(&growth->articles[i]) == 0, "article");
	snprintf(text, sizeof(text), "https://publisher.example/%zu", i);
	growth->articles[i]->id = growth->articles[i]->url = arena_strdup(
		&growth->articles[i]->arena, text);
	growth->articles[i]->title = growth->articles[i]->content_text = growth->articles[i]->url;
	filling_must(article_hash(growth->articles[i]) == 0, "hash");
}

static void
open_ingest(struct growth *growth)
{
	struct config_error err = { "" };

	open_store(growth);
	mkdir("spool", 0755);
	filling_must(
		delivery_open("spool", CONFIG_SYNC_NONE, NULL, &growth->ingest.delivery, &err) == 0,
		err.text);
	filling_must(delivery_recover_end(growth->ingest.delivery) == 0, "recover");
	growth->config = (struct config){ .remember = INT64_C(400) * 86400000 };
	growth->ingest.config = &growth->config;
	growth->ingest.store = growth->store;
	for (size_t i = 0; i < LISTED; i++)
		make_article(growth, i);
}

/* A document of new articles beside all that its feed has had; then the same once more. */
static void
take_in(struct growth *growth)
{
	const struct config_settings settings = { .first_sync = CONFIG_FIRST_SYNC_ALL };
	struct arena arena = { 0 };
	struct ingest_result result;
	struct store_feed feed;
	const struct ingest_document document = { .feed = &feed,
		.settings = &settings,
		.articles = growth->articles,
		.n_articles = LISTED,
		.now = NOW };

	filling_must(store_feed_get(growth->store, 1, &arena, &feed) == 1, "feed");
	ingest_begin(&growth->ingest);
	for (int round = 0; round < 2; round++)
		filling_must(ingest_document(&growth->ingest, &document, &result) == 0, "ingest");
	filling_must(result.n_known == LISTED, "known");
	arena_done(&arena);
	growth->done = 2 * (unsigned long)LISTED;
}

static void
write_document(struct growth *growth)
{
	buf_puts(&growth->document, "<rss version='2.0'><channel><title>t</title>");
	for (uint64_t i = 0; i < growth->size; i++)
		buf_printf(&growth->document,
			"<item><guid>%" PRIu64 "</guid><title>T %" PRIu64 "</title><category>c"
			"</category><description>&lt;p&gt;A &lt;b&gt;body.&lt;/p&gt;</description>"
			"<pubDate>Sun, 29 Nov 2026 10:00:00 GMT</pubDate></item>",
			i, i);
	buf_puts(&growth->document, "</channel></rss>");
}

static void
parse(struct growth *growth)
{
	struct np_feed_parser *parser;
	struct np_article *article;

	filling_must(np_feed_parser_new(NULL, &parser) == 0, "parser");
	filling_must(np_feed_parser_push(parser, growth->document.data, growth->document.len) == 0,
		"push");
	np_feed_parser_finish(parser);
	for (; np_feed_parser_take(parser, &article) == 1; growth->done++)
		np_article_free(article);
	np_feed_parser_free(parser);
}

/* What no step may look like, so that the test is seen to notice. */
static void
be_quadratic(struct growth *growth)
{
	volatile unsigned long sum = 0;

	for (uint64_t i = 0; i < growth->size; i++)
		for (uint64_t j = 0; j < growth->size; j++)
			sum = sum + 1;
	growth->done = growth->size;
}

static const struct step steps[] = {
	{ "look-up", 10000, 300000, fill_hashes, open_store, look_up },
	{ "poll-due", 1000, 30000, fill_feeds, open_store, poll_due },
	{ "load-feeds", 300, 6000, NULL, open_empty, load_feeds },
	{ "take-in", 1000, 100000, fill_items, open_ingest, take_in },
	{ "parse", 1000, 10000, NULL, write_document, parse },
	{ "control", 100, 2000, NULL, NULL, be_quadratic },
};

#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

static const struct step *
find(const char *name)
{
	for (size_t i = 0; i < N_STEPS; i++)
		if (strcmp(steps[i].name, name) == 0)
			return &steps[i];
	filling_must(false, "no such step");
	return NULL;
}

int
main(int argc, char **argv)
{
	struct growth growth = { .size = 0 };
	const struct step *step;

	for (size_t i = 0; argc == 2 && i < N_STEPS; i++)
		printf("%s %" PRIu64 " %" PRIu64 "\n", steps[i].name, steps[i].small,
			steps[i].large);
	if (argc != 4)
		return argc == 2 ? 0 : 2;
	step = find(argv[2]);
	growth.size = strtoull(argv[3], NULL, 10);
	if (strcmp(argv[1], "fill") == 0) {
		if (step->fill != NULL)
			step->fill(&growth);
		return 0;
	}
	if (step->prepare != NULL)
		step->prepare(&growth);
	measured(step->run, &growth);
	printf("%lu\n", growth.done);
	return 0;
}
