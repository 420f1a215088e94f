/*
 * newspool recent: the news, newest first, for a person. Of what was delivered last a window is
 * read and sorted by when it is from, for a feed that is read for the first time delivers its past.
 * What says about the same as an article before it (_newspool.cluster) stands under that.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "lib/base/utf8.h"
#include "tools/command.h"
#include "tools/filter.h"
#include "tools/pager.h"
#include "tools/reading.h"
#include "tools/terminal.h"

#define NUMBER 20 /* articles, where -n does not say, and at most: */
#define NUMBER_MAX 10000
#define WINDOW 200 /* articles that are read at least, and at most: */
#define WINDOW_MAX 5000
#define TAGS 3             /* that are named */
#define TITLE_LINES 3      /* on a terminal */
#define EXCERPT_LINES 2    /* too */
#define EXCERPT_BYTES 4096 /* of text that is looked at */
#define EXCERPT_JSON 280   /* bytes */
#define RELATED 5          /* of a story, on a terminal */
#define INDENT 2

enum { OPTION_NO_PAGER = 1 };

/* An article of the window. */
struct piece {
	struct np_record *record;
	struct np_spool_entry entry; /* name and day are NULL */
	char path[NP_SPOOL_PATH_SIZE];
	uint64_t
		story; /* sequence of the first that says about the same: its own, where it is that */
	int64_t when;
	int64_t newest; /* of its story */
};

struct news {
	struct command_call *call;
	struct filter filter;
	uint64_t number;
	bool no_pager;
	int64_t now;
	struct terminal terminal;
	struct buf text;
	struct piece *pieces;
	size_t n;
};

/* When it is from: as the publisher says, if that is not in the future; else when it came. */
static int64_t
time_of(const struct news *news, const struct np_record *record)
{
	int64_t published = np_article_published(np_record_article(record));

	if (published != NP_TIME_NONE && published <= news->now)
		return published;
	return np_record_fetched_at(record);
}

static void
write_age(struct buf *out, int64_t now, int64_t when)
{
	static const struct {
		int64_t seconds, below;
		const char *one, *many;
	} units[] = {
		{ 60, 3600, "minute", "minutes" },
		{ 3600, 86400, "hour", "hours" },
		{ 86400, 30 * 86400, "day", "days" },
	};
	char day[CLOCK_DAY_SIZE];

	if (now - when < 60) {
		buf_puts(out, "just now");
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int64_t n = (now - when) / units[i].seconds;

		if (now - when >= units[i].below)
			continue;
		buf_printf(out, "%" PRId64 " %s ago", n, n == 1 ? units[i].one : units[i].many);
		return;
	}
	clock_day(when, day);
	buf_puts(out, day);
}

/* The beginning of the summary or the text, on one line. */
static void
write_excerpt(struct buf *out, const struct np_article *article)
{
	const char *text = np_article_summary(article);
	struct buf folded = { 0 };

	if (!text)
		text = np_article_content_text(article);
	if (!text)
		return;
	utf8_fold_space(&folded, text, utf8_cut(text, strlen(text), EXCERPT_BYTES));
	terminal_clean(out, buf_str(&folded), false);
	buf_done(&folded);
}

/* The category, which is the first tags. */
static void
write_tags(struct buf *out, const struct np_record *record)
{
	size_t n;
	const char *const *tags = np_record_tags(record, &n);

	for (size_t i = 0; i < n && i < TAGS; i++) {
		if (i > 0)
			buf_puts(out, ", ");
		terminal_clean(out, tags[i], false);
	}
	if (n > TAGS)
		buf_printf(out, " +%zu", n - TAGS);
}

/* Category, age and feed, on one line. */
static void
print_head(struct news *news, const struct np_record *record)
{
	const char *feed = np_record_feed_title(record);
	int64_t when = time_of(news, record);
	struct buf *text = &news->text;
	size_t tags;

	buf_reset(text);
	write_tags(text, record);
	terminal_fit(text, 0, news->terminal.width);
	tags = text->len;
	if (when != NP_TIME_NONE) {
		buf_puts(text, text->len ? " · " : "");
		write_age(text, news->now, when);
	}
	if (!feed)
		feed = np_record_feed_name(record);
	if (feed) {
		buf_puts(text, text->len ? " · " : "");
		terminal_clean(text, feed, false);
	}
	if (text->len == 0)
		return;
	terminal_fit(text, tags, news->terminal.width - terminal_columns(buf_str(text), tags));
	terminal_print(&news->terminal, buf_str(text), tags, TERMINAL_TAG);
	terminal_print(&news->terminal, buf_str(text) + tags, text->len - tags, TERMINAL_DIM);
	putchar('\n');
}

static void
print_text(struct news *news, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	const char *title = np_article_title(article);
	struct buf *text = &news->text;

	print_head(news, record);
	buf_reset(text);
	terminal_clean(text, title ? title : "(no title)", false);
	terminal_wrap(&news->terminal, buf_str(text), 0, TITLE_LINES, TERMINAL_BOLD);
	buf_reset(text);
	write_excerpt(text, article);
	terminal_wrap(&news->terminal, buf_str(text), INDENT, EXCERPT_LINES, TERMINAL_PLAIN);
}

