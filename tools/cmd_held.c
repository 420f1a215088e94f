/*
 * newspool held: the articles that wait for an operator: which, how many of each feed; and releasing
 * and dropping them, through the daemon where one runs. Listing reads the database beside the daemon.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <newspool/spool.h>

#include "daemon/conf/config.h"
#include "daemon/keep/held.h"
#include "daemon/keep/recovery.h"
#include "daemon/keep/store_look.h"
#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "tools/command.h"
#include "tools/control_client.h"
#include "tools/spool_option.h"
#include "tools/terminal.h"

enum { OPTION_RELEASE = 1, OPTION_DROP, OPTION_ALL };

#define STEP 500 /* in one transaction */

struct held_call {
	struct command_call *call;
	struct config *config;
	struct store *store;
	struct arena arena;
	const char *what; /* a feed's name or a number; NULL: all */
	bool all;
	int action; /* enum held_action; -1: list */
	struct held_choice choice;
	uint64_t n;
};

static const char *
feed_name(struct held_call *held, int64_t id)
{
	const char *name;

	return store_look_feed(held->store, id, &held->arena, &name) == 1 ? name : "?";
}

static void
print_json(struct held_call *held, const struct store_held *row, const struct np_article *article)
{
	struct buf line = { 0 };
	struct json_writer json;
	char since[CLOCK_RFC3339_SIZE];

	clock_rfc3339(row->at / 1000, since);
	json_write_init(&json, &line);
	json_write_object(&json, NULL);
	json_write_int(&json, "id", row->id);
	json_write_string(&json, "feed", feed_name(held, row->feed));
	json_write_string(&json, "since", since);
	json_write_string(&json, "why", row->why);
	if (row->revises != 0)
		json_write_int(&json, "revises", (int64_t)row->revises);
	json_write_string(&json, "title", article != NULL ? np_article_title(article) : NULL);
	json_write_string(&json, "url", article != NULL ? np_article_url(article) : NULL);
	json_write_object_end(&json);
	puts(buf_str(&line));
	buf_done(&line);
}

static void
print_text(struct held_call *held, const struct store_held *row, const struct np_article *article)
{
	const char *title = article != NULL ? np_article_title(article) : NULL;
	struct buf text = { 0 }, clean = { 0 };

	buf_printf(&text, "%" PRId64 "  %s  %s  %s", row->id, feed_name(held, row->feed), row->why,
		title != NULL ? title : "(no title)");
	terminal_clean(&clean, buf_str(&text), false);
	puts(buf_str(&clean));
	buf_done(&text);
	buf_done(&clean);
}

static int
list(struct held_call *held)
{
	int64_t last = 0;
	int got;

	do {
		struct arena arena = { 0 };
		struct store_held row;
		struct np_record *record = NULL;

		got = store_held_next(
			held->store, last, held->choice.feed, held->choice.id, &arena, &row);
		if (got == 1) {
			const struct np_article *article = NULL;
			if (np_record_parse(
				    (const char *)row.record.ptr, row.record.len, &record) == 0)
				article = np_record_article(record);
			(held->call->json ? print_json : print_text)(held, &row, article);
			last = row.id;
			held->n++;
		}
		np_record_free(record);
		arena_done(&arena);
	} while (got == 1);
	return got;
}

static int
print_count(void *arg, const struct store_held_count *count)
{
	struct held_call *held = arg;
	char oldest[CLOCK_RFC3339_SIZE];

	clock_rfc3339(count->oldest / 1000, oldest);
	printf("%s: %" PRId64 " held, %" PRId64 " kB, since %s\n",
		count->name != NULL ? count->name : "(a feed that is forgotten)", count->n,
		(count->bytes + 1023) / 1024, oldest);
	held->n++;
	return 0;
}

/* What the operand means: a number, or a feed's name. */
static int
choose(struct held_call *held)
{
	uint64_t number;
	int got;

	if (held->what == NULL)
		return 0;
	if (spool_option_number(held->what, &number) == 0) {
		held->choice.id = (int64_t)number;
		return 0;
	}
	got = store_feed_find(held->store, held->what, &held->choice.feed);
	if (got == 1)
		return 0;
	if (got == 0)
		command_say(held->call, "%s: neither the number of a held article nor a feed",
			held->what);
	return got < 0 ? got : -ENOENT;
}

static int
look(struct held_call *held)
{
	struct config_error err = { "" };
	int error = store_look_open(held->config->database, &held->store, &err);

	if (error != 0) {
		command_say(held->call, "%s", err.text);
		return COMMAND_FAILED;
	}
	if ((error = choose(held)) == -ENOENT)
		return COMMAND_FAILED;
	if (error == 0)
		error = held->what == NULL && !held->all && !held->call->json
				? store_held_counts(held->store, print_count, held)
				: list(held);
	if (error != 0)
		command_say(held->call, "%s", store_error(held->store));
	else if (held->n == 0 && !held->call->json)
		puts("Nothing is held.");
	return error == 0 ? COMMAND_OK : COMMAND_FAILED;
}

/* Acting, while no daemon runs */

