/*
 * newspool rules test. Owns the rules that it makes, and nothing of the daemon's: spool and database
 * are read beside it, and nothing is changed.
 *
 * An article starts from the tags that its feed and its categories give it now, as a new one would.
 * What is known of its feed is the database's; without one, or for a feed that has gone, the tags
 * that it was spooled with take the feed's place.
 */
#include "tools/rules_test.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/keep/group.h"
#include "daemon/keep/rules.h"
#include "daemon/keep/store_look.h"
#include "lib/base/json_write.h"
#include "lib/base/utf8.h"
#include "lib/spool/layout.h"
#include "tools/spool_option.h"
#include "tools/terminal.h"

#define AROUND 24 /* bytes of a value that are shown on each side of what was found */

struct testing {
	struct command_call *call;
	const struct config *config;
	const struct rules_test_options *options;
	struct np_spool *spool;
	struct store *store; /* NULL: none */
	struct rules *rules;
	struct arena arena; /* of one article */
	struct buf why;     /* what was found out about the rule that is being asked */
	struct buf told;    /* about all of the article's */
	struct json_writer json;
	bool explain; /* rules that do not match as well */
	size_t n, n_dropped, n_held, n_tagged;
};

static const char *const outcomes[] = {
	[RULES_KEEP] = "keep",
	[RULES_DROP] = "drop",
	[RULES_HOLD] = "hold",
};

/* Telling */

/* What was found, with a little of what stands around it. */
static void
put_excerpt(struct buf *out, const char *value, struct pattern_range range)
{
	size_t begin = range.begin > AROUND ? range.begin - AROUND : 0;
	size_t size = strlen(value), end = range.end + AROUND < size ? range.end + AROUND : size;
	struct buf text = { 0 };

	if (end - begin > 4 * AROUND)
		end = begin + 4 * AROUND;
	while (begin > 0 && ((unsigned char)value[begin] & 0xC0) == 0x80)
		begin--;
	end = begin + utf8_cut(value + begin, size - begin, end - begin);
	buf_append(&text, value + begin, end - begin);
	buf_puts(out, begin > 0 ? "…" : "");
	terminal_clean(out, buf_str(&text), false);
	buf_puts(out, end < size ? "…" : "");
	buf_done(&text);
}

static void
put_comparison(struct buf *out, const struct config_rule *rule, const struct expression *node)
{
	buf_append(out, rule->match.text + node->offset, node->length);
}

static void
tell_comparison(void *arg, const struct config_rule *rule, const struct expression *node,
	bool holds, const char *value, struct pattern_range range)
{
	struct testing *testing = arg;
	struct buf *why = &testing->why;

	buf_printf(why, "%s%s: ", why->len > 0 ? "; " : "", holds ? "yes" : "no");
	put_comparison(why, rule, node);
	if (value != NULL && node->kind == EXPRESSION_EQUALS)
		range = (struct pattern_range){ 0, strlen(value) };
	if (value == NULL || *value == '\0')
		return;
	buf_puts(why, " (");
	put_excerpt(why, value, range);
	buf_putc(why, ')');
}

static void
tell_given_up(void *arg, const struct config_rule *rule, const struct expression *node)
{
	struct testing *testing = arg;

	buf_printf(&testing->why, "%stook too long: ", testing->why.len > 0 ? "; " : "");
	put_comparison(&testing->why, rule, node);
}

/* One rule of the article, as a line or as an object. */
static void
tell_rule(void *arg, const struct config_rule *rule, bool matched)
{
	struct testing *testing = arg;

	if (testing->call->json) {
		json_write_object(&testing->json, NULL);
		json_write_string(&testing->json, "rule", rule->name);
		json_write_bool(&testing->json, "matched", matched);
		json_write_string(&testing->json, "because", buf_str(&testing->why));
		json_write_object_end(&testing->json);
	} else if (matched || testing->explain) {
		buf_printf(&testing->told, "  rule %s %s: %s\n", rule->name,
			matched ? "matches" : "does not match", buf_str(&testing->why));
	}
	buf_reset(&testing->why);
}

static bool
has_tag(const char *const *tags, size_t n, const char *tag)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(tags[i], tag) == 0)
			return true;
	return false;
}

