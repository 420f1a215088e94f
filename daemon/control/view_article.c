/*
 * GET /article/{seq}: one article: its text, where it is from, its tags, and what is near to it:
 * articles of its category that say the same or whose titles share words with its own, else the newest
 * of them.
 *
 * Errors: -errno of the store; an article that is not in the spool any more is a page that says so.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <newspool/spool.h>

#include "daemon/control/handlers.h"
#include "daemon/control/view.h"
#include "daemon/keep/tags.h"

#define CANDIDATES 40u /* articles of the category that are looked at */
#define RELATED 5u     /* that are shown */
#define WORD_MIN 4u    /* bytes of a word that says something */
#define SHARED_MIN 2u  /* words that make an article near */
#define PEOPLE_MAX 8u
#define RECENT INT64_C(172800) /* seconds: the age says more than the date */
#define SAME 1000u             /* what counts as so many shared words: it says the same */
#define RECORD_MAX (8 * 1024 * 1024)

static int
find_row(const struct control_parts *parts, struct call *call, struct store_article *ret_row)
{
	char *end;
	unsigned long long seq;

	errno = 0;
	seq = strtoull(call->params[0], &end, 10);
	if (errno != 0 || *end != '\0' || call->params[0][0] < '0' || call->params[0][0] > '9' ||
		seq > INT64_MAX)
		return 0;
	return store_article_get(parts->store, seq, &call->arena, ret_row);
}

static bool
is_word(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* The next word of a title that is long enough to say something. */
static bool
next_word(const char **text, const char **ret_word, size_t *ret_size)
{
	while (**text != '\0') {
		const char *start;

		while (**text != '\0' && !is_word(**text))
			(*text)++;
		start = *text;
		while (is_word(**text))
			(*text)++;
		*ret_word = start;
		*ret_size = (size_t)(*text - start);
		if (*ret_size >= WORD_MIN)
			return true;
	}
	return false;
}

static size_t
shared_words(const char *one, const char *other)
{
	const char *word, *its;
	size_t size, its_size, n = 0;

	while (next_word(&one, &word, &size))
		for (const char *rest = other; next_word(&rest, &its, &its_size);)
			if (size == its_size && strncasecmp(word, its, size) == 0) {
				n++;
				break;
			}
	return n;
}

/* The nearest first; returns how many there are to show. */
static size_t
pick_related(const struct news *news, const char *title, uint64_t cluster,
	const struct news_item *ret_items[RELATED])
{
	size_t scores[RELATED], n = 0;

	for (size_t i = 0; i < news->n; i++) {
		const struct news_item *item = &news->items[i];
		size_t score = item->title != NULL ? shared_words(title, item->title) : 0, at = n;

		if (item->cluster == cluster && cluster != 0)
			score += SAME;
		if (item->gone || score < SHARED_MIN)
			continue;
		while (at > 0 && scores[at - 1] < score)
			at--;
		if (at == RELATED)
			continue;
		n += n < RELATED;
		memmove(&scores[at + 1], &scores[at], (n - 1 - at) * sizeof(scores[0]));
		memmove(&ret_items[at + 1], &ret_items[at], (n - 1 - at) * sizeof(ret_items[0]));
		scores[at] = score;
		ret_items[at] = item;
	}
	return n;
}

static void
put_related(struct view *view, const struct news *news, const struct np_record *record)
{
	const char *title = np_article_title(np_record_article(record)), *tag = news->query.tag;
	uint64_t cluster = np_record_cluster(record);
	const struct news_item *items[RELATED];
	size_t n = pick_related(news, title != NULL ? title : "",
		cluster != 0 ? cluster : np_record_seq(record), items);
	bool near = n > 0;
	struct buf heading = { 0 };

	for (size_t i = 0; !near && i < news->n && n < RELATED; i++)
		if (!news->items[i].gone)
			items[n++] = &news->items[i];
	if (n == 0)
		return;
	if (near)
		buf_puts(&heading, "Related");
	else if (tag != NULL)
		buf_puts(&heading, "More in ");
	if (!near && tag != NULL)
		view_tag_title(tag, &heading);
	else if (!near)
		buf_puts(&heading, "More news");
	view_section(view, "related", "related", buf_str(&heading));
	view_articles(view, items, n, "h3", true);
	view_close(view);
	buf_done(&heading);
}

static void
put_people(struct view *view, const struct np_article *article)
{
	size_t n;
	const struct np_person *people = np_article_authors(article, &n);

	if (n == 0)
		return;
	view_open(view, "p", "byline");
	for (size_t i = 0; i < n && i < PEOPLE_MAX; i++) {
		if (people[i].name == NULL)
			continue;
		weave_text(&view->weave, i > 0 ? ", " : "By ");
		view_open(view, "bdi", NULL);
		view_link_out(view, NULL, people[i].url, people[i].name);
		view_close(view);
	}
	view_close(view);
}

static void
put_byline(struct view *view, const struct np_record *record, const struct store_article *row)
{
	const struct np_article *article = np_record_article(record);
	const char *name = np_record_feed_name(record), *title = np_record_feed_title(record);
	int64_t published = np_article_published(article);
	int64_t when = published != NP_TIME_NONE ? published : row->when / 1000;

	view_open(view, "p", "byline");
	if (name != NULL) {
		view_link(view, "from", "/feed/", name, title != NULL ? title : name);
		weave_text(&view->weave, " ");
	}
	view_moment(view, when);
	if (view->now / 1000 - when < RECENT) {
		weave_text(&view->weave, " (");
		view_age(view, when);
		weave_text(&view->weave, ")");
	}
	view_close(view);
	put_people(view, article);
	if (np_article_url(article) != NULL) {
		view_open(view, "p", "out");
		view_link_out(
			view, NULL, np_article_url(article), "Read it where it was published");
		view_close(view);
	}
}

/* Paragraphs of a plain text, which empty lines part. */
static void
put_plain(struct view *view, const char *text)
{
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t size = end != NULL ? (size_t)(end - text) : strlen(text);

		weave_open(&view->weave, "p");
		weave_attribute(&view->weave, "dir", "auto");
		weave_text_n(&view->weave, text, size);
		view_close(view);
		text += size;
		text += strspn(text, "\n");
	}
}

