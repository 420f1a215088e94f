/*
 * Cleaning, measuring and wrapping text for standard output. Widths are those of wcwidth(3) in a
 * UTF-8 locale, which is asked for whatever the user's is: records are UTF-8. No errors but those
 * that stick in buffers and in standard output.
 */
#define _GNU_SOURCE /* wcwidth */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "lib/base/utf8.h"
#include "tools/terminal.h"

#define WIDTH 80u
#define WIDTH_MIN 20u
#define WIDTH_MAX 1000u

static const char *const styles[TERMINAL_STYLES] = {
	[TERMINAL_PLAIN] = "",
	[TERMINAL_BOLD] = "\033[1m",
	[TERMINAL_DIM] = "\033[2m",
	[TERMINAL_TAG] = "\033[36m",
};

static unsigned int
find_width(bool is_terminal)
{
	const char *columns = getenv("COLUMNS");
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
	struct winsize size = { .ws_col = 0 };

	if (width == 0 && is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (width == 0)
		return WIDTH;
	if (width < WIDTH_MIN)
		return WIDTH_MIN;
	return width > WIDTH_MAX ? WIDTH_MAX : (unsigned int)width;
}

void
terminal_init(struct terminal *ret_terminal)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool is_terminal = isatty(STDOUT_FILENO);

	if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	*ret_terminal = (struct terminal){
		.is_terminal = is_terminal,
		.colour = is_terminal && !(no_color && *no_color) && term &&
			  strcmp(term, "dumb") != 0,
		.width = find_width(is_terminal),
	};
}

static bool
is_control(unsigned int character)
{
	return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

/* Marks, embeddings, overrides and isolates; and the byte order mark. */
static bool
is_direction(unsigned int character)
{
	return (character >= 0x200E && character <= 0x200F) ||
	       (character >= 0x202A && character <= 0x202E) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0x061C ||
	       character == 0xFEFF;
}

void
terminal_clean(struct buf *out, const char *text, bool lines)
{
	size_t size = strlen(text);

	while (size > 0) {
		unsigned int character;
		size_t used = utf8_decode(text, size, &character);

		if (character == '\n' && lines)
			buf_putc(out, '\n');
		else if (character == '\n' || character == '\t' || character == 0x2028 ||
			 character == 0x2029)
			buf_putc(out, ' ');
		else if (is_control(character))
			buf_put_utf8(out, 0xFFFD);
		else if (!is_direction(character))
			buf_put_utf8(out, character);
		text += used;
		size -= used;
	}
}

static unsigned int
width_of(unsigned int character)
{
	int width = wcwidth((wchar_t)character);

	return width < 0 ? 1 : (unsigned int)width;
}

unsigned int
terminal_columns(const char *text, size_t size)
{
	unsigned int columns = 0;

	while (size > 0) {
		unsigned int character;
		size_t used = utf8_decode(text, size, &character);

		columns += width_of(character);
		text += used;
		size -= used;
	}
	return columns;
}

void
terminal_fit(struct buf *text, size_t start, unsigned int columns)
{
	unsigned int taken = 0;
	size_t at = start;

	if (terminal_columns(buf_str(text) + start, text->len - start) <= columns)
		return;
	while (at < text->len) {
		unsigned int character;
		size_t used = utf8_decode(text->data + at, text->len - at, &character);

		if (taken + width_of(character) + 1 > columns)
			break;
		taken += width_of(character);
		at += used;
	}
	buf_truncate(text, at);
	if (columns > 0)
		buf_puts(text, "…");
}

/* How many bytes of the text fit on a line; at least one character. */
static size_t
fit_line(const char *text, unsigned int width)
{
	size_t size = strcspn(text, "\n"), at = 0, blank = 0;
	unsigned int columns = 0;

	while (at < size) {
		unsigned int character;
		size_t used = utf8_decode(text + at, size - at, &character);

		columns += width_of(character);
		if (character == ' ')
			blank = at;
		else if (columns > width)
			return blank > 0 ? blank : at > 0 ? at : used;
		at += used;
	}
	return size;
}

void
terminal_print(
	const struct terminal *terminal, const char *text, size_t size, enum terminal_style style)
{
	bool styled = terminal->colour && style != TERMINAL_PLAIN && size > 0;

	if (styled)
		fputs(styles[style], stdout);
	fwrite(text, 1, size, stdout);
	if (styled)
		fputs("\033[0m", stdout);
}

/* What of a line stands before its trailing blanks. */
static size_t
trimmed(const char *text, size_t size)
{
	while (size > 0 && text[size - 1] == ' ')
		size--;
	return size;
}

/* label: what stands before the first line in the place of its indent. */
static void
wrap(const struct terminal *terminal, const char *label, const char *text, unsigned int indent,
	unsigned int max_lines, enum terminal_style style)
{
	unsigned int width = terminal->width > indent + 1 ? terminal->width - indent : 2;

	for (unsigned int n = 1; *text; n++) {
		size_t size = fit_line(text, width);
		bool more = text[size] != '\0' && n == max_lines;

		if (more)
			size = fit_line(text, width - 1);
		printf("%-*s", (int)indent, n == 1 ? label : "");
		terminal_print(terminal, text, trimmed(text, size), style);
		puts(more ? "…" : "");
		if (more)
			return;
		text += size;
		if (*text == '\n')
			text++;
		else
			text += strspn(text, " ");
	}
}

void
terminal_wrap(const struct terminal *terminal, const char *text, unsigned int indent,
	unsigned int max_lines, enum terminal_style style)
{
	wrap(terminal, "", text, indent, max_lines, style);
}

void
terminal_wrap_label(const struct terminal *terminal, const char *label, const char *text,
	unsigned int indent, enum terminal_style style)
{
	wrap(terminal, label, text, indent, 0, style);
}

/* Blanks and a list's marker at the beginning of a line, in columns, which here are bytes. */
static unsigned int
hanging(const char *line, size_t size)
{
	size_t at = 0, digits;

	while (at < size && line[at] == ' ')
		at++;
	if (at + 1 < size && line[at] == '-' && line[at + 1] == ' ')
		return (unsigned int)at + 2;
	digits = at;
	while (digits < size && line[digits] >= '0' && line[digits] <= '9')
		digits++;
	if (digits > at && digits + 1 < size && line[digits] == '.' && line[digits + 1] == ' ')
		return (unsigned int)digits + 2;
	return (unsigned int)at;
}

/* One line of the text: its beginning stands, and the rest of it hangs. */
static void
wrap_line(const struct terminal *terminal, const char *line, size_t size, unsigned int indent)
{
	unsigned int hang = hanging(line, size);
	unsigned int left = terminal->width > indent + hang + 8 ? indent + hang : indent;
	unsigned int width = terminal->width > left + 1 ? terminal->width - left : 2;
	size_t begin = left == indent ? 0 : hang;

	printf("%*s", (int)indent, "");
	fwrite(line, 1, begin, stdout);
	for (bool first = true; first || begin < size; first = false) {
		size_t n = fit_line(line + begin, width);

		if (!first)
			printf("%*s", (int)left, "");
		if (n > size - begin)
			n = size - begin;
		fwrite(line + begin, 1, trimmed(line + begin, n), stdout);
		putchar('\n');
		begin += n;
		while (begin < size && line[begin] == ' ')
			begin++;
	}
}

void
terminal_wrap_text(const struct terminal *terminal, const char *text, unsigned int indent)
{
	while (*text) {
		size_t size = strcspn(text, "\n");

		if (size == 0)
			putchar('\n');
		else
			wrap_line(terminal, text, size, indent);
		text += size;
		text += *text == '\n';
	}
}
