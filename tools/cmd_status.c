/* newspool status: the running daemon at a glance. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/control_client.h"
#include "tools/feed_table.h"
#include "tools/watch.h"

struct status_call {
	struct command_call *call;
	struct control_client client;
};

static void
print_counts(const struct terminal *terminal, const struct control_value *status)
{
	const struct control_value *feeds = control_member(status, "feeds");
	const struct control_value *polls = control_member(status, "polls");
	struct buf text = { 0 };

	buf_printf(&text,
		"%" PRId64 ": %" PRId64 " failing, %" PRId64 " stopped, %" PRId64
		" paused, %" PRId64 " never polled",
		control_number(feeds, "configured"), control_number(feeds, "failing"),
		control_number(feeds, "stopped"), control_number(feeds, "paused"),
		control_number(feeds, "never_polled"));
	feed_table_line(terminal, "feeds", buf_str(&text));
	buf_reset(&text);
	buf_printf(&text, "%" PRId64 " under way, %" PRId64 " to store, %" PRId64 " overdue",
		control_number(polls, "under_way"), control_number(polls, "to_store"),
		control_number(polls, "overdue"));
	feed_table_line(terminal, "polls", buf_str(&text));
	buf_reset(&text);
	buf_printf(&text, "%" PRId64 " articles wait ('newspool held')",
		control_number(status, "held"));
	if (control_number(status, "held") > 0)
		feed_table_line(terminal, "held", buf_str(&text));
	buf_done(&text);
}

static void
print_processes(const struct terminal *terminal, const struct control_value *status)
{
	const struct control_value *fetchers = control_member(status, "fetchers");
	struct buf text = { 0 };
	size_t running = 0;

	for (size_t i = 0; i < control_size(fetchers); i++)
		running += control_flag(control_at(fetchers, i), "running");
	buf_printf(&text, "%zu of %zu run; %" PRId64 " started again since the start", running,
		control_size(fetchers), control_number(status, "fetcher_restarts"));
	feed_table_line(terminal, "fetchers", buf_str(&text));
	buf_done(&text);
}

static void
print_problems(const struct terminal *terminal, const struct control_value *status)
{
	const struct control_value *problems = control_member(status, "problems");

	for (size_t i = 0; i < control_size(problems); i++)
		feed_table_line(terminal, control_text(control_at(problems, i), "code"),
			control_text(control_at(problems, i), "message"));
}

static void
print_status(const struct control_value *status)
{
	struct terminal terminal;
	struct buf text = { 0 };

	terminal_init(&terminal);
	buf_printf(&text, "%s, process %" PRId64 ", since %s", control_text(status, "version"),
		control_number(status, "pid"), control_text(status, "started"));
	feed_table_line(&terminal, "newspoold", buf_str(&text));
	buf_done(&text);
	print_counts(&terminal, status);
	print_processes(&terminal, status);
	feed_table_line(&terminal, "spool", control_text(status, "spool"));
	feed_table_line(&terminal, "configuration", control_text(status, "config"));
	feed_table_line(&terminal, "health", control_flag(status, "healthy") ? "good" : "NOT good");
	print_problems(&terminal, status);
}

static int
show(void *arg)
{
	struct status_call *status = arg;
	struct control_answer answer;
	int result = control_client_ask(&status->client, "GET", "/v1/status", &answer);

	if (result != COMMAND_OK)
		return result;
	if (status->call->json)
		fputs(buf_str(&answer.text), stdout);
	else
		print_status(answer.json);
	result = control_flag(answer.json, "healthy") ? COMMAND_OK : COMMAND_FAILED;
	control_answer_done(&answer);
	return result;
}

static int
run(struct command_call *call)
{
	static const struct option own[] = { CONTROL_CLIENT_OPTIONS, WATCH_OPTIONS, { 0 } };
	struct status_call status = { .call = call, .client = { .call = call } };
	bool watch = false;
	int option, result;

	while ((option = command_option(call, own)) > 0) {
		if (option == WATCH_OPTION)
			watch = true;
		else
			status.client.given = optarg;
	}
	if (option == COMMAND_STOP)
		return call->status;
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken", call->argv[optind]);
	result = watch_run(call, watch, show, &status);
	control_client_done(&status.client);
	return result;
}

const struct command cmd_status = {
	.name = "status",
	.summary = "how the running daemon is",
	.usage = "[--watch]",
	.help = WATCH_HELP CONTROL_CLIENT_HELP
	"\nThe exit status is 0 where all is well, 1 where it is not, 3 where no daemon runs.\n"
	"\n"
	"  newspool status\n",
	.json = true,
	.run = run,
};
