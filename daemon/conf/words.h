/* A command as words, for programs that are run without a shell. */
#ifndef DAEMON_CONF_WORDS_H
#define DAEMON_CONF_WORDS_H

#include <stddef.h>

#include "lib/base/arena.h"

#define WORDS_MAX 64u /* of one command */

/*
 * Splits at blanks, as a shell would: 'all literal', "literal but for \" and \\", a backslash makes
 * any byte literal. Nothing is expanded. The array ends with NULL. Returns 0; -EINVAL with a reason
 * (static storage) for a quote that is not closed, too many words, or none; -ENOMEM.
 */
int words_split(const char *text, struct arena *arena, const char *const **ret_words,
	const char **ret_reason);

#endif
