/* newspool recent: the news, newest first, for a person. */
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
#include "tools/spool_option.h"
#include "tools/terminal.h"

#define NUMBER 20          /* articles, where -n does not say */
#define TAGS 3             /* that are named */
#define EXCERPT_LINES 2    /* on a terminal */
#define EXCERPT_BYTES 4096 /* of text that is looked at */
#define EXCERPT_JSON 280   /* bytes */
#define INDENT 2

enum { OPTION_TAG = 1, OPTION_SPOOL };

struct news {
	const char *directory;
	char *tag;
	uint64_t number;
	int64_t now;
	struct terminal terminal;
	struct buf text;
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
	terminal_wrap(&news->terminal, buf_str(text), 0, 0, TERMINAL_BOLD);
	buf_reset(text);
	write_excerpt(text, article);
	terminal_wrap(&news->terminal, buf_str(text), INDENT, EXCERPT_LINES, TERMINAL_PLAIN);
	putchar('\n');
}

static void
print_json(struct news *news, const struct np_spool_entry *entry, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	struct buf line = { 0 }, *excerpt = &news->text;
	int64_t when = time_of(news, record);
	struct json_writer json;
	const char *const *tags;
	size_t n;

	buf_reset(excerpt);
	write_excerpt(excerpt, article);
	buf_truncate(excerpt, utf8_cut(buf_str(excerpt), excerpt->len, EXCERPT_JSON));
	json_write_init(&json, &line);
	json_write_object(&json, NULL);
	json_write_int(&json, "seq", (int64_t)entry->seq);
	json_write_string(&json, "path", entry->path);
	tags = np_record_tags(record, &n);
	json_write_array(&json, "tags");
	for (size_t i = 0; i < n; i++)
		json_write_string(&json, NULL, tags[i]);
	json_write_array_end(&json);
	json_write_string(&json, "title", np_article_title(article));
	json_write_string(&json, "excerpt", excerpt->len ? buf_str(excerpt) : NULL);
	if (when != NP_TIME_NONE)
		json_write_int(&json, "age", news->now > when ? news->now - when : 0);
	json_write_string(&json, "feed", np_record_feed_name(record));
	json_write_string(&json, "url", np_article_url(article));
	json_write_object_end(&json);
	puts(buf_str(&line));
	buf_done(&line);
}

/* Returns how many were printed, or -errno, said. */
static int64_t
print_list(struct command_call *call, struct news *news, struct np_spool *spool,
	struct np_spool_list *list)
{
	const struct np_spool_entry *entry;
	struct np_record *record;
	uint64_t n = 0;
	int ret = 0;

	while (n < news->number && (ret = np_spool_list_next(list, &entry)) == 1) {
		ret = np_spool_record(spool, entry->path, &record);
		if (ret == -ENOENT) /* removed in this moment */
			continue;
		if (ret < 0) {
			command_say(call, "%s: %s", entry->path,
				ret == -EBADMSG ? "not a record" : strerror(-ret));
			continue;
		}
		if (call->json)
			print_json(news, entry, record);
		else
			print_text(news, record);
		np_record_free(record);
		n++;
	}
	if (ret < 0 && n == 0)
		return ret;
	return (int64_t)n;
}

static int
print_news(struct command_call *call, struct news *news, struct np_spool *spool)
{
	struct np_spool_query query = { .tag = news->tag, .newest_first = true };
	struct np_spool_list *list;
	int64_t n = np_spool_list_new(spool, &query, &list);

	if (n == 0) {
		n = print_list(call, news, spool, list);
		np_spool_list_free(list);
	}
	if (n < 0) {
		command_say(call, "%s", strerror((int)-n));
		return COMMAND_FAILED;
	}
	if (n == 0 && !call->json && news->tag)
		printf("No article has the tag %s.\n", news->tag);
	else if (n == 0 && !call->json)
		puts("Nothing has been spooled yet.");
	return COMMAND_OK;
}

static int
read_options(struct command_call *call, struct news *news)
{
	static const struct option own[] = {
		{ "number", required_argument, NULL, 'n' },
		{ "tag", required_argument, NULL, OPTION_TAG },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ 0 },
	};
	int option;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_SPOOL)
			news->directory = optarg;
		else if (option == OPTION_TAG && spool_option_tag(optarg, &news->tag) < 0)
			return command_misused(call, "--tag %s: not a tag", optarg);
		else if (option == 'n' && spool_option_number(optarg, &news->number) < 0)
			return command_misused(call, "-n %s: not a number above 0", optarg);
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
	struct news news = { .number = NUMBER, .now = (int64_t)time(NULL) };
	struct np_spool *spool = NULL;
	int status = read_options(call, &news);

	terminal_init(&news.terminal);
	if (status == COMMAND_OK)
		status = spool_option_open(call, news.directory, &spool);
	if (status == COMMAND_OK)
		status = print_news(call, &news, spool);
	np_spool_close(spool);
	free(news.tag);
	buf_done(&news.text);
	return status == COMMAND_STOP ? call->status : command_finish(call, status);
}

const struct command cmd_recent = {
	.name = "recent",
	.summary = "show the news, newest first",
	.usage = "[-n NUMBER] [--tag TAG] [--spool DIR]",
	.help = "\n"
		"Category, age, feed, title and the beginning of the text; with --json an object "
		"with seq,\n"
		"path, tags, title, excerpt, age (seconds), feed and url.\n"
		"\n"
		"  -n, --number N    so many articles; 20 if it is not given\n"
		"  --tag TAG         of this tag alone\n" SPOOL_OPTION_HELP "\n"
		"  newspool recent\n"
		"  newspool recent -n 5 --tag technology-news\n"
		"  newspool recent --json | jq -r '[.age, .title] | @tsv'\n",
	.json = true,
	.run = run,
};
