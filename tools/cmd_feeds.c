/* newspool feeds: the feeds of the running daemon, one a line. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/control_client.h"
#include "tools/feed_list.h"
#include "tools/feed_table.h"
#include "tools/watch.h"

struct feeds_call {
	struct command_call *call;
	struct control_client client;
	struct feed_list list;
	struct terminal terminal;
	bool headed;
};

static int
print_feed(void *arg, const struct control_value *feed)
{
	struct feeds_call *feeds = arg;

	if (!feeds->headed)
		feed_table_head(&feeds->terminal);
	feeds->headed = true;
	feed_table_row(&feeds->terminal, feed, (int64_t)time(NULL));
	return COMMAND_OK;
}

static int
show(void *arg)
{
	struct feeds_call *feeds = arg;

	if (feeds->call->json)
		return feed_list_print_json(&feeds->client, &feeds->list);
	feeds->headed = false;
	return feed_list_each(&feeds->client, &feeds->list, print_feed, feeds);
}

static int
run(struct command_call *call)
{
	static const struct option own[] = { FEED_LIST_OPTIONS, CONTROL_CLIENT_OPTIONS,
		WATCH_OPTIONS, { 0 } };
	struct feeds_call feeds = { .call = call, .client = { .call = call } };
	bool watch = false;
	int option, result;

	while ((option = command_option(call, own)) > 0) {
		if (option == WATCH_OPTION)
			watch = true;
		else if (option == CONTROL_CLIENT_OPTION)
			feeds.client.given = optarg;
		else
			feed_list_option(&feeds.list, option);
	}
	if (option == COMMAND_STOP)
		return call->status;
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken; --text looks for one",
			call->argv[optind]);
	terminal_init(&feeds.terminal);
	result = watch_run(call, watch, show, &feeds);
	control_client_done(&feeds.client);
	return result;
}

const struct command cmd_feeds = {
	.name = "feeds",
	.summary = "the feeds, when they were polled and how they are",
	.usage = "[--state STATE] [--tag TAG] [--text TEXT] [--watch]",
	.help = FEED_LIST_HELP WATCH_HELP CONTROL_CLIENT_HELP CONTROL_CLIENT_STATUS
	"\n"
	"  newspool feeds --state failing\n",
	.json = true,
	.words = "state ok new failing stopped paused\n",
	.run = run,
};
