/*
 * newspool add: subscribes to a feed. The URL is polled with the daemon's own code; where it is a web
 * page, the feed that the page links is polled in its stead. What it would bring is shown, and one
 * file is written into feeds.d. Nothing is spooled.
 *
 * Errors: said, and an exit status; until the file is written nothing has changed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <newspool/article.h>

#include "daemon/conf/edit_section.h"
#include "daemon/conf/value.h"
#include "daemon/fetch/page.h"
#include "daemon/wire/log.h"
#include "lib/base/clock.h"
#include "lib/base/json_write.h"
#include "lib/base/sha256.h"
#include "lib/base/url.h"
#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/probe.h"
#include "tools/subscription.h"
#include "tools/terminal.h"

#define HOPS_MAX 3u      /* pages that are followed to a feed */
#define NAME_TRIES 100u  /* names for one title */
#define TITLE_COLUMNS 60 /* of an article that is shown */

enum add_option {
	OPTION_DRY_RUN = 1,
	OPTION_INTERVAL,
	OPTION_NAME,
	OPTION_NO_TRY,
	OPTION_PRIVATE,
	OPTION_RELOAD,
	OPTION_TITLE,
	OPTION_TAG = 't',
	OPTION_YES = 'y',
};

struct addition {
	struct command_call *call;
	const char *name, *title, *interval; /* as given, or NULL */
	struct buf tags;
	bool dry_run, no_try, allow_private, reload, yes;
	struct buf url, meant; /* what is to be added; where a page points */
	bool is_feed;
	struct buf slug, shown;
	struct buf file; /* what is to be written */
};

static int
take_option(struct addition *addition, int option)
{
	const struct {
		int option;
		const char **value;
	} texts[] = {
		{ OPTION_NAME, &addition->name },
		{ OPTION_TITLE, &addition->title },
		{ OPTION_INTERVAL, &addition->interval },
	};
	const struct {
		int option;
		bool *flag;
	} flags[] = {
		{ OPTION_DRY_RUN, &addition->dry_run },
		{ OPTION_NO_TRY, &addition->no_try },
		{ OPTION_PRIVATE, &addition->allow_private },
		{ OPTION_RELOAD, &addition->reload },
		{ OPTION_YES, &addition->yes },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].option == option)
			*texts[i].value = optarg;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].option == option)
			*flags[i].flag = true;
	return option == OPTION_TAG ? subscription_slugs(addition->call, optarg, &addition->tags)
				    : 0;
}

