/*
 * newspool tail: what was delivered last, and with -f what comes.
 *
 * With a cursor each article is done at least once: the cursor moves when its line has been taken
 * by standard output, or when the command that was run for it succeeded. Lines are flushed and
 * acknowledged together, as many as came at once. SIGINT and SIGTERM are read between articles, so
 * that what was done is acknowledged.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/filter.h"
#include "tools/handler.h"
#include "tools/output.h"
#include "tools/reading.h"

#define NUMBER 10       /* articles, where nothing else is said */
#define BATCH 200       /* articles that are acknowledged at once */
#define PAUSE 1000      /* ms between two looks where nothing tells of what comes */
#define SIGNAL_BASE 128 /* the exit status after a signal */

enum { OPTION_CURSOR = 1, OPTION_EXEC, OPTION_FORMAT };

struct tail {
	struct command_call *call;
	struct filter filter;
	struct reading reading;
	bool follow;
	uint64_t number; /* UINT64_MAX: was not said */
	const char *cursor, *exec;
	enum output_format format;
	uint64_t acknowledged; /* where the cursor stands */
	unsigned int n_waiting;
	int signals; /* signalfd(2) */
	struct buf line;
};

/* Signals */

static int
catch_signals(struct tail *tail)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	tail->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return tail->signals < 0 ? -errno : 0;
}

