/*
 * For the commands that read the spool: --spool DIR or the configuration's directory, and points in
 * it.
 */
#ifndef TOOLS_SPOOL_OPTION_H
#define TOOLS_SPOOL_OPTION_H

#include <newspool/spool.h>

#include "tools/command.h"

/* For the help of each. */
#define SPOOL_OPTION_HELP \
	"  --spool DIR       the spool to read, else the one that the configuration names\n"

/*
 * Opens the spool at directory or, where that is NULL, at the configured place. Returns COMMAND_OK,
 * or another status, said.
 */
int spool_option_open(
	struct command_call *call, const char *directory, struct np_spool **ret_spool);

/* What is wrong with something in the spool, for a message: strerror(3)'s, and what helps. */
const char *spool_option_reason(int error);

/* The same directory as a copy to be freed: the one that is given, or the configured one. */
int spool_option_directory(struct command_call *call, const char *directory, char **ret_directory);

/*
 * "1234" (after this sequence), "2026-11-23", "2026-11-23T06:00:00Z" or "6h" (so long ago), into
 * the query. Returns 0 or -EINVAL.
 */
int spool_option_since(const char *text, struct np_spool_query *query);

/* A number from 1 on. Returns 0 or -EINVAL. */
int spool_option_number(const char *text, uint64_t *ret_number);

/* The tag's slug, which replaces *text by a copy to be freed. Returns 0, -EINVAL, or -ENOMEM. */
int spool_option_tag(const char *text, char **ret_tag);

#endif