/* Title, feed and age of one that says about the same. */
static void
print_related(struct news *news, const struct piece *piece)
{
	const char *title = np_article_title(np_record_article(piece->record));
	const char *feed = np_record_feed_title(piece->record);
	struct buf *text = &news->text;
	unsigned int width = news->terminal.width;

	buf_reset(text);
	buf_puts(text, "  → ");
	terminal_clean(text, title ? title : "(no title)", false);
	if (!feed)
		feed = np_record_feed_name(piece->record);
	buf_puts(text, feed ? " · " : "");
	terminal_clean(text, feed ? feed : "", false);
	if (piece->when != NP_TIME_NONE) {
		buf_puts(text, " · ");
		write_age(text, news->now, piece->when);
	}
	terminal_fit(text, 0, width);
	terminal_print(&news->terminal, buf_str(text), text->len, TERMINAL_DIM);
	putchar('\n');
}

static void
write_json(struct news *news, struct json_writer *json, const struct piece *piece)
{
	const struct np_article *article = np_record_article(piece->record);
	struct buf *excerpt = &news->text;
	const char *const *tags;
	size_t n;

	buf_reset(excerpt);
	write_excerpt(excerpt, article);
	buf_truncate(excerpt, utf8_cut(buf_str(excerpt), excerpt->len, EXCERPT_JSON));
	json_write_int(json, "seq", (int64_t)piece->entry.seq);
	json_write_string(json, "path", piece->path);
	tags = np_record_tags(piece->record, &n);
	json_write_array(json, "tags");
	for (size_t i = 0; i < n; i++)
		json_write_string(json, NULL, tags[i]);
	json_write_array_end(json);
	json_write_string(json, "title", np_article_title(article));
	json_write_string(json, "excerpt", excerpt->len ? buf_str(excerpt) : NULL);
	if (piece->when != NP_TIME_NONE)
		json_write_int(json, "age", news->now > piece->when ? news->now - piece->when : 0);
	json_write_string(json, "feed", np_record_feed_name(piece->record));
	json_write_string(json, "url", np_article_url(article));
}

/* A story: pieces one after another, the first of them first. */
static void
print_story_json(struct news *news, const struct piece *pieces, size_t n)
{
	struct buf line = { 0 };
	struct json_writer json;

	json_write_init(&json, &line);
	json_write_object(&json, NULL);
	write_json(news, &json, &pieces[0]);
	if (n > 1)
		json_write_array(&json, "related");
	for (size_t i = 1; i < n; i++) {
		json_write_object(&json, NULL);
		write_json(news, &json, &pieces[i]);
		json_write_object_end(&json);
	}
	if (n > 1)
		json_write_array_end(&json);
	json_write_object_end(&json);
	puts(buf_str(&line));
	buf_done(&line);
}

static void
print_story(struct news *news, const struct piece *pieces, size_t n)
{
	print_text(news, pieces[0].record);
	for (size_t i = 1; i < n && i <= RELATED; i++)
		print_related(news, &pieces[i]);
	if (n > 1 + RELATED)
		printf("  → %zu more\n", n - 1 - RELATED);
	putchar('\n');
}

/* Sorting */

static int
compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Stories together, in each the first first. */
static int
compare_stories(const void *a, const void *b)
{
	const struct piece *one = a, *other = b;
	int order = compare_numbers((int64_t)one->story, (int64_t)other->story);

	return order ? order : compare_numbers((int64_t)one->entry.seq, (int64_t)other->entry.seq);
}

/* The story with the newest piece first. */
static int
compare_news(const void *a, const void *b)
{
	const struct piece *one = a, *other = b;
	int order = compare_numbers(other->newest, one->newest);

	if (order == 0)
		order = compare_numbers((int64_t)other->story, (int64_t)one->story);
	return order ? order : compare_numbers((int64_t)one->entry.seq, (int64_t)other->entry.seq);
}

static size_t
story_length(const struct news *news, size_t first)
{
	size_t n = 1;

	while (first + n < news->n && news->pieces[first + n].story == news->pieces[first].story)
		n++;
	return n;
}

static void
sort(struct news *news)
{
	struct piece *pieces = news->pieces;

	if (news->n > 1)
		qsort(pieces, news->n, sizeof(*pieces), compare_stories);
	for (size_t i = 0, n; i < news->n; i += n) {
		int64_t newest = INT64_MIN;

		n = story_length(news, i);
		for (size_t j = 0; j < n; j++)
			if (pieces[i + j].when > newest)
				newest = pieces[i + j].when;
		for (size_t j = 0; j < n; j++)
			pieces[i + j].newest = newest;
	}
	if (news->n > 1)
		qsort(pieces, news->n, sizeof(*pieces), compare_news);
}

/* Reading */

