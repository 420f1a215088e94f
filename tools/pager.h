/* A pager between us and the terminal. */
#ifndef TOOLS_PAGER_H
#define TOOLS_PAGER_H

#include <sys/types.h>

#include "tools/terminal.h"

struct pager {
	pid_t pid;  /* 0: there is none */
	int output; /* where standard output went before */
};

/*
 * Where standard output is a terminal, it goes through $PAGER from now on, or through less (which
 * ends by itself when all fits on the screen); not where $PAGER is empty or "cat", or cannot be
 * run. What the user quits is not an error of ours.
 */
void pager_begin(struct pager *pager, const struct terminal *terminal);

/* Waits until the user has seen enough, and gives standard output back. */
void pager_end(struct pager *pager);

#endif