static int
act_on_all(struct held_call *held, struct delivery *delivery)
{
	struct ingest ingest = {
		.store = held->store, .delivery = delivery, .config = held->config
	};
	struct held_result step = { .more = true };
	uint64_t done = 0, skipped = 0;
	int error = 0;

	while (error == 0 && step.more) {
		error = held_act_alone(&ingest, (enum held_action)held->action, &held->choice,
			(int64_t)time(NULL) * 1000, STEP, &step);
		held->choice.after = step.last;
		done += error == 0 ? step.n_done : 0;
		skipped += error == 0 ? step.n_skipped : 0;
	}
	/* What was published is delivered; the next start would find that out by itself. */
	if (error == 0)
		error = recovery_clear(held->store);
	printf("%" PRIu64 " %s\n", done, held->action == HELD_RELEASE ? "released" : "dropped");
	if (skipped > 0)
		printf("%" PRIu64 " stay: their feed is not in the configuration\n", skipped);
	if (error != 0)
		command_say(held->call, "%s (spool: %s; database: %s)", strerror(-error),
			delivery_error(delivery), store_error(held->store));
	if (error == 0 && done == 0 && skipped == 0 && held->choice.id != 0)
		error = -ENOENT;
	return error;
}

/* The daemon has the spool: it does it. */
static int
act_through_daemon(struct held_call *held)
{
	bool release = held->action == HELD_RELEASE, number;
	struct control_client client = { .call = held->call };
	struct control_answer answer;
	struct buf path = { 0 };
	int status;

	number = held->what != NULL && held->what[strspn(held->what, "0123456789")] == '\0';
	buf_printf(&path, "/v1/held/%s?%s", release ? "release" : "drop",
		held->all ? "all=1"
		: number  ? "id="
			  : "feed=");
	if (!held->all)
		control_client_escape(&path, held->what);
	status = control_client_ask(&client, "POST", buf_str(&path), &answer);
	buf_done(&path);
	control_client_done(&client);
	if (status != COMMAND_OK)
		return status;
	if (held->call->json)
		fputs(buf_str(&answer.text), stdout);
	else
		printf("%" PRId64 " %s\n",
			control_number(answer.json, release ? "released" : "dropped"),
			release ? "released" : "dropped");
	control_answer_done(&answer);
	return COMMAND_OK;
}

static int
act(struct held_call *held)
{
	struct config_error err = { "" };
	struct delivery *delivery = NULL;
	int error = delivery_open(
		held->config->spool_directory, held->config->sync, NULL, &delivery, &err);

	if (error == 0)
		error = store_open(
			held->config->database, (int64_t)time(NULL) * 1000, &held->store, &err);
	if (error == -EBUSY) {
		delivery_close(delivery);
		return act_through_daemon(held);
	}
	if (error != 0)
		command_say(held->call, "%s", err.text);
	if (error == 0 && (error = recovery_run(held->store, delivery)) != 0)
		command_say(held->call, "%s", delivery_error(delivery));
	if (error == 0)
		error = choose(held);
	if (error == 0)
		error = act_on_all(held, delivery);
	delivery_close(delivery);
	return error == 0 ? COMMAND_OK : COMMAND_FAILED;
}

static int
read_options(struct held_call *held)
{
	static const struct option own[] = {
		{ "release", no_argument, NULL, OPTION_RELEASE },
		{ "drop", no_argument, NULL, OPTION_DROP },
		{ "all", no_argument, NULL, OPTION_ALL },
		{ 0 },
	};
	struct command_call *call = held->call;
	int option;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_ALL)
			held->all = true;
		else
			held->action = option == OPTION_RELEASE ? HELD_RELEASE : HELD_DROP;
	}
	if (option == COMMAND_STOP)
		return COMMAND_STOP;
	if (optind + 1 < call->argc)
		return command_misused(call, "one feed or number at a time");
	held->what = optind < call->argc ? call->argv[optind] : NULL;
	if (held->action >= 0 && (held->what != NULL) == held->all)
		return command_misused(call, "which ones? A feed, a number, or --all");
	return COMMAND_OK;
}

static int
run(struct command_call *call)
{
	struct held_call held = { .call = call, .action = -1 };
	struct config_error err = { "" };
	int status = read_options(&held);

	if (status != COMMAND_OK)
		return status == COMMAND_STOP ? call->status : status;
	if (config_load(command_config(call), NULL, &held.config, &err) < 0) {
		command_say(call, "%s", err.text);
		return COMMAND_USAGE;
	}
	status = held.action >= 0 ? act(&held) : look(&held);
	store_close(held.store);
	config_free(held.config);
	arena_done(&held.arena);
	return command_finish(call, status);
}

const struct command cmd_held = {
	.name = "held",
	.summary = "list what is held back, and release or drop it",
	.usage = "[--release | --drop] [FEED | NUMBER | --all]",
	.help = "\n"
		"Without an operand: how many each feed has. With a feed, --all or --json: each\n"
		"article with its number.\n"
		"\n"
		"  --release  deliver them, by the daemon where it runs\n"
		"  --drop     never deliver them\n"
		"  --all      of all feeds\n"
		"\n"
		"Exit status: 0 done, 1 not or not all, 2 wrong use or configuration.\n"
		"\n"
		"  newspool held\n"
		"  newspool held --release example-news\n",
	.json = true,
	.words = "* @feeds\n",
	.run = run,
};
