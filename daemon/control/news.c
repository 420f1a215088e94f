/*
 * The news. A scan of the store's rows first, some hundreds a turn, then the records, some a turn,
 * so that no turn takes longer than some milliseconds. Everything lives in the call's arena, so an
 * answer that is given up leaves nothing behind.
 *
 * Errors: -errno of the store. An article that is not in the spool any more is passed over.
 */
#include "config.h"

#include "daemon/control/news.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <newspool/spool.h>

#include "daemon/control/search.h"
#include "daemon/keep/store_view.h"
#include "daemon/keep/tags.h"
#include "lib/base/utf8.h"
#include "lib/spool/layout.h"

#define ROWS_A_TURN 500u
#define RECORDS_A_TURN 8u
#define ROWS_AT_LEAST 1000u /* of a mixed page, however old they are */
#define HOUR INT64_C(3600000)
#define TITLE_MAX 300u /* bytes */
#define EXCERPT_MAX 260u

int
news_new(struct call *call, const struct news_query *query, int64_t now, struct news **ret_news)
{
	struct news *news = arena_alloc(&call->arena, sizeof(*news));

	if (news == NULL)
		return -ENOMEM;
	news->query = *query;
	news->call = call;
	news->now = now;
	news->cursor = query->before > 0 ? query->before : UINT64_MAX;
	*ret_news = news;
	return 0;
}

/* The row of figures for a tag; NULL where there is no more room. */
static struct news_tag *
tag_of(struct news *news, const char *tag, size_t size)
{
	for (size_t i = 0; i < news->n_tags; i++)
		if (strncmp(news->tags[i].name, tag, size) == 0 && news->tags[i].name[size] == '\0')
			return &news->tags[i];
	if (news->n_tags == NEWS_TAGS_MAX)
		return NULL;
	news->tags[news->n_tags].n = 0;
	news->tags[news->n_tags].name = arena_strndup(&news->call->arena, tag, size);
	return news->tags[news->n_tags].name != NULL ? &news->tags[news->n_tags++] : NULL;
}

static void
count(struct news *news, const struct store_article *row, const char *first, size_t size)
{
	int64_t age = (news->now - row->when) / HOUR;
	struct news_tag *tag;

	if (!news->query.figures || age < 0 || age >= NEWS_HOURS)
		return;
	news->hours[NEWS_HOURS - 1 - (size_t)age]++;
	news->today++;
	tag = tag_of(news, first, size);
	if (tag != NULL)
		tag->n++;
}

static bool
is_wanted(const struct news *news, const struct store_article *row, const char *first, size_t size)
{
	const struct news_query *query = &news->query;
	size_t same = 0;

	if ((query->tag != NULL && !tags_list_has(row->tags, query->tag)) ||
		(query->feed != 0 && query->feed != row->feed) || query->without == row->seq)
		return false;
	for (size_t i = 0; query->per_tag > 0 && i < news->n; i++) {
		const char *tag = news->items[i].tag;

		same += tag == NULL ? size == 0
				    : strlen(tag) == size && memcmp(tag, first, size) == 0;
	}
	return query->per_tag == 0 || same < query->per_tag;
}

static int
add(struct news *news, const struct store_article *row, const char *first, size_t size)
{
	struct arena *arena = &news->call->arena;
	struct news_item *item = &news->items[news->n];

	*item = (struct news_item){ .seq = row->seq, .when = row->when / 1000 };
	for (unsigned int i = 0; i < 8; i++)
		item->hash = item->hash << 8 | row->hash[i];
	item->day = arena_strdup(arena, row->day);
	if (size > 0)
		item->tag = arena_strndup(arena, first, size);
	if (item->day == NULL || (size > 0 && item->tag == NULL))
		return -ENOMEM;
	news->n++;
	return 0;
}

/* Articles are looked for until so many are found; of what is found, no more than max is kept. */
static size_t
capacity(const struct news *news)
{
	return news->query.text != NULL ? NEWS_ITEMS_MAX : news->query.max;
}

