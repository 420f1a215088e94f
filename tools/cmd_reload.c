/* newspool reload: the daemon reads its configuration again. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/control_client.h"

static int
run(struct command_call *call)
{
	static const struct option own[] = { CONTROL_CLIENT_OPTIONS, { 0 } };
	struct control_client client = { .call = call };
	struct control_answer answer;
	int option, status;

	while ((option = command_option(call, own)) > 0)
		client.given = optarg;
	if (option == COMMAND_STOP)
		return call->status;
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken", call->argv[optind]);
	status = control_client_ask(&client, "POST", "/v1/reload", &answer);
	control_client_done(&client);
	if (status != COMMAND_OK)
		return status;
	if (call->json)
		fputs(buf_str(&answer.text), stdout);
	else
		printf("%" PRId64 " feeds, %" PRId64 " of them new\n",
			control_number(answer.json, "feeds"), control_number(answer.json, "new"));
	control_answer_done(&answer);
	return command_finish(call, COMMAND_OK);
}

const struct command cmd_reload = {
	.name = "reload",
	.summary = "make the daemon read its configuration again",
	.usage = "",
	.help = CONTROL_CLIENT_HELP "\nA configuration with a mistake changes nothing, and the "
				    "mistake is said.\n" CONTROL_CLIENT_STATUS "\n"
				    "  newspool reload\n",
	.json = true,
	.run = run,
};
