/*
 * Makes completion files. A command's options are read from the lines of its help that begin with
 * two blanks and a "-", which is where people read them too:
 *
 *	  -n, --number N    so many articles
 *
 * What an option's value or an operand may be stands in the command's words; of some options it is
 * the same everywhere: names in the spool and the configuration ("newspool completion --list tags").
 * FILE and DIR are completed from the file system, and so are operands of which nothing is known.
 * Errors stick in the buffer.
 */
#include "tools/completion.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define OPTIONS_MAX 48

struct text {
	const char *ptr;
	size_t size;
};

/* One line of a help. */
struct entry {
	char letter;      /* 0: none */
	struct text name; /* without "--" */
	struct text word; /* of its argument; empty: it takes none */
	struct text about;
};

static struct text
take_word(const char *at)
{
	return (struct text){ at, strcspn(at, " \n") };
}

static bool
read_entry(const char *line, struct entry *ret_entry)
{
	struct entry entry = { .letter = 0 };
	size_t end;

	if (strncmp(line, "  -", 3) != 0)
		return false;
	line += 2;
	if (line[1] != '-' && strncmp(line + 2, ", --", 4) == 0) {
		entry.letter = line[1];
		line += 4;
	}
	if (strncmp(line, "--", 2) != 0)
		return false;
	entry.name = take_word(line + 2);
	line = entry.name.ptr + entry.name.size;
	if (line[0] == ' ' && line[1] != ' ' && line[1] != '\n') {
		entry.word = take_word(line + 1);
		line = entry.word.ptr + entry.word.size;
	}
	line += strspn(line, " ");
	end = strcspn(line, ";:\n");
	entry.about = (struct text){ line, end };
	*ret_entry = entry;
	return true;
}

static bool
equal(struct text a, struct text b)
{
	return a.size == b.size && strncmp(a.ptr, b.ptr, a.size) == 0;
}

static size_t
add_entry(struct entry *entries, size_t n, const char *line)
{
	if (n == OPTIONS_MAX || !read_entry(line, &entries[n]))
		return n;
	for (size_t i = 0; i < n; i++) /* --since stands twice, for SEQ and for TIME */
		if (equal(entries[i].name, entries[n].name))
			return n;
	return n + 1;
}

static size_t
read_help(const struct command *command, struct entry entries[OPTIONS_MAX])
{
	size_t n = 0;

	n = add_entry(entries, n, "  --config FILE  the configuration");
	n = add_entry(entries, n, "  --help  what it does");
	if (command->json)
		n = add_entry(entries, n, "  --json  print JSON for programs");
	for (const char *line = command->help; *line; line += *line == '\n') {
		n = add_entry(entries, n, line);
		line += strcspn(line, "\n");
	}
	return n;
}

static bool
is_word(struct text word, const char *text)
{
	return word.size == strlen(text) && strncmp(word.ptr, text, word.size) == 0;
}

static bool
is_path(struct text word)
{
	return is_word(word, "FILE") || is_word(word, "DIR") || is_word(word, "PATH");
}

/* The words of an option, or of "*", in the command's own lines; empty: it has none. */
static struct text
find_words(const struct command *command, struct text name)
{
	for (const char *line = command->words; line && *line; line += *line == '\n') {
		struct text key = take_word(line);
		const char *words = key.ptr + key.size + 1;

		line += strcspn(line, "\n");
		if (equal(key, name))
			return (struct text){ words, (size_t)(line - words) };
	}
	return (struct text){ "", 0 };
}

static struct text
words_of(const struct command *command, const struct entry *entry)
{
	static const char *const same[][2] = {
		{ "tag", "@tags" },
		{ "queue", "@queues" },
		{ "cursor", "@cursors" },
		{ "feed", "@feeds" },
	};
	struct text words = find_words(command, entry->name);

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]) && words.size == 0; i++)
		if (is_word(entry->name, same[i][0]))
			words = (struct text){ same[i][1], strlen(same[i][1]) };
	return words;
}

static struct text
operands_of(const struct command *command)
{
	return find_words(command, (struct text){ "*", 1 });
}

/* Whether they are names to be asked for: "@tags". */
static bool
is_list(struct text words)
{
	return words.size > 0 && words.ptr[0] == '@';
}

static void
put(struct buf *out, struct text text)
{
	buf_append(out, text.ptr, text.size);
}

/* bash */

