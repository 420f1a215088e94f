/*
 * newspool deliver: articles as mail, handed to a mail system. One that is taken is finished (in a
 * queue) or acknowledged (of a cursor) after that and not before, so each is delivered at least once.
 *
 * Statuses are those of sysexits(3), as mail programs have them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "daemon/conf/words.h"
#include "lib/spool/layout.h"
#include "lib/spool/mail_text.h"
#include "tools/lmtp.h"
#include "tools/message.h"
#include "tools/queue_option.h"
#include "tools/sendmail.h"
#include "tools/spool_option.h"

#define RECIPIENTS_MAX 32
#define STALE 600     /* seconds: who holds a claim for so long is thought dead */
#define HELD_MAX 1000 /* claims that are kept until the end because they failed */

enum {
	OPTION_SENDMAIL = 1,
	OPTION_LMTP,
	OPTION_PRINT,
	OPTION_QUEUE,
	OPTION_CURSOR,
	OPTION_TAG,
	OPTION_TO,
	OPTION_FROM,
	OPTION_SPOOL
};

struct delivering {
	struct command_call *call;
	/* as was asked */
	const char *sendmail, *place, *queue, *cursor, *directory, *from;
	char *tag;
	bool print;
	const char *to[RECIPIENTS_MAX];
	size_t n_to;
	/* what it takes */
	struct arena arena;
	struct config *config;
	struct np_spool *spool;
	const char *const *command;
	struct lmtp *lmtp;
	struct buf message, reason;
	uint64_t n; /* delivered */
};

static int
status_of(int error)
{
	static const struct {
		int error, status;
	} statuses[] = { { 0, EX_OK }, { -ENOENT, EX_NOINPUT }, { -EINVAL, EX_NOINPUT },
		{ -EBADMSG, EX_DATAERR }, { -EREMOTEIO, EX_UNAVAILABLE }, { -EACCES, EX_NOPERM },
		{ -EPERM, EX_NOPERM }, { -EIO, EX_IOERR }, { -ENOSPC, EX_IOERR } };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].error == error)
			return statuses[i].status;
	return EX_TEMPFAIL;
}

static const char *
reason_of(int error)
{
	switch (error) {
	case -ENOENT:
		return "no such article";
	case -EINVAL:
		return "neither a sequence, nor the name or the path of an article";
	case -EBADMSG:
		return "not a record";
	default:
		return strerror(-error);
	}
}

/* Sending */

static int
send_lmtp(struct delivering *delivering)
{
	int error = 0;

	if (!delivering->lmtp)
		error = lmtp_open(delivering->place, &delivering->lmtp, &delivering->reason);
	if (error == 0)
		error = lmtp_send(delivering->lmtp, delivering->from ? delivering->from : "",
			delivering->to, delivering->n_to, &delivering->message,
			&delivering->reason);
	if (error && error != -EAGAIN && error != -EREMOTEIO) {
		lmtp_close(delivering->lmtp);
		delivering->lmtp = NULL;
		error = -EAGAIN;
	}
	return error;
}

