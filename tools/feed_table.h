/* Feeds, as the daemon tells of them, on lines that fit the terminal. */
#ifndef TOOLS_FEED_TABLE_H
#define TOOLS_FEED_TABLE_H

#include <stdint.h>

#include "tools/control_client.h"
#include "tools/terminal.h"

void feed_table_head(const struct terminal *terminal);
/* now: seconds since 1970, for "5m ago". */
void feed_table_row(const struct terminal *terminal, const struct control_value *feed, int64_t now);

#define FEED_TABLE_AGE_SIZE 24
/* "3h" between now and an RFC 3339 time, "-" where there is none. */
void feed_table_age(const char *time, int64_t now, char ret_text[FEED_TABLE_AGE_SIZE]);

/*
 * Prints "LABEL: text", folded to the terminal's width; nothing for NULL.
 */
void feed_table_line(const struct terminal *terminal, const char *label, const char *text);

#endif
