/* Completion for shells, made of the table of commands: of what each says in its help. */
#ifndef TOOLS_COMPLETION_H
#define TOOLS_COMPLETION_H

#include "lib/base/buf.h"
#include "tools/command.h"

/* Appends the completion file for "bash", "zsh" or "fish". Returns 0, or -EINVAL for others. */
int completion_write(struct buf *out, const char *shell, const struct command *const *commands);

#endif