static size_t
rows_max(const struct news *news)
{
	if (news->query.text != NULL)
		return NEWS_SEARCH_ROWS;
	return news->query.tag == NULL && news->query.feed == 0 ? NEWS_ROWS_MIXED : NEWS_ROWS_ONE;
}

/* Returns 1 where nothing behind this row is needed. */
static int
take_row(void *arg, const struct store_article *row, const char *feed_tags)
{
	struct news *news = arg;
	const char *first;
	size_t size = tags_list_first(row->tags, feed_tags, &first);
	bool wanted = is_wanted(news, row, first, size);

	if (news->rows == rows_max(news)) {
		news->more = true;
		news->capped = news->now - row->when < (int64_t)NEWS_HOURS * HOUR;
		return 1;
	}
	if (wanted && news->n == capacity(news)) {
		news->more = true;
		if (!news->query.figures)
			return 1;
		wanted = false;
	}
	news->cursor = row->seq;
	news->rows++;
	count(news, row, first, size);
	if (wanted)
		return add(news, row, first, size);
	return news->query.figures && news->rows >= ROWS_AT_LEAST &&
	       news->now - row->when >= (int64_t)NEWS_HOURS * HOUR;
}

static int
compare_tags(const void *left, const void *right)
{
	const struct news_tag *a = left, *b = right;

	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return strcmp(a->name, b->name);
}

static int
scan(const struct control_parts *parts, struct news *news)
{
	size_t before = news->rows;
	int got = store_view_articles(parts->store, news->cursor, ROWS_A_TURN, take_row, news);

	if (got < 0)
		return got;
	news->scanned = got == 1 || news->rows - before < ROWS_A_TURN;
	if (news->scanned)
		qsort(news->tags, news->n_tags, sizeof(news->tags[0]), compare_tags);
	return CALL_MORE;
}

void
news_path(const char *day, uint64_t seq, uint64_t hash, struct buf *out)
{
	char name[SPOOL_NAME_SIZE];

	spool_name_join(seq, hash, name);
	spool_path_article(out, day, name);
}