/* It has been taken when it has left us. What is wrong with standard output is said at the end. */
static int
print_message(struct delivering *delivering)
{
	fwrite(delivering->message.data, 1, delivering->message.len, stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
		return -EIO;
	delivering->n++;
	return 0;
}

/* Sends what is in message. 0, -EAGAIN, -EREMOTEIO or another -errno; said where it failed. */
static int
send_message(struct delivering *delivering, const char *what)
{
	const struct buf *message = &delivering->message;
	int error = buf_error(message);

	buf_reset(&delivering->reason);
	if (error == 0 && delivering->print)
		return print_message(delivering);
	if (error == 0 && delivering->place)
		error = send_lmtp(delivering);
	else if (error == 0)
		error = sendmail_send(delivering->command, delivering->from, delivering->to,
			delivering->n_to, message, &delivering->reason);
	if (error)
		command_say(delivering->call, "%s: %s", what,
			delivering->reason.len ? buf_str(&delivering->reason) : strerror(-error));
	delivering->n += error == 0;
	return error;
}

static int
send_path(struct delivering *delivering, const char *path)
{
	int error;

	buf_reset(&delivering->message);
	error = message_of_path(delivering->spool, delivering->directory,
		delivering->config->mail_domain, path, &delivering->message);
	if (error == 0)
		return send_message(delivering, path);
	command_say(delivering->call, "%s: %s", path, reason_of(error));
	return error;
}

/* From a queue */

struct held {
	char *paths[HELD_MAX];
	size_t n;
};

/* One that was refused for good does not stop those behind it; it stays, and is told of. */
static int
take_one(struct delivering *delivering, struct np_queue *queue, const char *path, struct held *held,
	int *ret_refused)
{
	int error = send_path(delivering, path);
	char *copy;

	if (error == 0) {
		error = np_queue_finish(queue, path);
		return error == -ENOENT ? 0 : error; /* somebody thought us dead */
	}
	copy = strdup(path);
	if (copy != NULL)
		held->paths[held->n++] = copy;
	if (error != -EREMOTEIO && error != -EBADMSG)
		return error;
	*ret_refused = error;
	return held->n == HELD_MAX ? error : 0;
}

static int
take_all(struct delivering *delivering, struct np_queue *queue)
{
	struct held *held = calloc(1, sizeof(*held));
	const struct np_spool_entry *entry;
	char path[NP_SPOOL_PATH_SIZE];
	int error = held ? 0 : -ENOMEM, refused = 0, got;

	while (error == 0 && (got = np_queue_claim(queue, &entry)) != 0) {
		if (got < 0) {
			error = got;
			break;
		}
		snprintf(path, sizeof(path), "%s", entry->path);
		error = take_one(delivering, queue, path, held, &refused);
	}
	for (size_t i = 0; held && i < held->n; i++) {
		np_queue_release(queue, held->paths[i]);
		free(held->paths[i]);
	}
	free(held);
	return error ? error : refused;
}

static int
deliver_queue(struct delivering *delivering)
{
	struct np_queue *queue;
	int error = np_queue_open(delivering->spool, delivering->queue, NULL, &queue);

	if (error) {
		command_say(delivering->call, "queue %s: %s", delivering->queue,
			error == -ENOENT ? "there is none in the spool" : strerror(-error));
		return error;
	}
	error = np_queue_reap(queue, (int64_t)time(NULL) - STALE, NULL);
	if (error == 0)
		error = take_all(delivering, queue);
	np_queue_close(queue);
	return error;
}

/* From a cursor */

static int
read_cursor(struct delivering *delivering, struct np_spool_query *query)
{
	int error = np_cursor_read(delivering->spool, delivering->cursor, &query->after);

	if (error == -ENOENT) { /* it begins here */
		query->after = 0;
		error = np_cursor_ack(delivering->spool, delivering->cursor, 0);
	}
	if (error)
		command_say(delivering->call, "cursor %s: %s", delivering->cursor,
			error == -EINVAL ? "not a name" : strerror(-error));
	return error;
}

static int
deliver_cursor(struct delivering *delivering)
{
	struct np_spool_query query = { .tag = delivering->tag };
	const struct np_spool_entry *entry;
	struct np_spool_list *list = NULL;
	int error = read_cursor(delivering, &query), got = 0, broken = 0;

	if (error == 0)
		error = np_spool_list_new(delivering->spool, &query, &list);
	while (error == 0 && (got = np_spool_list_next(list, &entry)) == 1) {
		error = send_path(delivering, entry->path);
		if (error == -EBADMSG) /* it will never be one; it was told of */
			broken = error;
		if (error == -EBADMSG || error == -ENOENT) /* or was removed in this moment */
			error = 0;
		if (error == 0)
			error = np_cursor_ack(delivering->spool, delivering->cursor, entry->seq);
	}
	np_spool_list_free(list);
	if (error == 0)
		error = got;
	return error ? error : broken;
}

/* By name */

static int
find_article(
	const struct delivering *delivering, const char *what, char ret_path[NP_SPOOL_PATH_SIZE])
{
	uint64_t seq;
	int error;

	if (spool_is_path(what)) {
		snprintf(ret_path, NP_SPOOL_PATH_SIZE, "%s", what);
		return 0;
	}
	if (spool_name_parse(what, &seq) < 0 && spool_option_number(what, &seq) < 0)
		return -EINVAL;
	error = np_spool_find(delivering->spool, seq, ret_path);
	if (error == 0 && strchr(what, '-') && strcmp(strrchr(ret_path, '/') + 1, what) != 0)
		return -ENOENT;
	return error;
}

/* Records, a line each. */
static int
deliver_input(struct delivering *delivering)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int error = 0;

	while (error == 0 && (n = getline(&line, &size, stdin)) > 0) {
		buf_reset(&delivering->message);
		error = message_of_line(delivering->spool, delivering->config->mail_domain, line,
			(size_t)n, &delivering->message);
		if (error)
			command_say(delivering->call, "-: %s", reason_of(error));
		else
			error = send_message(delivering, "-");
	}
	free(line);
	return error;
}

