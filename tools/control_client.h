/*
 * Asking the running daemon over its control socket, and reading its answers. Failures are said on
 * standard error, with what to do.
 */
#ifndef TOOLS_CONTROL_CLIENT_H
#define TOOLS_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "tools/command.h"

/* The exit status where no daemon answers. */
#define COMMAND_NO_DAEMON 3

#define CONTROL_CLIENT_OPTION 0x1000 /* --socket */
#define CONTROL_CLIENT_OPTIONS \
	{ \
		"socket", required_argument, NULL, CONTROL_CLIENT_OPTION \
	}
#define CONTROL_CLIENT_HELP \
	"  --socket FILE  the daemon's control socket, else the one that the configuration\n" \
	"                 names\n"

#define CONTROL_CLIENT_STATUS \
	"\nExit status: 0 done, 1 not or not all, 2 wrong use or configuration, 3 no daemon\n" \
	"answers.\n"

struct control_value; /* a part of an answer */

struct control_client {
	struct command_call *call;
	const char *given; /* --socket; NULL: as configured */
	char *path;        /* of the socket, once it is known */
};

struct control_answer {
	int status;
	struct buf text;            /* the body as it came */
	struct control_value *json; /* NULL where it is none */
};

/*
 * Asks. Returns COMMAND_OK with an answer whose status is below 400; else COMMAND_FAILED,
 * COMMAND_USAGE or COMMAND_NO_DAEMON, said, and nothing to free.
 */
int control_client_ask(struct control_client *client, const char *method, const char *path,
	struct control_answer *ret_answer);
/* The same, and an answer of any status. */
int control_client_try(struct control_client *client, const char *method, const char *path,
	struct control_answer *ret_answer);
/* Says the error that an answer of 400 or above tells. */
void control_client_say(const struct control_client *client, const struct control_answer *answer);
void control_answer_done(struct control_answer *answer);
void control_client_done(struct control_client *client);

/* Appends a text as a part of a URL. */
void control_client_escape(struct buf *out, const char *text);

/* Members of an object; NULL, 0, false where there is none of that name and kind. */
const struct control_value *control_member(const struct control_value *object, const char *name);
const char *control_text(const struct control_value *object, const char *name);
int64_t control_number(const struct control_value *object, const char *name);
bool control_flag(const struct control_value *object, const char *name);
/* Elements of an array. */
size_t control_size(const struct control_value *array);
const struct control_value *control_at(const struct control_value *array, size_t index);
/* An element that is a text; NULL: it is none. */
const char *control_text_at(const struct control_value *array, size_t index);

#endif
