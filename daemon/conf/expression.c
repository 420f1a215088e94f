/*
 * The parser of rules' expressions: recursive descent over one text, by the grammar in the header.
 *
 * Invariants: the reading never goes back; each level of recursion is counted; what is returned
 * lies in the arena alone. The first error ends it and says where.
 */
#include "daemon/conf/expression.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/conf/pattern.h"

struct parser {
	const char *text, *at;
	struct arena *arena;
	unsigned int depth, comparisons;
	struct expression_error *err;
};

static const char *const field_names[EXPRESSION_FIELDS] = {
	[EXPRESSION_TITLE] = "title",
	[EXPRESSION_CONTENT] = "content",
	[EXPRESSION_AUTHOR] = "author",
	[EXPRESSION_LINK] = "link",
	[EXPRESSION_CATEGORY] = "category",
	[EXPRESSION_FEED] = "feed",
	[EXPRESSION_LANGUAGE] = "language",
	[EXPRESSION_TAG] = "tag",
};

static const struct {
	const char *text;
	enum expression_kind kind;
	bool negated;
} operators[] = {
	{ "!~", EXPRESSION_MATCHES, true },
	{ "!=", EXPRESSION_EQUALS, true },
	{ "~", EXPRESSION_MATCHES, false },
	{ "=", EXPRESSION_EQUALS, false },
};

static const struct {
	char letter;
	unsigned int flag;
} flags[] = {
	{ 'i', PATTERN_ANY_CASE },
	{ 'm', PATTERN_LINES },
	{ 's', PATTERN_DOT_ALL },
	{ 'x', PATTERN_EXTENDED },
};

const char *
expression_field_name(enum expression_field field)
{
	return field_names[field];
}

static int __attribute__((format(printf, 3, 4)))
wrong(struct parser *parser, const char *where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(parser->err->reason, sizeof(parser->err->reason), format, args);
	va_end(args);
	parser->err->offset = (size_t)(where - parser->text);
	return -EINVAL;
}

static void
skip_blanks(struct parser *parser)
{
	parser->at += strspn(parser->at, " \t");
}

/* Letters, which all words of the grammar are made of. */
static size_t
word_length(const char *at)
{
	return strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool
is_word(const char *at, const char *word)
{
	size_t length = word_length(at);

	return length == strlen(word) && strncasecmp(at, word, length) == 0;
}

/* Takes the word if it stands here. */
static bool
take_word(struct parser *parser, const char *word)
{
	skip_blanks(parser);
	if (!is_word(parser->at, word))
		return false;
	parser->at += strlen(word);
	return true;
}

/* What stands here, for a message: a word or a character. */
static int
unexpected(struct parser *parser, const char *wanted)
{
	size_t length = word_length(parser->at);

	if (*parser->at == '\0')
		return wrong(parser, parser->at, "%s is missing at the end", wanted);
	if (length > 40)
		length = 40;
	if (length == 0)
		for (length = 1; (parser->at[length] & 0xC0) == 0x80;)
			length++;
	return wrong(
		parser, parser->at, "expected %s, not '%.*s'", wanted, (int)length, parser->at);
}

static struct expression *
make(struct parser *parser, enum expression_kind kind)
{
	struct expression *node = arena_alloc(parser->arena, sizeof(*node));

	if (node != NULL)
		node->kind = kind;
	return node;
}

static int
parse_field(struct parser *parser, struct expression *node)
{
	for (size_t i = 0; i < EXPRESSION_FIELDS; i++)
		if (is_word(parser->at, field_names[i])) {
			node->field = (enum expression_field)i;
			parser->at += strlen(field_names[i]);
			return 0;
		}
	return unexpected(parser,
		"a field (title, content, author, link, category, feed, language, "
		"tag), 'not' or '('");
}

static int
parse_operator(struct parser *parser, struct expression *node)
{
	skip_blanks(parser);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(parser->at, operators[i].text, length) != 0)
			continue;
		node->kind = operators[i].kind;
		node->negated = operators[i].negated;
		parser->at += length;
		return 0;
	}
	return unexpected(parser, "~, !~, = or !=");
}

static int
parse_flags(struct parser *parser, struct expression *node)
{
	const char *end = parser->at + word_length(parser->at);

	for (; parser->at < end; parser->at++) {
		unsigned int flag = 0;

		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (flags[i].letter == *parser->at)
				flag = flags[i].flag;
		if (flag == 0)
			return wrong(parser, parser->at,
				"'%c' is no flag: i, m, s and x may stand behind a pattern",
				*parser->at);
		node->flags |= flag;
	}
	return 0;
}

/* "\/" stays as it is: a regular expression takes it for a slash. */
static int
parse_pattern(struct parser *parser, struct expression *node)
{
	const char *begin = parser->at + 1, *end = begin;

	if (*parser->at != '/')
		return unexpected(parser, "a pattern between slashes");
	for (; *end != '\0' && *end != '/'; end++)
		end += *end == '\\' && end[1] != '\0';
	if (*end == '\0')
		return wrong(parser, parser->at, "the pattern's second slash is missing");
	if (end == begin)
		return wrong(parser, parser->at, "an empty pattern");
	if (end - begin > PATTERN_LENGTH_MAX)
		return wrong(
			parser, parser->at, "a pattern of more than %u bytes", PATTERN_LENGTH_MAX);
	node->operand = (size_t)(begin - parser->text);
	node->text = arena_strndup(parser->arena, begin, (size_t)(end - begin));
	parser->at = end + 1;
	return node->text != NULL ? parse_flags(parser, node) : -ENOMEM;
}

