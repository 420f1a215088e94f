/* newspool ls: one line an article, in the order of delivery. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "tools/command.h"
#include "tools/filter.h"
#include "tools/output.h"
#include "tools/reading.h"
#include "tools/terminal.h"

enum { OPTION_LIMIT = 1, OPTION_FORMAT };

struct listing {
	struct filter filter;
	uint64_t limit; /* UINT64_MAX: none */
	bool tsv, path;
	struct buf line;
};

static const char *
text_of(const char *text)
{
	return text ? text : "";
}

static void
write_time(int64_t seconds, char ret_text[CLOCK_RFC3339_SIZE])
{
	if (seconds == NP_TIME_NONE)
		*ret_text = '\0';
	else
		clock_rfc3339(seconds, ret_text);
}

static void
write_line(struct buf *line, const struct np_spool_entry *entry, const struct np_record *record)
{
	char when[CLOCK_RFC3339_SIZE];

	write_time(np_record_fetched_at(record), when);
	buf_printf(line, "%s\t%s\t", entry->path, when);
	terminal_clean(line, text_of(np_record_feed_name(record)), false);
	buf_putc(line, '\t');
	terminal_clean(line, text_of(np_article_title(np_record_article(record))), false);
}

static void
write_json(struct buf *line, const struct np_spool_entry *entry, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	struct json_writer json;
	char when[CLOCK_RFC3339_SIZE];
	const char *const *tags;
	size_t n;

	write_time(np_record_fetched_at(record), when);
	json_write_init(&json, line);
	json_write_object(&json, NULL);
	json_write_int(&json, "seq", (int64_t)entry->seq);
	json_write_string(&json, "path", entry->path);
	json_write_string(&json, "time", *when ? when : NULL);
	json_write_string(&json, "feed", np_record_feed_name(record));
	json_write_string(&json, "title", np_article_title(article));
	json_write_string(&json, "url", np_article_url(article));
	tags = np_record_tags(record, &n);
	json_write_array(&json, "tags");
	for (size_t i = 0; i < n; i++)
		json_write_string(&json, NULL, tags[i]);
	json_write_array_end(&json);
	json_write_object_end(&json);
}

static void
print_article(struct listing *listing, const struct reading *reading)
{
	struct buf *line = &listing->line;

	buf_reset(line);
	if (listing->path)
		buf_puts(line, reading->entry->path);
	else if (listing->tsv)
		output_tsv(line, reading->record);
	else if (reading->call->json)
		write_json(line, reading->entry, reading->record);
	else
		write_line(line, reading->entry, reading->record);
	if (!listing->tsv)
		buf_putc(line, '\n');
	fwrite(buf_str(line), 1, line->len, stdout);
}

static int
print_all(struct command_call *call, struct listing *listing)
{
	struct reading reading = { .spool = NULL };
	int status = reading_open(&reading, call, &listing->filter);

	reading.heads = !listing->tsv;
	reading.paths = listing->path;
	if (status == COMMAND_OK)
		status = reading_begin(&reading, READING_OLDEST_FIRST);
	for (uint64_t n = 0; status == COMMAND_OK && n < listing->limit; n++) {
		if (reading_next(&reading) != 1)
			break;
		print_article(listing, &reading);
	}
	if (status == COMMAND_OK)
		status = reading.status;
	reading_close(&reading);
	return status;
}

static int
take_format(struct command_call *call, struct listing *listing)
{
	listing->tsv = strcmp(optarg, "tsv") == 0;
	listing->path = strcmp(optarg, "path") == 0;
	call->json = strcmp(optarg, "json") == 0;
	if (listing->tsv || listing->path || call->json || strcmp(optarg, "text") == 0)
		return COMMAND_OK;
	return command_misused(call, "--format %s: not text, path, json or tsv", optarg);
}

static int
take_option(struct command_call *call, struct listing *listing, int option)
{
	if (filter_is_option(option))
		return filter_option(call, &listing->filter, option);
	if (option == OPTION_LIMIT && spool_option_number(optarg, &listing->limit) < 0)
		return command_misused(call, "--limit %s: not a number above 0", optarg);
	return option == OPTION_FORMAT ? take_format(call, listing) : COMMAND_OK;
}

static int
read_options(struct command_call *call, struct listing *listing)
{
	static const struct option own[] = {
		FILTER_OPTIONS,
		{ "limit", required_argument, NULL, OPTION_LIMIT },
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ 0 },
	};
	int option, status;

	while ((option = command_option(call, own)) > 0) {
		status = take_option(call, listing, option);
		if (status != COMMAND_OK)
			return status;
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
	struct listing listing = { .limit = UINT64_MAX };
	int status = read_options(call, &listing);

	if (status == COMMAND_OK)
		status = print_all(call, &listing);
	filter_done(&listing.filter);
	buf_done(&listing.line);
	return status == COMMAND_STOP ? call->status : command_finish(call, status);
}

const struct command cmd_ls = {
	.name = "ls",
	.summary = "list what is in the spool, one line an article",
	.usage = "[--limit N] [--format F] " FILTER_USAGE " [--spool DIR]",
	.help = "\n"
		"In the order of delivery: path, time of delivery, feed and title, parted by "
		"tabs;\n"
		"with --json an object with seq, path, time, feed, title, url and tags.\n"
		"\n" FILTER_HELP "  --limit N         at most so many\n"
		"  --format FORMAT   text, path alone, json, or tsv as in "
		"sfeed(5)\n" SPOOL_OPTION_HELP "\n"
		"  newspool ls --since 1d\n"
		"  newspool ls --tag technology-news --json | jq -r .title\n"
		"  newspool ls --text 'interest rates' --language en\n"
		"  newspool ls --tag stock-news --format path | wc -l\n"
		"  newspool ls --since 1234 | while IFS='\t' read -r path when feed title; do …\n",
	.json = true,
	.words = "format text path json tsv\n",
	.run = run,
};
