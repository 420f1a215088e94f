/*
 * The keeper: composes configuration, spool, store and polling, and runs the loop between start and
 * stop. What the parts do stands in them.
 *
 * The order at the start is: all of the configuration but its feeds is read and checked before
 * anything is opened; spool and store are locked; the feeds are read, straight into the store; what
 * was on its way when the last run ended is delivered; then the fetchers start.
 *
 * Errors: at the start, one sentence that says what to do, and the exit status. At a reload, the
 * same sentence, and everything stays as it was.
 */
#include "daemon/keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <newspool/version.h>

#include "daemon/control/control.h"
#include "daemon/keep/confine.h"
#include "daemon/keep/feeds.h"
#include "daemon/keep/notify.h"
#include "daemon/keep/polling.h"
#include "daemon/keep/recovery.h"
#include "daemon/keep/rules.h"
#include "daemon/keep/sequence.h"
#include "daemon/wire/log.h"

#define EXIT_ENVIRONMENT 1
#define EXIT_CONFIGURATION 2
#define STATUS_EVERY 5000 /* ms */
#define STATUS_SIZE 128

struct keeper {
	const char *file;
	struct config *config;
	struct rules *rules, *coming; /* of the configuration; of one that is being loaded */
	struct loop *loop;
	struct delivery *delivery;
	struct store *store;
	struct polling *polling;
	struct control *control;
	struct loop_timer *watchdog;
	struct loop_timer *status;
	char said[STATUS_SIZE]; /* the status that systemd was told last */
	struct loop_signal *hangup, *terminate, *interrupt;
};

/* Whether the configuration can be gone on with: then its rules are ready. */
static int
prepare(struct keeper *keeper, const struct config *config, struct config_error *err)
{
	int error;

	rules_free(keeper->coming);
	keeper->coming = NULL;
	if ((error = rules_new(config, &keeper->coming)) != 0)
		snprintf(err->text, sizeof(err->text), "%s: the rules: %s", config->file,
			strerror(-error));
	return error;
}

static int
recover_in_words(struct keeper *keeper, struct config_error *err)
{
	int error = recovery_run(keeper->store, keeper->delivery);

	if (error != 0)
		snprintf(err->text, sizeof(err->text),
			"%s: what the last run left to deliver cannot be delivered: %s (database: "
			"%s): "
			"see that there is space and that the files belong to the daemon's user",
			keeper->config->spool_directory, strerror(-error),
			store_error(keeper->store));
	return error;
}

/* Of a spool and a database that do not belong together. */
static void
say_sequence(const struct config *config, const struct sequence_raised *raised)
{
	if (raised->highest > raised->last)
		log_warning(NULL,
			"the spool %s goes up to article %" PRIu64 ", of which the database %s "
			"did not know: was it lost, or is it an old copy or another spool's? "
			"event=adopted known=%" PRIu64 " passed=%" PRIu64
			": what the spool has of feeds that are configured is known again, and "
			"not delivered again",
			config->spool_directory, raised->highest, config->database,
			raised->adopted.n_known, raised->adopted.n_passed);
	if (raised->highest < raised->last)
		log_warning(NULL,
			"the database %s goes up to article %" PRIu64 ", which the spool %s does "
			"not have: was it emptied, is its disk not mounted, or is it another "
			"database's? event=spool-behind: what was delivered is not delivered again",
			config->database, raised->last, config->spool_directory);
}

static int
raise_sequence(struct keeper *keeper, struct config_error *err)
{
	const struct config *config = keeper->config;
	struct sequence_raised raised = { .highest = 0 };
	int error = sequence_raise(keeper->store, config, loop_now(keeper->loop), &raised);

	if (error != 0)
		snprintf(err->text, sizeof(err->text),
			"%s: its articles cannot be counted: %s (database: %s)",
			config->spool_directory, strerror(-error), store_error(keeper->store));
	else
		say_sequence(config, &raised);
	return error;
}

/* So that a queue's consumer can watch it before the first article comes. */
static int
make_queues(struct keeper *keeper, const struct config *config, struct config_error *err)
{
	int error = 0;

	for (size_t i = 0; i < config->n_queues && error == 0; i++)
		error = delivery_make_queue(keeper->delivery, config->queues[i].name);
	if (error != 0)
		snprintf(err->text, sizeof(err->text), "a queue's folders cannot be made: %s",
			delivery_error(keeper->delivery));
	return error;
}

/* The very first start reads the feeds twice: for a mistake in them nothing is to be made. */
static int
check_before_first(const struct config *config, struct config_error *err)
{
	struct config *whole;

	if (access(config->database, F_OK) == 0)
		return 0;
	if (config_load(config->file, NULL, &whole, err) != 0)
		return -EINVAL;
	config_free(whole);
	return 0;
}

