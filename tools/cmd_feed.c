/* newspool feed NAME: what the running daemon knows of one feed, and its last polls. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/control_client.h"
#include "tools/feed_table.h"
#include "tools/watch.h"

struct feed_call {
	struct command_call *call;
	struct control_client client;
	struct buf path;
};

static void
print_members(const struct terminal *terminal, const struct control_value *feed)
{
	static const char *const members[][2] = {
		{ "feed", "name" },
		{ "state", "state" },
		{ "title", "title" },
		{ "url", "url" },
		{ "moved to", "moved_url" },
		{ "polled with", "polled_with" },
		{ "home page", "home_page_url" },
		{ "last poll", "last_poll" },
		{ "last success", "last_success" },
		{ "result", "result" },
		{ "reason", "reason" },
		{ "next poll", "next_poll" },
		{ "because", "why_next" },
		{ "not before", "not_before" },
	};

	const char *state = control_text(feed, "state");
	bool stopped = state != NULL && strcmp(state, "stopped") == 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!stopped || strcmp(members[i][1], "next_poll") != 0)
			feed_table_line(terminal, members[i][0], control_text(feed, members[i][1]));
}

static void
print_tags(const struct terminal *terminal, const struct control_value *feed)
{
	const struct control_value *tags = control_member(feed, "tags");
	struct buf text = { 0 };

	for (size_t i = 0; i < control_size(tags); i++)
		buf_printf(&text, "%s%s", i > 0 ? ", " : "", control_text_at(tags, i));
	if (text.len > 0)
		feed_table_line(terminal, "tags", buf_str(&text));
	buf_done(&text);
}

static void
print_poll(const struct terminal *terminal, const struct control_value *poll)
{
	const char *reason = control_text(poll, "reason"), *result = control_text(poll, "result");
	struct buf line = { 0 };

	buf_printf(&line, "%s  %-13s", control_text(poll, "at"), result != NULL ? result : "");
	if (control_number(poll, "status") != 0)
		buf_printf(&line, " %" PRId64, control_number(poll, "status"));
	buf_printf(&line, "  %" PRId64 " new, %" PRId64 " known, %" PRId64 " bytes  ",
		control_number(poll, "new"), control_number(poll, "known"),
		control_number(poll, "bytes"));
	terminal_clean(&line, reason != NULL ? reason : "", false);
	terminal_fit(&line, 0, terminal->width);
	puts(buf_str(&line));
	buf_done(&line);
}

static void
print_feed(const struct control_value *feed)
{
	const struct control_value *history = control_member(feed, "history");
	struct terminal terminal;

	terminal_init(&terminal);
	print_members(&terminal, feed);
	print_tags(&terminal, feed);
	if (control_size(history) > 0)
		printf("\nThe last polls:\n");
	for (size_t i = 0; i < control_size(history); i++)
		print_poll(&terminal, control_at(history, i));
}

static int
show(void *arg)
{
	struct feed_call *feed = arg;
	struct control_answer answer;
	int status = control_client_ask(&feed->client, "GET", buf_str(&feed->path), &answer);

	if (status != COMMAND_OK)
		return status;
	if (feed->call->json)
		fputs(buf_str(&answer.text), stdout);
	else
		print_feed(answer.json);
	control_answer_done(&answer);
	return COMMAND_OK;
}

static int
run(struct command_call *call)
{
	static const struct option own[] = { CONTROL_CLIENT_OPTIONS, WATCH_OPTIONS, { 0 } };
	struct feed_call feed = { .call = call, .client = { .call = call } };
	bool watch = false;
	int option, status;

	while ((option = command_option(call, own)) > 0) {
		if (option == WATCH_OPTION)
			watch = true;
		else
			feed.client.given = optarg;
	}
	if (option == COMMAND_STOP)
		return call->status;
	if (optind + 1 != call->argc)
		return command_misused(call, "which feed? One name");
	buf_puts(&feed.path, "/v1/feeds/");
	control_client_escape(&feed.path, call->argv[optind]);
	status = watch_run(call, watch, show, &feed);
	buf_done(&feed.path);
	control_client_done(&feed.client);
	return status;
}

const struct command cmd_feed = {
	.name = "feed",
	.summary = "one feed: why it is as it is, and its last polls",
	.usage = "[--watch] NAME",
	.help = WATCH_HELP CONTROL_CLIENT_HELP CONTROL_CLIENT_STATUS
	"\n"
	"  newspool feed example-news\n",
	.json = true,
	.words = "* @feeds\n",
	.run = run,
};
