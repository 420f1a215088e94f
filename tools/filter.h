/* Which articles: the options that all commands that read the spool have in common. */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include <stdbool.h>

#include <newspool/spool.h>

#include "lib/base/buf.h"
#include "tools/command.h"
#include "tools/spool_option.h"

struct filter {
	const char *directory;       /* NULL: the configured one */
	char *tag;                   /* a slug */
	const char *feed;            /* its name */
	const char *language;        /* and what is below it: "de" takes "de-AT" */
	struct buf text;             /* what title, summary or text must hold, folded */
	struct np_spool_query query; /* tag, after, since, until */
	bool since;                  /* --since was given */
};

/* Values of the options, away from letters and from what a command counts for itself. */
enum {
	FILTER_TAG = 0x8000,
	FILTER_FEED,
	FILTER_LANGUAGE,
	FILTER_SINCE,
	FILTER_UNTIL,
	FILTER_TEXT,
	FILTER_SPOOL,
	FILTER_END,
};

/* For a command's table, its usage and its help. */
#define FILTER_OPTIONS \
	{ "tag", required_argument, NULL, FILTER_TAG }, \
		{ "feed", required_argument, NULL, FILTER_FEED }, \
		{ "language", required_argument, NULL, FILTER_LANGUAGE }, \
		{ "since", required_argument, NULL, FILTER_SINCE }, \
		{ "until", required_argument, NULL, FILTER_UNTIL }, \
		{ "text", required_argument, NULL, FILTER_TEXT }, \
	{ \
		"spool", required_argument, NULL, FILTER_SPOOL \
	}

#define FILTER_USAGE \
	"[--tag TAG] [--feed NAME] [--language LANG] [--since TIME|SEQ] [--until TIME] " \
	"[--text WORDS]"

#define FILTER_HELP \
	"  --tag TAG         articles with this tag\n" \
	"  --feed NAME       of this feed, by its name in the configuration\n" \
	"  --language LANG   in this language: de takes de-AT too\n" \
	"  --since SEQ       delivered after the one with this sequence\n" \
	"  --since TIME      delivered at this time or later: 2026-11-23T06:00:00Z,\n" \
	"                    2026-11-23 (UTC), or 6h for so long ago\n" \
	"  --until TIME      delivered before this time\n" \
	"  --text WORDS      with these words in title, summary or text, in any case\n"

/* Takes an option of FILTER_OPTIONS. Returns COMMAND_OK, or COMMAND_USAGE, said. */
int filter_option(struct command_call *call, struct filter *filter, int option);
void filter_done(struct filter *filter);

static inline bool
filter_is_option(int option)
{
	return option >= FILTER_TAG && option < FILTER_END;
}

/* Whether filter_matches() is to be asked; else all that the query gives is asked for. */
bool filter_reads(const struct filter *filter);

/* Whether the record is one of those that were asked for; tag and times are the query's. */
bool filter_matches(struct filter *filter, const struct np_record *record);

#endif
