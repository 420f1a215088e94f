/*
 * newspool hooks: what happens to articles in queues that have a hook. It is what the service
 * newspool-hooks runs, as a user of its own: the daemon itself never runs anything.
 *
 * Errors: a queue that cannot be served is said and does not keep the others from it; the service
 * looks again after a while.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/notify.h"
#include "daemon/wire/log.h"
#include "tools/hook_queue.h"
#include "tools/queue_option.h"
#include "tools/spool_option.h"

#define EXIT_LATER 75   /* EX_TEMPFAIL: something failed and is tried again the next time */
#define OPEN_EVERY 5000 /* ms between two looks for a queue that is not there yet */
#define STOP_AFTER 8000 /* ms that runs have when it is stopped */

enum { OPTION_ONCE = 1, OPTION_REVIVE, OPTION_QUEUE, OPTION_SPOOL };

struct hooking {
	struct command_call *call;
	bool once, revive;
	const char *only; /* the queue; NULL: all */
	const char *directory;
	struct config *config;
	struct hook_options options;
	struct buf user_agent;
	struct hook_queue *queues[CONFIG_QUEUES_MAX];
	int troubles[CONFIG_QUEUES_MAX]; /* that kept one from being opened */
	struct loop_timer *timer;
	struct loop_signal *signals[2];
	bool serving, stopping;
};

static bool
is_wanted(const struct hooking *hooking, const struct config_queue *queue)
{
	if (hooking->only && strcmp(hooking->only, queue->name) != 0)
		return false;
	return queue->hook.command || queue->hook.webhook;
}

static const char *
trouble_text(int error)
{
	switch (error) {
	case -EBUSY:
		return "another process serves it";
	case -ENOENT:
		return "it is not in the spool yet: has newspoold run?";
	default:
		return strerror(-error);
	}
}

/* Those that are not open yet. Returns how many could not be opened. */
static unsigned int
open_queues(struct hooking *hooking)
{
	unsigned int n = 0;

	for (size_t i = 0; i < hooking->config->n_queues; i++) {
		const struct config_queue *queue = &hooking->config->queues[i];
		int error;

		if (hooking->queues[i] || !is_wanted(hooking, queue))
			continue;
		error = hook_queue_open(&hooking->options, queue, &hooking->queues[i]);
		if (error && error != hooking->troubles[i] && error != -EKEYREJECTED)
			log_warning(NULL, "queue=%s %s", queue->name, trouble_text(error));
		hooking->troubles[i] = error;
		n += error != 0;
		if (error == 0)
			hook_queue_pump(hooking->queues[i]);
	}
	return n;
}

/* True where nothing runs any more, and nothing is to be waited for. */
static bool
is_over(const struct hooking *hooking)
{
	if (!hooking->once && !hooking->stopping)
		return false;
	for (size_t i = 0; i < hooking->config->n_queues; i++)
		if (hooking->queues[i] && !hook_queue_is_idle(hooking->queues[i]))
			return false;
	return true;
}

static void
on_idle(void *arg)
{
	struct hooking *hooking = arg;

	if (hooking->serving && is_over(hooking))
		loop_stop(hooking->options.loop);
}

static void
on_timer(void *arg)
{
	struct hooking *hooking = arg;

	if (hooking->stopping)
		loop_stop(hooking->options.loop); /* their time is over */
	else if (open_queues(hooking) > 0)
		loop_timer_start(hooking->timer, OPEN_EVERY);
}

static void
on_signal(int number, void *arg)
{
	struct hooking *hooking = arg;

	(void)number;
	notify_stopping();
	hooking->stopping = true;
	for (size_t i = 0; i < hooking->config->n_queues; i++)
		if (hooking->queues[i])
			hook_queue_stop(hooking->queues[i]);
	loop_timer_start(hooking->timer, STOP_AFTER);
	on_idle(hooking);
}

static int
watch(struct hooking *hooking)
{
	static const int numbers[] = { SIGTERM, SIGINT };
	struct loop *loop = hooking->options.loop;
	int error = loop_timer_new(loop, on_timer, hooking, &hooking->timer);

	for (size_t i = 0; i < 2 && error == 0; i++)
		error = loop_signal_new(loop, numbers[i], on_signal, hooking, &hooking->signals[i]);
	return error;
}

/* Returns the exit status. */
static int
sum_up(const struct hooking *hooking, unsigned int n_closed)
{
	struct hook_counts sum = { 0 }, counts;

	for (size_t i = 0; i < hooking->config->n_queues; i++) {
		if (!hooking->queues[i])
			continue;
		hook_queue_counts(hooking->queues[i], &counts);
		sum.good += counts.good;
		sum.failed += counts.failed;
		sum.dead += counts.dead;
	}
	log_info(NULL, "event=stopped good=%" PRIu64 " failed=%" PRIu64 " dead=%" PRIu64, sum.good,
		sum.failed, sum.dead);
	if (!hooking->once)
		return COMMAND_OK;
	return n_closed > 0 ? COMMAND_FAILED : sum.failed > 0 ? EXIT_LATER : COMMAND_OK;
}