bool
news_same_tag(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/*
 * Where a text is cut: behind a word, or, where words are long or not parted by blanks (Chinese),
 * between two characters.
 */
static size_t
cut_at_word(const char *text, size_t size, size_t max)
{
	size_t whole = utf8_cut(text, size, max), cut = whole;

	while (cut > whole / 2 && text[cut - 1] != ' ')
		cut--;
	if (cut == 0 || text[cut - 1] != ' ')
		return whole;
	while (cut > 0 && text[cut - 1] == ' ')
		cut--;
	return cut > 0 ? cut : whole;
}

/* The text's beginning on one line, cut where it is too long. */
static const char *
excerpt(struct call *call, const char *text, size_t max)
{
	struct buf folded = { 0 };
	const char *copy;

	if (text == NULL)
		return NULL;
	utf8_fold_space(&folded, text, utf8_cut(text, strlen(text), 8 * max));
	if (folded.len > max) {
		buf_truncate(&folded, cut_at_word(buf_str(&folded), folded.len, max));
		buf_puts(&folded, "…");
	}
	copy = folded.len > 0 ? arena_strdup(&call->arena, buf_str(&folded)) : NULL;
	buf_done(&folded);
	return copy;
}

static void
read_record(struct news *news, struct news_item *item, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	const char *text = np_article_summary(article);
	struct arena *arena = &news->call->arena;
	int64_t published = np_article_published(article);

	if (text == NULL)
		text = np_article_content_text(article);
	item->title = excerpt(news->call, np_article_title(article), TITLE_MAX);
	item->excerpt = excerpt(news->call, text, EXCERPT_MAX);
	item->cluster = np_record_cluster(record);
	if (item->cluster == 0)
		item->cluster = item->seq;
	item->url = arena_strdup(arena, np_article_url(article));
	item->feed_name = arena_strdup(arena, np_record_feed_name(record));
	item->language = arena_strdup(arena, np_article_language(article));
	item->feed_title = excerpt(news->call, np_record_feed_title(record), 120);
	if (published != NP_TIME_NONE && published <= news->now / 1000)
		item->when = published;
}

static void
load(struct news *news, struct np_spool *spool, const char *directory, struct search *search,
	struct news_item *item)
{
	struct buf path = { 0 }, whole = { 0 };
	struct np_record *record;
	struct stat status;
	off_t size = -1;

	news_path(item->day, item->seq, item->hash, &path);
	buf_printf(&whole, "%s/%s", directory, buf_str(&path));
	item->gone = true;
	if (stat(buf_str(&whole), &status) == 0)
		size = status.st_size;
	if (size > (off_t)NEWS_RECORD_MAX) {
		item->gone = search != NULL;
		item->title = "An article that is too long to be shown in a list";
	} else if (size >= 0 && np_spool_record(spool, buf_str(&path), &record) == 0) {
		item->gone = search != NULL && !search_finds(search, record);
		if (!item->gone)
			read_record(news, item, record);
		np_record_free(record);
	}
	buf_done(&path);
	buf_done(&whole);
}

/* Of those of a category that say the same, all but the newest are folded into a chain under it. */
static void
fold(struct news *news)
{
	for (size_t i = 0; i < news->n; i++) {
		struct news_item *item = &news->items[i], *last = NULL;

		for (size_t k = 0; k < i && !item->gone && last == NULL; k++)
			if (!news->items[k].gone && !news->items[k].folded &&
				news->items[k].cluster == item->cluster &&
				news_same_tag(news->items[k].tag, item->tag))
				last = &news->items[k];
		if (last == NULL || item->cluster == 0)
			continue;
		item->folded = true;
		item->also = last->also;
		last->also = item;
	}
}

static int
compare_times(const void *left, const void *right)
{
	const struct news_item *a = left, *b = right;

	if (a->when != b->when)
		return a->when < b->when ? 1 : -1;
	return a->seq < b->seq ? 1 : a->seq > b->seq ? -1 : 0;
}

/*
 * Of what was read, what was found stays. Returns true where the search goes on: there are more
 * articles, and neither are enough found nor is the time over.
 */
static bool
search_on(const struct control_parts *parts, struct news *news)
{
	int64_t took = loop_monotonic(parts->loop) - news->call->began;
	size_t n = 0;

	for (size_t i = 0; i < news->n; i++)
		if (!news->items[i].gone)
			news->items[n++] = news->items[i];
	news->n = news->loaded = n;
	if (n > news->query.max) {
		news->more = true;
		news->n = news->loaded = news->query.max;
		news->cursor = news->items[news->n - 1].seq;
		return false;
	}
	if (!news->more || n == news->query.max || took > NEWS_SEARCH_TIME ||
		news->rows >= NEWS_SEARCH_ROWS)
		return false;
	news->scanned = news->more = false;
	return true;
}

/* All records are there. What was searched for is shown as it was found. */
static void
finish(struct news *news)
{
	if (news->query.by_time)
		qsort(news->items, news->n, sizeof(news->items[0]), compare_times);
	if (news->query.text == NULL)
		fold(news);
}

int
news_step(const struct control_parts *parts, struct news *news)
{
	const char *directory = parts->config(parts->arg)->spool_directory;
	struct search *search = NULL;
	struct np_spool *spool;
	int ret = 0;

	if (!news->scanned)
		return scan(parts, news);
	if (news->loaded == news->n)
		return CALL_DONE;
	if (news->query.text != NULL)
		ret = search_new(news->query.text, &search);
	if (ret < 0)
		return ret;
	if (np_spool_open(directory, &spool) < 0) {
		news->n = 0; /* nothing was ever delivered, or the directory is gone */
		search_free(search);
		return CALL_DONE;
	}
	for (size_t i = 0; i < RECORDS_A_TURN && news->loaded < news->n; i++)
		load(news, spool, directory, search, &news->items[news->loaded++]);
	np_spool_close(spool);
	search_free(search);
	if (news->loaded == news->n && (news->query.text == NULL || !search_on(parts, news)))
		finish(news);
	return CALL_MORE;
}
