/* newspool rules: which there are, how often each matched, and what they would do. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf/config.h"
#include "daemon/keep/store_look.h"
#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "tools/command.h"
#include "tools/rules_test.h"
#include "tools/spool_option.h"

enum { OPTION_SINCE = 1, OPTION_SPOOL, OPTION_ALL };

struct counts {
	uint64_t hits, gave_up;
	int64_t last; /* ms; 0: never */
};

struct listing {
	const struct config *config;
	struct counts *counts; /* by the rule's place */
};

static int
take_counts(void *arg, const struct store_rule_hits *hits)
{
	struct listing *listing = arg;

	for (size_t i = 0; i < listing->config->n_rules; i++)
		if (strcmp(listing->config->rules[i].name, hits->rule) == 0)
			listing->counts[i] = (struct counts){ hits->hits, hits->gave_up,
				hits->last };
	return 0;
}

/* A database that is not there yet has counted nothing. */
static int
read_counts(struct command_call *call, struct listing *listing)
{
	struct config_error err = { "" };
	struct store *store;
	int error;

	if (access(listing->config->database, F_OK) != 0)
		return 0;
	error = store_look_open(listing->config->database, &store, &err);
	if (error != 0) {
		command_say(call, "%s", err.text);
		return error;
	}
	error = store_rule_hits(store, take_counts, listing);
	if (error != 0)
		command_say(call, "%s: %s", listing->config->database, store_error(store));
	store_close(store);
	return error;
}

static void
put_slugs(struct buf *out, const char *key, const char *const *slugs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s", i > 0 ? "," : key, slugs[i]);
}

/* "add-tags=a,b stop" */
static void
put_actions(struct buf *out, const struct config_rule *rule)
{
	put_slugs(out, " add-tags=", rule->add, rule->n_add);
	put_slugs(out, " remove-tags=", rule->remove, rule->n_remove);
	put_slugs(out, " set-tags=", rule->set, rule->n_set);
	if (rule->sets && rule->n_set == 0)
		buf_puts(out, " set-tags=");
	buf_printf(out, "%s%s%s", rule->drop ? " drop" : "", rule->hold ? " hold" : "",
		rule->stop ? " stop" : "");
}

static void
print_json(const struct config_rule *rule, const char *actions, const struct counts *counts)
{
	char last[CLOCK_RFC3339_SIZE];
	struct json_writer json;
	struct buf line = { 0 };

	clock_rfc3339(counts->last / 1000, last);
	json_write_init(&json, &line);
	json_write_object(&json, NULL);
	json_write_string(&json, "rule", rule->name);
	json_write_string(&json, "match", rule->match.text);
	json_write_string(&json, "does", actions);
	json_write_int(&json, "hits", (int64_t)counts->hits);
	json_write_int(&json, "gave_up", (int64_t)counts->gave_up);
	json_write_string(&json, "last", counts->last != 0 ? last : NULL);
	json_write_object_end(&json);
	puts(buf_str(&line));
	buf_done(&line);
}

static void
print_text(const struct config_rule *rule, const char *actions, const struct counts *counts)
{
	char last[CLOCK_RFC3339_SIZE];

	clock_rfc3339(counts->last / 1000, last);
	printf("%s: %s\n  does   %s\n  hits   %" PRIu64, rule->name, rule->match.text, actions,
		counts->hits);
	if (counts->last != 0)
		printf(", last %s", last);
	if (counts->gave_up != 0)
		printf("; %" PRIu64 " times a pattern took too long", counts->gave_up);
	putchar('\n');
}

static int
list(struct command_call *call, const struct config *config)
{
	struct listing listing = { .config = config };
	int error;

	if (optind != call->argc)
		return command_misused(call, "list takes no operands");
	listing.counts = calloc(config->n_rules + 1, sizeof(*listing.counts));
	error = listing.counts != NULL ? read_counts(call, &listing) : -ENOMEM;
	for (size_t i = 0; i < config->n_rules && error == 0; i++) {
		struct buf actions = { 0 };

		put_actions(&actions, &config->rules[i]);
		(call->json ? print_json : print_text)(&config->rules[i],
			buf_str(&actions) + (actions.len > 0), &listing.counts[i]);
		buf_done(&actions);
	}
	free(listing.counts);
	return error == 0 ? COMMAND_OK : COMMAND_FAILED;
}

/* That they are right was seen when they were loaded. */
static int
check(struct command_call *call, const struct config *config)
{
	if (optind != call->argc)
		return command_misused(call, "check takes no operands");
	printf("%s: %zu %s\n", config->file, config->n_rules,
		config->n_rules == 1 ? "rule" : "rules");
	return COMMAND_OK;
}

static int
read_options(struct command_call *call, struct rules_test_options *options)
{
	static const struct option own[] = {
		{ "since", required_argument, NULL, OPTION_SINCE },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ "all", no_argument, NULL, OPTION_ALL },
		{ 0 },
	};
	int option;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_ALL)
			options->all = true;
		else if (option == OPTION_SPOOL)
			options->directory = optarg;
		else if (spool_option_since(optarg, &options->query) < 0)
			return command_misused(call,
				"--since %s: neither a sequence, nor a time like "
				"2026-11-23T06:00:00Z, nor a day, nor like 6h",
				optarg);
	}
	return option == COMMAND_STOP ? COMMAND_STOP : COMMAND_OK;
}

static int
run_word(struct command_call *call, const struct rules_test_options *options)
{
	const char *word = optind < call->argc ? call->argv[optind++] : "list";
	struct config_error err = { "" };
	struct config *config;
	int status;

	if (strcmp(word, "list") != 0 && strcmp(word, "check") != 0 && strcmp(word, "test") != 0)
		return command_misused(call, "'%s': expected list, check or test", word);
	if (config_load(command_config(call), NULL, &config, &err) < 0) {
		command_say(call, "%s", err.text);
		return COMMAND_USAGE;
	}
	if (strcmp(word, "test") == 0)
		status = rules_test(call, config, options);
	else
		status = strcmp(word, "list") == 0 ? list(call, config) : check(call, config);
	config_free(config);
	return status;
}

static int
run(struct command_call *call)
{
	struct rules_test_options options = { .all = false };
	int status = read_options(call, &options);

	if (status == COMMAND_OK)
		status = run_word(call, &options);
	return status == COMMAND_STOP ? call->status : command_finish(call, status);
}

const struct command cmd_rules = {
	.name = "rules",
	.summary = "list rules with their hits, check them, or test them on what is spooled",
	.usage = "[list | check | test [--all] [--since TIME|SEQ] [--spool DIR] [ARTICLE …]]",
	.help = "\n"
		"list shows each rule with how often it matched; check reads the configuration\n"
		"and says what is wrong in it; test shows what the rules would do to articles\n"
		"that are spooled already, and why. It changes nothing: edit the rules, test\n"
		"them, and have the daemon reload.\n"
		"\n"
		"ARTICLE is a sequence, a name or a path, as ls prints it; for those that are\n"
		"named every rule is explained. Without one all articles are tested, and those\n"
		"shown that would be dropped, held or get other tags than they have.\n"
		"\n"
		"  --all             all articles, and the rules that do not match\n"
		"  --since SEQ       articles delivered after the one with this sequence\n"
		"  --since TIME      or at this time and later: 2026-11-23T06:00:00Z,\n"
		"                    2026-11-23, or 6h for so long ago\n" SPOOL_OPTION_HELP "\n"
		"  newspool rules\n"
		"  newspool rules test --since 1d\n"
		"  newspool rules test 1234\n",
	.json = true,
	.words = "* list check test\n",
	.run = run,
};
