/* newspool cat: records, as they are or as text. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "tools/command.h"
#include "tools/operand.h"
#include "tools/spool_option.h"
#include "tools/terminal.h"

enum { OPTION_TEXT = 1, OPTION_SPOOL };

struct printing {
	struct operands operands;
	bool text;
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
print_operand(struct command_call *call, struct printing *printing, const char *what)
{
	char *line;
	size_t size;
	int error, status = operand_read(&printing->operands, what, &line, &size);

	if (status != COMMAND_OK)
		return status;
	error = print_line(printing, line, size);
	free(line);
	if (error == 0)
		return COMMAND_OK;
	command_say(call, "%s: %s", what, error == -EBADMSG ? "not a record" : strerror(-error));
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
	struct printing printing = { .operands = { .call = call } };
	int option, status = COMMAND_OK;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_SPOOL)
			printing.operands.directory = optarg;
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
	operands_done(&printing.operands);
	return command_finish(call, status);
}

const struct command cmd_cat = {
	.name = "cat",
	.summary = "print articles: their records, or as text",
	.usage = "[--text] [--spool DIR] ARTICLE …",
	.help = "\n" OPERAND_HELP " What is printed is the record, one line of JSON.\n"
		"\n"
		"  --text            title, origin and plain text instead\n" SPOOL_OPTION_HELP "\n"
		"  newspool cat 1234 | jq .\n"
		"  newspool cat --text 1234 | less\n"
		"  newspool ls --since 1d | cut -f1 | xargs newspool cat\n",
	.json = true,
	.run = run,
};
