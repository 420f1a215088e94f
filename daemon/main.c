/*
 * newspoold: arguments → role → run. Nothing else stands here.
 */
#include <newspool/version.h>

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/conf/config.h"
#include "daemon/fetch/fetcher.h"
#include "daemon/keeper.h"

#define EXIT_CONFIGURATION 2 /* and wrong arguments */

enum role { ROLE_KEEPER, ROLE_FETCHER, ROLE_CHECK, ROLE_DUMP, ROLE_HELP, ROLE_VERSION, ROLE_NONE };

struct arguments {
	enum role role;
	const char *config;
	unsigned int fetcher;
};

/* --fetcher is how the keeper executes its fetchers, and nobody else does: --help is silent. */
static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, ROLE_CHECK },
	{ "dump", no_argument, NULL, ROLE_DUMP },
	{ "help", no_argument, NULL, ROLE_HELP },
	{ "version", no_argument, NULL, ROLE_VERSION },
	{ "fetcher", required_argument, NULL, ROLE_FETCHER },
	{ NULL, 0, NULL, 0 },
};

static void
parse_arguments(int argc, char **argv, struct arguments *ret_arguments)
{
	int option;

	*ret_arguments = (struct arguments){ .config = config_default_file() };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c') {
			ret_arguments->config = optarg;
			continue;
		}
		if (option == ROLE_FETCHER)
			ret_arguments->fetcher = (unsigned int)strtoul(optarg, NULL, 10);
		ret_arguments->role = option == '?' ? ROLE_NONE : (enum role)option;
		if (option == '?')
			return;
	}
	if (optind < argc) {
		fprintf(stderr, "%s: '%s': no operands are taken\n", argv[0], argv[optind]);
		ret_arguments->role = ROLE_NONE;
	}
}

static int
print_help(void)
{
	printf("Usage: newspoold [--config FILE] [--check | --dump]\n"
	       "newspoold: polls feeds and spools each new article once\n\n"
	       "  --config FILE  the configuration (else $NEWSPOOL_CONFIG, else\n"
	       "                 %s)\n"
	       "  --check        say whether the configuration is right, and exit\n"
	       "  --dump         print the configuration as it is in effect, and exit\n"
	       "  --version      print the version\n"
	       "  --help         print this\n\n"
	       "It stays in the foreground and logs to standard error. See newspoold(8).\n",
		config_installed_file());
	return EXIT_SUCCESS;
}

static int
check(const char *file, bool dump)
{
	struct config_error err;
	struct config *config;
	struct buf text = { 0 };

	if (config_load(file, NULL, &config, &err) < 0) {
		fprintf(stderr, "newspoold: %s\n", err.text);
		return EXIT_CONFIGURATION;
	}
	if (dump)
		config_dump(config, &text);
	else
		buf_printf(&text, "%s: good, %zu feeds\n", config->file, config->n_feeds);
	config_free(config);
	fputs(buf_str(&text), stdout);
	buf_done(&text);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
run(const struct arguments *arguments)
{
	switch (arguments->role) {
	case ROLE_FETCHER:
		return fetcher_main(arguments->fetcher);
	case ROLE_KEEPER:
		return keeper_main(arguments->config);
	case ROLE_CHECK:
		return check(arguments->config, false);
	case ROLE_DUMP:
		return check(arguments->config, true);
	case ROLE_HELP:
		return print_help();
	case ROLE_VERSION:
		printf("newspoold %s\n", NP_VERSION);
		return EXIT_SUCCESS;
	default:
		fprintf(stderr, "'newspoold --help' says how it is used\n");
		return EXIT_CONFIGURATION;
	}
}

int
main(int argc, char **argv)
{
	struct arguments arguments;

	parse_arguments(argc, argv, &arguments);
	return run(&arguments);
}
