/* Whether the daemon does what it is there for. */
#ifndef DAEMON_CONTROL_HEALTH_H
#define DAEMON_CONTROL_HEALTH_H

#include "daemon/control/parts.h"

#define HEALTH_PROBLEMS_MAX 8
/* The schedule is behind where a feed that is due has not been started on for so long, in ms. */
#define HEALTH_LATE 300000

struct health {
	struct {
		const char *code; /* "no-space", "commits-fail", "behind", … */
		const char *message;
	} problems[HEALTH_PROBLEMS_MAX];
	size_t n;
	int64_t overdue;    /* feeds that are due and not started on; OVERDUE_MAX: or more */
	int64_t overdue_ms; /* since when the longest of them is; 0: none */
};

#define HEALTH_OVERDUE_MAX 10000

/* Returns 0 or -errno. */
int health_look(const struct control_parts *parts, struct health *ret_health);

#endif