static int
deliver_operand(struct delivering *delivering, const char *what)
{
	char path[NP_SPOOL_PATH_SIZE];
	int error;

	if (strcmp(what, "-") == 0)
		return deliver_input(delivering);
	error = find_article(delivering, what, path);
	if (error == 0)
		return send_path(delivering, path);
	command_say(delivering->call, "%s: %s", what, reason_of(error));
	return error;
}

static int
deliver_operands(struct delivering *delivering)
{
	const struct command_call *call = delivering->call;
	int error = 0;

	for (int i = optind; i < call->argc; i++) {
		int one = deliver_operand(delivering, call->argv[i]);

		error = error ? error : one;
	}
	return error;
}

/* What was asked for */

static int
set_option(struct delivering *delivering, int option)
{
	const char **const texts[] = { [OPTION_SENDMAIL] = &delivering->sendmail,
		[OPTION_LMTP] = &delivering->place,
		[OPTION_QUEUE] = &delivering->queue,
		[OPTION_CURSOR] = &delivering->cursor,
		[OPTION_FROM] = &delivering->from,
		[OPTION_SPOOL] = &delivering->directory };

	if (option == OPTION_PRINT)
		delivering->print = true;
	else if (option == OPTION_TO && delivering->n_to == RECIPIENTS_MAX)
		return command_misused(delivering->call, "more than %d recipients", RECIPIENTS_MAX);
	else if (option == OPTION_TO)
		delivering->to[delivering->n_to++] = optarg;
	else if (option == OPTION_TAG) {
		free(delivering->tag);
		delivering->tag = NULL;
		if (spool_option_tag(optarg, &delivering->tag) < 0)
			return command_misused(delivering->call, "--tag %s: not a tag", optarg);
	} else
		*texts[option] = optarg;
	return COMMAND_OK;
}

static int
check_addresses(struct delivering *delivering)
{
	for (size_t i = 0; i < delivering->n_to; i++)
		if (!mail_is_address(delivering->to[i]))
			return command_misused(
				delivering->call, "--to %s: not an address", delivering->to[i]);
	if (delivering->from && delivering->from[0] && !mail_is_address(delivering->from))
		return command_misused(
			delivering->call, "--from %s: not an address", delivering->from);
	if (!delivering->print && delivering->n_to == 0)
		return command_misused(delivering->call, "to whom? --to ADDRESS");
	return COMMAND_OK;
}

static int
check_options(struct delivering *delivering)
{
	struct command_call *call = delivering->call;
	bool operands = optind < call->argc;
	const char *reason = "";

	if ((delivering->sendmail != NULL) + (delivering->place != NULL) + delivering->print != 1)
		return command_misused(call, "one of --sendmail, --lmtp and --print");
	if ((delivering->queue != NULL) + (delivering->cursor != NULL) + operands != 1)
		return command_misused(
			call, "which articles? one of --queue, --cursor and ARTICLE …");
	if (delivering->tag && !delivering->cursor)
		return command_misused(call, "--tag goes with --cursor");
	if (delivering->sendmail && words_split(delivering->sendmail, &delivering->arena,
					    &delivering->command, &reason) < 0)
		return command_misused(call, "--sendmail: %s", reason);
	return check_addresses(delivering);
}