static void
put_bash_values(
	struct buf *out, const struct command *command, const struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct text words = words_of(command, &entries[i]);

		if (entries[i].word.size == 0)
			continue;
		buf_puts(out, "\t\t\t--");
		put(out, entries[i].name);
		if (entries[i].letter)
			buf_printf(out, "|-%c", entries[i].letter);
		buf_puts(out, ") ");
		if (words.size > 0) {
			buf_puts(out, "_newspool_words '");
			put(out, words);
			buf_puts(out, "'; ");
		} else if (is_path(entries[i].word))
			buf_puts(out, "COMPREPLY=($(compgen -f -- \"$cur\")); ");
		buf_puts(out, "return ;;\n");
	}
}

static void
put_bash_command(struct buf *out, const struct command *command)
{
	struct entry entries[OPTIONS_MAX];
	size_t n = read_help(command, entries);

	buf_printf(out, "\t%s)\n\t\tcase $prev in\n", command->name);
	put_bash_values(out, command, entries, n);
	buf_puts(out, "\t\tesac\n\t\toperands='");
	put(out, operands_of(command));
	buf_puts(out, "'\n\t\toptions='");
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i > 0 ? " --" : "--");
		put(out, entries[i].name);
	}
	buf_puts(out, "' ;;\n");
}

static void
put_names(struct buf *out, const struct command *const *commands)
{
	for (size_t i = 0; commands[i]; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", commands[i]->name);
}

static void
write_bash(struct buf *out, const struct command *const *commands)
{
	buf_puts(out,
		"# Completion of newspool for bash, by \"newspool completion bash\".\n"
		"_newspool_words()\n{\n"
		"\tlocal words=$1\n"
		"\tcase $words in @*) words=$(\"${COMP_WORDS[0]}\" completion --list "
		"\"${words#@}\" 2>/dev/null) ;; esac\n"
		"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		"}\n\n"
		"_newspool()\n{\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
		"options= operands=\n"
		"\tCOMPREPLY=()\n"
		"\t[ \"$prev\" != = ] || prev=${COMP_WORDS[COMP_CWORD-2]} # --tag=VALUE is three "
		"words\n"
		"\t[ \"$cur\" != = ] || cur=\n"
		"\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
		"\t\tCOMPREPLY=($(compgen -W '");
	put_names(out, commands);
	buf_puts(out, " --help --version' -- \"$cur\"))\n\t\treturn\n\tfi\n"
		      "\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; commands[i]; i++)
		put_bash_command(out, commands[i]);
	buf_puts(out, "\tesac\n"
		      "\tcase $cur in\n"
		      "\t-*) _newspool_words \"$options\" ;;\n"
		      "\t*) if [ -n \"$operands\" ]; then _newspool_words \"$operands\"\n"
		      "\t\telse COMPREPLY=($(compgen -f -- \"$cur\")); fi ;;\n"
		      "\tesac\n}\n\ncomplete -o filenames -F _newspool newspool\n");
}

/* zsh */

/* Within single quotes and _arguments' brackets. */
static void
put_zsh_text(struct buf *out, struct text text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (text.ptr[i] == '\'')
			buf_puts(out, "'\\''");
		else if (strchr("[]:\\", text.ptr[i]))
			buf_printf(out, "\\%c", text.ptr[i]);
		else
			buf_putc(out, text.ptr[i]);
	}
}

/* What is done for words: an action of _arguments. */
static void
put_zsh_action(struct buf *out, struct text words)
{
	if (is_list(words)) {
		buf_puts(out, " _newspool_list "); /* the blank: called as it is */
		put(out, (struct text){ words.ptr + 1, words.size - 1 });
	} else {
		buf_putc(out, '(');
		put(out, words);
		buf_putc(out, ')');
	}
}

static void
put_zsh_entry(struct buf *out, const struct command *command, const struct entry *entry)
{
	struct text words = words_of(command, entry);

	buf_puts(out, " \\\n\t\t\t'--");
	put(out, entry->name);
	buf_puts(out, entry->word.size > 0 ? "=[" : "[");
	put_zsh_text(out, entry->about);
	buf_putc(out, ']');
	if (entry->word.size > 0) {
		buf_putc(out, ':');
		put_zsh_text(out, entry->word);
		buf_putc(out, ':');
		if (words.size > 0)
			put_zsh_action(out, words);
		else if (is_path(entry->word))
			buf_puts(out, "_files");
	}
	buf_putc(out, '\'');
}

static void
put_zsh_command(struct buf *out, const struct command *command)
{
	struct entry entries[OPTIONS_MAX];
	struct text operands = operands_of(command);
	size_t n = read_help(command, entries);

	buf_printf(out, "\t%s)\n\t\t_arguments", command->name);
	for (size_t i = 0; i < n; i++)
		put_zsh_entry(out, command, &entries[i]);
	buf_puts(out, " \\\n\t\t\t'*:operand:");
	if (operands.size > 0)
		put_zsh_action(out, operands);
	else
		buf_puts(out, "_files");
	buf_puts(out, "' ;;\n");
}

