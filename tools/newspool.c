/*
 * newspool: the user's tool. One table of subcommands; each stands in a file of its own. Exit
 * statuses: tools/command.h.
 */
#include <newspool/version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/config.h"
#include "tools/command.h"

/* In the order in which --help lists them; ends with NULL. */
static const struct command *const commands[] = {
	&cmd_recent,
	&cmd_show,
	&cmd_tail,
	&cmd_ls,
	&cmd_cat,
	&cmd_queues,
	&cmd_ack,
	&cmd_deliver,
	&cmd_hooks,
	&cmd_status,
	&cmd_feeds,
	&cmd_feed,
	&cmd_poll,
	&cmd_pause,
	&cmd_resume,
	&cmd_reset,
	&cmd_undo_move,
	&cmd_reload,
	&cmd_add,
	&cmd_remove,
	&cmd_rename,
	&cmd_tag,
	&cmd_import,
	&cmd_export,
	&cmd_check,
	&cmd_fetch,
	&cmd_parse,
	&cmd_rules,
	&cmd_why,
	&cmd_held,
	&cmd_fsck,
	&cmd_doctor,
	&cmd_backup,
	&cmd_completion,
	NULL,
};

const struct command *const *
command_table(void)
{
	return commands;
}

static int
print_help(void)
{
	printf("Usage: newspool COMMAND [OPTION …] [ARGUMENT …]\n\n");
	for (size_t i = 0; commands[i]; i++)
		printf("  %-10s  %s\n", commands[i]->name, commands[i]->summary);
	printf("\n'newspool COMMAND --help' tells about one command.\n"
	       "Every command takes --config FILE, else $NEWSPOOL_CONFIG, else\n%s.\n"
	       "  --version  print the version\n"
	       "  --help     print this\n",
		config_installed_file());
	return fflush(stdout) == 0 ? COMMAND_OK : COMMAND_FAILED;
}

static int
print_version(void)
{
	printf("newspool %s\n", NP_VERSION);
	return fflush(stdout) == 0 ? COMMAND_OK : COMMAND_FAILED;
}

static const struct command *
find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct command_call call = { .command = command, .argc = argc, .argv = argv };
	char name[64];

	snprintf(name, sizeof(name), "newspool %s", command->name);
	argv[0] = name;
	return command->run(&call);
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	const struct command *command = find(word);

	if (command)
		return run(command, argc - 1, argv + 1);
	if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0)
		return print_help();
	if (strcmp(word, "--version") == 0)
		return print_version();
	if (*word)
		fprintf(stderr, "newspool: no command '%s'\n", word);
	else
		fprintf(stderr, "newspool: a command is missing\n");
	fprintf(stderr, "'newspool --help' lists the commands\n");
	return COMMAND_USAGE;
}
