/*
 * newspool import: takes over a list of feeds. The list is gone through twice: once to judge every
 * feed in it (and try it, where that is asked for), once to write those that are taken into a list of
 * newspool's own, feeds.d/NAME.opml, which a section in feeds.d/NAME.conf names. An OPML list is
 * copied with its folders and every attribute.
 *
 * Errors: a feed that cannot be taken is told with its line, and the others are taken all the same.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "daemon/conf/edit_section.h"
#include "daemon/conf/ini.h"
#include "daemon/conf/value.h"
#include "daemon/wire/log.h"
#include "lib/base/clock.h"
#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/import_list.h"
#include "tools/subscription.h"

enum import_option {
	OPTION_DRY_RUN = 1,
	OPTION_FORMAT,
	OPTION_INTERVAL,
	OPTION_NAME,
	OPTION_ONLY_WORKING,
	OPTION_RELOAD,
	OPTION_REPLACE,
	OPTION_TRY,
	OPTION_TAG = 't',
};

struct importing {
	struct command_call *call;
	const char *file, *name, *interval;
	struct buf tags, slug;
	bool dry_run, reload, replace;
	struct import_list list;
};

static int
take_format(struct importing *importing, const char *text)
{
	for (unsigned int i = 0; i < IMPORT_FORMATS; i++)
		if (strcmp(text, import_format_name((enum import_format)i)) == 0) {
			importing->list.format = (enum import_format)i;
			importing->list.guess = false;
			return 0;
		}
	command_misused(importing->call, "--format %s: opml, newsboat or sfeed", text);
	return -EINVAL;
}

static int
take_option(struct importing *importing, int option)
{
	const struct {
		int option;
		bool *flag;
	} flags[] = {
		{ OPTION_DRY_RUN, &importing->dry_run },
		{ OPTION_RELOAD, &importing->reload },
		{ OPTION_REPLACE, &importing->replace },
		{ OPTION_TRY, &importing->list.try },
		{ OPTION_ONLY_WORKING, &importing->list.only_working },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].option == option)
			*flags[i].flag = true;
	if (option == OPTION_NAME)
		importing->name = optarg;
	else if (option == OPTION_INTERVAL)
		importing->interval = optarg;
	else if (option == OPTION_FORMAT)
		return take_format(importing, optarg);
	else if (option == OPTION_TAG)
		return subscription_slugs(importing->call, optarg, &importing->tags);
	return 0;
}

static int
read_options(struct importing *importing)
{
	static const struct option own[] = {
		{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ "interval", required_argument, NULL, OPTION_INTERVAL },
		{ "name", required_argument, NULL, OPTION_NAME },
		{ "only-working", no_argument, NULL, OPTION_ONLY_WORKING },
		{ "reload", no_argument, NULL, OPTION_RELOAD },
		{ "replace", no_argument, NULL, OPTION_REPLACE },
		{ "tag", required_argument, NULL, OPTION_TAG },
		{ "try", no_argument, NULL, OPTION_TRY },
		{ 0 },
	};
	int option;

	while ((option = command_option(importing->call, own)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return COMMAND_STOP;
		if (take_option(importing, option) < 0) {
			importing->call->status = COMMAND_USAGE;
			return COMMAND_STOP;
		}
	}
	return COMMAND_END;
}

/* The list's name: as given, else of the file's. */
static int
take_name(struct importing *importing)
{
	const char *slash = strrchr(importing->file, '/');
	const char *base = slash != NULL ? slash + 1 : importing->file, *reason;
	const char *dot = strrchr(base, '.');
	struct buf stem = { 0 };
	int64_t interval;

	buf_append(&stem, base, dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base));
	if (importing->name == NULL && !spool_slug(&importing->slug, buf_str(&stem)))
		buf_puts(&importing->slug, "imported");
	buf_done(&stem);
	if (importing->name != NULL && !spool_is_slug(importing->name))
		return command_misused(importing->call,
			"%s: not a name: letters, digits and single hyphens, in lower case",
			importing->name);
	if (importing->name == NULL)
		importing->name = buf_str(&importing->slug);
	if (importing->interval != NULL &&
		value_duration(importing->interval, &interval, &reason) < 0)
		return command_misused(
			importing->call, "--interval %s: %s", importing->interval, reason);
	return COMMAND_OK;
}