/* "news +chips -wire": the tags as they would be, and what that changes. */
static bool
put_tags(struct buf *out, const struct np_record *record, const struct tags *tags)
{
	const char *const *now;
	bool changed = false;
	size_t n;

	now = np_record_tags(record, &n);
	for (size_t i = 0; i < tags->n; i++) {
		bool had = has_tag(now, n, tags->slugs[i]);

		buf_printf(out, " %s%s", had ? "" : "+", tags->slugs[i]);
		changed |= !had;
	}
	for (size_t i = 0; i < n; i++) {
		if (has_tag(tags->slugs, tags->n, now[i]))
			continue;
		buf_printf(out, " -%s", now[i]);
		changed = true;
	}
	return changed;
}

static void
put_tag_array(struct json_writer *json, const char *key, const char *const *tags, size_t n)
{
	json_write_array(json, key);
	for (size_t i = 0; i < n; i++)
		json_write_string(json, NULL, tags[i]);
	json_write_array_end(json);
}

static void
print_article(struct testing *testing, const struct np_record *record, const struct tags *tags,
	const struct rules_verdict *verdict)
{
	const char *title = np_article_title(np_record_article(record));
	struct buf line = { 0 }, changes = { 0 };
	bool changed = put_tags(&changes, record, tags);

	testing->n_dropped += verdict->outcome == RULES_DROP;
	testing->n_held += verdict->outcome == RULES_HOLD;
	testing->n_tagged += verdict->outcome != RULES_DROP && changed;
	if (testing->explain || changed || verdict->outcome != RULES_KEEP) {
		terminal_clean(&line, title != NULL ? title : "", false);
		printf("%" PRIu64 " %s\n%s", np_record_seq(record), buf_str(&line),
			buf_str(&testing->told));
		if (verdict->rule != NULL)
			printf("  %s by rule %s\n",
				verdict->outcome == RULES_DROP ? "dropped" : "held", verdict->rule);
		if (verdict->outcome != RULES_DROP)
			printf("  tags%s\n", changes.len > 0 ? buf_str(&changes) : " none");
	}
	buf_done(&line);
	buf_done(&changes);
}

/* Behind the array of its rules, which is written already. */
static void
print_object(struct testing *testing, const struct np_record *record, const struct tags *tags,
	const struct rules_verdict *verdict)
{
	struct json_writer *json = &testing->json;
	const char *const *now;
	size_t n;

	json_write_array_end(json);
	now = np_record_tags(record, &n);
	json_write_int(json, "seq", (int64_t)np_record_seq(record));
	json_write_string(json, "title", np_article_title(np_record_article(record)));
	json_write_string(json, "feed", np_record_feed_name(record));
	json_write_string(json, "outcome", outcomes[verdict->outcome]);
	json_write_string(json, "by", verdict->rule);
	put_tag_array(json, "tags", now, n);
	put_tag_array(json, "tags_then", tags->slugs, tags->n);
	json_write_object_end(json);
	puts(buf_str(&testing->told));
}

/* Asking */

/* The feed's tags as they are configured; 1, or 0 where that is not known. */
static int
feed_tags(struct testing *testing, const char *name, const char **ret_tags)
{
	struct group group;
	int64_t id;
	int got;

	if (testing->store == NULL || name == NULL)
		return 0;
	if ((got = store_feed_find(testing->store, name, &id)) != 1)
		return got;
	got = group_load(testing->store, testing->config, id, &testing->arena, &group);
	if (got != 1)
		return got;
	got = group_tags(&group, &testing->arena, ret_tags);
	return got == 0 ? 1 : got;
}

static int
start_tags(struct testing *testing, const struct np_record *record, struct tags *ret_tags)
{
	const struct np_article *article = np_record_article(record);
	const char *tags = "", *const * now;
	size_t n;
	int got = feed_tags(testing, np_record_feed_name(record), &tags);

	if (got < 0)
		return got;
	got = got == 0 ? 1 : 0; /* 1: go on from what it has */
	if (tags_of(testing->config, tags, article, &testing->arena, ret_tags) != 0)
		return -ENOMEM;
	now = np_record_tags(record, &n);
	for (size_t i = 0; got == 1 && i < n; i++)
		tags_add(ret_tags, now[i]);
	return 0;
}