static int
read_options(struct addition *addition)
{
	static const struct option own[] = {
		{ "allow-private", no_argument, NULL, OPTION_PRIVATE },
		{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
		{ "interval", required_argument, NULL, OPTION_INTERVAL },
		{ "name", required_argument, NULL, OPTION_NAME },
		{ "no-try", no_argument, NULL, OPTION_NO_TRY },
		{ "reload", no_argument, NULL, OPTION_RELOAD },
		{ "tag", required_argument, NULL, OPTION_TAG },
		{ "title", required_argument, NULL, OPTION_TITLE },
		{ "yes", no_argument, NULL, OPTION_YES },
		{ 0 },
	};
	int option;

	while ((option = command_option(addition->call, own)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return COMMAND_STOP;
		if (take_option(addition, option) < 0) {
			addition->call->status = COMMAND_USAGE;
			return COMMAND_STOP;
		}
	}
	return COMMAND_END;
}

/* Where the scheme is left out, as people write addresses, it is https. */
static int
take_url(struct addition *addition, const char *text)
{
	struct command_call *call = addition->call;
	const char *reason;
	int64_t interval;

	if (strstr(text, "://") == NULL)
		buf_puts(&addition->url, "https://");
	url_subscribe(&addition->url, text);
	if (value_url(buf_str(&addition->url), &reason) < 0)
		return command_misused(call, "%s: %s", text, reason);
	if (addition->name != NULL && !spool_is_slug(addition->name))
		return command_misused(call,
			"%s: not a name: letters, digits and single hyphens, in lower case",
			addition->name);
	if (addition->interval != NULL &&
		value_duration(addition->interval, &interval, &reason) < 0)
		return command_misused(call, "--interval %s: %s", addition->interval, reason);
	return COMMAND_OK;
}

static const char *
probe_url(void *arg, size_t index)
{
	const struct addition *addition = arg;

	(void)index;
	return buf_str(&addition->url);
}

static void
show_articles(struct addition *addition, const struct probe_result *result)
{
	struct buf *out = &addition->shown, title = { 0 };

	for (size_t i = 0; i < result->n_titles; i++) {
		char date[CLOCK_RFC3339_SIZE] = "          ";

		if (result->dates[i] != NP_TIME_NONE)
			clock_rfc3339(result->dates[i], date);
		buf_reset(&title);
		terminal_clean(
			&title, *result->titles[i] ? result->titles[i] : "(no title)", false);
		terminal_fit(&title, 0, TITLE_COLUMNS);
		buf_printf(out, "  %.10s  %s\n", date, buf_str(&title));
	}
	buf_done(&title);
}

static void
show_line(struct addition *addition, const char *what, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	buf_puts(&addition->shown, what);
	terminal_clean(&addition->shown, text, false);
	buf_putc(&addition->shown, '\n');
}

static void
show_feed(struct addition *addition, const struct probe_result *result)
{
	const struct message_done *done = result->done;

	show_line(addition, "feed:      ", done->feed_title);
	show_line(addition, "url:       ", buf_str(&addition->url));
	show_line(addition, "home page: ", done->feed_home_page_url);
	show_line(addition, "format:    ", done->feed_version);
	show_line(addition, "repaired:  ", done->bozo_reason);
	if (message_done_is_elsewhere(done))
		show_line(addition, "says that it is at: ", done->self_url);
	buf_printf(&addition->shown, "polled:    every %" PRId64 " min to begin with (%s)\n",
		result->next_poll / 60000, result->why);
	buf_printf(&addition->shown, "articles:  %u now\n", (unsigned int)done->n_articles);
	show_articles(addition, result);
}

static void
show_json(struct addition *addition, const struct probe_result *result)
{
	const struct message_done *done = result->done;
	struct json_writer json;

	json_write_init(&json, &addition->shown);
	json_write_object(&json, NULL);
	json_write_string(&json, "url", buf_str(&addition->url));
	json_write_string(&json, "title", done->feed_title);
	json_write_string(&json, "home_page_url", done->feed_home_page_url);
	json_write_string(&json, "version", done->feed_version);
	json_write_int(&json, "articles", done->n_articles);
	json_write_array(&json, "titles");
	for (size_t i = 0; i < result->n_titles; i++)
		json_write_string(&json, NULL, result->titles[i]);
	json_write_array_end(&json);
	json_write_int(&json, "next_poll_in_s", result->next_poll / 1000);
	json_write_string(&json, "why", result->why);
}

/* The feed's title, else its host, begins the name. */
static void
make_slug(struct addition *addition, const char *title)
{
	struct buf host = { 0 };

	buf_reset(&addition->slug);
	if (title == NULL || !spool_slug(&addition->slug, title)) {
		url_host(&host, buf_str(&addition->url));
		if (!spool_slug(&addition->slug, buf_str(&host)))
			buf_puts(&addition->slug, "feed");
	}
	buf_done(&host);
}

static void
on_result(void *arg, const struct probe_result *result)
{
	struct addition *addition = arg;
	const struct message_done *done = result->done;

	addition->is_feed = probe_is_feed(result);
	if (!addition->is_feed) {
		if (!page_meant(done->reason, &addition->meant))
			command_say(addition->call, "%s: %s (%s)", result->url,
				message_result_name(done->result),
				done->reason != NULL ? done->reason : "no reason given");
		return;
	}
	if (done->moved_url != NULL && url_is_http(done->moved_url)) {
		buf_reset(&addition->url);
		buf_puts(&addition->url, done->moved_url);
	}
	make_slug(addition, addition->title != NULL ? addition->title : done->feed_title);
	if (addition->call->json)
		show_json(addition, result);
	else
		show_feed(addition, result);
}

static int
probe_once(struct addition *addition, const struct config *config)
{
	struct config_settings settings = config->defaults;
	const struct probe_options options = { .config = config,
		.settings = &settings,
		.n = 1,
		.url = probe_url,
		.result = on_result,
		.arg = addition };
	int ret;

	settings.allow_private |= addition->allow_private;
	buf_reset(&addition->meant);
	ret = probe_run(&options);
	if (ret < 0)
		command_say(addition->call, "%s", strerror(-ret));
	return ret < 0 ? COMMAND_FAILED : COMMAND_OK;
}

/* Polls the URL, and from a page the feed that it links. */
static int
try_feed(struct addition *addition, const struct config *config)
{
	for (unsigned int hop = 0; hop < HOPS_MAX; hop++) {
		if (probe_once(addition, config) != COMMAND_OK)
			return COMMAND_FAILED;
		if (addition->is_feed)
			return COMMAND_OK;
		if (addition->meant.len == 0)
			break;
		if (!addition->call->json)
			printf("%s is a page that links %s\n", buf_str(&addition->url),
				buf_str(&addition->meant));
		buf_reset(&addition->url);
		buf_puts(&addition->url, buf_str(&addition->meant));
	}
	if (addition->meant.len > 0)
		command_say(addition->call, "pages link pages, and no feed in sight");
	else
		command_say(addition->call, "nothing has been added; --no-try adds it untried");
	return COMMAND_FAILED;
}

/* SLUG, SLUG-2, … for the operands behind the first. */
static int
make_candidates(struct addition *addition, struct subscriptions *subscriptions,
	struct subscription_operand operands[NAME_TRIES])
{
	struct buf name = { 0 };
	int ret = 0;

	for (unsigned int i = 1; i < NAME_TRIES && ret == 0; i++) {
		buf_reset(&name);
		buf_puts(&name, buf_str(&addition->slug));
		if (i > 1)
			buf_printf(&name, "-%u", i);
		operands[i].text = arena_strdup(&subscriptions->arena, buf_str(&name));
		ret = operands[i].text != NULL ? buf_error(&name) : -ENOMEM;
	}
	buf_done(&name);
	return ret;
}

/* Whether it may be added, and under which name. */
static int
choose_name(struct addition *addition, const struct subscription_operand *operands,
	const char **ret_name)
{
	struct command_call *call = addition->call;

	if (operands[0].n > 0) {
		command_say(call, "%s: the feed %s has this URL already (%s:%u)", operands[0].text,
			operands[0].feed.name, operands[0].feed.file, operands[0].feed.line);
		return COMMAND_FAILED;
	}
	for (unsigned int i = 1; i < NAME_TRIES; i++)
		if (operands[i].n == 0 && operands[i].text != NULL) {
			*ret_name = operands[i].text;
			return COMMAND_OK;
		} else if (addition->name != NULL) {
			break;
		}
	command_say(call, "%s: a feed of this name is there already: choose one with --name",
		operands[1].text);
	return COMMAND_FAILED;
}

/* The text of the new file. */
static int
compose(struct addition *addition, const char *name)
{
	struct buf *file = &addition->file, tags = { 0 };
	char date[CLOCK_RFC3339_SIZE];
	int ret = 0;

	clock_rfc3339(time(NULL), date);
	for (const char *at = buf_str(&addition->tags); *at != '\0'; at += strcspn(at, " ") + 1)
		buf_printf(&tags, "%s%.*s", tags.len > 0 ? ", " : "", (int)strcspn(at, " "), at);
	buf_printf(file, "# Added by newspool add on %.10s.\n[feed %s]\n", date, name);
	ret = edit_section_put(file, "url", buf_str(&addition->url));
	if (ret == 0 && addition->title != NULL)
		ret = edit_section_put(file, "title", addition->title);
	if (ret == 0 && tags.len > 0)
		ret = edit_section_put(file, "tags", buf_str(&tags));
	if (ret == 0 && addition->interval != NULL)
		ret = edit_section_put(file, "interval", addition->interval);
	if (ret == 0 && addition->allow_private)
		ret = edit_section_put(file, "allow-private", "yes");
	if (ret == 0 && (buf_error(&tags) || buf_error(file)))
		ret = -ENOMEM;
	buf_done(&tags);
	if (ret == -EINVAL)
		return command_misused(
			addition->call, "the title: a configuration file cannot hold it as it is");
	if (ret < 0)
		command_say(addition->call, "%s", strerror(-ret));
	return ret < 0 ? COMMAND_FAILED : COMMAND_OK;
}

/* Asks where there is somebody to ask. */
static int
confirm(const struct addition *addition, const char *path)
{
	char answer[16] = "";

	if (addition->yes)
		return COMMAND_OK;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return command_misused(addition->call, "there is nobody to ask: --yes is needed");
	printf("write %s? [Y/n] ", path);
	fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) == NULL || answer[0] == 'n' || answer[0] == 'N') {
		command_say(addition->call, "nothing has been added");
		return COMMAND_FAILED;
	}
	return COMMAND_OK;
}

