/* newspool export: what newspool has, for other programs. */
#include <stddef.h>
#include <string.h>

#include "tools/command.h"
#include "tools/export_articles.h"
#include "tools/export_opml.h"

enum export_option { OPTION_OPML = 1, OPTION_FORMAT, OPTION_LIMIT, OPTION_TITLE };

static int
take_option(struct command_call *call, struct export_articles *export, bool *opml, int option)
{
	switch (option) {
	case OPTION_OPML:
		*opml = true;
		return COMMAND_OK;
	case OPTION_TITLE:
		export->title = optarg;
		return COMMAND_OK;
	case OPTION_LIMIT:
		if (spool_option_number(optarg, &export->limit) < 0)
			return command_misused(call, "--limit %s: not a number above 0", optarg);
		return COMMAND_OK;
	case OPTION_FORMAT:
		*opml = strcmp(optarg, "opml") == 0;
		export->format = export_format_find(optarg);
		if (!export->format && !*opml)
			return command_misused(
				call, "--format %s: not " EXPORT_FORMATS ", nor opml", optarg);
		return COMMAND_OK;
	default:
		return filter_option(call, &export->filter, option);
	}
}

static int
read_options(struct command_call *call, struct export_articles *export, bool *opml)
{
	static const struct option own[] = {
		FILTER_OPTIONS,
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ "limit", required_argument, NULL, OPTION_LIMIT },
		{ "title", required_argument, NULL, OPTION_TITLE },
		{ "opml", no_argument, NULL, OPTION_OPML },
		{ 0 },
	};
	int option, status;

	while ((option = command_option(call, own)) > 0) {
		status = take_option(call, export, opml, option);
		if (status != COMMAND_OK)
			return status;
	}
	if (option == COMMAND_STOP)
		return COMMAND_STOP;
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken", call->argv[optind]);
	if (!*opml && !export->format)
		return command_misused(call, "--format is needed: " EXPORT_FORMATS "; or --opml");
	return COMMAND_OK;
}

static int
run_export(struct command_call *call)
{
	struct export_articles export = { .limit = UINT64_MAX };
	bool opml = false;
	int status = read_options(call, &export, &opml);

	if (status == COMMAND_OK && opml)
		status = export_opml(call);
	else if (status == COMMAND_OK)
		status = command_finish(call, export_articles(call, &export));
	filter_done(&export.filter);
	return status == COMMAND_STOP ? call->status : status;
}

const struct command cmd_export = {
	.name = "export",
	.summary = "write articles as a feed, a mailbox or lines, or the configured feeds",
	.usage = "--format FORMAT [--limit N] [--title TEXT] " FILTER_USAGE
		 " [--spool DIR] | --opml",
	.help = "\n"
		"  --format FORMAT   json: JSON Feed 1.1; atom; rss: RSS 2.0; mbox: a mailbox;\n"
		"                    tsv: lines as in sfeed(5)\n"
		"  --limit N         the last N articles\n"
		"  --title TEXT      of the feed, else the tag\n" FILTER_HELP SPOOL_OPTION_HELP
		"  --opml            all configured feeds as a list (OPML) instead of articles\n"
		"\n"
		"Feeds have the newest article first, a mailbox and lines the oldest. Lists go out "
		"as\n"
		"they are, with folders and every attribute; feeds of sections in folders of "
		"their\n"
		"first tags. Settings and secrets do not. Exit status: 0 it was written, 1 it "
		"could\n"
		"not be, 2 wrong use or the configuration is not right.\n\n"
		"  newspool export --format atom --tag stock-news --limit 50 > stock-news.xml\n"
		"  newspool export --format mbox --since 7d > week.mbox\n"
		"  newspool export --opml > feeds.opml\n",
	.words = "format json atom rss mbox tsv\n",
	.run = run_export,
};
