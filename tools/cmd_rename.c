/*
 * newspool rename: gives a feed another name where it stands. The store knows a feed under a new
 * name by its URL, so nothing is delivered again. In a list, names are made of titles, so the others
 * might change with it: then nothing is changed at all.
 */
#include <stdio.h>
#include <string.h>

#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/subscription.h"

enum rename_option { OPTION_RELOAD = 1 };

static int
count_names(void *arg, const struct config_feed *feed, struct config_error *err)
{
	uint64_t *names = arg;

	(void)err;
	*names ^= subscription_hash(feed->name, feed->url);
	return 0;
}

/* Every other feed has the name that it had. */
static int
check_others(struct subscriptions *subscriptions, const struct subscription *feed, const char *name)
{
	uint64_t names = 0, expected = subscriptions->names;
	const struct config_feed_sink sink = { .feed = count_names, .arg = &names };
	struct config_error err;
	struct config *config;

	expected ^= subscription_hash(feed->name, feed->url) ^ subscription_hash(name, feed->url);
	if (config_load(command_config(subscriptions->call), &sink, &config, &err) < 0)
		return subscription_say(subscriptions, &err);
	config_free(config);
	if (names == expected)
		return COMMAND_OK;
	command_say(subscriptions->call,
		"%s: other feeds of its list would change their names with it; nothing has been "
		"changed",
		feed->name);
	return edit_undo(subscriptions->edit, &err) < 0 ? subscription_say(subscriptions, &err)
							: COMMAND_FAILED;
}

static int
rename_feed(struct subscriptions *subscriptions, const struct subscription_operand operands[2])
{
	const struct subscription *feed = &operands[0].feed;
	const char *name = operands[1].text;
	int status = subscriptions_check(subscriptions->call, operands, 1);

	if (status == COMMAND_OK && operands[1].n > 0) {
		command_say(subscriptions->call, "%s: a feed of this name is there already", name);
		status = COMMAND_FAILED;
	}
	if (status == COMMAND_OK)
		status = subscription_rename(subscriptions, feed, name);
	if (status == COMMAND_OK)
		status = subscriptions_commit(subscriptions);
	if (status == COMMAND_OK)
		status = check_others(subscriptions, feed, name);
	if (status == COMMAND_OK)
		printf("renamed %s to %s (%s), in %s\n", feed->name, name, feed->url, feed->file);
	return status;
}

static int
run_rename(struct command_call *call)
{
	static const struct option own[] = { { "reload", no_argument, NULL, OPTION_RELOAD },
		{ 0 } };
	struct subscription_operand operands[2] = { 0 };
	struct subscriptions subscriptions;
	bool reload = false;
	int option, status;

	while ((option = command_option(call, own)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return call->status;
		reload = true;
	}
	if (call->argc - optind != 2)
		return command_misused(call, "a feed and its new name are needed");
	operands[0].text = call->argv[optind];
	operands[1].text = call->argv[optind + 1];
	if (!spool_is_slug(operands[1].text))
		return command_misused(call,
			"%s: not a name: letters, digits and single hyphens, in lower case",
			operands[1].text);
	status = subscriptions_find(&subscriptions, call, operands, 2);
	if (status == COMMAND_OK)
		status = rename_feed(&subscriptions, operands);
	if (status == COMMAND_OK)
		status = subscription_reload(&subscriptions, reload);
	subscriptions_done(&subscriptions);
	return command_finish(call, status);
}

const struct command cmd_rename = {
	.name = "rename",
	.summary = "give a feed another name, with all that is remembered of it",
	.usage = "[OPTION …] NAME-OR-URL NEW-NAME",
	.help = SUBSCRIPTION_RELOAD_HELP
	"\n"
	"The name changes where the feed stands. After the daemon has reloaded, it goes on\n"
	"with what it remembers and with its schedule; articles that are in the spool\n"
	"keep the name they came under. Exit status: 0 done, 1 there is no such feed, the\n"
	"new name is had, or it could not be written, 2 the configuration is not right.\n\n"
	"  newspool rename example-technology technology\n",
	.words = "* @feeds\n",
	.run = run_rename,
};
