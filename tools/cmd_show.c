/*
 * newspool show: articles for a person to read on a terminal. Everything that a publisher wrote
 * passes through terminal_clean() on its way out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "tools/command.h"
#include "tools/links.h"
#include "tools/operand.h"
#include "tools/pager.h"
#include "tools/spool_option.h"
#include "tools/terminal.h"

enum { OPTION_SPOOL = 1, OPTION_NO_PAGER };

struct showing {
	struct operands operands;
	struct terminal terminal;
	struct buf text;
	bool no_pager;
	size_t n_shown;
};

static void
print_wrapped(struct showing *showing, const char *text, enum terminal_style style)
{
	buf_reset(&showing->text);
	terminal_clean(&showing->text, text, false);
	terminal_wrap(&showing->terminal, buf_str(&showing->text), 0, 0, style);
}

/* Adds one of several parts, apart by a dot. */
static void
add_part(struct buf *line, const char *text)
{
	if (!text)
		return;
	buf_puts(line, line->len > 0 ? " · " : "");
	buf_puts(line, text);
}

static void
add_time(struct buf *line, const char *what, int64_t when)
{
	char time[CLOCK_RFC3339_SIZE], text[CLOCK_RFC3339_SIZE + 32];

	if (when == NP_TIME_NONE)
		return;
	clock_rfc3339(when, time);
	snprintf(text, sizeof(text), "%s%.10s %.5s", what, time, time + 11);
	add_part(line, text);
}

/* Feed, times and authors. */
static void
print_byline(struct showing *showing, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	const char *feed = np_record_feed_title(record);
	int64_t published = np_article_published(article);
	struct buf line = { 0 };
	size_t n;
	const struct np_person *authors = np_article_authors(article, &n);

	add_part(&line, feed ? feed : np_record_feed_name(record));
	add_time(&line, "", published != NP_TIME_NONE ? published : np_record_fetched_at(record));
	if (np_article_modified(article) != published)
		add_time(&line, "changed ", np_article_modified(article));
	for (size_t i = 0; i < n; i++)
		add_part(&line, authors[i].name ? authors[i].name : authors[i].email);
	if (line.len > 0)
		print_wrapped(showing, buf_str(&line), TERMINAL_DIM);
	buf_done(&line);
}

static void
print_tags(struct showing *showing, const struct np_record *record)
{
	struct buf line = { 0 };
	size_t n;
	const char *const *tags = np_record_tags(record, &n);

	for (size_t i = 0; i < n; i++) {
		buf_puts(&line, i > 0 ? ", " : "");
		buf_puts(&line, tags[i]);
	}
	if (n > 0)
		print_wrapped(showing, buf_str(&line), TERMINAL_TAG);
	buf_done(&line);
}

/* A URL stays on one line, so that it can be followed from there. */
static void
print_url(struct showing *showing, const char *label, const char *url)
{
	struct buf *text = &showing->text;

	buf_reset(text);
	terminal_clean(text, url, false);
	printf("%s", label);
	terminal_print(&showing->terminal, buf_str(text), text->len, TERMINAL_DIM);
	putchar('\n');
}

static void
print_links(struct showing *showing, const struct links *links)
{
	char label[32];

	for (size_t i = 0; i < links->n; i++) {
		if (i == 0)
			putchar('\n');
		snprintf(label, sizeof(label), "[%zu] ", i + 1);
		print_url(showing, label, links->list[i]);
	}
}

static void
print_attachments(struct showing *showing, const struct np_article *article)
{
	size_t n;
	const struct np_attachment *list = np_article_attachments(article, &n);

	for (size_t i = 0; i < n; i++) {
		struct buf label = { 0 };

		buf_puts(&label, i > 0 ? "" : "\n");
		terminal_clean(&label, list[i].mime_type ? list[i].mime_type : "attachment", false);
		if (list[i].size_in_bytes >= 0)
			buf_printf(&label, ", %" PRId64 " bytes", list[i].size_in_bytes);
		buf_puts(&label, ": ");
		print_url(showing, buf_str(&label), list[i].url);
		buf_done(&label);
	}
}

