/* A request a feed; one that fails does not keep the others from being asked. */
#include "tools/steer.h"

#include <stdio.h>

static int
steer_one(struct control_client *client, const char *action, const char *name)
{
	struct control_answer answer;
	struct buf path = { 0 };
	int status;

	buf_puts(&path, "/v1/feeds/");
	control_client_escape(&path, name);
	buf_printf(&path, "/%s", action);
	status = control_client_ask(client, "POST", buf_str(&path), &answer);
	buf_done(&path);
	if (status != COMMAND_OK)
		return status;
	if (client->call->json)
		fputs(buf_str(&answer.text), stdout);
	else
		printf("%s: %s\n", control_text(answer.json, "name"),
			control_text(answer.json, "state"));
	control_answer_done(&answer);
	return COMMAND_OK;
}

int
steer_run(struct command_call *call, const char *action)
{
	static const struct option own[] = { CONTROL_CLIENT_OPTIONS, { 0 } };
	struct control_client client = { .call = call };
	int option, status = COMMAND_OK;

	while ((option = command_option(call, own)) > 0)
		client.given = optarg;
	if (option == COMMAND_STOP)
		return call->status;
	if (optind == call->argc)
		return command_misused(call, "which feeds?");
	for (int i = optind; i < call->argc && status != COMMAND_NO_DAEMON; i++) {
		int one = steer_one(&client, action, call->argv[i]);

		status = one != COMMAND_OK ? one : status;
	}
	control_client_done(&client);
	return command_finish(call, status);
}