/* At the start: what lies on the disk, as soon as the configuration says where. */
static int
open_state(
	void *arg, const struct config *config, struct store **ret_store, struct config_error *err)
{
	struct keeper *keeper = arg;
	int error = prepare(keeper, config, err);

	if (error == 0)
		error = check_before_first(config, err);
	if (error != 0)
		return error;
	log_set_level(config->log_level);
	if ((error = confine_files(config, err)) != 0)
		return error;
	error = delivery_open(config->spool_directory, config->sync, NULL, &keeper->delivery, err);
	if (error == 0)
		error = store_open(config->database, loop_now(keeper->loop), &keeper->store, err);
	if (error == 0)
		*ret_store = keeper->store;
	return error;
}

/* At a reload it is open. */
static int
give_store(
	void *arg, const struct config *config, struct store **ret_store, struct config_error *err)
{
	struct keeper *keeper = arg;

	*ret_store = keeper->store;
	return prepare(keeper, config, err);
}

/* What the last run left. */
static int
settle_state(struct keeper *keeper, struct config_error *err)
{
	int error = recover_in_words(keeper, err);

	if (error == 0)
		error = raise_sequence(keeper, err);
	if (error == 0)
		error = make_queues(keeper, keeper->config, err);
	return error;
}

/* Those of the configuration that is in effect now. */
static void
take_rules(struct keeper *keeper)
{
	rules_free(keeper->rules);
	keeper->rules = keeper->coming;
	keeper->coming = NULL;
}

/* For systemctl status: what it does, or what keeps it from that. */
static void
make_status(const struct keeper *keeper, char ret_text[STATUS_SIZE])
{
	struct polling_look look;

	polling_look(keeper->polling, &look);
	const struct {
		bool is_so;
		const char *why;
	} pauses[] = {
		{ look.cramped, "the spool is short of space (min-free)" },
		{ look.spool_moved, "the spool's directory was removed or replaced" },
		{ look.moved, "the database was removed or replaced" },
		{ look.stuck, "articles cannot be moved to their place" },
		{ look.trouble != 0, "outcomes cannot be stored" },
	};
	snprintf(ret_text, STATUS_SIZE, "polls %zu feeds", keeper->config->n_feeds);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++)
		if (pauses[i].is_so) {
			snprintf(ret_text, STATUS_SIZE, "pauses: %s", pauses[i].why);
			return;
		}
}

static void
say_ready(struct keeper *keeper)
{
	make_status(keeper, keeper->said);
	notify_ready(keeper->said);
}

static void
on_status(void *arg)
{
	struct keeper *keeper = arg;
	char text[STATUS_SIZE];

	make_status(keeper, text);
	if (strcmp(text, keeper->said) != 0) {
		memcpy(keeper->said, text, sizeof(text));
		notify_status(text);
	}
	loop_timer_start(keeper->status, STATUS_EVERY);
}

static void
say_reload_limits(const struct config *old, const struct config *new)
{
	if (strcmp(old->database, new->database) != 0 ||
		strcmp(old->spool_directory, new->spool_directory) != 0 ||
		old->fetchers != new->fetchers || old->sandbox != new->sandbox ||
		old->sync != new->sync)
		log_warning(NULL, "what changed in the database, the spool's directory and sync, "
				  "in the number of fetchers and their sandbox counts from the "
				  "next start on");
}

static int
reload(void *arg, size_t *ret_new, struct config_error *err)
{
	struct keeper *keeper = arg;
	const struct feeds_opener opener = { give_store, keeper };
	struct config *config, *old = keeper->config;
	struct config_error queues;
	size_t n_new = 0;
	int error;

	notify_reloading(loop_monotonic(keeper->loop));
	error = feeds_load(keeper->file, loop_now(keeper->loop), &opener, &config, &n_new, err);
	if (error != 0) {
		rules_free(keeper->coming); /* their configuration has gone */
		keeper->coming = NULL;
		log_error(NULL, "not reloaded, everything stays as it was: %s", err->text);
		say_ready(keeper);
		return error;
	}
	say_reload_limits(old, config);
	if (make_queues(keeper, config, &queues) != 0)
		log_error(NULL, "%s", queues.text);
	keeper->config = config;
	polling_reload(keeper->polling, config, keeper->coming);
	take_rules(keeper);
	control_reload(keeper->control);
	config_free(old);
	log_notice(NULL, "reloaded event=reloaded feeds=%zu new=%zu", config->n_feeds, n_new);
	say_ready(keeper);
	*ret_new = n_new;
	return 0;
}

static void
on_signal(int number, void *arg)
{
	struct keeper *keeper = arg;
	struct config_error err;
	size_t n_new;

	if (number == SIGHUP) {
		(void)reload(keeper, &n_new, &err);
		return;
	}
	log_info(NULL, "stops event=stopping");
	notify_stopping();
	loop_stop(keeper->loop);
}