static void
say_written(struct addition *addition, const char *name, const char *path)
{
	struct json_writer json;

	if (!addition->call->json) {
		printf("%s %s as %s in %s\n", addition->dry_run ? "would add" : "added",
			buf_str(&addition->url), name, path);
		return;
	}
	json_write_init(&json, &addition->shown);
	if (addition->shown.len == 0)
		json_write_object(&json, NULL);
	json.comma = addition->shown.data[addition->shown.len - 1] != '{';
	json.depth = 1;
	json_write_string(&json, "name", name);
	json_write_string(&json, "file", path);
	json_write_bool(&json, "added", !addition->dry_run);
	json_write_object_end(&json);
	puts(buf_str(&addition->shown));
}

static int
write_file(struct addition *addition, struct subscriptions *subscriptions, const char *name)
{
	struct buf *text, base = { 0 };
	struct config_error err;
	const char *path;
	int status = COMMAND_OK;

	buf_printf(&base, "%s.conf", name);
	path = edit_feeds_path(subscriptions->edit, buf_str(&base));
	buf_done(&base);
	if (path == NULL || edit_create(subscriptions->edit, path, &text, &err) < 0)
		return path == NULL ? COMMAND_FAILED : subscription_say(subscriptions, &err);
	buf_puts(text, buf_str(&addition->file));
	if (!addition->call->json)
		fputs(buf_str(&addition->shown), stdout);
	if (!addition->dry_run)
		status = confirm(addition, path);
	if (status == COMMAND_OK && !addition->dry_run)
		status = subscriptions_commit(subscriptions);
	if (status == COMMAND_OK)
		say_written(addition, name, path);
	return status;
}