static int
serve(struct hooking *hooking)
{
	unsigned int n_closed;
	int error = loop_new(&hooking->options.loop);

	if (error == 0)
		error = watch(hooking);
	if (error) {
		command_say(hooking->call, "%s", strerror(-error));
		return COMMAND_FAILED;
	}
	n_closed = open_queues(hooking);
	if (!hooking->once) {
		log_info(NULL, "event=started spool=%s", hooking->directory);
		notify_ready("serving");
		loop_timer_start(hooking->timer, OPEN_EVERY);
	}
	hooking->serving = true;
	if (!is_over(hooking))
		loop_run(hooking->options.loop);
	return sum_up(hooking, n_closed);
}

static void
close_all(struct hooking *hooking)
{
	for (size_t i = 0; hooking->config && i < hooking->config->n_queues; i++)
		hook_queue_close(hooking->queues[i]);
	loop_timer_free(hooking->timer);
	loop_signal_free(hooking->signals[0]);
	loop_signal_free(hooking->signals[1]);
	loop_free(hooking->options.loop);
	np_spool_close(hooking->options.spool);
	buf_done(&hooking->user_agent);
	config_free(hooking->config);
}

static int
revive(struct hooking *hooking)
{
	int status = COMMAND_OK;

	for (size_t i = 0; i < hooking->config->n_queues; i++) {
		const struct config_queue *queue = &hooking->config->queues[i];
		unsigned int n;
		int error;

		if (!is_wanted(hooking, queue))
			continue;
		error = hook_queue_revive(&hooking->options, queue, &n);
		if (error) {
			command_say(
				hooking->call, "queue %s: %s", queue->name, trouble_text(error));
			status = COMMAND_FAILED;
		} else
			printf("%s: %u back in the queue\n", queue->name, n);
	}
	return status;
}

static int
read_options(struct hooking *hooking)
{
	static const struct option own[] = {
		{ "once", no_argument, NULL, OPTION_ONCE },
		{ "revive", no_argument, NULL, OPTION_REVIVE },
		{ "queue", required_argument, NULL, OPTION_QUEUE },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ 0 },
	};
	struct command_call *call = hooking->call;
	int option;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_QUEUE)
			hooking->only = optarg;
		else if (option == OPTION_SPOOL)
			hooking->directory = optarg;
		else if (option == OPTION_ONCE)
			hooking->once = true;
		else
			hooking->revive = true;
	}
	if (option == COMMAND_STOP)
		return COMMAND_STOP;
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken", call->argv[optind]);
	return COMMAND_OK;
}

static int
prepare(struct hooking *hooking)
{
	size_t n = 0;
	int status = queue_option_config(hooking->call, &hooking->config);

	if (status != COMMAND_OK)
		return status;
	if (hooking->only && !queue_option_find(hooking->call, hooking->config, hooking->only))
		return COMMAND_USAGE;
	if (!hooking->directory)
		hooking->directory = hooking->config->spool_directory;
	for (size_t i = 0; i < hooking->config->n_queues; i++)
		n += is_wanted(hooking, &hooking->config->queues[i]);
	if (n == 0) {
		command_say(hooking->call, "no queue has a hook");
		return COMMAND_STOP;
	}
	config_put_user_agent(hooking->config, &hooking->user_agent);
	if (buf_error(&hooking->user_agent) < 0)
		return COMMAND_FAILED;
	hooking->options = (struct hook_options){
		.directory = hooking->directory,
		.user_agent = buf_str(&hooking->user_agent),
		.once = hooking->once,
		.idle = on_idle,
		.arg = hooking,
	};
	return spool_option_open(hooking->call, hooking->directory, &hooking->options.spool);
}

static int
run(struct command_call *call)
{
	struct hooking hooking = { .call = call };
	int status = read_options(&hooking);

	if (status == COMMAND_STOP)
		return call->status;
	if (status == COMMAND_OK)
		status = prepare(&hooking);
	if (status == COMMAND_OK) {
		log_open("hooks", hooking.config->log_level);
		signal(SIGPIPE, SIG_IGN);
		status = hooking.revive ? revive(&hooking) : serve(&hooking);
	}
	close_all(&hooking);
	return command_finish(call, status == COMMAND_STOP ? COMMAND_OK : status);
}

const struct command cmd_hooks = {
	.name = "hooks",
	.summary = "run the hooks of queues, as newspool-hooks.service does",
	.usage = "[--once | --revive] [--queue NAME] [--spool DIR]",
	.help = "\n"
		"For each article in a queue with on-deliver the command is run, with the article "
		"on\n"
		"standard input and NEWSPOOL_QUEUE, _FORMAT, _FILE, _NAME, _SEQ and _ATTEMPT in "
		"its\n"
		"environment; with webhook it is posted. What fails is tried again, later and "
		"later, and\n"
		"in the end put into the queue's dead folder, with the reason.\n"
		"\n"
		"  --once            each article that waits and whose time has come, once: for "
		"cron;\n"
		"                    ends with 75 where something failed\n"
		"  --revive          put the dead back into their queues\n"
		"  --queue NAME      this queue alone\n" SPOOL_OPTION_HELP "\n"
		"  newspool hooks --once\n"
		"  newspool hooks --revive --queue indexer\n",
	.json = false,
	.run = run,
};