static uint64_t
window_of(const struct news *news)
{
	uint64_t size = news->number < WINDOW_MAX / 4 ? news->number * 4 : WINDOW_MAX;

	if (size < WINDOW)
		size = WINDOW;
	return size < news->number ? news->number : size;
}

static int
take(struct news *news, struct reading *reading, size_t *size)
{
	struct piece *piece;
	uint64_t cluster = np_record_cluster(reading->record);

	if (news->n == *size) {
		size_t larger = *size ? *size * 2 : WINDOW;
		struct piece *grown = reallocarray(news->pieces, larger, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		news->pieces = grown;
		*size = larger;
	}
	piece = &news->pieces[news->n++];
	*piece = (struct piece){ .record = reading->record };
	reading->record = NULL;
	piece->entry.seq = reading->entry->seq;
	snprintf(piece->path, sizeof(piece->path), "%s", reading->entry->path);
	piece->story = cluster ? cluster : piece->entry.seq;
	piece->when = time_of(news, piece->record);
	return 0;
}

static int
read_news(struct news *news)
{
	struct reading reading = { .spool = NULL };
	int status = reading_open(&reading, news->call, &news->filter);
	uint64_t window = window_of(news);
	int ret = 0, error = 0;
	size_t size = 0;

	if (status == COMMAND_OK)
		status = reading_begin(&reading, READING_NEWEST_FIRST);
	while (status == COMMAND_OK && news->n < window && error == 0) {
		ret = reading_next(&reading);
		if (ret != 1)
			break;
		error = take(news, &reading, &size);
	}
	if (error)
		command_say(news->call, "%s", strerror(-error));
	if (error || ret < 0)
		status = COMMAND_FAILED;
	reading_close(&reading);
	return status;
}

static void
print_all(struct news *news)
{
	struct pager pager = { .pid = 0 };
	uint64_t printed = 0;

	if (!news->no_pager && !news->call->json)
		pager_begin(&pager, &news->terminal);
	for (size_t i = 0, n; i < news->n && printed < news->number && !ferror(stdout); i += n) {
		n = story_length(news, i);
		(news->call->json ? print_story_json : print_story)(news, &news->pieces[i], n);
		printed++;
	}
	if (news->n == 0 && !news->call->json && news->filter.tag)
		printf("No article has the tag %s.\n", news->filter.tag);
	else if (news->n == 0 && !news->call->json)
		puts("Nothing has been spooled yet.");
	pager_end(&pager);
}

static int
read_options(struct command_call *call, struct news *news)
{
	static const struct option own[] = {
		FILTER_OPTIONS,
		{ "number", required_argument, NULL, 'n' },
		{ "no-pager", no_argument, NULL, OPTION_NO_PAGER },
		{ 0 },
	};
	int option, status;

	while ((option = command_option(call, own)) > 0) {
		if (filter_is_option(option)) {
			status = filter_option(call, &news->filter, option);
			if (status != COMMAND_OK)
				return status;
		} else if (option == OPTION_NO_PAGER) {
			news->no_pager = true;
		} else if (spool_option_number(optarg, &news->number) < 0 ||
			   news->number > NUMBER_MAX) {
			return command_misused(
				call, "-n %s: not a number from 1 to %d", optarg, NUMBER_MAX);
		}
	}
	if (option == COMMAND_STOP)
		return COMMAND_STOP;
	if (optind < call->argc)
		return command_misused(
			call, "'%s': no operands are taken; see --tag", call->argv[optind]);
	return COMMAND_OK;
}

static int
run(struct command_call *call)
{
	struct news news = { .call = call, .number = NUMBER, .now = (int64_t)time(NULL) };
	int status = read_options(call, &news);

	terminal_init(&news.terminal);
	if (status == COMMAND_OK)
		status = read_news(&news);
	if (status == COMMAND_OK) {
		sort(&news);
		print_all(&news);
	}
	for (size_t i = 0; i < news.n; i++)
		np_record_free(news.pieces[i].record);
	free(news.pieces);
	filter_done(&news.filter);
	buf_done(&news.text);
	return status == COMMAND_STOP ? call->status : command_finish(call, status);
}

const struct command cmd_recent = {
	.name = "recent",
	.summary = "show the news, newest first",
	.usage = "[-n NUMBER] [--no-pager] " FILTER_USAGE " [--spool DIR]",
	.help = "\n"
		"Category, age, feed, title and the beginning of the text, and under it what "
		"other\n"
		"feeds have about the same. With --json an object with seq, path, tags, title,\n"
		"excerpt, age (seconds), feed, url and related (objects of the same members).\n"
		"\n"
		"  -n, --number N    so many articles, 10000 at most; 20 if it is not given\n"
		"  --no-pager        straight to the terminal, not through $PAGER or "
		"less\n" FILTER_HELP SPOOL_OPTION_HELP "\n"
		"  newspool recent\n"
		"  newspool recent -n 5 --tag technology-news\n"
		"  newspool recent --json | jq -r '[.age, .title] | @tsv'\n",
	.json = true,
	.run = run,
};