/* The signal that came, or 0. */
static int
caught(const struct tail *tail)
{
	struct signalfd_siginfo info;

	return read(tail->signals, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

/* Waits for an article or a signal. COMMAND_PIPE: nobody reads any more what we write. */
static int
wait_for_more(struct tail *tail)
{
	int fd = np_spool_follow_fd(tail->reading.follow);
	struct pollfd fds[] = {
		{ .fd = tail->signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO }, /* POLLERR: a pipe without a reader */
		{ .fd = fd, .events = POLLIN },
	};

	if (poll(fds, 3, fd < 0 ? PAUSE : -1) > 0 && (fds[1].revents & POLLERR))
		return COMMAND_PIPE;
	return COMMAND_OK;
}

/* The cursor */

static int
acknowledge(struct tail *tail)
{
	uint64_t seq = tail->reading.seq;
	int error;

	if (fflush(stdout) != 0 || ferror(stdout))
		return COMMAND_FAILED; /* said at the end */
	tail->n_waiting = 0;
	if (!tail->cursor || seq <= tail->acknowledged)
		return COMMAND_OK;
	error = np_cursor_ack(tail->reading.spool, tail->cursor, seq);
	if (error) {
		command_say(tail->call, "the cursor %s: %s", tail->cursor, strerror(-error));
		return COMMAND_FAILED;
	}
	tail->acknowledged = seq;
	return COMMAND_OK;
}

/* Goes on behind the cursor; one that is not there yet begins where --since says, or with all. */
static int
find_cursor(struct tail *tail)
{
	struct np_spool_query *query = &tail->filter.query;
	uint64_t seq;
	int error = np_cursor_read(tail->reading.spool, tail->cursor, &seq);

	if (error == -ENOENT)
		return COMMAND_OK;
	if (error) {
		command_say(tail->call, "the cursor %s: %s", tail->cursor,
			error == -EBADMSG ? "holds no sequence" : strerror(-error));
		return COMMAND_FAILED;
	}
	query->after = tail->acknowledged = seq;
	query->since = 0;
	return COMMAND_OK;
}

/* Begins with the last number of them. */
static int
find_last(struct tail *tail)
{
	struct reading *reading = &tail->reading;
	uint64_t n = 0, newest = 0;
	int ret = 0, status = reading_begin(reading, READING_NEWEST_FIRST);

	if (status != COMMAND_OK)
		return status;
	while (n <= tail->number && (ret = reading_next(reading)) == 1) {
		newest = newest ? newest : reading->seq;
		if (n++ == tail->number)
			tail->filter.query.after = reading->seq;
	}
	if (tail->number == 0 && n == 0)
		tail->filter.query.after = newest;
	reading->status = COMMAND_OK; /* what is broken is said when its turn comes */
	return ret < 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int
find_beginning(struct tail *tail)
{
	if (tail->cursor)
		return find_cursor(tail);
	if (tail->number == UINT64_MAX && tail->filter.since)
		return COMMAND_OK;
	if (tail->number == UINT64_MAX)
		tail->number = NUMBER;
	return find_last(tail);
}

/* Articles */

static int
run_command(struct tail *tail)
{
	struct reading *reading = &tail->reading;
	int signal,
		ret = handler_run(tail->exec, reading->entry, buf_str(&tail->line), tail->line.len);

	if (ret == 0)
		return acknowledge(tail);
	if ((signal = caught(tail)) != 0)
		return SIGNAL_BASE + signal; /* from a terminal it was for both of us */
	if (ret < 0)
		command_say(tail->call, "%s: %s", tail->exec, strerror(-ret));
	else
		command_say(tail->call, "%s: exit status %d for %s", tail->exec, ret,
			reading->entry->path);
	return COMMAND_FAILED;
}

static int
take_article(struct tail *tail)
{
	buf_reset(&tail->line);
	output_line(&tail->line, tail->format, &tail->reading);
	if (buf_error(&tail->line)) {
		command_say(tail->call, "%s", strerror(ENOMEM));
		return COMMAND_FAILED;
	}
	if (tail->exec)
		return run_command(tail);
	fwrite(tail->line.data, 1, tail->line.len, stdout);
	return ++tail->n_waiting >= BATCH ? acknowledge(tail) : COMMAND_OK;
}

static int
run_all(struct tail *tail)
{
	int ret, signal, status = COMMAND_OK;

	while (status == COMMAND_OK) {
		ret = reading_next(&tail->reading);
		if (ret == 1)
			status = take_article(tail);
		else
			status = acknowledge(tail);
		if (ret < 0)
			return COMMAND_FAILED;
		if (status == COMMAND_OK && (signal = caught(tail)) != 0) {
			status = acknowledge(tail);
			return status == COMMAND_OK ? SIGNAL_BASE + signal : status;
		}
		if (ret == 0 && !tail->follow)
			break;
		if (ret == 0 && status == COMMAND_OK)
			status = wait_for_more(tail);
	}
	return status == COMMAND_OK ? tail->reading.status : status;
}

static int
run_tail(struct tail *tail)
{
	int error, status = reading_open(&tail->reading, tail->call, &tail->filter);

	tail->reading.heads = tail->format != OUTPUT_TSV;
	tail->reading.keeps_place = tail->cursor != NULL;
	if (status == COMMAND_OK)
		status = find_beginning(tail);
	if (status == COMMAND_OK)
		status = reading_begin(
			&tail->reading, tail->follow ? READING_FOLLOW : READING_OLDEST_FIRST);
	if (status != COMMAND_OK)
		return status;
	error = catch_signals(tail);
	if (error) {
		command_say(tail->call, "%s", strerror(-error));
		return COMMAND_FAILED;
	}
	return run_all(tail);
}

static int
take_option(struct tail *tail, int option)
{
	switch (option) {
	case 'f':
		tail->follow = true;
		return COMMAND_OK;
	case 'n':
		if (strcmp(optarg, "0") != 0 && spool_option_number(optarg, &tail->number) < 0)
			return command_misused(tail->call, "-n %s: not a number", optarg);
		if (strcmp(optarg, "0") == 0)
			tail->number = 0;
		return COMMAND_OK;
	case OPTION_EXEC:
		tail->exec = optarg;
		return COMMAND_OK;
	case OPTION_CURSOR:
		tail->cursor = optarg;
		if (!spool_is_slug(optarg))
			return command_misused(tail->call,
				"--cursor %s: not a name: lower-case letters, digits and hyphens",
				optarg);
		return COMMAND_OK;
	case OPTION_FORMAT:
		if (output_format_parse(optarg, &tail->format) < 0)
			return command_misused(
				tail->call, "--format %s: not " OUTPUT_FORMATS, optarg);
		return COMMAND_OK;
	default:
		return filter_option(tail->call, &tail->filter, option);
	}
}

static int
read_options(struct tail *tail)
{
	static const struct option own[] = {
		FILTER_OPTIONS,
		{ "follow", no_argument, NULL, 'f' },
		{ "number", required_argument, NULL, 'n' },
		{ "cursor", required_argument, NULL, OPTION_CURSOR },
		{ "exec", required_argument, NULL, OPTION_EXEC },
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ 0 },
	};
	struct command_call *call = tail->call;
	bool format = false;
	int option;

	while ((option = command_option(call, own)) > 0) {
		int status = take_option(tail, option);

		if (status != COMMAND_OK)
			return status;
		format = format || option == OPTION_FORMAT;
	}
	if (option == COMMAND_STOP)
		return COMMAND_STOP;
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken", call->argv[optind]);
	if (tail->cursor && tail->number != UINT64_MAX)
		return command_misused(call, "--cursor and -n exclude each other");
	if (tail->follow && tail->filter.query.until)
		return command_misused(call, "-f and --until exclude each other");
	if (call->json || (tail->exec && !format))
		tail->format = OUTPUT_JSON;
	return COMMAND_OK;
}

static int
run(struct command_call *call)
{
	struct tail tail = { .call = call, .number = UINT64_MAX, .signals = -1 };
	int status = read_options(&tail);

	if (status == COMMAND_OK)
		status = run_tail(&tail);
	reading_close(&tail.reading);
	filter_done(&tail.filter);
	buf_done(&tail.line);
	if (tail.signals >= 0)
		close(tail.signals);
	return status == COMMAND_STOP ? call->status : command_finish(call, status);
}

const struct command cmd_tail = {
	.name = "tail",
	.summary = "show what was delivered last, follow what comes, run a command for each",
	.usage = "[-f] [-n N] [--cursor NAME] [--exec CMD] [--format F] " FILTER_USAGE
		 " [--spool DIR]",
	.help = "\n"
		"The last ten articles, or all since a time, in the order of delivery, a line "
		"each.\n"
		"\n"
		"  -f, --follow      go on with what comes, until a signal\n"
		"  -n, --number N    so many of the last instead of ten; 0: only what comes\n"
		"  --cursor NAME     go on where NAME stood, and move it when an article's line "
		"has\n"
		"                    been written, or CMD has succeeded: at least once, over "
		"restarts\n"
		"  --exec CMD        run sh -c CMD for each article instead, one at a time, with "
		"the\n"
		"                    line on its standard input and NEWSPOOL_SEQ and "
		"NEWSPOOL_PATH\n"
		"                    in its environment; end with status 1 when it fails\n"
		"  --format FORMAT   text; json: the record; tsv: as in sfeed(5)\n" FILTER_HELP
			SPOOL_OPTION_HELP "\n"
		"Exit status: 0, 1 something failed, 2 wrong arguments, 128 and the signal that\n"
		"ended it: 130 after an interrupt.\n"
		"\n"
		"  newspool tail -f --tag technology-news\n"
		"  newspool tail --since 6h --format tsv | cut -f2,3\n"
		"  newspool tail -f --cursor mailer --exec 'jq -r .title | mail -s news me'\n",
	.json = true,
	.words = "format text json tsv\n",
	.run = run,
};
