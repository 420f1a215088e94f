/*
 * What a subcommand of newspool is. Each stands in a file of its own, cmd_NAME.c, that defines one
 * constant `const struct command cmd_NAME`; to add one, declare it here and name it in the table in
 * newspool.c.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <getopt.h>
#include <stdbool.h>

/* Exit statuses that mean the same in every command. */
#define COMMAND_OK 0
#define COMMAND_FAILED 1 /* it was asked for rightly and did not work */
#define COMMAND_USAGE 2  /* wrong arguments, or a wrong configuration */
#define COMMAND_PIPE 141 /* who read standard output has gone: said by nobody, as after SIGPIPE */

/* At most so many options of its own has a command. */
#define COMMAND_OPTIONS_MAX 24

struct command_call;

struct command {
	const char *name;
	const char *summary; /* for the list; no capital, no full stop */
	const char *usage;   /* operands and own options after "newspool NAME "; "" for none */
	const char *help;    /* lines about own options, then examples; ends with a newline */
	bool json;           /* takes --json */
	/*
	 * For shells: lines of an option's name, or "*" for operands, and the words that it may be,
	 * or "@feeds", "@tags", "@queues" or "@cursors", which are names. NULL: nothing is known.
	 */
	const char *words;
	/* Returns the exit status. Messages begin with command_say(). */
	int (*run)(struct command_call *call);
};

/* All of them; the table is newspool.c's. */
extern const struct command cmd_ack;
extern const struct command cmd_add;
extern const struct command cmd_backup;
extern const struct command cmd_cat;
extern const struct command cmd_check;
extern const struct command cmd_deliver;
extern const struct command cmd_completion;
extern const struct command cmd_export;
extern const struct command cmd_fetch;
extern const struct command cmd_fsck;
extern const struct command cmd_held;
extern const struct command cmd_hooks;
extern const struct command cmd_import;
extern const struct command cmd_ls;
extern const struct command cmd_parse;
extern const struct command cmd_queues;
extern const struct command cmd_recent;
extern const struct command cmd_remove;
extern const struct command cmd_rename;
extern const struct command cmd_rules;
extern const struct command cmd_show;
extern const struct command cmd_tag;
extern const struct command cmd_tail;
extern const struct command cmd_feed;
extern const struct command cmd_feeds;
extern const struct command cmd_pause;
extern const struct command cmd_poll;
extern const struct command cmd_reload;
extern const struct command cmd_reset;
extern const struct command cmd_resume;
extern const struct command cmd_status;
extern const struct command cmd_undo_move;
extern const struct command cmd_doctor;
extern const struct command cmd_why;

/* In the order in which --help lists them; ends with NULL. */
const struct command *const *command_table(void);

/* One run of a command. argv[0] is "newspool NAME"; after the options, operands from optind. */
struct command_call {
	const struct command *command;
	int argc;
	char **argv;
	const char *config; /* as --config said; use command_config() */
	bool json;
	int status; /* what to return after COMMAND_STOP */
};

#define COMMAND_END (-1)
#define COMMAND_STOP (-2)

/*
 * The next of the command's own options, as its `val` (which is above 0; optarg is set), by
 * getopt_long(3). own may be NULL, else it ends with a zeroed entry; a val that is a letter may be
 * given as a short option too. --config, --json and --help are dealt with here. Returns COMMAND_END
 * after the last, or COMMAND_STOP when the command is to return call->status at once (--help; an
 * option that does not exist, which has been said).
 */
int command_option(struct command_call *call, const struct option *own);

/* The configuration file to use: --config, else $NEWSPOOL_CONFIG, else the installed one. */
const char *command_config(const struct command_call *call);

/* "newspool NAME: …" and a newline on standard error. */
void command_say(const struct command_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same, then where help is to be found. Returns COMMAND_USAGE. */
int command_misused(const struct command_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Flushes standard output. Returns status; COMMAND_FAILED (said) where writing failed;
 * COMMAND_PIPE.
 */
int command_finish(const struct command_call *call, int status);

#endif
