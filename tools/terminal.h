/*
 * Text for a person. What publishers wrote can hold control characters, escape sequences and marks
 * that turn the direction of what follows; none of them reaches the output.
 */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

struct terminal {
	bool is_terminal;   /* standard output is one */
	bool colour;        /* it is, $NO_COLOR is not set and $TERM is not "dumb" */
	unsigned int width; /* its columns; 80 where it is none; $COLUMNS before both */
};

enum terminal_style { TERMINAL_PLAIN, TERMINAL_BOLD, TERMINAL_DIM, TERMINAL_TAG, TERMINAL_STYLES };

/* Looks at standard output and the environment, and makes the C library count wide characters. */
void terminal_init(struct terminal *ret_terminal);

/*
 * Appends the text harmless: tabs as blanks, what controls a terminal as U+FFFD, marks of direction
 * left out, newlines kept where lines is set and else as blanks.
 */
void terminal_clean(struct buf *out, const char *text, bool lines);

/* Columns that a clean text takes. */
unsigned int terminal_columns(const char *text, size_t size);

/* Shortens a clean text from start on to so many columns, the last of them "…" where it was cut. */
void terminal_fit(struct buf *text, size_t start, unsigned int columns);

/*
 * Prints a clean text on lines of at most the terminal's width, each after indent blanks and in the
 * style; at most max_lines, 0 for any number, the last ended by "…" where there is more. Newlines
 * in the text end a line.
 */
void terminal_wrap(const struct terminal *terminal, const char *text, unsigned int indent,
	unsigned int max_lines, enum terminal_style style);

/* The same with a word before the first line, in the indent's place, which is wider than it. */
void terminal_wrap_label(const struct terminal *terminal, const char *label, const char *text,
	unsigned int indent, enum terminal_style style);

/*
 * Prints a clean text of several lines, each wrapped with what follows its marker ("- ", "12. ")
 * and its blanks hanging, all after indent blanks.
 */
void terminal_wrap_text(const struct terminal *terminal, const char *text, unsigned int indent);

/* Prints a clean text in a style. */
void terminal_print(
	const struct terminal *terminal, const char *text, size_t size, enum terminal_style style);

#endif
