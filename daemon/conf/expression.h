/*
 * What a rule asks of an article: "title ~ /sponsored/i and not feed = reuters". newspool.conf(5)
 * has the grammar:
 *
 *	expression  = term { "or" term }
 *	term        = factor { "and" factor }
 *	factor      = "not" factor | "(" expression ")" | comparison
 *	comparison  = field ( "~" | "!~" ) pattern | field ( "=" | "!=" ) text
 *	field       = "title" | "content" | "author" | "link" | "category" | "feed" | "language"
 *	            | "tag"
 *	pattern     = "/" regular expression, "/" written "\/" "/" { "i" | "m" | "s" | "x" }
 *	text        = '"' characters, '"' and "\" behind a "\" '"'
 *	            | characters but white space, parentheses and '"'
 *
 * Pure: a text becomes a tree in the caller's arena.
 */
#ifndef DAEMON_CONF_EXPRESSION_H
#define DAEMON_CONF_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"

#define EXPRESSION_LENGTH_MAX 8192u     /* bytes */
#define EXPRESSION_DEPTH_MAX 32u        /* parentheses and nots within each other */
#define EXPRESSION_COMPARISONS_MAX 256u /* of one expression */

enum expression_kind {
	EXPRESSION_OR,
	EXPRESSION_AND,
	EXPRESSION_NOT,
	EXPRESSION_MATCHES, /* ~ and !~ */
	EXPRESSION_EQUALS,  /* = and != */
};

enum expression_field {
	EXPRESSION_TITLE,
	EXPRESSION_CONTENT,
	EXPRESSION_AUTHOR,
	EXPRESSION_LINK,
	EXPRESSION_CATEGORY,
	EXPRESSION_FEED,
	EXPRESSION_LANGUAGE,
	EXPRESSION_TAG,
	EXPRESSION_FIELDS, /* how many there are */
};

struct expression {
	enum expression_kind kind;
	struct expression *first; /* OR, AND, NOT: the first operand … */
	struct expression *next;  /* … and of an operand, the one behind it */
	/* a comparison */
	enum expression_field field;
	bool negated;        /* !~ and != */
	const char *text;    /* the pattern without its slashes, or the text without its quotes */
	unsigned int flags;  /* PATTERN_… */
	unsigned int number; /* among the comparisons, from 0 in the order of the text */
	size_t offset;       /* bytes from the expression's beginning to the field … */
	size_t operand;      /* … and to the pattern or text itself */
	size_t length;       /* bytes from the field to the comparison's end */
};

struct expression_error {
	char reason[160];
	size_t offset; /* bytes */
};

/*
 * Reads an expression. Returns 0; -EINVAL with err set; -ENOMEM. Patterns are not looked into.
 */
int expression_parse(const char *text, struct arena *arena, struct expression **ret_root,
	unsigned int *ret_comparisons, struct expression_error *err);

/* The field's name as it is written. */
const char *expression_field_name(enum expression_field field);

#endif