static void
write_zsh(struct buf *out, const struct command *const *commands)
{
	buf_puts(out, "#compdef newspool\n"
		      "# Completion of newspool for zsh, by \"newspool completion zsh\".\n"
		      "_newspool_list()\n{\n"
		      "\tlocal -a values\n"
		      "\tvalues=(${(f)\"$(_call_program values newspool completion --list $1)\"})\n"
		      "\tcompadd -a values\n}\n\n"
		      "_newspool()\n{\n"
		      "\tlocal -a commands\n\tcommands=(\n");
	for (size_t i = 0; commands[i]; i++) {
		struct text about = { commands[i]->summary, strlen(commands[i]->summary) };

		buf_printf(out, "\t\t'%s:", commands[i]->name);
		put_zsh_text(out, about);
		buf_puts(out, "'\n");
	}
	buf_puts(out, "\t)\n"
		      "\tif (( CURRENT == 2 )); then\n"
		      "\t\t_describe command commands\n\t\treturn\n\tfi\n"
		      "\tshift words\n\t(( CURRENT-- ))\n"
		      "\tcase $words[1] in\n");
	for (size_t i = 0; commands[i]; i++)
		put_zsh_command(out, commands[i]);
	buf_puts(out, "\tesac\n}\n\n"
		      "if [ \"$funcstack[1]\" = _newspool ]; then\n\t_newspool \"$@\"\nelse\n"
		      "\tcompdef _newspool newspool\nfi\n");
}

/* fish */

static void
put_fish_text(struct buf *out, struct text text)
{
	buf_putc(out, '\'');
	for (size_t i = 0; i < text.size; i++) {
		if (strchr("'\\", text.ptr[i]))
			buf_putc(out, '\\');
		buf_putc(out, text.ptr[i]);
	}
	buf_putc(out, '\'');
}

static void
put_fish_words(struct buf *out, struct text words)
{
	buf_puts(out, " -a '");
	if (is_list(words)) {
		buf_puts(out, "(newspool completion --list ");
		put(out, (struct text){ words.ptr + 1, words.size - 1 });
		buf_puts(out, " 2>/dev/null)");
	} else
		put(out, words);
	buf_putc(out, '\'');
}

static void
put_fish_condition(struct buf *out, const struct command *command)
{
	buf_printf(out, "complete -c newspool -n '__fish_seen_subcommand_from %s'", command->name);
}

static void
put_fish_entry(struct buf *out, const struct command *command, const struct entry *entry)
{
	struct text words = words_of(command, entry);

	put_fish_condition(out, command);
	buf_puts(out, " -l ");
	put(out, entry->name);
	if (entry->letter)
		buf_printf(out, " -s %c", entry->letter);
	if (entry->word.size > 0 && words.size > 0) {
		buf_puts(out, " -x");
		put_fish_words(out, words);
	} else if (is_path(entry->word))
		buf_puts(out, " -r -F");
	else if (entry->word.size > 0)
		buf_puts(out, " -x");
	buf_puts(out, " -d ");
	put_fish_text(out, entry->about);
	buf_putc(out, '\n');
}

static void
put_fish_command(struct buf *out, const struct command *command)
{
	struct entry entries[OPTIONS_MAX];
	struct text operands = operands_of(command);
	size_t n = read_help(command, entries);

	for (size_t i = 0; i < n; i++)
		put_fish_entry(out, command, &entries[i]);
	if (operands.size == 0)
		return;
	put_fish_condition(out, command);
	buf_puts(out, " -f");
	put_fish_words(out, operands);
	buf_putc(out, '\n');
}

static void
write_fish(struct buf *out, const struct command *const *commands)
{
	buf_puts(out, "# Completion of newspool for fish, by \"newspool completion fish\".\n");
	for (size_t i = 0; commands[i]; i++) {
		struct text about = { commands[i]->summary, strlen(commands[i]->summary) };

		buf_printf(out, "complete -c newspool -n __fish_use_subcommand -f -a %s -d ",
			commands[i]->name);
		put_fish_text(out, about);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; commands[i]; i++)
		put_fish_command(out, commands[i]);
}

int
completion_write(struct buf *out, const char *shell, const struct command *const *commands)
{
	static const struct {
		const char *shell;
		void (*write)(struct buf *out, const struct command *const *commands);
	} shells[] = {
		{ "bash", write_bash },
		{ "zsh", write_zsh },
		{ "fish", write_fish },
	};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shells[i].shell, shell) != 0)
			continue;
		shells[i].write(out, commands);
		return 0;
	}
	return -EINVAL;
}
