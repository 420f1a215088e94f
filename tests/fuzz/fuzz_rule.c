/*
 * A rule and an article that it is asked about: the first line is the expression, the others are
 * the article's title, author, link, category, language and text. What is read holds what it says
 * of itself; asking ends in bounded time, and a rule that matched has done what it says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/expression.h"
#include "daemon/conf/pattern.h"
#include "daemon/keep/rules.h"
#include "lib/feed/article.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each comparison lies within the text, and is numbered in its order. Returns how many there are. */
static unsigned int
check_tree(const struct expression *node, size_t length, unsigned int n, unsigned int depth)
{
	if (depth > 3 * EXPRESSION_DEPTH_MAX)
		abort();
	if (node->kind == EXPRESSION_MATCHES || node->kind == EXPRESSION_EQUALS) {
		if (node->number != n || node->offset + node->length > length ||
			node->operand < node->offset || node->operand > length || !node->text)
			abort();
		return n + 1;
	}
	if (!node->first || (node->kind == EXPRESSION_NOT) != !node->first->next)
		abort();
	for (node = node->first; node; node = node->next)
		n = check_tree(node, length, n, depth + 1);
	return n;
}

static bool
has_patterns(const struct expression *node)
{
	struct pattern_error err;
	struct pattern *pattern;

	if (node->kind == EXPRESSION_EQUALS)
		return true;
	if (node->kind == EXPRESSION_MATCHES) {
		if (pattern_new(node->text, node->flags, PATTERN_INTERPRETED, &pattern, &err) != 0)
			return false;
		pattern_free(pattern);
		return true;
	}
	for (node = node->first; node; node = node->next)
		if (!has_patterns(node))
			return false;
	return true;
}

/* The next line, NULL where it is empty. */
static const char *
take_line(char **rest)
{
	char *line = *rest, *end = line + strcspn(line, "\n");

	*rest = *end ? end + 1 : end;
	*end = '\0';
	return *line ? line : NULL;
}

static void
ask(const struct config_rule *rule, char *rest)
{
	const struct config config = { .rules = rule, .n_rules = 1 };
	struct rules_verdict first, second;
	struct np_article *article;
	struct np_person author = { 0 };
	struct np_category category = { 0 };
	struct tags tags = { .n = 0 };
	struct arena arena = { 0 };
	struct rules *rules;

	if (article_new(&article) != 0 || rules_new(&config, &rules) != 0)
		abort();
	article->title = take_line(&rest);
	author.name = take_line(&rest);
	article->url = take_line(&rest);
	category.term = take_line(&rest);
	article->language = take_line(&rest);
	article->content_text = *rest ? rest : NULL;
	article->authors = &author;
	article->n_authors = author.name != NULL;
	article->categories = &category;
	article->n_categories = category.term != NULL;
	const struct rules_subject subject = { article, "feed", "A feed", "http://a.example/" };
	const struct rules_trace silent = { .arg = NULL };
	bool known = rules_judge(rules, &subject, &silent, &arena, &tags, &first) == 0;

	if (!known || rules_judge(rules, &subject, &silent, &arena, &tags, &second) != 0 ||
		first.n_hits > 1 || (first.outcome == RULES_DROP) != (first.n_hits == 1))
		abort();
	rules_free(rules);
	np_article_free(article);
	arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_rule rule = { .name = "r", .drop = true };
	struct expression_error err = { .offset = 0 };
	struct expression *root = NULL;
	struct arena arena = { 0 };
	char *text = malloc(size + 1), *rest = text;
	int ret;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	rule.match.text = take_line(&rest);
	if (rule.match.text == NULL)
		rule.match.text = "";
	ret = expression_parse(rule.match.text, &arena, &root, &rule.match.comparisons, &err);
	if (ret != 0 && (!err.reason[0] || err.offset > strlen(rule.match.text)))
		abort();
	if (ret == 0 && check_tree(root, strlen(rule.match.text), 0, 0) != rule.match.comparisons)
		abort();
	rule.match.expression = root;
	if (ret == 0 && has_patterns(root))
		ask(&rule, rest);
	arena_done(&arena);
	free(text);
	return 0;
}
