/*
 * Asking the rules. Owns their patterns and folded texts, one matcher for all of them, and the
 * counts of the transaction that is open.
 *
 * Invariants: the configuration's expressions are never written to; what a comparison needs beside
 * its node is found by the node's number. A rule is pure in what it sees (the article, its feed,
 * its tags) but for the time that patterns take.
 *
 * Errors: -ENOMEM alone. What a pattern cannot decide within its limits counts as not found.
 */
#include "daemon/keep/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/conf/load.h"
#include "daemon/wire/log.h"

/* A longer text is equal to none that an expression can have. */
#define FOLD_MAX (2 * EXPRESSION_LENGTH_MAX)

/* What a comparison needs beside its node. */
struct ready {
	struct pattern *pattern; /* of ~ and !~ */
	const char *folded;      /* the text of = and !=, as aliases are compared */
};

struct rule {
	const struct config_rule *config;
	struct ready *ready; /* by the comparison's number */
	size_t n_ready;
	uint64_t hits, gave_up; /* in this transaction */
	bool said;              /* that a pattern was given up */
};

struct rules {
	struct arena arena;
	struct rule *rules;
	size_t n;
	struct pattern_matcher *matcher;
	int64_t document_left; /* ns */
	struct buf folded;     /* scratch */
};

/* How a value is compared with a text. */
enum comparing { FOLDED, EXACT, LANGUAGE };

/* One comparison under way. */
struct comparison {
	struct rules *rules;
	const struct rule *rule;
	const struct expression *node;
	const struct rules_subject *subject;
	const struct tags *tags;
	bool found, gave_up;
	size_t n_values;
	const char *value; /* that was found */
	struct pattern_range range;
	int error;
};

/* The rules asked about one article. */
struct judging {
	struct rules *rules;
	const struct rules_subject *subject;
	const struct rules_trace *trace;
	struct tags *tags;
	struct rule *rule;
	int error;
};

/* Values */

static bool
is_equal_folded(struct comparison *comparison, const char *value)
{
	struct buf *folded = &comparison->rules->folded;
	const char *text = comparison->rule->ready[comparison->node->number].folded;

	if (strnlen(value, FOLD_MAX + 1) > FOLD_MAX)
		return false;
	buf_reset(folded);
	config_fold_term(folded, value);
	if (buf_error(folded) != 0)
		comparison->error = buf_error(folded);
	return strcmp(buf_str(folded), text) == 0;
}

/* "en" stands for "en-GB" too (RFC 4647, basic filtering). */
static bool
is_in_range(const char *language, const char *range)
{
	size_t size = strlen(range);

	return strncasecmp(language, range, size) == 0 &&
	       (language[size] == '\0' || (language[size] == '-' && size > 0));
}

static bool
is_equal(struct comparison *comparison, const char *value, enum comparing comparing)
{
	const char *text = comparison->node->text;

	switch (comparing) {
	case EXACT:
		return strcmp(value, text) == 0;
	case LANGUAGE:
		return is_in_range(value, text);
	default:
		return is_equal_folded(comparison, value);
	}
}

static bool
is_found(struct comparison *comparison, const char *value)
{
	const struct pattern *pattern = comparison->rule->ready[comparison->node->number].pattern;
	int got = pattern_match(comparison->rules->matcher, pattern, value, &comparison->range);

	if (got == -ETIME)
		comparison->gave_up = true;
	else if (got < 0)
		comparison->error = got;
	return got == 1;
}

/* One of the field's values; NULL is none. */
static void
try_value(struct comparison *comparison, const char *value, enum comparing comparing)
{
	if (value == NULL || comparison->found)
		return;
	comparison->n_values++;
	comparison->found = comparison->node->kind == EXPRESSION_MATCHES
				    ? is_found(comparison, value)
				    : is_equal(comparison, value, comparing);
	if (comparison->found)
		comparison->value = value;
}

static void
try_title(struct comparison *comparison)
{
	try_value(comparison, np_article_title(comparison->subject->article), FOLDED);
}

static void
try_content(struct comparison *comparison)
{
	try_value(comparison, np_article_content_text(comparison->subject->article), FOLDED);
	try_value(comparison, np_article_summary(comparison->subject->article), FOLDED);
}

static void
try_authors(struct comparison *comparison)
{
	size_t n;
	const struct np_person *authors = np_article_authors(comparison->subject->article, &n);

	for (size_t i = 0; i < n; i++) {
		try_value(comparison, authors[i].name, FOLDED);
		try_value(comparison, authors[i].email, FOLDED);
		try_value(comparison, authors[i].url, EXACT);
	}
}

static void
try_links(struct comparison *comparison)
{
	try_value(comparison, np_article_url(comparison->subject->article), EXACT);
	try_value(comparison, np_article_external_url(comparison->subject->article), EXACT);
}