/* parser->at is at the first quote. */
static int
parse_quoted(struct parser *parser, struct expression *node)
{
	const char *at = parser->at + 1;
	char *text = arena_alloc(parser->arena, strlen(at) + 1);
	size_t n = 0;

	if (text == NULL)
		return -ENOMEM;
	for (; *at != '"'; at++) {
		at += *at == '\\' && (at[1] == '"' || at[1] == '\\');
		if (*at == '\0')
			return wrong(parser, parser->at, "the text's second quote is missing");
		text[n++] = *at;
	}
	node->text = text;
	parser->at = at + 1;
	return 0;
}

static int
parse_text(struct parser *parser, struct expression *node)
{
	size_t length = strcspn(parser->at, " \t()\"");

	node->operand = (size_t)(parser->at - parser->text);
	if (*parser->at == '"')
		return parse_quoted(parser, node);
	if (length == 0)
		return unexpected(parser, "a text");
	if (*parser->at == '/')
		return wrong(
			parser, parser->at, "a pattern goes with ~ or !~, a text with = or !=");
	node->text = arena_strndup(parser->arena, parser->at, length);
	parser->at += length;
	return node->text != NULL ? 0 : -ENOMEM;
}

static int
parse_comparison(struct parser *parser, struct expression **ret_node)
{
	struct expression *node = make(parser, EXPRESSION_EQUALS);
	const char *begin = parser->at;
	int error;

	if (node == NULL)
		return -ENOMEM;
	if (parser->comparisons == EXPRESSION_COMPARISONS_MAX)
		return wrong(parser, begin, "more than %u comparisons", EXPRESSION_COMPARISONS_MAX);
	node->number = parser->comparisons++;
	node->offset = (size_t)(begin - parser->text);
	if ((error = parse_field(parser, node)) != 0)
		return error;
	if ((error = parse_operator(parser, node)) != 0)
		return error;
	skip_blanks(parser);
	error = node->kind == EXPRESSION_MATCHES ? parse_pattern(parser, node)
						 : parse_text(parser, node);
	node->length = (size_t)(parser->at - begin);
	*ret_node = node;
	return error;
}

static int parse_or(struct parser *parser, struct expression **ret_node);

static int
parse_parentheses(struct parser *parser, struct expression **ret_node)
{
	const char *begin = parser->at++;
	int error = parse_or(parser, ret_node);

	if (error != 0)
		return error;
	skip_blanks(parser);
	if (*parser->at == '\0')
		return wrong(parser, begin, "this parenthesis is not closed");
	if (*parser->at != ')')
		return unexpected(parser, "'and', 'or' or ')'");
	parser->at++;
	return 0;
}

static int parse_factor(struct parser *parser, struct expression **ret_node);

static int
parse_not(struct parser *parser, struct expression **ret_node)
{
	struct expression *node = make(parser, EXPRESSION_NOT);

	if (node == NULL)
		return -ENOMEM;
	*ret_node = node;
	return parse_factor(parser, &node->first);
}

static int
parse_factor(struct parser *parser, struct expression **ret_node)
{
	int error;

	skip_blanks(parser);
	if (++parser->depth > EXPRESSION_DEPTH_MAX)
		return wrong(parser, parser->at, "more than %u parentheses and nots in each other",
			EXPRESSION_DEPTH_MAX);
	if (*parser->at == '(')
		error = parse_parentheses(parser, ret_node);
	else if (take_word(parser, "not"))
		error = parse_not(parser, ret_node);
	else
		error = parse_comparison(parser, ret_node);
	parser->depth--;
	return error;
}

/* Operands of one kind, with the kind's word between them; a single one stands for itself. */
static int
parse_chain(struct parser *parser, enum expression_kind kind, const char *word,
	int (*operand)(struct parser *parser, struct expression **ret_node),
	struct expression **ret_node)
{
	struct expression *first = NULL, *chain, *last;
	int error = operand(parser, &first);

	if (error != 0 || first == NULL || !take_word(parser, word)) {
		*ret_node = first;
		return error;
	}
	chain = make(parser, kind);
	if (chain == NULL)
		return -ENOMEM;
	chain->first = first;
	last = first;
	do {
		error = operand(parser, &last->next);
		last = last->next;
	} while (error == 0 && last != NULL && take_word(parser, word));
	*ret_node = chain;
	return error;
}

static int
parse_and(struct parser *parser, struct expression **ret_node)
{
	return parse_chain(parser, EXPRESSION_AND, "and", parse_factor, ret_node);
}

static int
parse_or(struct parser *parser, struct expression **ret_node)
{
	return parse_chain(parser, EXPRESSION_OR, "or", parse_and, ret_node);
}

int
expression_parse(const char *text, struct arena *arena, struct expression **ret_root,
	unsigned int *ret_comparisons, struct expression_error *err)
{
	struct parser parser = { .text = text, .at = text, .arena = arena, .err = err };
	struct expression *root = NULL;
	int error;

	if (strlen(text) > EXPRESSION_LENGTH_MAX)
		return wrong(&parser, text, "more than %u bytes", EXPRESSION_LENGTH_MAX);
	if ((error = parse_or(&parser, &root)) != 0)
		return error;
	skip_blanks(&parser);
	if (*parser.at != '\0')
		return unexpected(&parser, "'and' or 'or'");
	*ret_root = root;
	*ret_comparisons = parser.comparisons;
	return 0;
}
