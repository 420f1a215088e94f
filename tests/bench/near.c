/*
 * What near duplicates cost: a million articles are remembered, and more of an ordinary length are
 * taken in, with their files, rows and flushes. Prints the time of an article as a whole, of which
 * the processor's, and what goes into its similarity hash and into finding its cluster:
 * name, value, unit, share, of what.
 *
 * Usage: near [ARTICLES [WORDS]]; in $TMPDIR, which should be on a real disk.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/keep/ingest.h"
#include "lib/feed/article.h"
#include "lib/spool/simhash.h"

#define NOW INT64_C(1795000000000)
#define REMEMBERED 1000000u
#define BATCH 200u /* articles of one transaction */
#define HASHES 10u /* of one article, for a clock's tick to be small beside them */

struct bench {
	struct config config;
	struct config_settings settings;
	struct ingest ingest;
	struct np_article **articles;
	size_t n;
	uint64_t random;
};

static void
must(int error, const char *what)
{
	if (error == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-error));
	exit(1);
}

static uint64_t
draw(struct bench *bench)
{
	bench->random ^= bench->random << 13;
	bench->random ^= bench->random >> 7;
	bench->random ^= bench->random << 17;
	return bench->random;
}

static double
now_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Words of about English length, of which a few are much more frequent than the rest. */
static struct np_article *
make_article(struct bench *bench, size_t number, size_t words)
{
	struct np_article *article;
	struct buf text = { 0 };

	must(article_new(&article), "an article");
	for (size_t i = 0; i < words; i++) {
		uint64_t word = draw(bench) % (draw(bench) % 2 != 0 ? 60 : 20000);

		for (word = word * word + 7; word > 0; word /= 23)
			buf_putc(&text, (char)('a' + word % 23));
		buf_puts(&text, i % 12 == 11 ? ". " : " ");
	}
	article->content_text = arena_strdup(&article->arena, buf_str(&text));
	article->content_html = article->content_text;
	buf_reset(&text);
	buf_printf(&text, "https://publisher.example/%zu", number);
	article->id = article->url = arena_strdup(&article->arena, buf_str(&text));
	article->title = article->url;
	buf_done(&text);
	must(article_hash(article), "a hash");
	return article;
}

static void
remember(struct bench *bench)
{
	uint64_t cluster;

	must(near_find(bench->ingest.near, bench->ingest.store, 0, 3, NOW, &cluster), "near");
	for (uint64_t i = 0; i < REMEMBERED; i++) {
		const struct near_article article = {
			.seq = i + 1, .simhash = draw(bench), .when = NOW
		};

		must(near_add(bench->ingest.near, &article), "near");
	}
	near_commit(bench->ingest.near);
}

static void
take(struct bench *bench, size_t first, size_t n)
{
	struct store *store = bench->ingest.store;
	struct ingest_result result;
	struct store_feed feed;
	struct arena arena = { 0 };
	struct ingest_document document = { .feed = &feed,
		.settings = &bench->settings,
		.articles = bench->articles + first,
		.n_articles = n,
		.now = NOW };
	int64_t id;

	must(store_begin(store), "begin");
	must(store_pending_clear(store), "pending");
	ingest_begin(&bench->ingest);
	must(store_feed_find(store, "a", &id) - 1, "the feed");
	must(store_feed_get(store, id, &arena, &feed) - 1, "the feed");
	must(ingest_document(&bench->ingest, &document, &result), "ingest");
	must(delivery_flush(bench->ingest.delivery), "flush");
	must(store_commit(store), "commit");
	ingest_committed(&bench->ingest);
	must(delivery_publish(bench->ingest.delivery), "publish");
	arena_done(&arena);
}

/* Microseconds of all articles: elapsed, and of the processor. */
static void
take_all(struct bench *bench, double *ret_elapsed, double *ret_processor)
{
	double elapsed = now_us(CLOCK_MONOTONIC), processor = now_us(CLOCK_THREAD_CPUTIME_ID);

	for (size_t i = 0; i < bench->n; i += BATCH)
		take(bench, i, bench->n - i < BATCH ? bench->n - i : BATCH);
	*ret_elapsed = now_us(CLOCK_MONOTONIC) - elapsed;
	*ret_processor = now_us(CLOCK_THREAD_CPUTIME_ID) - processor;
}

/*
 * The same articles' hashes and searches alone. A text is in the processor's cache, as it is when the
 * keeper has just received it.
 */