/* The configuration is locked from here on, and read anew. */
static int
add_feed(struct addition *addition)
{
	struct subscription_operand operands[NAME_TRIES] = { { .text = buf_str(&addition->url) } };
	struct subscriptions names = { 0 }, subscriptions;
	const char *name = NULL;
	int status;

	if (make_candidates(addition, &names, operands) < 0) {
		command_say(addition->call, "%s", strerror(ENOMEM));
		return COMMAND_FAILED;
	}
	status = subscriptions_find(&subscriptions, addition->call, operands, NAME_TRIES);
	if (status == COMMAND_OK)
		status = choose_name(addition, operands, &name);
	if (status == COMMAND_OK)
		status = compose(addition, name);
	if (status == COMMAND_OK)
		status = write_file(addition, &subscriptions, name);
	if (status == COMMAND_OK && !addition->dry_run)
		status = subscription_reload(&subscriptions, addition->reload);
	subscriptions_done(&subscriptions);
	subscriptions_done(&names);
	return status;
}

static int
add(struct addition *addition)
{
	struct subscriptions subscriptions;
	int status = subscriptions_open(&subscriptions, addition->call, false, NULL);

	log_open("newspool", LOG_LEVEL_WARNING);
	if (status == COMMAND_OK && addition->no_try)
		make_slug(addition, addition->title);
	else if (status == COMMAND_OK)
		status = try_feed(addition, subscriptions.config);
	subscriptions_done(&subscriptions);
	if (addition->name != NULL) {
		buf_reset(&addition->slug);
		buf_puts(&addition->slug, addition->name);
	}
	return status == COMMAND_OK ? add_feed(addition) : status;
}

static int
run_add(struct command_call *call)
{
	struct addition addition = { .call = call };
	struct buf *const bufs[] = { &addition.tags, &addition.url, &addition.meant, &addition.slug,
		&addition.shown, &addition.file };
	int status;

	if (read_options(&addition) == COMMAND_STOP)
		status = call->status;
	else if (call->argc - optind != 1)
		status = command_misused(call, "one URL is needed");
	else
		status = take_url(&addition, call->argv[optind]);
	if (status == COMMAND_OK && addition.url.len > 0)
		status = command_finish(call, add(&addition));
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_done(bufs[i]);
	return status;
}

const struct command cmd_add = {
	.name = "add",
	.summary = "subscribe to a feed, or to the feed of a web page",
	.usage = "[OPTION …] URL",
	.help = "  --name NAME       its name; else one is made of its title\n"
		"  -t, --tag TAG     a tag of all its articles; several with commas\n"
		"  --title TITLE     to show in place of its own\n"
		"  --interval TIME   to begin with (30m, 2h)\n"
		"  --allow-private   loopback, private and link-local addresses too\n"
		"  --no-try          do not poll it first\n"
		"  --dry-run         show what it would bring, and change nothing\n"
		"  -y, --yes         do not ask\n" SUBSCRIPTION_RELOAD_HELP "\n"
		"Polls the URL once, and where it is a web page the feed that it links; shows "
		"what\n"
		"it would bring; writes feeds.d/NAME.conf beside the configuration. Exit status: "
		"0\n"
		"it was added (or would be), 1 it is no feed, is had already, or could not be\n"
		"written, 2 wrong use or the configuration is not right.\n\n"
		"  newspool add https://example.org/blog/\n"
		"  newspool add --yes --reload --tag technology-news "
		"https://example.org/feed.xml\n",
	.json = true,
	.run = run_add,
};
