/* newspool export: what newspool has, for other programs. */
#include <stddef.h>

#include "tools/command.h"
#include "tools/export_opml.h"

enum export_option { OPTION_OPML = 1 };

static int
run_export(struct command_call *call)
{
	static const struct option own[] = { { "opml", no_argument, NULL, OPTION_OPML }, { 0 } };
	bool opml = false;
	int option;

	while ((option = command_option(call, own)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return call->status;
		opml = true;
	}
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken", call->argv[optind]);
	if (!opml)
		return command_misused(call, "--opml is needed");
	return export_opml(call);
}

const struct command cmd_export = {
	.name = "export",
	.summary = "write the configured feeds as a list for feed readers",
	.usage = "--opml",
	.help = "  --opml         all configured feeds as a list (OPML)\n"
		"\n"
		"Lists go out as they are, with folders and every attribute; feeds of sections in\n"
		"folders of their first tags. Settings and secrets do not. Exit status: 0 it was\n"
		"written, 1 it could not be, 2 wrong use or the configuration is not right.\n\n"
		"  newspool export --opml > feeds.opml\n",
	.run = run_export,
};
