/* Which feeds of the running daemon: options that choose, and going through all pages of them. */
#ifndef TOOLS_FEED_LIST_H
#define TOOLS_FEED_LIST_H

#include "tools/control_client.h"

enum { FEED_LIST_STATE = 0x1010, FEED_LIST_TAG, FEED_LIST_TEXT };

#define FEED_LIST_OPTIONS \
	{ "state", required_argument, NULL, FEED_LIST_STATE }, \
		{ "tag", required_argument, NULL, FEED_LIST_TAG }, \
	{ \
		"text", required_argument, NULL, FEED_LIST_TEXT \
	}
#define FEED_LIST_HELP \
	"  --state STATE  those that are ok, new, failing, stopped or paused\n" \
	"  --tag TAG      those that have this tag\n" \
	"  --text TEXT    those with it in their name, title or URL\n"

struct feed_list {
	const char *state, *tag, *text; /* NULL: any */
};

/* Takes one of the options above, with optarg. */
void feed_list_option(struct feed_list *list, int option);

/*
 * Calls back for each feed, in the order of names; what that returns other than COMMAND_OK ends it,
 * and is returned.
 */
int feed_list_each(struct control_client *client, const struct feed_list *list,
	int (*feed)(void *arg, const struct control_value *feed), void *arg);

/* Prints each page as it came, a line each. */
int feed_list_print_json(struct control_client *client, const struct feed_list *list);

#endif
