/*
 * newspool remove: takes feeds out of the configuration, be they sections or outlines of a list.
 * Edits from the end of each file to its beginning, all in one step.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"
#include "tools/subscription.h"

enum remove_option { OPTION_DRY_RUN = 1, OPTION_RELOAD };

struct removal {
	bool dry_run, reload;
	struct subscription_operand *operands;
	size_t n;
};

static int
read_options(struct command_call *call, struct removal *removal)
{
	static const struct option own[] = {
		{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
		{ "reload", no_argument, NULL, OPTION_RELOAD },
		{ 0 },
	};
	int option;

	while ((option = command_option(call, own)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return COMMAND_STOP;
		*(option == OPTION_DRY_RUN ? &removal->dry_run : &removal->reload) = true;
	}
	return COMMAND_END;
}

/* By file, and in each the last line first. */
static int
compare_places(const void *left, const void *right)
{
	const struct subscription *a = &((const struct subscription_operand *)left)->feed;
	const struct subscription *b = &((const struct subscription_operand *)right)->feed;
	int order = strcmp(a->file, b->file);

	return order != 0 ? order : (a->line < b->line) - (a->line > b->line);
}

static int
remove_all(struct subscriptions *subscriptions, const struct removal *removal)
{
	int status = COMMAND_OK;

	qsort(removal->operands, removal->n, sizeof(*removal->operands), compare_places);
	for (size_t i = 0; i < removal->n && status == COMMAND_OK; i++)
		if (i == 0 || strcmp(removal->operands[i].feed.name,
				      removal->operands[i - 1].feed.name) != 0)
			status = subscription_remove(subscriptions, &removal->operands[i].feed);
	if (status == COMMAND_OK && !removal->dry_run)
		status = subscriptions_commit(subscriptions);
	return status;
}

static int
remove_feeds(struct command_call *call, const struct removal *removal)
{
	struct subscriptions subscriptions;
	int status = subscriptions_find(&subscriptions, call, removal->operands, removal->n);

	if (status == COMMAND_OK)
		status = subscriptions_check(call, removal->operands, removal->n);
	if (status == COMMAND_OK)
		status = remove_all(&subscriptions, removal);
	for (size_t i = 0; i < removal->n && status == COMMAND_OK; i++)
		printf("%s %s (%s), from %s\n", removal->dry_run ? "would remove" : "removed",
			removal->operands[i].feed.name, removal->operands[i].feed.url,
			removal->operands[i].feed.file);
	if (status == COMMAND_OK && !removal->dry_run)
		status = subscription_reload(&subscriptions, removal->reload);
	subscriptions_done(&subscriptions);
	return command_finish(call, status);
}

static int
run_remove(struct command_call *call)
{
	struct removal removal = { 0 };
	int status;

	if (read_options(call, &removal) == COMMAND_STOP)
		return call->status;
	removal.n = (size_t)(call->argc - optind);
	if (removal.n == 0)
		return command_misused(call, "which feed? Its name or its URL is needed");
	removal.operands = calloc(removal.n, sizeof(*removal.operands));
	if (removal.operands == NULL) {
		command_say(call, "out of memory");
		return COMMAND_FAILED;
	}
	for (size_t i = 0; i < removal.n; i++)
		removal.operands[i].text = call->argv[optind + (int)i];
	status = remove_feeds(call, &removal);
	free(removal.operands);
	return status;
}

const struct command cmd_remove = {
	.name = "remove",
	.summary = "take feeds out of the configuration",
	.usage = "[OPTION …] NAME-OR-URL …",
	.help = "  --dry-run         say what would go, and change "
		"nothing\n" SUBSCRIPTION_RELOAD_HELP "\n"
		"A feed goes where it stands: its section of a file, or its outline of a list.\n"
		"What the daemon remembers of it stays for as long as `remember` says, so that\n"
		"one that comes back delivers nothing again. Exit status: 0 done, 1 there is no\n"
		"such feed or it could not be written, 2 the configuration is not right.\n\n"
		"  newspool remove example-technology\n"
		"  newspool remove --reload https://example.org/feed.xml\n",
	.words = "* @feeds\n",
	.run = run_remove,
};
