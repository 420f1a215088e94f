/* newspool ack: where consumers stand, and moving them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/json_write.h"
#include "lib/spool/layout.h"
#include "tools/command.h"
#include "tools/slugs.h"
#include "tools/spool_option.h"

enum { OPTION_REMOVE = 1, OPTION_SPOOL };

struct acking {
	struct command_call *call;
	struct np_spool *spool;
	struct buf line;
};

static void
print_cursor(struct acking *acking, const char *name, uint64_t seq)
{
	struct json_writer json;

	if (!acking->call->json) {
		printf("%s\t%" PRIu64 "\n", name, seq);
		return;
	}
	buf_reset(&acking->line);
	json_write_init(&json, &acking->line);
	json_write_object(&json, NULL);
	json_write_string(&json, "cursor", name);
	json_write_int(&json, "seq", (int64_t)seq);
	json_write_object_end(&json);
	puts(buf_str(&acking->line));
}

static int
failed(const struct acking *acking, const char *name, int error)
{
	command_say(acking->call, "the cursor %s: %s", name,
		error == -EBADMSG  ? "holds no sequence"
		: error == -ENOENT ? "there is none"
				   : strerror(-error));
	return COMMAND_FAILED;
}

static int
show(struct acking *acking, const char *name)
{
	uint64_t seq;
	int error = np_cursor_read(acking->spool, name, &seq);

	if (error)
		return failed(acking, name, error);
	print_cursor(acking, name, seq);
	return COMMAND_OK;
}

static int
show_all(struct acking *acking, const char *directory)
{
	struct slugs slugs = { .n = 0 };
	int status = COMMAND_OK, error = slugs_read(directory, SPOOL_CURSORS, &slugs);

	for (size_t i = 0; i < slugs.n && error == 0; i++) {
		int one = show(acking, slugs.list[i]);

		status = one == COMMAND_OK ? status : one;
	}
	slugs_done(&slugs);
	if (error) {
		command_say(acking->call, "%s: %s", SPOOL_CURSORS, strerror(-error));
		return COMMAND_FAILED;
	}
	return status;
}

/* A sequence, an article's name or its path. */
static int
parse_place(const char *text, uint64_t *ret_seq)
{
	const char *slash = strrchr(text, '/');

	if (strcmp(text, "0") == 0) {
		*ret_seq = 0;
		return 0;
	}
	if (spool_name_parse(slash ? slash + 1 : text, ret_seq) == 0)
		return 0;
	return spool_option_number(text, ret_seq);
}

static int
move(struct acking *acking, const char *name, const char *place)
{
	uint64_t seq;
	int error;

	if (parse_place(place, &seq) < 0)
		return command_misused(acking->call,
			"'%s': neither a sequence, nor the name or the path of an article", place);
	error = np_cursor_ack(acking->spool, name, seq);
	return error ? failed(acking, name, error) : COMMAND_OK;
}

static int
act(struct acking *acking, const char *directory, bool remove)
{
	struct command_call *call = acking->call;
	const char *const *operands = (const char *const *)call->argv + optind;
	int n = call->argc - optind, error;

	if (n > 2 || (remove && n != 1))
		return command_misused(call, remove ? "which cursor?" : "too many operands");
	if (n > 0 && !spool_is_slug(operands[0]))
		return command_misused(call,
			"'%s': not a name: lower-case letters, digits and hyphens", operands[0]);
	if (n == 0)
		return show_all(acking, directory);
	if (n == 2)
		return move(acking, operands[0], operands[1]);
	if (!remove)
		return show(acking, operands[0]);
	error = np_cursor_remove(acking->spool, operands[0]);
	return error ? failed(acking, operands[0], error) : COMMAND_OK;
}

static int
run(struct command_call *call)
{
	static const struct option own[] = {
		{ "remove", no_argument, NULL, OPTION_REMOVE },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ 0 },
	};
	struct acking acking = { .call = call };
	const char *directory = NULL;
	char *place = NULL;
	bool remove = false;
	int option, status;

	while ((option = command_option(call, own)) > 0) {
		if (option == OPTION_SPOOL)
			directory = optarg;
		else
			remove = true;
	}
	if (option == COMMAND_STOP)
		return call->status;
	status = spool_option_directory(call, directory, &place);
	if (status == COMMAND_OK)
		status = spool_option_open(call, place, &acking.spool);
	if (status == COMMAND_OK)
		status = act(&acking, place, remove);
	np_spool_close(acking.spool);
	buf_done(&acking.line);
	free(place);
	return command_finish(call, status);
}

const struct command cmd_ack = {
	.name = "ack",
	.summary = "show where consumers stand in the spool, or move one",
	.usage = "[--remove] [--spool DIR] [CURSOR [ARTICLE]]",
	.help = "\n"
		"Without operands all cursors with their sequences; with CURSOR that one; with\n"
		"ARTICLE (a sequence, a name or a path; 0 for the beginning) the cursor is set: "
		"all\n"
		"up to this article has been dealt with. It has reached the disk when this ends.\n"
		"\n"
		"  --remove          forget the cursor, so that it holds no articles "
		"back\n" SPOOL_OPTION_HELP "\n"
		"  newspool ack\n"
		"  newspool ack mailer 1234\n"
		"  newspool ls --since \"$(newspool ack mailer | cut -f2)\"\n",
	.json = true,
	.words = "* @cursors\n",
	.run = run,
};