static int
read_options(struct delivering *delivering)
{
	static const struct option own[] = {
		{ "sendmail", required_argument, NULL, OPTION_SENDMAIL },
		{ "lmtp", required_argument, NULL, OPTION_LMTP },
		{ "print", no_argument, NULL, OPTION_PRINT },
		{ "queue", required_argument, NULL, OPTION_QUEUE },
		{ "cursor", required_argument, NULL, OPTION_CURSOR },
		{ "tag", required_argument, NULL, OPTION_TAG },
		{ "to", required_argument, NULL, OPTION_TO },
		{ "from", required_argument, NULL, OPTION_FROM },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ 0 },
	};
	int option, status = COMMAND_OK;

	while (status == COMMAND_OK && (option = command_option(delivering->call, own)) > 0)
		status = set_option(delivering, option);
	if (status != COMMAND_OK)
		return EX_USAGE;
	if (option == COMMAND_STOP)
		return delivering->call->status == COMMAND_OK ? COMMAND_STOP : EX_USAGE;
	return check_options(delivering) == COMMAND_OK ? EX_OK : EX_USAGE;
}

static int
deliver(struct delivering *delivering)
{
	if (queue_option_config(delivering->call, &delivering->config) != COMMAND_OK)
		return EX_CONFIG;
	if (!delivering->directory)
		delivering->directory = delivering->config->spool_directory;
	if (spool_option_open(delivering->call, delivering->directory, &delivering->spool) !=
		COMMAND_OK)
		return EX_NOINPUT;
	if (delivering->queue)
		return status_of(deliver_queue(delivering));
	if (delivering->cursor)
		return status_of(deliver_cursor(delivering));
	return status_of(deliver_operands(delivering));
}

static int
run(struct command_call *call)
{
	struct delivering delivering = { .call = call };
	int finished, status = read_options(&delivering);

	if (status == EX_OK)
		status = deliver(&delivering);
	lmtp_close(delivering.lmtp);
	np_spool_close(delivering.spool);
	config_free(delivering.config);
	arena_done(&delivering.arena);
	buf_done(&delivering.message);
	buf_done(&delivering.reason);
	free(delivering.tag);
	if (status == COMMAND_STOP)
		return COMMAND_OK;
	finished = command_finish(call, status);
	return finished == status || finished == COMMAND_PIPE ? finished : EX_IOERR;
}

const struct command cmd_deliver = {
	.name = "deliver",
	.summary = "hand articles to a mail system",
	.usage = "(--sendmail COMMAND | --lmtp PLACE | --print) [--to ADDRESS …] [--from ADDRESS]\n"
		 "\t(--queue NAME | --cursor NAME [--tag TAG] | ARTICLE …)",
	.help = "\n"
		"Each article becomes the message that a queue of format rfc5322 holds. What was "
		"taken is\n"
		"removed from the queue, or acknowledged; what was not stays for the next time.\n"
		"\n"
		"  --sendmail CMD    run CMD -i [-f FROM] -- TO … for each, without a shell\n"
		"  --lmtp PLACE      HOST:PORT, or a socket's path\n"
		"  --print           to standard output\n"
		"  --to ADDRESS      whom to; may be repeated\n"
		"  --from ADDRESS    the envelope's sender, else none\n"
		"  --queue NAME      all that waits in a queue\n"
		"  --cursor NAME     all that has come since the last time\n"
		"  --tag TAG         of this tag alone\n" SPOOL_OPTION_HELP "\n"
		"ARTICLE is a sequence, a name, a path as ls prints it, or - for records on "
		"standard input.\n"
		"Statuses are those of sysexits: 75, try again; 69, refused for good.\n"
		"\n"
		"  newspool deliver --lmtp /run/dovecot/lmtp --to me@example.org --queue mail\n"
		"  newspool deliver --sendmail sendmail --to me@example.org --cursor mail --tag "
		"stocks\n"
		"  newspool deliver --print 1234\n",
	.json = false,
	.run = run,
};
