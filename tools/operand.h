/* Articles that are named on the command line: a sequence, a name, or a path from anywhere. */
#ifndef TOOLS_OPERAND_H
#define TOOLS_OPERAND_H

#include <stddef.h>

#include <newspool/spool.h>

#include "tools/command.h"

#define OPERAND_HELP \
	"ARTICLE is a sequence (1234), a name (0000000000001234-….json) or a path, as ls prints\n" \
	"it or from anywhere."

struct operands {
	struct command_call *call;
	const char *directory;  /* as --spool said; NULL: the configured one */
	struct np_spool *spool; /* NULL until it is wanted */
};

void operands_done(struct operands *operands);

/*
 * Reads the record of an article, a line to be freed. Returns COMMAND_OK; COMMAND_FAILED: there is
 * no such article; COMMAND_USAGE: nor a spool to look in. Both have been said.
 */
int operand_read(struct operands *operands, const char *what, char **ret_line, size_t *ret_size);

#endif