static void
try_categories(struct comparison *comparison)
{
	size_t n;
	const struct np_category *categories = np_article_categories(
		comparison->subject->article, &n);

	for (size_t i = 0; i < n; i++) {
		try_value(comparison, categories[i].term, FOLDED);
		try_value(comparison, categories[i].label, FOLDED);
	}
}

static void
try_feed(struct comparison *comparison)
{
	try_value(comparison, comparison->subject->feed_name, FOLDED);
	try_value(comparison, comparison->subject->feed_title, FOLDED);
	try_value(comparison, comparison->subject->feed_url, EXACT);
}

static void
try_language(struct comparison *comparison)
{
	try_value(comparison, np_article_language(comparison->subject->article), LANGUAGE);
}

static void
try_tags(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->tags->n; i++)
		try_value(comparison, comparison->tags->slugs[i], FOLDED);
}

static void (*const fields[EXPRESSION_FIELDS])(struct comparison *comparison) = {
	[EXPRESSION_TITLE] = try_title,
	[EXPRESSION_CONTENT] = try_content,
	[EXPRESSION_AUTHOR] = try_authors,
	[EXPRESSION_LINK] = try_links,
	[EXPRESSION_CATEGORY] = try_categories,
	[EXPRESSION_FEED] = try_feed,
	[EXPRESSION_LANGUAGE] = try_language,
	[EXPRESSION_TAG] = try_tags,
};

/* Expressions */

static void
note_given_up(struct judging *judging, const struct expression *node)
{
	struct rule *rule = judging->rule;

	rule->gave_up++;
	if (judging->trace != NULL) {
		if (judging->trace->gave_up != NULL)
			judging->trace->gave_up(judging->trace->arg, rule->config, node);
		return;
	}
	if (!rule->said)
		log_warning(judging->subject->feed_name,
			"rule %s: /%s/ takes too long on the %s of an article: it counts as not "
			"found; "
			"said once until the next reload event=rule-gave-up rule=%s",
			rule->config->name, node->text, expression_field_name(node->field),
			rule->config->name);
	rule->said = true;
}

static bool
compare(struct judging *judging, const struct expression *node)
{
	struct comparison comparison = { .rules = judging->rules,
		.rule = judging->rule,
		.node = node,
		.subject = judging->subject,
		.tags = judging->tags };
	const struct rules_trace *trace = judging->trace;
	bool holds;

	fields[node->field](&comparison);
	if (comparison.n_values == 0)
		try_value(&comparison, "", FOLDED);
	if (comparison.error != 0)
		judging->error = comparison.error;
	if (comparison.gave_up && !comparison.found)
		note_given_up(judging, node);
	holds = comparison.found != node->negated;
	if (trace != NULL && trace->comparison != NULL)
		trace->comparison(trace->arg, judging->rule->config, node, holds, comparison.value,
			comparison.range);
	return holds;
}

/* As deep as the parser lets expressions be. */
static bool
evaluate(struct judging *judging, const struct expression *node)
{
	const struct expression *operand = node->first;

	switch (node->kind) {
	case EXPRESSION_OR:
		while (operand != NULL && !evaluate(judging, operand))
			operand = operand->next;
		return operand != NULL;
	case EXPRESSION_AND:
		while (operand != NULL && evaluate(judging, operand))
			operand = operand->next;
		return operand == NULL;
	case EXPRESSION_NOT:
		return !evaluate(judging, operand);
	default:
		return compare(judging, node);
	}
}

/* Actions */

static void
change_tags(const struct config_rule *rule, struct tags *tags)
{
	if (rule->sets)
		tags_clear(tags);
	for (size_t i = 0; i < rule->n_remove; i++)
		tags_remove(tags, rule->remove[i]);
	for (size_t i = 0; i < rule->n_set; i++)
		tags_add(tags, rule->set[i]);
	for (size_t i = 0; i < rule->n_add; i++)
		tags_add(tags, rule->add[i]);
}

static void
apply(const struct config_rule *rule, struct tags *tags, struct rules_verdict *verdict)
{
	change_tags(rule, tags);
	if (rule->drop) {
		verdict->outcome = RULES_DROP;
		verdict->rule = rule->name;
	} else if (rule->hold && verdict->outcome == RULES_KEEP) {
		verdict->outcome = RULES_HOLD;
		verdict->rule = rule->name;
	}
}

static void
begin_article(struct rules *rules)
{
	int64_t time = rules->document_left < RULES_ARTICLE_TIME ? rules->document_left
								 : RULES_ARTICLE_TIME;

	pattern_matcher_refill(rules->matcher, time);
	rules->document_left -= time;
}

/* What the article did not need is for the next one. */
static void
end_article(struct rules *rules)
{
	rules->document_left += pattern_matcher_left(rules->matcher);
}

