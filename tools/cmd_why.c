/*
 * newspool why: what was decided about an article or about items of a URL, when, and on what
 * evidence: the article's row, the feeds that have had its content, the items that it stands for.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/config.h"
#include "daemon/keep/remember.h"
#include "daemon/keep/store_look.h"
#include "lib/base/clock.h"
#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/spool_option.h"
#include "tools/terminal.h"

struct why {
	struct command_call *call;
	struct config *config;
	struct np_spool *spool;
	struct store *store;
	struct arena arena;
	struct store_article row;
	size_t n_others; /* feeds that have had it besides its own */
	size_t n_items;  /* that were told of */
	uint64_t newest; /* article of one of them; 0: none was spooled */
};

static void print_line(const char *label, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void
print_line(const char *label, const char *format, ...)
{
	struct buf text = { 0 }, clean = { 0 };
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	terminal_clean(&clean, buf_str(&text), false);
	printf("  %-10s %s\n", label, buf_str(&clean));
	buf_done(&text);
	buf_done(&clean);
}

static const char *
feed_name(struct why *why, int64_t id)
{
	const char *name;
	int got = store_look_feed(why->store, id, &why->arena, &name);

	return got == 1 ? name : "a feed that is forgotten";
}

static const char *
when(int64_t ms, char ret_text[CLOCK_RFC3339_SIZE])
{
	clock_rfc3339(ms / 1000, ret_text);
	return ret_text;
}

/* Which */

static int
find(const char *what, uint64_t *ret_seq)
{
	const char *slash = strrchr(what, '/');

	if (spool_option_number(what, ret_seq) == 0)
		return 0;
	return spool_name_parse(slash != NULL ? slash + 1 : what, ret_seq);
}

/* Why */

static int
say_had(void *arg, const struct store_look_had *had)
{
	struct why *why = arg;
	char listed[CLOCK_RFC3339_SIZE];

	why->n_others += had->feed != why->row.feed;
	print_line(had->feed == why->row.feed ? "content" : "also had",
		"by feed %s, where it was last listed about %s", feed_name(why, had->feed),
		when(had->listed, listed));
	return 0;
}

/*
 * What was decided, in words. Evidence is an article (%" PRIu64 "), a feed, a number or a time: what
 * it is stands in store.h.
 */
enum evidence { EVIDENCE_NONE, EVIDENCE_ARTICLE, EVIDENCE_FEED, EVIDENCE_NUMBER, EVIDENCE_TIME };

static const struct {
	enum evidence evidence;
	const char *before, *behind; /* the evidence stands between the two */
} decisions[] = {
	[STORE_DECISION_UNKNOWN] = { EVIDENCE_NONE, "by version 1, which did not write it down",
		"" },
	[STORE_DECISION_NEW] = { EVIDENCE_NONE,
		"neither the item was had in its feed, nor its content in any: spooled", "" },
	[STORE_DECISION_RENAMED] = { EVIDENCE_ARTICLE,
		"its feed had this content under another identity: article ", " stands for it" },
	[STORE_DECISION_LINKED] = { EVIDENCE_FEED, "feed ",
		" had this content: its article was linked where this feed's tags want it" },
	[STORE_DECISION_REVISION_IGNORED] = { EVIDENCE_ARTICLE,
		"its content changed, and its feed had updates = ignore: article ",
		" stays as it was" },
	[STORE_DECISION_REVISION_EMITTED] = { EVIDENCE_ARTICLE,
		"its content changed, and its feed had updates = emit: spooled as a revision of "
		"article ",
		"" },
	[STORE_DECISION_REVISION_LINKED] = { EVIDENCE_FEED,
		"its content changed, and its feed had updates = emit: feed ",
		" had the same revision, whose article was linked" },
	[STORE_DECISION_RETURNED] = { EVIDENCE_ARTICLE,
		"its content went back to one that was had: article ", "" },
	[STORE_DECISION_LEFT_OUT] = { EVIDENCE_NUMBER, "left out, as first-sync = ", " asks" },
	[STORE_DECISION_HELD] = { EVIDENCE_NUMBER,
		"held until an operator releases or drops it; new in its document: ", "" },
	[STORE_DECISION_RELEASED] = { EVIDENCE_TIME, "was held since ", " and then released" },
	[STORE_DECISION_DROPPED] = { EVIDENCE_TIME, "was held since ",
		" and then dropped: nothing was spooled" },
	[STORE_DECISION_RULE_DROPPED] = { EVIDENCE_NONE, "a rule dropped it: nothing was spooled",
		"" },
};

static void
put_evidence(struct why *why, enum evidence evidence, int64_t value, struct buf *out)
{
	char text[CLOCK_RFC3339_SIZE];

	switch (evidence) {
	case EVIDENCE_NONE:
		return;
	case EVIDENCE_ARTICLE:
		if (value == 0)
			buf_puts(out, "none (it was never spooled)");
		else
			buf_printf(out, "%" PRId64, value);
		return;
	case EVIDENCE_FEED:
		buf_puts(out, feed_name(why, value));
		return;
	case EVIDENCE_NUMBER:
		buf_printf(out, "%" PRId64, value);
		return;
	case EVIDENCE_TIME:
		buf_puts(out, when(value, text));
		return;
	}
}

static int
say_item(void *arg, const struct store_look_item *item)
{
	struct why *why = arg;
	const struct store_identity *row = &item->row;
	size_t known = sizeof(decisions) / sizeof(decisions[0]);
	enum store_decision decision = row->decision < known ? row->decision
							     : STORE_DECISION_UNKNOWN;
	char listed[CLOCK_RFC3339_SIZE], decided[CLOCK_RFC3339_SIZE], hex[17];
	struct buf text = { 0 };

	for (int i = 0; i < 8; i++)
		snprintf(hex + 2 * i, 3, "%02x", item->identity[i]);
	print_line("item", "%s… of feed %s, last listed about %s", hex, feed_name(why, item->feed),
		when(row->listed, listed));
	buf_puts(&text, decisions[decision].before);
	put_evidence(why, decisions[decision].evidence, row->evidence, &text);
	buf_puts(&text, decisions[decision].behind);
	if (row->decided != 0)
		print_line("decided", "%s, %s", buf_str(&text), when(row->decided, decided));
	else
		print_line("decided", "%s", buf_str(&text));
	buf_done(&text);
	if (row->revisions > 0)
		print_line("changed", "%" PRId64 " times", row->revisions);
	why->n_items++;
	if (row->seq > why->newest)
		why->newest = row->seq;
	return 0;
}

/* The record is there as long as retention leaves it. */
static void
say_record(struct why *why)
{
	char path[NP_SPOOL_PATH_SIZE], published[CLOCK_RFC3339_SIZE];
	const struct np_article *article;
	struct np_record *record;

	if (np_spool_find(why->spool, why->row.seq, path) != 0 ||
		np_spool_record(why->spool, path, &record) != 0) {
		print_line("file", "gone: retention has taken its day, %s", why->row.day);
		return;
	}
	article = np_record_article(record);
	print_line("file", "%s", path);
	if (np_article_title(article) != NULL)
		print_line("title", "%s", np_article_title(article));
	if (np_article_id(article) != NULL)
		print_line("id", "%s", np_article_id(article));
	if (np_article_url(article) != NULL)
		print_line("url", "%s", np_article_url(article));
	if (np_article_published(article) != NP_TIME_NONE) {
		clock_rfc3339(np_article_published(article), published);
		print_line("published", "%s, says the publisher", published);
	}
	if (np_record_revises(record) != 0)
		print_line("revises", "article %" PRIu64, np_record_revises(record));
	np_record_free(record);
}

static int
explain(struct why *why, uint64_t seq)
{
	char delivered[CLOCK_RFC3339_SIZE];
	int got = store_article_get(why->store, seq, &why->arena, &why->row);

	if (got != 1)
		return got < 0 ? got : -ENOENT;
	printf("article %" PRIu64 "\n", seq);
	say_record(why);
	print_line("delivered", "%s, from feed %s", when(why->row.when, delivered),
		feed_name(why, why->row.feed));
	print_line("tags", "%s", why->row.tags[0] != '\0' ? why->row.tags : "none");
	print_line("queues", "%s", why->row.queues[0] != '\0' ? why->row.queues : "none");
	got = store_look_hash(why->store, why->row.hash, say_had, why);
	if (got == 0)
		got = store_look_items(why->store, seq, say_item, why);
	if (got == 0 && why->n_others > 0)
		print_line("so", "the other feeds' tags link to this file: no second article");
	return got;
}

static bool
has_url(struct np_spool *spool, const char *path, const char *url)
{
	struct np_record *record;
	const char *found;
	bool has;

	if (np_spool_record(spool, path, &record) != 0)
		return false;
	found = np_article_url(np_record_article(record));
	has = found != NULL && strcmp(found, url) == 0;
	np_record_free(record);
	return has;
}

/* The newest article with that URL, from the spool: what version 1 decided has none in the store. */
static int
find_url(struct why *why, const char *url, uint64_t *ret_seq)
{
	const struct np_spool_query query = { .newest_first = true };
	const struct np_spool_entry *entry;
	struct np_spool_list *list;
	int got = np_spool_list_new(why->spool, &query, &list);

	if (got != 0)
		return got;
	while ((got = np_spool_list_next(list, &entry)) == 1)
		if (has_url(why->spool, entry->path, url))
			break;
	if (got == 1)
		*ret_seq = entry->seq;
	np_spool_list_free(list);
	return got < 0 ? got : got == 1 ? 0 : -ENOENT;
}

static int
say_one_dropped(void *arg, const struct store_dropped *dropped)
{
	char date[CLOCK_RFC3339_SIZE];
	size_t *n = arg;

	printf("an article that was dropped\n");
	if (dropped->title != NULL)
		print_line("title", "%s", dropped->title);
	print_line("url", "%s", dropped->url);
	print_line("decided", "%s, from feed %s: [rule %s] matched, and drops",
		when(dropped->when, date), dropped->feed_name, dropped->rule);
	print_line("so", "it is known, and does not come when the rule has gone");
	++*n;
	return 0;
}

/* What is not in the spool may have been dropped. Returns 0, -ENOENT, or another -errno. */
static int
explain_dropped(struct why *why, const char *url)
{
	size_t n = 0;
	int error = store_dropped_find(why->store, url, say_one_dropped, &n);

	return error != 0 ? error : n > 0 ? 0 : -ENOENT;
}

/* Every item with that URL, and the newest article of them. */
static int
explain_url(struct why *why, const char *url)
{
	uint64_t seq;
	int64_t hash;
	int error = remember_url(NULL, url, &hash);

	if (error == 0) {
		printf("%s\n", url);
		error = store_look_urls(why->store, hash, say_item, why);
	}
	if (error != 0)
		return error;
	error = explain_dropped(why, url);
	if (error != 0 && error != -ENOENT)
		return error;
	if (why->newest > 0)
		return explain(why, why->newest);
	if (why->n_items > 0 || error == 0)
		return 0;
	error = find_url(why, url, &seq);
	return error == 0 ? explain(why, seq) : error;
}

static int
answer(struct why *why, const char *what)
{
	struct config_error err = { "" };
	uint64_t seq = 0;
	int error = store_look_open(why->config->database, &why->store, &err);

	if (error != 0) {
		command_say(why->call, "%s", err.text);
		return COMMAND_FAILED;
	}
	if (strstr(what, "://") != NULL)
		error = explain_url(why, what);
	else if ((error = find(what, &seq)) == 0)
		error = explain(why, seq);
	if (error == 0)
		return COMMAND_OK;
	command_say(why->call, "%s: %s", what,
		error == -ENOENT   ? "no such article is known, or not any more"
		: error == -EINVAL ? "neither a sequence, a name or path, nor a URL"
				   : strerror(-error));
	return COMMAND_FAILED;
}

static int
run(struct command_call *call)
{
	struct why why = { .call = call };
	struct config_error err = { "" };
	int option = command_option(call, NULL), status;

	if (option == COMMAND_STOP)
		return call->status;
	if (optind + 1 != call->argc)
		return command_misused(call, "which article?");
	if (config_load(command_config(call), NULL, &why.config, &err) < 0) {
		command_say(call, "%s", err.text);
		return COMMAND_USAGE;
	}
	status = spool_option_open(call, why.config->spool_directory, &why.spool);
	if (status == COMMAND_OK)
		status = answer(&why, call->argv[optind]);
	store_close(why.store);
	np_spool_close(why.spool);
	config_free(why.config);
	arena_done(&why.arena);
	return command_finish(call, status);
}

const struct command cmd_why = {
	.name = "why",
	.summary = "explain what was decided about an article, when, and on what evidence",
	.usage = "ARTICLE | URL",
	.help = "\n"
		"ARTICLE is a sequence, a name or a path, as ls prints it. For a URL every item\n"
		"that has it is told of, also one that was not spooled, and the newest article.\n"
		"What is told is the last decision about an item. Reads the database beside the\n"
		"daemon.\n"
		"\n"
		"  newspool why 1234\n"
		"  newspool why https://publisher.example/2026/story\n",
	.run = run,
};
