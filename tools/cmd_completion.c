/* newspool completion: what makes shells complete newspool's commands. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/config.h"
#include "lib/base/buf.h"
#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/completion.h"
#include "tools/slugs.h"
#include "tools/spool_option.h"

enum { OPTION_LIST = 1, OPTION_SPOOL };

static int
print_feed(void *arg, const struct config_feed *feed, struct config_error *err)
{
	(void)arg;
	(void)err;
	puts(feed->name);
	return 0;
}

/* All that are configured. */
static int
list_feeds(struct command_call *call)
{
	const struct config_feed_sink sink = { .feed = print_feed };
	struct config_error err = { "" };
	struct config *config = NULL;
	int error = config_load(command_config(call), &sink, &config, &err);

	if (error)
		command_say(call, "%s", err.text);
	config_free(config);
	return error ? COMMAND_USAGE : COMMAND_OK;
}

/* The names of one kind that are in the spool, for the shells' functions to ask. */
static int
list(struct command_call *call, const char *folder, const char *directory)
{
	static const char *const folders[] = { SPOOL_TAGS, SPOOL_QUEUES, SPOOL_CURSORS };
	struct slugs slugs = { .n = 0 };
	bool known = false;
	char *place;
	int error, status;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		known = known || strcmp(folder, folders[i]) == 0;
	if (!known)
		return command_misused(
			call, "--list %s: not tags, queues, cursors or feeds", folder);
	status = spool_option_directory(call, directory, &place);
	if (status != COMMAND_OK)
		return status;
	error = slugs_read(place, folder, &slugs);
	for (size_t i = 0; i < slugs.n; i++)
		puts(slugs.list[i]);
	if (error)
		command_say(call, "%s/%s: %s", place, folder, strerror(-error));
	slugs_done(&slugs);
	free(place);
	return error ? COMMAND_FAILED : COMMAND_OK;
}

static int
print(struct command_call *call, const char *shell)
{
	struct buf out = { 0 };
	int error = completion_write(&out, shell, command_table());

	if (error == 0)
		error = buf_error(&out);
	if (error == 0)
		fputs(buf_str(&out), stdout);
	buf_done(&out);
	if (error == -EINVAL)
		return command_misused(call, "'%s': not bash, zsh or fish", shell);
	if (error)
		command_say(call, "%s", strerror(-error));
	return error ? COMMAND_FAILED : COMMAND_OK;
}

static int
run(struct command_call *call)
{
	static const struct option own[] = {
		{ "list", required_argument, NULL, OPTION_LIST },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ 0 },
	};
	const char *folder = NULL, *directory = NULL;
	int option, status;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_LIST)
			folder = optarg;
		else
			directory = optarg;
	}
	if (option == COMMAND_STOP)
		return call->status;
	if (folder && optind == call->argc && strcmp(folder, "feeds") == 0)
		status = list_feeds(call);
	else if (folder && optind == call->argc)
		status = list(call, folder, directory);
	else if (!folder && optind + 1 == call->argc)
		status = print(call, call->argv[optind]);
	else
		status = command_misused(call, "for which shell?");
	return command_finish(call, status);
}

const struct command cmd_completion = {
	.name = "completion",
	.summary = "print what makes bash, zsh or fish complete these commands",
	.usage = "SHELL | --list tags|queues|cursors|feeds [--spool DIR]",
	.help = "\n"
		"make install puts it where the shells look for it. By hand:\n"
		"\n"
		"  --list KIND       print the tags, queues or cursors of the spool, or the feeds\n"
		"                    of the configuration, instead: shells ask for "
		"that\n" SPOOL_OPTION_HELP "\n"
		"  newspool completion bash > ~/.local/share/bash-completion/completions/newspool\n"
		"  newspool completion zsh > ~/.zfunc/_newspool\n"
		"  newspool completion fish > ~/.config/fish/completions/newspool.fish\n",
	.words = "list tags queues cursors feeds\n* bash zsh fish\n",
	.run = run,
};