static void
put_attachments(struct view *view, const struct np_article *article)
{
	size_t n;
	const struct np_attachment *attachments = np_article_attachments(article, &n);

	if (n == 0)
		return;
	view_section(view, "attachments", "attachments", "Attached");
	view_open(view, "ul", NULL);
	for (size_t i = 0; i < n && i < 32; i++) {
		weave_open(&view->weave, "li");
		weave_attribute(&view->weave, "dir", "auto");
		view_link_out(view, NULL, attachments[i].url,
			attachments[i].title != NULL ? attachments[i].title : attachments[i].url);
		if (attachments[i].mime_type != NULL)
			weave_printf(&view->weave, " (%s)", attachments[i].mime_type);
		view_close(view);
	}
	view_close(view);
	view_close(view);
}

static void
put_body(struct view *view, const struct np_article *article)
{
	const char *html = np_article_content_html(article);
	const char *text = np_article_content_text(article);

	view_open(view, "div", "body");
	weave_attribute(&view->weave, "lang", np_article_language(article));
	weave_attribute(&view->weave, "dir", html != NULL ? "auto" : NULL);
	if (html != NULL)
		view_content(view, html, strlen(html));
	else if (text != NULL)
		put_plain(view, text);
	else if (np_article_summary(article) != NULL)
		put_plain(view, np_article_summary(article));
	else
		view_text(view, "p", "quiet", "Its publisher sends no text with it.");
	view_close(view);
}

static int
put_record(const struct control_parts *parts, struct call *call, const struct store_article *row,
	const struct np_record *record, const struct news *news)
{
	const struct np_article *article = np_record_article(record);
	const char *title = np_article_title(article);
	struct view view;
	int ret = view_begin(
		&view, parts, call, VIEW_ELSEWHERE, title != NULL ? title : "An article");

	if (ret < 0)
		return ret;
	view_open(&view, "article", "whole");
	view_words(&view, "h1", NULL, title != NULL ? np_article_language(article) : NULL,
		title != NULL ? title : "Without a title");
	put_byline(&view, record, row);
	put_body(&view, article);
	put_attachments(&view, article);
	view_tags(&view, row->tags);
	view_close(&view);
	view_end_main(&view);
	weave_open(&view.weave, "aside");
	weave_attribute(&view.weave, "aria-label", "Near to it");
	put_related(&view, news, record);
	view_close(&view);
	return view_end(&view);
}

static int
render(const struct control_parts *parts, struct call *call, const struct store_article *row,
	const struct news *news)
{
	const char *directory = parts->config(parts->arg)->spool_directory;
	struct np_record *record = NULL;
	struct np_spool *spool;
	struct buf path = { 0 }, whole = { 0 };
	struct stat status;
	uint64_t hash = 0;
	int ret = np_spool_open(directory, &spool);

	if (ret < 0)
		return view_missing(parts, call, "The spool cannot be opened.");
	for (unsigned int i = 0; i < 8; i++)
		hash = hash << 8 | row->hash[i];
	news_path(row->day, row->seq, hash, &path);
	buf_printf(&whole, "%s/%s", directory, buf_str(&path));
	ret = stat(buf_str(&whole), &status) == 0 ? 0 : -errno;
	if (ret == 0 && status.st_size > RECORD_MAX)
		ret = -E2BIG;
	if (ret == 0)
		ret = np_spool_record(spool, buf_str(&path), &record);
	np_spool_close(spool);
	buf_done(&path);
	buf_done(&whole);
	if (ret == 0)
		ret = put_record(parts, call, row, record, news);
	else
		ret = view_missing(parts, call,
			ret == -E2BIG ? "It is too long to be shown: newspool cat prints it."
				      : "It is not in the spool any more.");
	np_record_free(record);
	return ret;
}

/* The category that it counts under; NULL: none. */
static int
category_of(const struct control_parts *parts, struct call *call, const struct store_article *row,
	const char **ret_tag)
{
	struct store_feed feed = { .tags = "" };
	int got = store_feed_get(parts->store, row->feed, &call->arena, &feed);
	const char *tag;
	size_t size;

	if (got < 0)
		return got;
	size = tags_list_first(row->tags, got == 1 ? feed.tags : "", &tag);
	if (size == 0)
		return 0;
	*ret_tag = arena_strndup(&call->arena, tag, size);
	return *ret_tag != NULL ? 0 : -ENOMEM;
}

int
view_article_get(const struct control_parts *parts, struct call *call)
{
	struct news_query query = { .max = CANDIDATES };
	struct news *news = call->state;
	struct store_article row;
	int got = find_row(parts, call, &row);

	if (got == 0)
		return view_missing(parts, call, "There is no such article.");
	if (got < 0)
		return got;
	if (news == NULL) {
		query.without = row.seq;
		got = category_of(parts, call, &row, &query.tag);
		if (got == 0)
			got = news_new(call, &query, loop_now(parts->loop), &news);
		if (got < 0)
			return got;
		call->state = news;
	}
	got = news_step(parts, news);
	return got == CALL_DONE ? render(parts, call, &row, news) : got;
}
