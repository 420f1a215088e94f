/*
 * What all subcommands share: their options --config, --json and --help, and how they speak. Owns
 * no state but getopt's; errors are said on standard error and become exit statuses.
 */
#include "tools/command.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf/config.h"

/* Values of the shared options, beyond any letter and any small number of a command's own. */
enum { OPTION_CONFIG = 0x10000, OPTION_JSON, OPTION_HELP };

static const struct option shared[] = {
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "json", no_argument, NULL, OPTION_JSON }, /* last: left out where it is not taken */
};
#define COLUMNS 80 /* of a usage */
#define TAB 8
#define N_SHARED (sizeof(shared) / sizeof(shared[0]))

/* The length of a word of a usage: up to a blank that stands in no bracket. */
static size_t
usage_word(const char *text)
{
	size_t size = 0;
	int depth = 0;

	for (; text[size] && (depth > 0 || (text[size] != ' ' && text[size] != '\n')); size++)
		depth += (text[size] == '[' || text[size] == '(') -
			 (text[size] == ']' || text[size] == ')');
	return size;
}

/* Words after the column, on further lines where they do not fit. Returns the column then. */
static size_t
print_usage(const char *usage, size_t column)
{
	while (*usage) {
		size_t size = usage_word(usage);
		bool fits = column + 1 + size <= COLUMNS;

		printf("%s%.*s", fits ? " " : "\n\t", (int)size, usage);
		column = (fits ? column + 1 : TAB) + size;
		usage += size;
		if (*usage == '\n')
			column = COLUMNS;
		usage += strspn(usage, " \t\n");
	}
	return column;
}

static void
print_help(const struct command *command)
{
	size_t column = (size_t)printf("Usage: newspool %s", command->name);

	column = print_usage("[--config FILE]", column);
	column = print_usage(command->json ? "[--json]" : "", column);
	print_usage(command->usage, column);
	putchar('\n');
	printf("newspool %s: %s\n\n", command->name, command->summary);
	printf("  --config FILE  the configuration (else $NEWSPOOL_CONFIG, else %s)\n",
		config_installed_file());
	if (command->json)
		printf("  --json         print JSON for programs\n");
	printf("  --help         print this\n");
	fputs(command->help, stdout);
}

/* Shared and own options in one table, and the letters among the own ones for getopt. */
static void
merge_options(const struct command *command, const struct option *own,
	struct option ret_all[N_SHARED + COMMAND_OPTIONS_MAX + 1],
	char ret_letters[2 * COMMAND_OPTIONS_MAX + 1])
{
	size_t n = N_SHARED - (command->json ? 0 : 1), letters = 0;

	memcpy(ret_all, shared, n * sizeof(shared[0]));
	for (size_t i = 0; own && own[i].name && i < COMMAND_OPTIONS_MAX; i++) {
		ret_all[n++] = own[i];
		if (own[i].val > ' ' && own[i].val < 127) {
			ret_letters[letters++] = (char)own[i].val;
			if (own[i].has_arg == required_argument)
				ret_letters[letters++] = ':';
		}
	}
	memset(&ret_all[n], 0, sizeof(ret_all[n]));
	ret_letters[letters] = '\0';
}

int
command_option(struct command_call *call, const struct option *own)
{
	struct option all[N_SHARED + COMMAND_OPTIONS_MAX + 1];
	char letters[2 * COMMAND_OPTIONS_MAX + 1];

	merge_options(call->command, own, all, letters);
	for (;;) {
		int option = getopt_long(call->argc, call->argv, letters, all, NULL);

		switch (option) {
		case OPTION_CONFIG:
			call->config = optarg;
			continue;
		case OPTION_JSON:
			call->json = true;
			continue;
		case OPTION_HELP:
			print_help(call->command);
			call->status = command_finish(call, COMMAND_OK);
			return COMMAND_STOP;
		case '?':
			fprintf(stderr, "'%s --help' lists its options\n", call->argv[0]);
			call->status = COMMAND_USAGE;
			return COMMAND_STOP;
		default:
			return option;
		}
	}
}

const char *
command_config(const struct command_call *call)
{
	return call->config ? call->config : config_default_file();
}

static void __attribute__((format(printf, 2, 0)))
say(const struct command_call *call, const char *format, va_list args)
{
	fprintf(stderr, "newspool %s: ", call->command->name);
	vfprintf(stderr, format, args);
	putc('\n', stderr);
}

void
command_say(const struct command_call *call, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(call, format, args);
	va_end(args);
}

int
command_misused(const struct command_call *call, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(call, format, args);
	va_end(args);
	fprintf(stderr, "'newspool %s --help' says how it is used\n", call->command->name);
	return COMMAND_USAGE;
}

static bool
is_without_reader(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO };

	return poll(&fd, 1, 0) > 0 && (fd.revents & POLLERR);
}

int
command_finish(const struct command_call *call, int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	/* the error of an earlier write is lost; a pipe without a reader says it again */
	if (errno == EPIPE || is_without_reader())
		return COMMAND_PIPE;
	command_say(call, "standard output: write failed");
	return COMMAND_FAILED;
}
