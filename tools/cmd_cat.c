/* newspool cat: records, as they are or as text. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/spool_option.h"
#include "tools/terminal.h"

enum { OPTION_TEXT = 1, OPTION_SPOOL };

struct printing {
	const char *directory;
	bool text;
	struct np_spool *spool; /* NULL until it is wanted */
	struct terminal terminal;
	size_t n_printed;
};

/* Prints a text that may have lines, wrapped on a terminal and else as it is. */
static void
print_text(const struct printing *printing, const char *text, enum terminal_style style)
{
	struct buf clean = { 0 };

	terminal_clean(&clean, text, true);
	if (printing->terminal.is_terminal)
		terminal_wrap(&printing->terminal, buf_str(&clean), 0, 0, style);
	else
		puts(buf_str(&clean));
	buf_done(&clean);
}

static void
print_byline(const struct printing *printing, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	const char *feed = np_record_feed_title(record);
	int64_t when = np_article_published(article);
	char time[CLOCK_RFC3339_SIZE];
	struct buf line = { 0 };

	if (when == NP_TIME_NONE)
		when = np_record_fetched_at(record);
	if (!feed)
		feed = np_record_feed_name(record);
	buf_puts(&line, feed ? feed : "");
	if (when != NP_TIME_NONE) {
		clock_rfc3339(when, time);
		buf_printf(&line, "%s%s", feed ? ", " : "", time);
	}
	if (line.len > 0)
		print_text(printing, buf_str(&line), TERMINAL_DIM);
	if (np_article_url(article))
		print_text(printing, np_article_url(article), TERMINAL_DIM);
	buf_done(&line);
}

static int
print_as_text(struct printing *printing, const char *line, size_t size)
{
	const struct np_article *article;
	struct np_record *record;
	const char *body;
	int error = np_record_parse(line, size, &record);

	if (error)
		return error;
	article = np_record_article(record);
	body = np_article_content_text(article);
	if (!body)
		body = np_article_summary(article);
	if (printing->n_printed++ > 0)
		putchar('\n');
	if (np_article_title(article))
		print_text(printing, np_article_title(article), TERMINAL_BOLD);
	print_byline(printing, record);
	if (body) {
		putchar('\n');
		print_text(printing, body, TERMINAL_PLAIN);
	}
	np_record_free(record);
	return 0;
}

/* A program gets the line as it is; what a terminal gets cannot steer it. */
static int
print_line(struct printing *printing, const char *line, size_t size)
{
	struct buf clean = { 0 };

	if (printing->text)
		return print_as_text(printing, line, size);
	if (!printing->terminal.is_terminal) {
		fwrite(line, 1, size, stdout);
		return 0;
	}
	terminal_clean(&clean, line, true);
	fputs(buf_str(&clean), stdout);
	buf_done(&clean);
	return 0;
}

static int
print_path(struct printing *printing, struct np_spool *spool, const char *path)
{
	char *line;
	size_t size;
	int error = np_spool_read(spool, path, &line, &size);

	if (error)
		return error;
	error = print_line(printing, line, size);
	free(line);
	return error;
}

/*
 * A path from anywhere: what stands before the part that is a spool's own names the spool. Returns
 * 1 where it is no such path.
 */
static int
print_outside(struct printing *printing, const char *path)
{
	struct buf directory = { 0 };
	struct np_spool *spool;
	int error = 1;

	if (spool_is_path(path))
		return 1;
	for (const char *slash = strchr(path, '/'); slash && error == 1;
		slash = strchr(slash + 1, '/')) {
		if (!spool_is_path(slash + 1))
			continue;
		buf_append(&directory, path, (size_t)(slash - path) + 1);
		error = np_spool_open(buf_str(&directory), &spool);
		if (error == 0) {
			error = print_path(printing, spool, slash + 1);
			np_spool_close(spool);
		}
	}
	buf_done(&directory);
	return error;
}

/* A sequence, a name or a path within the configured spool. */
static int
print_inside(struct printing *printing, const char *what)
{
	char path[NP_SPOOL_PATH_SIZE];
	uint64_t seq;
	int error;

	if (spool_is_path(what))
		return print_path(printing, printing->spool, what);
	if (spool_name_parse(what, &seq) < 0 && spool_option_number(what, &seq) < 0)
		return -EINVAL;
	error = np_spool_find(printing->spool, seq, path);
	if (error == 0 && strchr(what, '-') && strcmp(strrchr(path, '/') + 1, what) != 0)
		return -ENOENT;
	return error ? error : print_path(printing, printing->spool, path);
}

static const char *
reason(int error)
{
	switch (error) {
	case -ENOENT:
		return "no such article in the spool";
	case -EINVAL:
		return "neither a sequence, nor the name or the path of an article";
	case -EBADMSG:
		return "not a record";
	default:
		return strerror(-error);
	}
}

static int
print_operand(struct command_call *call, struct printing *printing, const char *what)
{
	int error = print_outside(printing, what);

	if (error == 1 && !printing->spool) {
		int status = spool_option_open(call, printing->directory, &printing->spool);

		if (status != COMMAND_OK)
			return status;
	}
	if (error == 1)
		error = print_inside(printing, what);
	if (error == 0)
		return COMMAND_OK;
	command_say(call, "%s: %s", what, reason(error));
	return COMMAND_FAILED;
}

static int
run(struct command_call *call)
{
	static const struct option own[] = {
		{ "text", no_argument, NULL, OPTION_TEXT },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ 0 },
	};
	struct printing printing = { .text = false };
	int option, status = COMMAND_OK;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_SPOOL)
			printing.directory = optarg;
		else
			printing.text = true;
	}
	if (option == COMMAND_STOP)
		return call->status;
	if (optind == call->argc)
		return command_misused(call, "which article?");
	if (printing.text && call->json)
		return command_misused(call, "--text and --json exclude each other");
	terminal_init(&printing.terminal);
	for (int i = optind; i < call->argc && status != COMMAND_USAGE; i++) {
		int one = print_operand(call, &printing, call->argv[i]);

		if (one != COMMAND_OK)
			status = one;
	}
	np_spool_close(printing.spool);
	return command_finish(call, status);
}

const struct command cmd_cat = {
	.name = "cat",
	.summary = "print articles: their records, or as text",
	.usage = "[--text] [--spool DIR] ARTICLE …",
	.help = "\n"
		"ARTICLE is a sequence (1234), a name (0000000000001234-….json) or a path, as "
		"ls prints\n"
		"it or from anywhere. What is printed is the record, one line of JSON.\n"
		"\n"
		"  --text            title, origin and plain text instead\n" SPOOL_OPTION_HELP "\n"
		"  newspool cat 1234 | jq .\n"
		"  newspool cat --text 1234 | less\n"
		"  newspool ls --since 1d | cut -f1 | xargs newspool cat\n",
	.json = true,
	.run = run,
};
