/*
 * newspool check: is the configuration right, and what in it is probably a mistake? Reads it as the
 * daemon does and touches nothing. Warnings do not change the exit status.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/conf/config.h"
#include "daemon/conf/names.h"
#include "daemon/conf/value.h"
#include "lib/base/json_write.h"
#include "lib/base/url.h"
#include "tools/command.h"

#define WARNINGS_MAX 100u /* that are told; the others are counted */
#define POLITE_INTERVAL (INT64_C(15) * 60 * 1000)

struct checking {
	struct arena arena; /* texts */
	const char *warnings[WARNINGS_MAX];
	size_t n_warnings; /* all of them */
	struct names urls; /* where each canonical URL stands */
	struct names tags; /* that feeds or aliases give */
	struct buf url;
	const char **files; /* by the numbers that they have in urls */
	uint32_t n_files;
	bool out_of_memory;
};

static void __attribute__((format(printf, 2, 3)))
warn(struct checking *checking, const char *format, ...)
{
	struct buf text = { 0 };
	const char *copy;
	va_list args;

	if (checking->n_warnings >= WARNINGS_MAX) {
		checking->n_warnings++;
		return;
	}
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	copy = buf_error(&text) ? NULL : arena_strdup(&checking->arena, buf_str(&text));
	buf_done(&text);
	if (copy)
		checking->warnings[checking->n_warnings++] = copy;
	else
		checking->out_of_memory = true;
}

/* The number of the file that is being read; feeds come file by file. */
static uint32_t
file_number(struct checking *checking, const char *file)
{
	uint32_t n = checking->n_files;
	const char **files;

	if (n && strcmp(checking->files[n - 1], file) == 0)
		return n - 1;
	files = realloc(checking->files, (n + 1) * sizeof(*files));
	if (files) {
		checking->files = files;
		files[n] = arena_strdup(&checking->arena, file);
	}
	if (!files || !files[n]) {
		checking->out_of_memory = true;
		return 0;
	}
	checking->n_files = n + 1;
	return n;
}

/* The same document under two names is polled for both: mostly a mistake. */
static void
check_url(struct checking *checking, const struct config_feed *feed)
{
	uint32_t number = file_number(checking, feed->file), file, line;
	int ret;

	if (checking->out_of_memory)
		return;
	buf_reset(&checking->url);
	url_canonical(&checking->url, feed->url);
	ret = names_put(
		&checking->urls, "url", buf_str(&checking->url), number, feed->line, &file, &line);
	if (ret == -ENOMEM || buf_error(&checking->url))
		checking->out_of_memory = true;
	else if (ret == -EEXIST)
		warn(checking, "%s:%u: %s: the same URL stands at %s:%u already", feed->file,
			feed->line, feed->name, checking->files[file], line);
}

/* The value of a key among "key=value\n" lines; NULL where it is not among them. */
static char *
own_setting(struct checking *checking, const struct config_feed *feed, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = feed->settings; *line; line += strcspn(line, "\n") + 1)
		if (strncmp(line, key, length) == 0 && line[length] == '=') {
			const char *value = line + length + 1;

			return arena_strndup(&checking->arena, value, strcspn(value, "\n"));
		}
	return NULL;
}

static void
check_own_settings(struct checking *checking, const struct config_feed *feed)
{
	const char *interval = own_setting(checking, feed, "interval");
	const char *insecure = own_setting(checking, feed, "insecure"), *reason;
	bool is_insecure = false;
	int64_t ms;

	if (interval && value_duration(interval, &ms, &reason) == 0 && ms < POLITE_INTERVAL)
		warn(checking,
			"%s:%u: %s: an interval below 15m: many servers turn away who asks "
			"so often",
			feed->file, feed->line, feed->name);
	if (insecure && value_bool(insecure, &is_insecure, &reason) == 0 && is_insecure)
		warn(checking, "%s:%u: %s: insecure: who stands on the way can write its articles",
			feed->file, feed->line, feed->name);
	if (strncmp(feed->url, "http:", 5) == 0 &&
		(own_setting(checking, feed, "token-file") || own_setting(checking, feed, "user")))
		warn(checking, "%s:%u: %s: its secret crosses the network unencrypted: use https",
			feed->file, feed->line, feed->name);
}

static void
count_tag(struct checking *checking, const char *tag)
{
	uint32_t file, line;

	if (names_put(&checking->tags, "tag", tag, 0, 0, &file, &line) == -ENOMEM)
		checking->out_of_memory = true;
}

static void
count_tags(struct checking *checking, const char *tags)
{
	char tag[512];

	for (; *tags; tags += strcspn(tags, " ") + 1) {
		snprintf(tag, sizeof(tag), "%.*s", (int)strcspn(tags, " "), tags);
		count_tag(checking, tag);
	}
}

static int
check_feed(void *arg, const struct config_feed *feed, struct config_error *err)
{
	struct checking *checking = arg;

	(void)err;
	check_url(checking, feed);
	count_tags(checking, feed->tags);
	if (*feed->settings)
		check_own_settings(checking, feed);
	return checking->out_of_memory ? -ENOMEM : 0;
}