static int
read_source(struct importing *importing)
{
	FILE *stream = stdin;
	size_t size;
	char *room;
	int ret = 0;

	if (strcmp(importing->file, "-") != 0)
		ret = config_file_open(importing->file, &stream);
	if (ret < 0) {
		command_say(importing->call, "%s: %s", importing->file, config_file_error(ret));
		return COMMAND_FAILED;
	}
	importing->list.text.max = EDIT_FILE_MAX;
	do {
		room = buf_reserve(&importing->list.text, 65536);
		size = room != NULL ? fread(room, 1, 65536, stream) : 0;
		buf_add(&importing->list.text, size);
	} while (size > 0);
	ret = ferror(stream) ? -EIO : buf_error(&importing->list.text);
	if (stream != stdin)
		fclose(stream);
	if (ret < 0)
		command_say(importing->call, "%s: %s", importing->file,
			strerror(ret == -E2BIG ? EFBIG : -ret));
	return ret < 0 ? COMMAND_FAILED : COMMAND_OK;
}

/* The file that names the list. */
static int
compose_section(struct importing *importing, struct buf *text)
{
	struct buf tags = { 0 }, file = { 0 };
	char date[CLOCK_RFC3339_SIZE];
	int ret;

	clock_rfc3339(time(NULL), date);
	for (const char *at = buf_str(&importing->tags); *at != '\0'; at += strcspn(at, " ") + 1)
		buf_printf(&tags, "%s%.*s", tags.len > 0 ? ", " : "", (int)strcspn(at, " "), at);
	buf_printf(&file, "%s.opml", importing->name);
	buf_printf(
		text, "# Added by newspool import on %.10s.\n[opml %s]\n", date, importing->name);
	ret = edit_section_put(text, "file", buf_str(&file));
	if (ret == 0 && tags.len > 0)
		ret = edit_section_put(text, "tags", buf_str(&tags));
	if (ret == 0 && importing->interval != NULL)
		ret = edit_section_put(text, "interval", importing->interval);
	buf_done(&tags);
	buf_done(&file);
	return ret;
}

