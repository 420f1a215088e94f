/*
 * newspool poll: feeds are polled now, by the running daemon; with --wait, what came of it.
 *
 * A poll by hand is as polite as any other: not before a Retry-After or a 429 of the server is over,
 * but with --force.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/control_client.h"
#include "tools/feed_list.h"
#include "tools/feed_table.h"

enum { OPTION_WAIT = 1, OPTION_FORCE, OPTION_ARCHIVE, OPTION_ALL, OPTION_TIMEOUT };

#define WAIT_DEFAULT 120 /* seconds */
#define LOOK_EVERY 200   /* ms */
#define BAR_COLUMNS 30

struct asked {
	char *name;
	int64_t polls; /* before */
	bool done;
};

struct poll_call {
	struct command_call *call;
	struct control_client client;
	struct feed_list list;
	struct terminal terminal;
	bool wait, force, archive, all;
	long timeout;
	struct asked *feeds;
	size_t n, n_done;
	int status;
};

static void
path_of(const struct poll_call *poll, const char *name, bool ask, struct buf *path)
{
	buf_puts(path, "/v1/feeds/");
	control_client_escape(path, name);
	if (ask)
		buf_printf(path, "/poll?%s%s", poll->force ? "force=1" : "",
			poll->archive ? "&archive=1" : "");
}