/* The folder that a path is in; for what the daemon does not make itself. */
static void
check_folder(struct checking *checking, const struct config *config, const char *key,
	const char *path, bool parent)
{
	char folder[4096];
	struct stat status;
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (parent && slash && slash != folder)
		*slash = '\0';
	if (stat(folder, &status) < 0)
		warn(checking, "%s: %s: %s: %s", config->file, key, folder, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		warn(checking, "%s: %s: %s: not a directory", config->file, key, folder);
}

static void
check_whole(struct checking *checking, const struct config *config)
{
	const struct config_settings *defaults = &config->defaults;

	check_folder(checking, config, "directory", config->spool_directory, false);
	check_folder(checking, config, "database", config->database, true);
	if (config->n_feeds == 0)
		warn(checking, "%s: no feeds: nothing will be polled", config->file);
	if (defaults->interval < POLITE_INTERVAL)
		warn(checking,
			"%s: [defaults]: an interval below 15m: many servers turn away who "
			"asks so often",
			config->file);
	if (defaults->insecure)
		warn(checking,
			"%s: [defaults]: insecure: who stands on the way can write any "
			"feed's articles",
			config->file);
	if (defaults->allow_private)
		warn(checking,
			"%s: [defaults]: allow-private: any feed can have servers in your "
			"own network asked",
			config->file);
	if (config->sync == CONFIG_SYNC_NONE)
		warn(checking, "%s: sync: none: a power cut can lose articles", config->file);
	for (size_t i = 0; i < config->n_aliases; i++)
		count_tag(checking, config->aliases[i].tag);
}

static void
print_text(const struct checking *checking, const struct config *config)
{
	for (size_t i = 0; i < checking->n_warnings && i < WARNINGS_MAX; i++)
		printf("warning: %s\n", checking->warnings[i]);
	if (checking->n_warnings > WARNINGS_MAX)
		printf("warning: and %zu more\n", checking->n_warnings - WARNINGS_MAX);
	printf("%s: good: %zu feed%s, %zu tag%s, %zu queue%s\n", config->file, config->n_feeds,
		config->n_feeds == 1 ? "" : "s", checking->tags.used,
		checking->tags.used == 1 ? "" : "s", config->n_queues,
		config->n_queues == 1 ? "" : "s");
}

/* config is NULL and error set, or the other way round. */
static void
print_json(const struct checking *checking, const char *file, const struct config *config,
	const char *error)
{
	struct buf text = { 0 };
	struct json_writer json;

	json_write_init(&json, &text);
	json_write_object(&json, NULL);
	json_write_string(&json, "file", config ? config->file : file);
	json_write_bool(&json, "valid", config != NULL);
	json_write_string(&json, "error", error);
	if (config) {
		json_write_int(&json, "feeds", (int64_t)config->n_feeds);
		json_write_int(&json, "tags", (int64_t)checking->tags.used);
		json_write_int(&json, "queues", (int64_t)config->n_queues);
		json_write_array(&json, "warnings");
		for (size_t i = 0; i < checking->n_warnings && i < WARNINGS_MAX; i++)
			json_write_string(&json, NULL, checking->warnings[i]);
		json_write_array_end(&json);
		json_write_int(&json, "warnings_total", (int64_t)checking->n_warnings);
	}
	json_write_object_end(&json);
	puts(buf_str(&text));
	buf_done(&text);
}

static int
check(struct command_call *call, struct checking *checking)
{
	const struct config_feed_sink sink = { .feed = check_feed, .arg = checking };
	const char *file = command_config(call);
	struct config_error err;
	struct config *config;
	int ret = config_load(file, &sink, &config, &err);

	if (ret < 0) {
		if (call->json)
			print_json(checking, file, NULL, err.text);
		else
			fprintf(stderr, "%s\n", err.text);
		return command_finish(call, COMMAND_USAGE);
	}
	check_whole(checking, config);
	if (call->json)
		print_json(checking, file, config, NULL);
	else
		print_text(checking, config);
	config_free(config);
	return command_finish(call, COMMAND_OK);
}

static int
run(struct command_call *call)
{
	struct checking checking = { 0 };
	int ret = command_option(call, NULL);

	if (ret == COMMAND_STOP)
		return call->status;
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken", call->argv[optind]);
	ret = check(call, &checking);
	names_done(&checking.urls);
	names_done(&checking.tags);
	buf_done(&checking.url);
	free(checking.files);
	arena_done(&checking.arena);
	return ret;
}

const struct command cmd_check = {
	.name = "check",
	.summary = "say whether the configuration is right, and what looks wrong in it",
	.usage = "",
	.help = "\n"
		"Reads the configuration, feeds.d and lists as the daemon does, and touches "
		"nothing.\n"
		"Exit status: 0 it is right (there may be warnings), 2 it is not.\n"
		"\n"
		"  newspool check\n"
		"  newspool check --config ./newspool.conf\n"
		"  newspool check --json | jq -r '.warnings[]'\n",
	.json = true,
	.run = run,
};