/* A file of feeds.d, new, or with --replace the one that is there, emptied. */
static int
open_file(struct importing *importing, struct subscriptions *subscriptions, const char *suffix,
	bool *ret_new, struct buf **ret_text)
{
	struct config_error err;
	struct buf name = { 0 };
	const char *path;
	int ret = -ENOMEM;

	buf_printf(&name, "%s%s", importing->name, suffix);
	path = edit_feeds_path(subscriptions->edit, buf_str(&name));
	buf_done(&name);
	*ret_new = false;
	if (path != NULL && importing->replace)
		ret = edit_read(subscriptions->edit, path, ret_text, &err);
	if (path != NULL && (!importing->replace || ret == -ENOENT)) {
		ret = edit_create(subscriptions->edit, path, ret_text, &err);
		*ret_new = true;
	}
	if (ret == -EEXIST)
		command_say(importing->call, "%s is there already: --replace it, or --name another",
			path);
	else if (ret < 0)
		return path != NULL ? subscription_say(subscriptions, &err) : COMMAND_FAILED;
	return ret < 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int
write_files(struct importing *importing, struct subscriptions *subscriptions)
{
	struct buf *list, *section;
	bool is_new;
	int status = open_file(importing, subscriptions, ".opml", &is_new, &list), ret;

	if (status != COMMAND_OK)
		return status;
	buf_reset(list);
	ret = import_list_write(&importing->list, list);
	if (ret == 0)
		status = open_file(importing, subscriptions, ".conf", &is_new, &section);
	if (ret == 0 && status == COMMAND_OK && is_new)
		ret = compose_section(importing, section);
	if (ret < 0) {
		command_say(importing->call, "%s: %s", importing->file, strerror(-ret));
		return COMMAND_FAILED;
	}
	if (status == COMMAND_OK && !importing->dry_run)
		status = subscriptions_commit(subscriptions);
	return status;
}

/* What was taken, what was not and why. */
static int
report(struct importing *importing)
{
	const struct import_list *list = &importing->list;
	const char *would = importing->dry_run ? "would import" : "imported";

	if (importing->call->json) {
		import_list_json(list, importing->name, importing->dry_run);
	} else {
		import_list_failures(list, importing->file);
		printf("%s %zu feed%s into feeds.d/%s.opml; %zu had already, %zu left out%s", would,
			list->n_taken, list->n_taken == 1 ? "" : "s", importing->name, list->n_had,
			list->n_left_out, list->try ? "" : "\n");
		if (list->try)
			printf("; of those that were tried %zu failed\n", list->n_failing);
	}
	return list->n_left_out + list->n_failing > 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int
import(struct importing *importing)
{
	struct import_list *list = &importing->list;
	struct config_error err = { "" };
	struct subscriptions subscriptions;
	const struct config_feed_sink sink = { .feed = import_list_had, .arg = list };
	int status, ret;

	list->replaced = importing->replace ? importing->name : NULL;
	status = subscriptions_open(&subscriptions, importing->call, true, &sink);
	if (status != COMMAND_OK) {
		subscriptions_done(&subscriptions);
		return status;
	}
	ret = import_list_judge(list, importing->file, subscriptions.config, &err);
	if (ret < 0) {
		command_say(importing->call, "%s", err.text[0] != '\0' ? err.text : strerror(-ret));
		status = COMMAND_FAILED;
	} else if (list->n_taken > 0) {
		status = write_files(importing, &subscriptions);
	}
	if (status == COMMAND_OK && list->n_taken > 0 && !importing->dry_run)
		status = subscription_reload(&subscriptions, importing->reload);
	subscriptions_done(&subscriptions);
	return status == COMMAND_OK ? report(importing) : status;
}

static int
run_import(struct command_call *call)
{
	struct importing importing = { .call = call, .list = { .guess = true } };
	int status;

	log_open("newspool", LOG_LEVEL_WARNING);
	if (read_options(&importing) == COMMAND_STOP) {
		status = call->status;
	} else if (call->argc - optind != 1) {
		status = command_misused(call, "one file is needed, or - for standard input");
	} else {
		importing.file = call->argv[optind];
		importing.list.try |= importing.list.only_working;
		status = take_name(&importing);
		if (status == COMMAND_OK)
			status = read_source(&importing);
		if (status == COMMAND_OK)
			status = command_finish(call, import(&importing));
	}
	buf_done(&importing.tags);
	buf_done(&importing.slug);
	import_list_done(&importing.list);
	return status;
}

const struct command cmd_import = {
	.name = "import",
	.summary = "take over a list of feeds: OPML, newsboat's urls, sfeed's sfeedrc",
	.usage = "[OPTION …] FILE",
	.help = "  --format FORMAT   opml, newsboat or sfeed; else by what is in the file\n"
		"  --name NAME       of the list; else the file's\n"
		"  -t, --tag TAG     a tag of all its articles; several with commas\n"
		"  --interval TIME   of all its feeds, to begin with (30m, 2h)\n"
		"  --try             poll each feed once, and say which do not work\n"
		"  --only-working    and leave those out\n"
		"  --replace         in place of the list of this name; what has a new title or\n"
		"                    place in it keeps its memory\n"
		"  --dry-run         judge everything, and change "
		"nothing\n" SUBSCRIPTION_RELOAD_HELP "\n"
		"Writes feeds.d/NAME.opml, with folders and every attribute of an OPML list, and\n"
		"feeds.d/NAME.conf, which names it. Feeds that are configured already are passed\n"
		"over. Nothing in a list is ever run. Exit status: 0 all was taken, 1 some was "
		"not\n"
		"(told with its line) or nothing could be written, 2 wrong use or the\n"
		"configuration is not right.\n\n"
		"  newspool import ~/.newsboat/urls\n"
		"  newspool import --try --tag imported subscriptions.opml\n",
	.json = true,
	.words = "format opml newsboat sfeed\n",
	.run = run_import,
};