/* Of many, to ask takes a while, too. */
static void
draw_asked(const struct poll_call *poll)
{
	if (poll->wait && poll->n % 16 == 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%zu asked for", poll->n);
}

static int
remember(struct poll_call *poll, const char *name, int64_t polls)
{
	struct asked *more = reallocarray(poll->feeds, poll->n + 1, sizeof(*more));
	char *copy;

	if (more == NULL)
		return COMMAND_FAILED;
	poll->feeds = more;
	copy = strdup(name);
	if (copy == NULL)
		return COMMAND_FAILED;
	more[poll->n++] = (struct asked){ .name = copy, .polls = polls };
	draw_asked(poll);
	return COMMAND_OK;
}

/* Too many requests at once: the daemon says so, and a moment later takes them. */
static int
ask_patiently(struct poll_call *poll, const char *path, struct control_answer *ret_answer)
{
	const struct timespec pause = { 1, 0 };

	for (int i = 0; i < 30; i++) {
		int status = control_client_try(&poll->client, "POST", path, ret_answer);

		if (status != COMMAND_OK || ret_answer->status != 429)
			return status;
		control_answer_done(ret_answer);
		nanosleep(&pause, NULL);
	}
	return control_client_try(&poll->client, "POST", path, ret_answer);
}

static int
ask_for_poll(struct poll_call *poll, const char *name)
{
	struct control_answer answer;
	struct buf path = { 0 };
	int status;

	path_of(poll, name, true, &path);
	status = ask_patiently(poll, buf_str(&path), &answer);
	buf_done(&path);
	if (status != COMMAND_OK)
		return status;
	if (answer.status >= 400) {
		control_client_say(&poll->client, &answer);
		poll->status = COMMAND_FAILED;
	} else {
		status = remember(poll, name, control_number(answer.json, "polls"));
		if (!poll->wait && poll->call->json)
			fputs(buf_str(&answer.text), stdout);
	}
	control_answer_done(&answer);
	return status;
}

static int
on_feed(void *arg, const struct control_value *feed)
{
	const char *state = control_text(feed, "state");

	/* Of many, those that cannot be polled are left alone without a word. */
	if (state != NULL && (strcmp(state, "stopped") == 0 || strcmp(state, "paused") == 0))
		return COMMAND_OK;
	return ask_for_poll(arg, control_text(feed, "name"));
}

static void
draw_bar(const struct poll_call *poll)
{
	int full = (int)(poll->n > 0 ? poll->n_done * BAR_COLUMNS / poll->n : BAR_COLUMNS);

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K[%.*s%*s] %zu of %zu", full, "##############################",
		BAR_COLUMNS - full, "", poll->n_done, poll->n);
	if (poll->n_done == poll->n)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

static void
print_result(struct poll_call *poll, const struct control_answer *answer)
{
	const struct control_value *history = control_member(answer->json, "history");
	const struct control_value *last = control_at(history, 0);
	const char *reason = control_text(answer->json, "reason");
	struct buf line = { 0 };

	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (reason != NULL)
		poll->status = COMMAND_FAILED;
	if (poll->call->json) {
		fputs(buf_str(&answer->text), stdout);
		return;
	}
	buf_printf(&line, "%s: %s", control_text(answer->json, "name"),
		control_text(answer->json, "result"));
	if (last != NULL)
		buf_printf(&line, ", %" PRId64 " new, %" PRId64 " known",
			control_number(last, "new"), control_number(last, "known"));
	if (reason != NULL) {
		buf_puts(&line, ": ");
		terminal_clean(&line, reason, false);
	}
	puts(buf_str(&line));
	buf_done(&line);
}

static int
look_at(struct poll_call *poll, struct asked *feed)
{
	struct control_answer answer;
	struct buf path = { 0 };
	int status;

	path_of(poll, feed->name, false, &path);
	status = control_client_try(&poll->client, "GET", buf_str(&path), &answer);
	buf_done(&path);
	if (status != COMMAND_OK)
		return status;
	if (answer.status == 404)
		feed->done = true;
	if (answer.status == 200 && control_number(answer.json, "polls") > feed->polls) {
		print_result(poll, &answer);
		feed->done = true;
	}
	poll->n_done += feed->done;
	control_answer_done(&answer);
	return COMMAND_OK;
}

/* How many feeds one round looks at, so that a thousand are not asked after at every turn. */
#define LOOK_AT_ONCE 32

static int
wait_for_all(struct poll_call *poll)
{
	const struct timespec pause = { 0, LOOK_EVERY * 1000000L };
	time_t end = time(NULL) + poll->timeout;

	draw_bar(poll);
	while (poll->n_done < poll->n) {
		size_t looked = 0;

		for (size_t i = 0; i < poll->n && looked < LOOK_AT_ONCE; i++) {
			int status;

			if (poll->feeds[i].done)
				continue;
			looked++;
			status = look_at(poll, &poll->feeds[i]);
			if (status != COMMAND_OK)
				return status;
		}
		draw_bar(poll);
		if (poll->n_done < poll->n && time(NULL) >= end) {
			command_say(poll->call, "%zu of %zu not within %ld seconds",
				poll->n - poll->n_done, poll->n, poll->timeout);
			return COMMAND_FAILED;
		}
		if (poll->n_done < poll->n)
			nanosleep(&pause, NULL);
	}
	return COMMAND_OK;
}

static int
ask_for_all(struct poll_call *poll)
{
	struct command_call *call = poll->call;
	int status = COMMAND_OK;

	if (optind == call->argc)
		return feed_list_each(&poll->client, &poll->list, on_feed, poll);
	for (int i = optind; i < call->argc && status == COMMAND_OK; i++)
		status = ask_for_poll(poll, call->argv[i]);
	return status;
}

static int
read_option(struct poll_call *poll, int option)
{
	char *end;

	switch (option) {
	case OPTION_WAIT:
		poll->wait = true;
		return COMMAND_OK;
	case OPTION_FORCE:
		poll->force = true;
		return COMMAND_OK;
	case OPTION_ARCHIVE:
		poll->archive = true;
		return COMMAND_OK;
	case OPTION_ALL:
		poll->all = true;
		return COMMAND_OK;
	case OPTION_TIMEOUT:
		poll->timeout = strtol(optarg, &end, 10);
		if (*end != '\0' || end == optarg || poll->timeout < 1 || poll->timeout > 86400)
			return command_misused(poll->call, "--timeout: seconds, 1 to 86400");
		return COMMAND_OK;
	case CONTROL_CLIENT_OPTION:
		poll->client.given = optarg;
		return COMMAND_OK;
	default:
		feed_list_option(&poll->list, option);
		return COMMAND_OK;
	}
}

static int
read_options(struct poll_call *poll)
{
	static const struct option own[] = { { "wait", no_argument, NULL, OPTION_WAIT },
		{ "force", no_argument, NULL, OPTION_FORCE },
		{ "archive", no_argument, NULL, OPTION_ARCHIVE },
		{ "all", no_argument, NULL, OPTION_ALL },
		{ "timeout", required_argument, NULL, OPTION_TIMEOUT }, FEED_LIST_OPTIONS,
		CONTROL_CLIENT_OPTIONS, { 0 } };
	struct command_call *call = poll->call;
	bool chosen;
	int option, status = COMMAND_OK;

	while (status == COMMAND_OK && (option = command_option(call, own)) > 0)
		status = read_option(poll, option);
	if (status != COMMAND_OK || option == COMMAND_STOP)
		return status != COMMAND_OK ? status : COMMAND_STOP;
	chosen = poll->all || poll->list.state != NULL || poll->list.tag != NULL ||
		 poll->list.text != NULL;
	if ((optind < call->argc) == chosen)
		return command_misused(
			call, "which feeds? Names, or --all, --state, --tag or --text");
	if (poll->archive && poll->wait)
		return command_misused(call, "archives take many polls: --archive without --wait");
	return COMMAND_OK;
}

static int
run(struct command_call *call)
{
	struct poll_call poll = {
		.call = call, .client = { .call = call }, .timeout = WAIT_DEFAULT
	};
	int status = read_options(&poll);

	if (status != COMMAND_OK)
		return status == COMMAND_STOP ? call->status : status;
	terminal_init(&poll.terminal);
	status = ask_for_all(&poll);
	if (status == COMMAND_OK && poll.wait)
		status = wait_for_all(&poll);
	for (size_t i = 0; i < poll.n; i++)
		free(poll.feeds[i].name);
	free(poll.feeds);
	control_client_done(&poll.client);
	return command_finish(call, status != COMMAND_OK ? status : poll.status);
}

const struct command cmd_poll = {
	.name = "poll",
	.summary = "poll feeds now",
	.usage = "[--wait] [--force] [--archive] [--all | --state S | --tag T | --text T | FEED "
		 "...]",
	.help = "  --wait         until they are polled; say what came\n"
		"  --timeout N    no longer than so many seconds (120)\n"
		"  --force        also where the server has asked to be left alone (429, "
		"Retry-After)\n"
		"  --archive      follow their archives back\n"
		"  --all          all feeds that are not paused or stopped\n" FEED_LIST_HELP
			CONTROL_CLIENT_HELP
		"\nThe exit status is 0 where all were asked for (with --wait: polled without a\n"
		"failure), 1 where one was not, 3 where no daemon runs.\n"
		"\n"
		"  newspool poll --wait example-news\n",
	.json = true,
	.words = "state ok new failing stopped paused\n* @feeds\n",
	.run = run,
};