static void
on_watchdog(void *arg)
{
	struct keeper *keeper = arg;

	notify_watchdog();
	loop_timer_start(keeper->watchdog, notify_watchdog_interval());
}

static int
watch_signal(struct keeper *keeper, int number, struct loop_signal **ret_signal)
{
	return loop_signal_new(keeper->loop, number, on_signal, keeper, ret_signal);
}

/*
 * Before the start, which may take long: a SIGHUP that comes meanwhile waits for the loop. By default it
 * would end us, and systemd takes that for an end that was asked for. SIGTERM may do so.
 */
static int
watch_early(struct keeper *keeper)
{
	signal(SIGPIPE, SIG_IGN);
	return watch_signal(keeper, SIGHUP, &keeper->hangup);
}

static int
watch(struct keeper *keeper)
{
	int error = watch_signal(keeper, SIGTERM, &keeper->terminate);

	if (error == 0)
		error = watch_signal(keeper, SIGINT, &keeper->interrupt);
	if (error == 0)
		error = loop_timer_new(keeper->loop, on_watchdog, keeper, &keeper->watchdog);
	if (error == 0)
		error = loop_timer_new(keeper->loop, on_status, keeper, &keeper->status);
	if (error == 0 && notify_watchdog_interval() > 0)
		loop_timer_start(keeper->watchdog, notify_watchdog_interval());
	return error;
}

static int
say_started(struct keeper *keeper)
{
	struct store_counts counts;
	int error = store_feed_counts(keeper->store, loop_now(keeper->loop), &counts);

	if (error != 0)
		return error;
	log_info(NULL,
		"polls event=started version=%s feeds=%" PRId64 " due=%" PRId64 " later=%" PRId64
		" stopped=%" PRId64 " spool=%s",
		NP_VERSION, counts.feeds, counts.feeds - counts.later - counts.stopped,
		counts.later, counts.stopped, keeper->config->spool_directory);
	say_ready(keeper);
	loop_timer_start(keeper->status, STATUS_EVERY);
	return 0;
}

static const struct config *
current_config(void *arg)
{
	struct keeper *keeper = arg;

	return keeper->config;
}

static int
open_control(struct keeper *keeper)
{
	const struct control_parts parts = { .loop = keeper->loop,
		.store = keeper->store,
		.delivery = keeper->delivery,
		.polling = keeper->polling,
		.started = loop_now(keeper->loop),
		.config = current_config,
		.reload = reload,
		.arg = keeper };

	return control_new(&parts, &keeper->control);
}

static int
start(struct keeper *keeper, struct config_error *err)
{
	const struct feeds_opener opener = { open_state, keeper };
	size_t n_new;
	int error = feeds_load(
		keeper->file, loop_now(keeper->loop), &opener, &keeper->config, &n_new, err);

	if (error == 0)
		error = settle_state(keeper, err);
	if (error != 0)
		return error;
	take_rules(keeper);
	error = watch(keeper);
	if (error == 0)
		error = polling_new(keeper->loop, keeper->config, keeper->rules, keeper->store,
			keeper->delivery, &keeper->polling);
	if (error == 0)
		error = open_control(keeper);
	if (error == 0)
		error = say_started(keeper);
	if (error != 0)
		snprintf(err->text, sizeof(err->text), "cannot start: %s", strerror(-error));
	return error;
}

static void
keeper_done(struct keeper *keeper)
{
	control_free(keeper->control);
	polling_free(keeper->polling);
	loop_signal_free(keeper->hangup);
	loop_signal_free(keeper->terminate);
	loop_signal_free(keeper->interrupt);
	loop_timer_free(keeper->watchdog);
	loop_timer_free(keeper->status);
	delivery_close(keeper->delivery);
	store_close(keeper->store);
	loop_free(keeper->loop);
	rules_free(keeper->coming);
	rules_free(keeper->rules);
	config_free(keeper->config);
}

int
keeper_main(const char *config_file)
{
	struct keeper keeper = { .file = config_file };
	struct config_error err;
	int status = EXIT_ENVIRONMENT, error;

	log_open("keeper", LOG_LEVEL_INFO);
	confine_memory();
	srandom((unsigned int)getpid());
	error = loop_new(&keeper.loop);
	if (error == 0)
		error = watch_early(&keeper);
	if (error != 0)
		snprintf(err.text, sizeof(err.text), "no event loop: %s", strerror(-error));
	else
		error = start(&keeper, &err);
	if (error != 0) {
		log_error(NULL, "%s", err.text);
		status = error == -EINVAL ? EXIT_CONFIGURATION : EXIT_ENVIRONMENT;
	} else if (loop_run(keeper.loop) == 0) {
		status = EXIT_SUCCESS;
	}
	keeper_done(&keeper);
	return status;
}