static void
measure_parts(struct bench *bench, double *ret_hashing, double *ret_finding)
{
	uint64_t hash, cluster;
	double begin;

	*ret_hashing = 0;
	for (size_t i = 0; i < bench->n; i++) {
		(void)simhash_article(bench->articles[i], &hash);
		begin = now_us(CLOCK_THREAD_CPUTIME_ID);
		for (unsigned int k = 0; k < HASHES; k++)
			(void)simhash_article(bench->articles[i], &hash);
		*ret_hashing += (now_us(CLOCK_THREAD_CPUTIME_ID) - begin) / HASHES;
	}
	begin = now_us(CLOCK_THREAD_CPUTIME_ID);
	for (size_t i = 0; i < bench->n; i++) {
		const struct near_article article = {
			.seq = 2 * REMEMBERED + i, .simhash = draw(bench), .when = NOW
		};

		must(near_find(bench->ingest.near, bench->ingest.store, article.simhash, 3, NOW,
			     &cluster),
			"near");
		must(near_add(bench->ingest.near, &article), "near");
	}
	*ret_finding = now_us(CLOCK_THREAD_CPUTIME_ID) - begin;
}

static void
open_all(struct bench *bench, const char *folder)
{
	struct config_feed feed = {
		.name = "a", .url = "https://a.example/", .tags = "news ", .settings = ""
	};
	struct config_error err = { "" };
	char path[512];
	bool is_new;

	snprintf(path, sizeof(path), "%s/spool", folder);
	must(mkdir(path, 0755), path);
	must(delivery_open(path, CONFIG_SYNC_BATCH, NULL, &bench->ingest.delivery, &err), err.text);
	must(delivery_recover_end(bench->ingest.delivery), path);
	snprintf(path, sizeof(path), "%s/state.db", folder);
	must(store_open(path, NOW, &bench->ingest.store, &err), err.text);
	must(store_begin(bench->ingest.store), path);
	must(store_feeds_begin(bench->ingest.store, NOW), path);
	must(store_feeds_put(bench->ingest.store, &feed, NULL, NOW, &is_new), path);
	must(store_feeds_end(bench->ingest.store), path);
	must(store_seq_raise(bench->ingest.store, REMEMBERED, &is_new), path);
	must(store_commit(bench->ingest.store), path);
	must(near_new(&bench->ingest.near), "near");
	bench->config = (struct config){ .remember = INT64_C(400) * 86400000,
		.cluster_distance = 3 };
	bench->settings = (struct config_settings){ .first_sync = CONFIG_FIRST_SYNC_ALL };
	bench->ingest.config = &bench->config;
}

static void
print_line(const char *name, double us, double ratio, const char *yardstick)
{
	printf("%-34s %10.2f %-12s %8.4f %s\n", name, us, "us", ratio, yardstick);
}

int
main(int argc, char **argv)
{
	struct bench bench = { .random = 88172645463325252,
		.n = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000 };
	size_t words = argc > 2 ? strtoul(argv[2], NULL, 10) : 450;
	const char *base = getenv("TMPDIR");
	double elapsed, processor, hashing, finding, n = (double)bench.n;
	char folder[256];

	snprintf(folder, sizeof(folder), "%s/np-bench-XXXXXX", base != NULL ? base : "/var/tmp");
	if (bench.n == 0 || mkdtemp(folder) == NULL)
		return 1;
	open_all(&bench, folder);
	bench.articles = calloc(bench.n, sizeof(struct np_article *));
	for (size_t i = 0; i < bench.n; i++)
		bench.articles[i] = make_article(&bench, i, words);
	remember(&bench);
	take_all(&bench, &elapsed, &processor);
	measure_parts(&bench, &hashing, &finding);
	printf("# %zu articles of %zu words, %u remembered, in %s\n", bench.n, words, REMEMBERED,
		folder);
	print_line("near-article", elapsed / n, elapsed / elapsed, "near-article");
	print_line("near-keeper", processor / n, processor / elapsed, "near-article");
	print_line("near-simhash", hashing / n, hashing / elapsed, "near-article");
	print_line("near-cluster", finding / n, finding / elapsed, "near-article");
	print_line("near", (hashing + finding) / n, (hashing + finding) / elapsed, "near-article");
	near_free(bench.ingest.near);
	store_close(bench.ingest.store);
	delivery_close(bench.ingest.delivery);
	for (size_t i = 0; i < bench.n; i++)
		np_article_free(bench.articles[i]);
	free(bench.articles);
	return 0;
}