static int
ask_all(struct judging *judging, const char **hits, struct rules_verdict *verdict)
{
	const struct rules_trace *trace = judging->trace;
	struct rules *rules = judging->rules;
	bool last = false;

	for (size_t i = 0; i < rules->n && !last && judging->error == 0; i++) {
		struct rule *rule = &rules->rules[i];
		bool matched;

		judging->rule = rule;
		matched = evaluate(judging, rule->config->match.expression);
		if (trace != NULL && trace->rule != NULL)
			trace->rule(trace->arg, rule->config, matched);
		if (!matched)
			continue;
		rule->hits++;
		hits[verdict->n_hits++] = rule->config->name;
		apply(rule->config, judging->tags, verdict);
		last = rule->config->drop || rule->config->stop;
	}
	return judging->error;
}

int
rules_judge(struct rules *rules, const struct rules_subject *subject,
	const struct rules_trace *trace, struct arena *arena, struct tags *tags,
	struct rules_verdict *ret_verdict)
{
	struct judging judging = {
		.rules = rules, .subject = subject, .trace = trace, .tags = tags
	};
	struct rules_verdict verdict = { .outcome = RULES_KEEP };
	const char **hits;
	int error;

	if (rules == NULL || rules->n == 0) {
		*ret_verdict = verdict;
		return 0;
	}
	hits = arena_alloc_array(arena, rules->n, sizeof(*hits));
	if (hits == NULL)
		return -ENOMEM;
	verdict.hits = hits;
	begin_article(rules);
	error = ask_all(&judging, hits, &verdict);
	end_article(rules);
	if (error == 0)
		*ret_verdict = verdict;
	return error;
}

/* Making them ready */

static int
make_ready(struct rules *rules, struct rule *rule, const struct expression *node)
{
	struct ready *ready = &rule->ready[node->number];
	struct pattern_error err;
	struct buf folded = { 0 };

	if (node->kind == EXPRESSION_MATCHES) {
		int error = pattern_new(
			node->text, node->flags, PATTERN_COMPILED, &ready->pattern, &err);

		return error == -EINVAL ? -ENOMEM : error; /* it was one when it was loaded */
	}
	config_fold_term(&folded, node->text);
	if (buf_error(&folded) == 0)
		ready->folded = arena_strdup(&rules->arena, buf_str(&folded));
	buf_done(&folded);
	return ready->folded != NULL ? 0 : -ENOMEM;
}

static int
make_all_ready(struct rules *rules, struct rule *rule, const struct expression *node)
{
	int error = 0;

	if (node->kind == EXPRESSION_MATCHES || node->kind == EXPRESSION_EQUALS)
		return make_ready(rules, rule, node);
	for (node = node->first; node != NULL && error == 0; node = node->next)
		error = make_all_ready(rules, rule, node);
	return error;
}

static int
make_rule(struct rules *rules, const struct config_rule *config)
{
	struct rule *rule = &rules->rules[rules->n];

	rule->config = config;
	rule->ready = arena_alloc_array(
		&rules->arena, config->match.comparisons, sizeof(*rule->ready));
	if (rule->ready == NULL)
		return -ENOMEM;
	rule->n_ready = config->match.comparisons;
	rules->n++;
	return make_all_ready(rules, rule, config->match.expression);
}

int
rules_new(const struct config *config, struct rules **ret_rules)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	int error;

	if (rules == NULL)
		return -ENOMEM;
	rules->rules = arena_alloc_array(&rules->arena, config->n_rules + 1, sizeof(*rules->rules));
	if (rules->rules == NULL) {
		free(rules);
		return -ENOMEM;
	}
	error = pattern_matcher_new(&rules->matcher);
	for (size_t i = 0; i < config->n_rules && error == 0; i++)
		error = make_rule(rules, &config->rules[i]);
	if (error != 0) {
		rules_free(rules);
		return error;
	}
	rules_document(rules);
	*ret_rules = rules;
	return 0;
}

void
rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	for (size_t i = 0; i < rules->n; i++)
		for (size_t j = 0; j < rules->rules[i].n_ready; j++)
			pattern_free(rules->rules[i].ready[j].pattern);
	pattern_matcher_free(rules->matcher);
	buf_done(&rules->folded);
	arena_done(&rules->arena);
	free(rules);
}

void
rules_document(struct rules *rules)
{
	if (rules != NULL)
		rules->document_left = RULES_DOCUMENT_TIME;
}

/* Counting */

void
rules_begin(struct rules *rules)
{
	for (size_t i = 0; rules != NULL && i < rules->n; i++)
		rules->rules[i].hits = rules->rules[i].gave_up = 0;
}

int
rules_store(struct rules *rules, struct store *store, int64_t now)
{
	int error = 0;

	for (size_t i = 0; rules != NULL && i < rules->n && error == 0; i++) {
		const struct rule *rule = &rules->rules[i];
		const struct store_rule_hits hits = { .rule = rule->config->name,
			.hits = rule->hits,
			.gave_up = rule->gave_up,
			.last = now };

		if (rule->hits > 0 || rule->gave_up > 0)
			error = store_rule_hits_add(store, &hits);
	}
	return error;
}
