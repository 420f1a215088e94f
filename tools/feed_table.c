/* Columns: name, state, last and next poll, and what there is to say with the rest of the line. */
#include "tools/feed_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"

#define NAME_MAX_COLUMNS 28u
#define STATE_COLUMNS 8u
#define WIDE 60 /* columns that ages have a place in */
#define AGE_COLUMNS 6u
#define LABEL_COLUMNS 15u

void
feed_table_age(const char *time, int64_t now, char ret_text[FEED_TABLE_AGE_SIZE])
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	int64_t then, distance;

	snprintf(ret_text, FEED_TABLE_AGE_SIZE, "-");
	if (time == NULL || clock_parse_rfc3339(time, &then) != 0)
		return;
	distance = then > now ? then - now : now - then;
	snprintf(ret_text, FEED_TABLE_AGE_SIZE, "0s");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (distance < units[i].seconds)
			continue;
		snprintf(ret_text, FEED_TABLE_AGE_SIZE, "%" PRId64 "%c",
			distance / units[i].seconds, units[i].unit);
		return;
	}
}

static unsigned int
name_columns(const struct terminal *terminal)
{
	unsigned int share = terminal->width / 3;

	return share < NAME_MAX_COLUMNS ? share : NAME_MAX_COLUMNS;
}

/* A cell of so many columns, and a blank. */
static void
put_cell(struct buf *line, const char *text, unsigned int columns)
{
	size_t start = line->len;
	unsigned int used;

	terminal_clean(line, text, false);
	terminal_fit(line, start, columns);
	used = terminal_columns(buf_str(line) + start, line->len - start);
	buf_printf(line, "%*s", (int)(columns - used + 1), "");
}

static void
print_row(const struct terminal *terminal, const char *const cells[5], enum terminal_style style)
{
	struct buf line = { 0 };

	put_cell(&line, cells[0], name_columns(terminal));
	put_cell(&line, cells[1], STATE_COLUMNS);
	if (terminal->width >= WIDE)
		put_cell(&line, cells[2], AGE_COLUMNS);
	if (terminal->width >= WIDE)
		put_cell(&line, cells[3], AGE_COLUMNS);
	terminal_clean(&line, cells[4], false);
	terminal_fit(&line, 0, terminal->width);
	terminal_print(terminal, buf_str(&line), line.len, style);
	putchar('\n');
	buf_done(&line);
}

void
feed_table_head(const struct terminal *terminal)
{
	static const char *const cells[5] = { "FEED", "STATE", "POLLED", "NEXT", "" };

	print_row(terminal, cells, TERMINAL_DIM);
}

void
feed_table_row(const struct terminal *terminal, const struct control_value *feed, int64_t now)
{
	char last[FEED_TABLE_AGE_SIZE], next[FEED_TABLE_AGE_SIZE];
	const char *state = control_text(feed, "state"), *reason = control_text(feed, "reason");
	const char *title = control_text(feed, "title"), *name = control_text(feed, "name");
	const char *const cells[5] = { name != NULL ? name : "", state != NULL ? state : "", last,
		next,
		reason != NULL  ? reason
		: title != NULL ? title
				: "" };
	bool quiet = state == NULL || strcmp(state, "ok") == 0 || strcmp(state, "new") == 0;
	bool asked = state == NULL ||
		     (strcmp(state, "stopped") != 0 && strcmp(state, "paused") != 0);

	feed_table_age(control_text(feed, "last_poll"), now, last);
	feed_table_age(asked ? control_text(feed, "next_poll") : NULL, now, next);
	print_row(terminal, cells, quiet ? TERMINAL_PLAIN : TERMINAL_BOLD);
}

void
feed_table_line(const struct terminal *terminal, const char *label, const char *text)
{
	struct buf line = { 0 };

	if (text == NULL)
		return;
	buf_printf(&line, "%-*s ", (int)LABEL_COLUMNS, label);
	terminal_clean(&line, text, false);
	terminal_wrap(terminal, buf_str(&line), 0, 0, TERMINAL_PLAIN);
	buf_done(&line);
}
