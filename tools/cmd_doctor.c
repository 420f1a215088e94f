/*
 * newspool doctor: looks at everything that newspool needs, says of each whether it is well, and of
 * what is not what to do about it. Changes nothing.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/conf/config.h"
#include "lib/base/json_write.h"
#include "tools/control_client.h"
#include "tools/diagnosis.h"
#include "tools/doctor_feeds.h"
#include "tools/doctor_network.h"
#include "tools/doctor_system.h"
#include "tools/terminal.h"

#define INDENT 6 /* of findings, behind the verdict */

struct doctor {
	struct command_call *call;
	struct terminal terminal;
	size_t n_bad;
};

static void
print_json(const struct diagnosis *diagnosis)
{
	static const char *const words[] = { "good", "note", "bad" };
	struct buf line = { 0 };
	struct json_writer json;

	json_write_init(&json, &line);
	json_write_object(&json, NULL);
	json_write_string(&json, "check", diagnosis->check);
	json_write_string(&json, "verdict", words[diagnosis->verdict]);
	json_write_string(&json, "finding", diagnosis->finding);
	json_write_string(&json, "advice", diagnosis->advice[0] != '\0' ? diagnosis->advice : NULL);
	json_write_object_end(&json);
	puts(buf_str(&line));
	buf_done(&line);
}

static void
print_text(const struct terminal *terminal, const struct diagnosis *diagnosis)
{
	static const char *const words[] = { "good", "note", "BAD" };
	struct buf text = { 0 };

	buf_printf(&text, "%s: ", diagnosis->check);
	terminal_clean(&text, diagnosis->finding, false);
	terminal_wrap_label(terminal, words[diagnosis->verdict], buf_str(&text), INDENT,
		diagnosis->verdict == DIAGNOSIS_BAD ? TERMINAL_BOLD : TERMINAL_PLAIN);
	buf_reset(&text);
	buf_puts(&text, diagnosis->advice[0] != '\0' ? "-> " : "");
	terminal_clean(&text, diagnosis->advice, false);
	if (text.len > 0)
		terminal_wrap(terminal, buf_str(&text), INDENT, 0, TERMINAL_PLAIN);
	buf_done(&text);
}

static void
on_diagnosis(void *arg, const struct diagnosis *diagnosis)
{
	struct doctor *doctor = arg;

	doctor->n_bad += diagnosis->verdict == DIAGNOSIS_BAD;
	if (doctor->call->json)
		print_json(diagnosis);
	else
		print_text(&doctor->terminal, diagnosis);
}

static int
examine(struct doctor *doctor, struct control_client *client)
{
	const struct diagnosis_sink sink = { on_diagnosis, doctor };
	const char *file = command_config(doctor->call);
	struct doctor_network network = { 0 };
	const struct config_feed_sink feeds = doctor_network_sink(&network);
	struct config_error err = { "" };
	struct config *config;

	if (config_load(file, &feeds, &config, &err) < 0) {
		doctor_network_done(&network);
		diagnosis_bad(&sink, "configuration",
			"correct it; 'newspool check' says when it is right", "%s", err.text);
		return COMMAND_USAGE;
	}
	diagnosis_good(&sink, "configuration", "%s: right, %zu feed%s", config->file,
		config->n_feeds, config->n_feeds == 1 ? "" : "s");
	doctor_spool(&sink, config);
	doctor_database(&sink, config);
	doctor_clock(&sink);
	doctor_resolver(&sink, &network);
	doctor_certificates(&sink, &network);
	doctor_sandbox(&sink, config);
	if (config->control != NULL && client->given == NULL)
		client->given = config->control;
	doctor_daemon(&sink, client);
	doctor_feeds(&sink, config);
	doctor_network_done(&network);
	config_free(config);
	return doctor->n_bad == 0 ? COMMAND_OK : COMMAND_FAILED;
}

static int
run(struct command_call *call)
{
	static const struct option own[] = { CONTROL_CLIENT_OPTIONS, { 0 } };
	struct doctor doctor = { .call = call };
	struct control_client client = { .call = call };
	int option, status;

	while ((option = command_option(call, own)) > 0)
		client.given = optarg;
	if (option == COMMAND_STOP)
		return call->status;
	if (optind < call->argc)
		return command_misused(call, "'%s': no operands are taken", call->argv[optind]);
	terminal_init(&doctor.terminal);
	status = examine(&doctor, &client);
	control_client_done(&client);
	return command_finish(call, status);
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "look at all that newspool needs, and say what to do",
	.usage = "",
	.help = CONTROL_CLIENT_HELP
	"\nThe exit status is 0 where nothing is bad, 1 where something is, 2 where the\n"
	"configuration is wrong.\n"
	"\n"
	"  newspool doctor\n",
	.json = true,
	.run = run,
};