static int
print_body(struct showing *showing, const struct np_article *article)
{
	const char *html = np_article_content_html(article);
	const char *text = np_article_content_text(article);
	struct links links = { .n = 0 };
	struct buf plain = { 0 };
	int error;

	if (html)
		links_to_text(&links, &plain, html);
	else if (text || np_article_summary(article))
		buf_puts(&plain, text ? text : np_article_summary(article));
	buf_reset(&showing->text);
	terminal_clean(&showing->text, buf_str(&plain), true);
	error = buf_error(&plain) ? buf_error(&plain) : buf_error(&showing->text);
	if (error == 0 && plain.len > 0) {
		putchar('\n');
		terminal_wrap_text(&showing->terminal, buf_str(&showing->text), 0);
	}
	if (error == 0)
		print_links(showing, &links);
	links_done(&links);
	buf_done(&plain);
	return error;
}

static int
print_article(struct showing *showing, const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	const char *title = np_article_title(article);
	int error;

	if (showing->n_shown++ > 0)
		putchar('\n');
	print_wrapped(showing, title ? title : "(no title)", TERMINAL_BOLD);
	print_byline(showing, record);
	print_tags(showing, record);
	if (np_article_url(article))
		print_url(showing, "", np_article_url(article));
	error = print_body(showing, article);
	if (error == 0)
		print_attachments(showing, article);
	if (error == 0 && np_article_comments_url(article))
		print_url(showing, "\ncomments: ", np_article_comments_url(article));
	return error;
}

static int
show(struct showing *showing, const char *what)
{
	struct np_record *record = NULL;
	char *line;
	size_t size;
	int error, status = operand_read(&showing->operands, what, &line, &size);

	if (status != COMMAND_OK)
		return status;
	error = np_record_parse(line, size, &record);
	free(line);
	if (error == 0)
		error = print_article(showing, record);
	np_record_free(record);
	if (error == 0)
		return COMMAND_OK;
	command_say(showing->operands.call, "%s: %s", what,
		error == -EBADMSG ? "not a record" : strerror(-error));
	return COMMAND_FAILED;
}

static int
show_all(struct showing *showing)
{
	const struct command_call *call = showing->operands.call;
	int status = COMMAND_OK;
	struct pager pager = { .pid = 0 };

	terminal_init(&showing->terminal);
	if (!showing->no_pager)
		pager_begin(&pager, &showing->terminal);
	for (int i = optind; i < call->argc && status != COMMAND_USAGE && !ferror(stdout); i++) {
		int one = show(showing, call->argv[i]);

		if (one != COMMAND_OK)
			status = one;
	}
	pager_end(&pager);
	return status;
}

static int
run(struct command_call *call)
{
	static const struct option own[] = {
		{ "no-pager", no_argument, NULL, OPTION_NO_PAGER },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ 0 },
	};
	struct showing showing = { .operands = { .call = call } };
	int option, status;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_SPOOL)
			showing.operands.directory = optarg;
		else
			showing.no_pager = true;
	}
	if (option == COMMAND_STOP)
		return call->status;
	if (optind == call->argc)
		return command_misused(call, "which article?");
	status = show_all(&showing);
	operands_done(&showing.operands);
	buf_done(&showing.text);
	return command_finish(call, status);
}

const struct command cmd_show = {
	.name = "show",
	.summary = "show articles for reading, links numbered",
	.usage = "[--no-pager] [--spool DIR] ARTICLE …",
	.help = "\n" OPERAND_HELP "\n"
		"Lines are as wide as the terminal, or $COLUMNS; on a terminal it goes through\n"
		"$PAGER, or less.\n"
		"\n"
		"  --no-pager        straight to the terminal\n" SPOOL_OPTION_HELP "\n"
		"Exit status: 0, 1 an article is not there, 2 wrong arguments.\n"
		"\n"
		"  newspool show 1234\n"
		"  newspool ls --tag stock-news --limit 3 | cut -f1 | xargs newspool show\n",
	.run = run,
};
