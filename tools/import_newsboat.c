/*
 * newsboat's list: tokens between blanks, quoted ones with backslash escapes; what follows a # where
 * a token could begin is a comment. Lines that newsboat would run (exec:, filter:) or that are
 * questions to its own database (query:) are told and left out.
 *
 * Errors: -ENOMEM; every other oddity is read as newsboat reads it, or left out.
 */
#include "tools/import.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"

#define TOKENS_MAX (IMPORT_CATEGORIES_MAX + 2)

struct tokens {
	struct buf texts; /* each with its NUL */
	size_t offsets[TOKENS_MAX];
	size_t n;
};

/* Behind the closing quote, or the line's end. */
static size_t
take_quoted(const char *line, size_t at, size_t end, struct buf *out)
{
	for (at++; at < end && line[at] != '"'; at++) {
		if (line[at] == '\\' && at + 1 < end) {
			at++;
			buf_putc(out, line[at] == 'n' ? '\n' : line[at] == 't' ? '\t' : line[at]);
		} else {
			buf_putc(out, line[at]);
		}
	}
	return at < end ? at + 1 : at;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Splits a line; tokens beyond the last that has room are passed over. */
static void
split(const char *line, size_t end, struct tokens *tokens)
{
	size_t at = 0;

	buf_reset(&tokens->texts);
	tokens->n = 0;
	while (tokens->n < TOKENS_MAX) {
		while (at < end && is_blank(line[at]))
			at++;
		if (at >= end || line[at] == '#')
			return;
		tokens->offsets[tokens->n++] = tokens->texts.len;
		if (line[at] == '"') {
			at = take_quoted(line, at, end, &tokens->texts);
		} else {
			for (; at < end && !is_blank(line[at]); at++)
				buf_putc(&tokens->texts, line[at]);
		}
		buf_putc(&tokens->texts, '\0');
	}
}

/* Why a line is no feed that can be polled; NULL: it is one. */
static const char *
refuse(const char *url)
{
	static const struct {
		const char *prefix, *reason;
	} rows[] = {
		{ "query:", "a question to newsboat's own database" },
		{ "exec:", "a program's output; nothing is run" },
		{ "filter:", "passed through a program; nothing is run" },
		{ "file:", "a file, not a URL" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strncasecmp(url, rows[i].prefix, strlen(rows[i].prefix)) == 0)
			return rows[i].reason;
	return NULL;
}

static int
hand_on(const struct tokens *tokens, unsigned int line, const struct import_sink *sink)
{
	const char *categories[IMPORT_CATEGORIES_MAX];
	struct import_entry entry = { .url = tokens->texts.data + tokens->offsets[0],
		.title = "",
		.home_page_url = "",
		.categories = categories,
		.line = line };
	const char *reason = refuse(entry.url);

	if (reason != NULL)
		return sink->left_out(sink->arg, line, entry.url, reason);
	for (size_t i = 1; i < tokens->n; i++) {
		const char *text = tokens->texts.data + tokens->offsets[i];

		if (text[0] == '~')
			entry.title = text + 1;
		else if (text[0] != '!' && text[0] != '\0' &&
			 entry.n_categories < IMPORT_CATEGORIES_MAX)
			categories[entry.n_categories++] = text;
	}
	return sink->feed(sink->arg, &entry);
}

int
import_newsboat(const char *text, size_t size, const struct import_sink *sink)
{
	struct tokens tokens = { 0 };
	unsigned int line = 0;
	int ret = 0;

	for (size_t at = 0, end; at < size && ret == 0; at = end + 1) {
		const char *newline = memchr(text + at, '\n', size - at);

		end = newline != NULL ? (size_t)(newline - text) : size;
		line++;
		if (end - at > IMPORT_WORD_MAX) {
			ret = sink->left_out(sink->arg, line, "", "a line of more than 8 KiB");
			continue;
		}
		split(text + at, end - at, &tokens);
		ret = buf_error(&tokens.texts);
		if (ret == 0 && tokens.n > 0)
			ret = hand_on(&tokens, line, sink);
	}
	buf_done(&tokens.texts);
	return ret;
}