static int
test_record(struct testing *testing, const struct np_record *record)
{
	const struct rules_trace trace = { tell_comparison, tell_rule, tell_given_up, testing };
	const struct rules_subject subject = { .article = np_record_article(record),
		.feed_name = np_record_feed_name(record),
		.feed_title = np_record_feed_title(record),
		.feed_url = np_record_feed_url(record) };
	struct rules_verdict verdict;
	struct tags tags;
	int error = start_tags(testing, record, &tags);

	if (error != 0)
		return error;
	buf_reset(&testing->told);
	json_write_init(&testing->json, &testing->told);
	if (testing->call->json) {
		json_write_object(&testing->json, NULL);
		json_write_array(&testing->json, "rules");
	}
	rules_document(testing->rules);
	error = rules_judge(testing->rules, &subject, &trace, &testing->arena, &tags, &verdict);
	if (error != 0)
		return error;
	tags_sort(&tags);
	testing->n++;
	(testing->call->json ? print_object : print_article)(testing, record, &tags, &verdict);
	return buf_error(&testing->told);
}

/* Returns 0 too for an article that has gone meanwhile, where it was not asked for by name. */
static int
test_path(struct testing *testing, const char *path, bool named)
{
	struct np_record *record;
	int error = np_spool_record(testing->spool, path, &record);

	if (error == -ENOENT && !named)
		return 0;
	if (error == 0) {
		error = test_record(testing, record);
		np_record_free(record);
		arena_done(&testing->arena);
	}
	if (error != 0)
		command_say(testing->call, "%s: %s", path,
			error == -EBADMSG ? "not a record" : strerror(-error));
	return error;
}

static int
test_listed(struct testing *testing)
{
	const struct np_spool_entry *entry;
	struct np_spool_list *list;
	int status = COMMAND_OK, got;

	got = np_spool_list_new(testing->spool, &testing->options->query, &list);
	if (got == 0) {
		while ((got = np_spool_list_next(list, &entry)) == 1)
			if (test_path(testing, entry->path, false) != 0)
				status = COMMAND_FAILED;
		np_spool_list_free(list);
	}
	if (got != 0) {
		command_say(testing->call, "%s", strerror(-got));
		status = COMMAND_FAILED;
	}
	return status;
}

static int
test_named(struct testing *testing, const char *what)
{
	const char *slash = strrchr(what, '/');
	char path[NP_SPOOL_PATH_SIZE];
	uint64_t seq;
	int error = 0;

	if (spool_option_number(what, &seq) != 0)
		error = spool_name_parse(slash != NULL ? slash + 1 : what, &seq);
	if (error == 0)
		error = np_spool_find(testing->spool, seq, path);
	if (error == 0)
		return test_path(testing, path, true) == 0 ? COMMAND_OK : COMMAND_FAILED;
	command_say(testing->call, "%s: %s", what,
		error == -EINVAL   ? "neither a sequence nor a name or path"
		: error == -ENOENT ? "no such article"
				   : strerror(-error));
	return COMMAND_FAILED;
}

static int
test_all(struct testing *testing)
{
	struct command_call *call = testing->call;
	int status = COMMAND_OK;

	if (optind == call->argc)
		status = test_listed(testing);
	for (int i = optind; i < call->argc; i++)
		if (test_named(testing, call->argv[i]) != COMMAND_OK)
			status = COMMAND_FAILED;
	if (!call->json)
		printf("%zu %s: %zu dropped, %zu held, %zu with other tags\n", testing->n,
			testing->n == 1 ? "article" : "articles", testing->n_dropped,
			testing->n_held, testing->n_tagged);
	return status;
}

int
rules_test(struct command_call *call, const struct config *config,
	const struct rules_test_options *options)
{
	struct testing testing = { .call = call,
		.config = config,
		.options = options,
		.explain = options->all || optind < call->argc };
	struct config_error err = { "" };
	int error = rules_new(config, &testing.rules), status = COMMAND_FAILED;

	if (error != 0)
		command_say(call, "%s", strerror(-error));
	else
		status = spool_option_open(call, options->directory, &testing.spool);
	/* without a database the feeds' tags are those that articles have */
	if (status == COMMAND_OK && access(config->database, F_OK) == 0 &&
		store_look_open(config->database, &testing.store, &err) != 0)
		command_say(call, "%s", err.text);
	if (status == COMMAND_OK)
		status = test_all(&testing);
	np_spool_close(testing.spool);
	store_close(testing.store);
	rules_free(testing.rules);
	buf_done(&testing.why);
	buf_done(&testing.told);
	return status;
}
