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
#include "tools/spool_option.h"
#include "tools/terminal.h"

enum { OPTION_TAG = 1, OPTION_SINCE, OPTION_LIMIT, OPTION_SPOOL };

struct listing {
	const char *directory;
	char *tag;
	struct np_spool_query query;
	uint64_t limit; /* UINT64_MAX: none */
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

/* Returns 1 when a line was printed, 0 when the article has gone, or -errno. */
static int
print_entry(struct command_call *call, struct listing *listing, struct np_spool *spool,
	const struct np_spool_entry *entry)
{
	struct np_record *record;
	int error = np_spool_record(spool, entry->path, &record);

	if (error == -ENOENT)
		return 0;
	if (error) {
		command_say(call, "%s: %s", entry->path,
			error == -EBADMSG ? "not a record" : strerror(-error));
		return error;
	}
	buf_reset(&listing->line);
	(call->json ? write_json : write_line)(&listing->line, entry, record);
	np_record_free(record);
	puts(buf_str(&listing->line));
	return 1;
}

static int
print_all(struct command_call *call, struct listing *listing, struct np_spool *spool)
{
	const struct np_spool_entry *entry;
	struct np_spool_list *list;
	int status = COMMAND_OK, ret = np_spool_list_new(spool, &listing->query, &list);

	if (ret) {
		command_say(call, "%s", strerror(-ret));
		return COMMAND_FAILED;
	}
	for (uint64_t n = 0; n < listing->limit;) {
		ret = np_spool_list_next(list, &entry);
		if (ret <= 0)
			break;
		ret = print_entry(call, listing, spool, entry);
		if (ret < 0)
			status = COMMAND_FAILED;
		n += ret > 0;
		if (ferror(stdout))
			break;
	}
	if (ret < 0 && status == COMMAND_OK) {
		command_say(call, "%s", strerror(-ret));
		status = COMMAND_FAILED;
	}
	np_spool_list_free(list);
	return status;
}

static int
read_options(struct command_call *call, struct listing *listing)
{
	static const struct option own[] = {
		{ "tag", required_argument, NULL, OPTION_TAG },
		{ "since", required_argument, NULL, OPTION_SINCE },
		{ "limit", required_argument, NULL, OPTION_LIMIT },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ 0 },
	};
	int option;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_SPOOL)
			listing->directory = optarg;
		else if (option == OPTION_TAG && spool_option_tag(optarg, &listing->tag) < 0)
			return command_misused(call, "--tag %s: not a tag", optarg);
		else if (option == OPTION_SINCE && spool_option_since(optarg, &listing->query) < 0)
			return command_misused(call,
				"--since %s: neither a sequence, nor a time like "
				"2026-11-23T06:00:00Z, nor a day, nor like 6h",
				optarg);
		else if (option == OPTION_LIMIT && spool_option_number(optarg, &listing->limit) < 0)
			return command_misused(call, "--limit %s: not a number above 0", optarg);
	}
	if (option == COMMAND_STOP)
		return COMMAND_STOP;
	if (optind < call->argc)
		return command_misused(
			call, "'%s': no operands are taken; see --tag", call->argv[optind]);
	listing->query.tag = listing->tag;
	return COMMAND_OK;
}

static int
run(struct command_call *call)
{
	struct listing listing = { .limit = UINT64_MAX };
	struct np_spool *spool = NULL;
	int status = read_options(call, &listing);

	if (status == COMMAND_OK)
		status = spool_option_open(call, listing.directory, &spool);
	if (status == COMMAND_OK)
		status = print_all(call, &listing, spool);
	np_spool_close(spool);
	free(listing.tag);
	buf_done(&listing.line);
	return status == COMMAND_STOP ? call->status : command_finish(call, status);
}

const struct command cmd_ls = {
	.name = "ls",
	.summary = "list what is in the spool, one line an article",
	.usage = "[--tag TAG] [--since TIME|SEQ] [--limit N] [--spool DIR]",
	.help = "\n"
		"In the order of delivery: path, time of delivery, feed and title, parted by "
		"tabs;\n"
		"with --json an object with seq, path, time, feed, title, url and tags.\n"
		"\n"
		"  --tag TAG         articles with this tag\n"
		"  --since SEQ       those delivered after the one with this sequence\n"
		"  --since TIME      or at this time and later: 2026-11-23T06:00:00Z,\n"
		"                    2026-11-23, or 6h for so long ago\n"
		"  --limit N         at most so many\n" SPOOL_OPTION_HELP "\n"
		"  newspool ls --since 1d\n"
		"  newspool ls --tag technology-news --json | jq -r .title\n"
		"  newspool ls --since 1234 | while IFS='\t' read -r path when feed title; do …\n",
	.json = true,
	.run = run,
};
