/*
 * newspool tag: adds tags to a feed and takes them away, where it stands. Without tags, says which
 * it has.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/json_write.h"
#include "tools/command.h"
#include "tools/subscription.h"

enum tag_option { OPTION_RELOAD = 1, OPTION_REMOVE = 'r' };

struct tagging {
	struct buf add, remove;
	bool reload;
};

static int
read_options(struct command_call *call, struct tagging *tagging)
{
	static const struct option own[] = {
		{ "reload", no_argument, NULL, OPTION_RELOAD },
		{ "remove", required_argument, NULL, OPTION_REMOVE },
		{ 0 },
	};
	int option;

	while ((option = command_option(call, own)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return COMMAND_STOP;
		if (option == OPTION_RELOAD)
			tagging->reload = true;
		else if (subscription_slugs(call, optarg, &tagging->remove) < 0) {
			call->status = COMMAND_USAGE;
			return COMMAND_STOP;
		}
	}
	return COMMAND_END;
}

static void
print_tags(const struct command_call *call, const struct subscription *feed)
{
	struct buf text = { 0 };
	struct json_writer json;

	if (!call->json) {
		for (const char *at = feed->tags; *at != '\0'; at += strcspn(at, " ") + 1)
			printf("%.*s\n", (int)strcspn(at, " "), at);
		return;
	}
	json_write_init(&json, &text);
	json_write_object(&json, NULL);
	json_write_string(&json, "name", feed->name);
	json_write_array(&json, "tags");
	for (const char *at = feed->tags; *at != '\0'; at += strcspn(at, " ") + 1)
		json_write_string_n(&json, NULL, at, strcspn(at, " "));
	json_write_array_end(&json);
	json_write_object_end(&json);
	puts(buf_str(&text));
	buf_done(&text);
}

static int
tag_feed(struct command_call *call, const struct tagging *tagging,
	struct subscription_operand *operand)
{
	struct subscriptions subscriptions;
	int status = subscriptions_find(&subscriptions, call, operand, 1);

	if (status == COMMAND_OK)
		status = subscriptions_check(call, operand, 1);
	if (status != COMMAND_OK) {
		subscriptions_done(&subscriptions);
		return status;
	}
	if (tagging->add.len + tagging->remove.len == 0) {
		print_tags(call, &operand->feed);
		subscriptions_done(&subscriptions);
		return command_finish(call, COMMAND_OK);
	}
	status = subscription_retag(
		&subscriptions, &operand->feed, buf_str(&tagging->add), buf_str(&tagging->remove));
	if (status == COMMAND_OK)
		status = subscriptions_commit(&subscriptions);
	if (status == COMMAND_OK)
		status = subscription_reload(&subscriptions, tagging->reload);
	subscriptions_done(&subscriptions);
	return command_finish(call, status);
}

static int
run_tag(struct command_call *call)
{
	struct subscription_operand operand = { 0 };
	struct tagging tagging = { 0 };
	int status = COMMAND_OK;

	if (read_options(call, &tagging) == COMMAND_STOP)
		status = call->status;
	else if (optind == call->argc)
		status = command_misused(call, "which feed? Its name or its URL is needed");
	else
		operand.text = call->argv[optind];
	for (int i = optind + 1; operand.text != NULL && i < call->argc && status == COMMAND_OK;
		i++)
		if (subscription_slugs(call, call->argv[i], &tagging.add) < 0)
			status = COMMAND_USAGE;
	if (operand.text != NULL && status == COMMAND_OK)
		status = tag_feed(call, &tagging, &operand);
	buf_done(&tagging.add);
	buf_done(&tagging.remove);
	return status;
}

const struct command cmd_tag = {
	.name = "tag",
	.summary = "give a feed tags, take them away, or list them",
	.usage = "[OPTION …] NAME-OR-URL [TAG …]",
	.help = "  -r, --remove TAG  take it away; several with commas\n" SUBSCRIPTION_RELOAD_HELP
		"\n"
		"Without tags it prints those that the configuration gives to the feed. Articles\n"
		"that are in the spool keep theirs. Exit status: 0 done, 1 there is no such feed,\n"
		"a tag that is to go is not its own, or it could not be written, 2 wrong use or\n"
		"the configuration is not right.\n\n"
		"  newspool tag example-technology technology-news\n"
		"  newspool tag --remove misc example-technology chips\n",
	.json = true,
	.words = "* @feeds\n",
	.run = run_tag,
};
