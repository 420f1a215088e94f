/*
 * sfeedrc is a shell script; its feeds are commands named `feed`. Words are read as a shell reads
 * them as far as no expansion is needed: quotes, backslashes, comments, line ends. A word that the
 * shell would have to make ($x, `x`, a glob) is known to be one, and its feed is left out. Nothing
 * is run, no variable is looked up.
 *
 * Errors: -ENOMEM. What is no command named `feed` is passed over.
 */
#include "tools/import.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/buf.h"

#define WORDS_MAX 5u /* feed, name, URL, home page, encoding */

struct command {
	struct buf texts; /* each word with its NUL */
	size_t offsets[WORDS_MAX];
	bool expands[WORDS_MAX];
	size_t n;
	unsigned int line; /* of its first word */
};

struct script {
	const char *text;
	size_t size, at;
	unsigned int line;
	bool expands; /* the word that is being read */
	struct buf word;
};

static char
peek(const struct script *script)
{
	return script->at < script->size ? script->text[script->at] : '\0';
}

static char
take(struct script *script)
{
	char c = script->text[script->at++];

	script->line += c == '\n';
	return c;
}

static void
put(struct script *script, char c)
{
	if (c != '\0' && script->word.len < IMPORT_WORD_MAX)
		buf_putc(&script->word, c);
	else
		script->expands = true; /* not to be believed */
}

static void
take_single_quoted(struct script *script)
{
	take(script);
	while (script->at < script->size && peek(script) != '\'')
		put(script, take(script));
	if (script->at < script->size)
		take(script);
	else
		script->expands = true;
}

static void
take_escape(struct script *script, bool quoted)
{
	char c;

	take(script);
	if (script->at >= script->size)
		return;
	c = take(script);
	if (c == '\n')
		return;
	if (quoted && strchr("$`\"\\", c) == NULL)
		put(script, '\\');
	put(script, c);
}

static void
take_double_quoted(struct script *script)
{
	take(script);
	while (script->at < script->size && peek(script) != '"') {
		if (peek(script) == '\\') {
			take_escape(script, true);
			continue;
		}
		if (peek(script) == '$' || peek(script) == '`')
			script->expands = true;
		put(script, take(script));
	}
	if (script->at < script->size)
		take(script);
	else
		script->expands = true;
}

static bool
ends_word(char c)
{
	return c == '\0' || strchr(" \t\r\n;&|()<>", c) != NULL;
}

static void
take_word(struct script *script)
{
	buf_reset(&script->word);
	script->expands = false;
	while (script->at < script->size && !ends_word(peek(script))) {
		char c = peek(script);

		if (c == '\'') {
			take_single_quoted(script);
		} else if (c == '"') {
			take_double_quoted(script);
		} else if (c == '\\') {
			take_escape(script, false);
		} else {
			/* A glob that matches nothing stays as it is, and a URL matches nothing. */
			if (c == '$' || c == '`')
				script->expands = true;
			put(script, take(script));
		}
	}
}

/* Words of the shell's grammar, after which a command begins. */
static bool
is_reserved(const char *word)
{
	static const char *const words[] = { "then", "do", "else", "{", "!", "if", "while" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static void
keep_word(struct script *script, struct command *command, unsigned int line)
{
	if (command->n == 0 && is_reserved(buf_str(&script->word)))
		return;
	if (command->n == 0)
		command->line = line;
	if (command->n == WORDS_MAX)
		return;
	command->offsets[command->n] = command->texts.len;
	command->expands[command->n++] = script->expands;
	buf_append(&command->texts, buf_str(&script->word), script->word.len);
	buf_putc(&command->texts, '\0');
	if (buf_error(&script->word) != 0)
		command->texts.error = buf_error(&script->word);
}

/* The next command; false at the end. One without words is a blank line or the like. */
static bool
read_command(struct script *script, struct command *command)
{
	buf_reset(&command->texts);
	command->n = 0;
	if (script->at >= script->size)
		return false;
	while (script->at < script->size) {
		char c = peek(script);

		if (c == ' ' || c == '\t' || c == '\r') {
			take(script);
		} else if (c == '#') {
			while (script->at < script->size && peek(script) != '\n')
				take(script);
		} else if (c == '\\' && script->at + 1 < script->size &&
			   script->text[script->at + 1] == '\n') {
			take_escape(script, false);
		} else if (ends_word(c)) {
			take(script);
			return true;
		} else {
			unsigned int line = script->line;

			take_word(script);
			keep_word(script, command, line);
		}
	}
	return true;
}

static int
hand_on(const struct command *command, const struct import_sink *sink)
{
	const char *words[WORDS_MAX] = { "", "", "", "", "" };
	struct import_entry entry = { .line = command->line };

	for (size_t i = 0; i < command->n; i++)
		words[i] = command->texts.data + command->offsets[i];
	if (command->n < 3)
		return sink->left_out(
			sink->arg, command->line, words[1], "a feed without a name or a URL");
	if (command->expands[2])
		return sink->left_out(sink->arg, command->line, words[1],
			"the shell makes its URL; nothing is run");
	entry.title = command->expands[1] ? "" : words[1];
	entry.url = words[2];
	entry.home_page_url = command->n > 3 && !command->expands[3] ? words[3] : "";
	return sink->feed(sink->arg, &entry);
}

int
import_sfeed(const char *text, size_t size, const struct import_sink *sink)
{
	struct script script = { .text = text, .size = size, .line = 1 };
	struct command command = { 0 };
	int ret = 0;

	while (ret == 0 && read_command(&script, &command)) {
		ret = buf_error(&command.texts);
		if (ret == 0 && command.n > 0 &&
			strcmp(command.texts.data + command.offsets[0], "feed") == 0 &&
			!command.expands[0])
			ret = hand_on(&command, sink);
	}
	buf_done(&script.word);
	buf_done(&command.texts);
	return ret;
}

const char *
import_format_name(enum import_format format)
{
	static const char *const names[] = { "opml", "newsboat", "sfeed" };

	return names[format];
}

/* Whether `feed` begins a line, as it does in a sfeedrc and in no list of URLs. */
static bool
has_feed_command(const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		const char *newline = memchr(text + at, '\n', size - at);

		while (at < size && (text[at] == ' ' || text[at] == '\t'))
			at++;
		if (size - at > 5 && (memcmp(text + at, "feed ", 5) == 0 ||
					     memcmp(text + at, "feed\t", 5) == 0 ||
					     memcmp(text + at, "feeds(", 6) == 0))
			return true;
		at = newline != NULL ? (size_t)(newline - text) + 1 : size;
	}
	return false;
}

enum import_format
import_guess(const char *text, size_t size)
{
	size_t at = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	while (at < size && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0')
		at++;
	if (at < size && (text[at] == '<' || (unsigned char)text[at] >= 0xFE || text[at] == '\0'))
		return IMPORT_OPML;
	return has_feed_command(text, size) ? IMPORT_SFEED : IMPORT_NEWSBOAT;
}
