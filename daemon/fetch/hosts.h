/*
 * Politeness: how many requests a host has at once, how far apart they start, and how many there
 * are in all. A queue for each host, so that a slow one delays no other.
 */
#ifndef DAEMON_FETCH_HOSTS_H
#define DAEMON_FETCH_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/wire/loop.h"

struct hosts;
struct host;

struct hosts_options {
	uint32_t max_connections;      /* in all */
	uint32_t max_host_connections; /* of one host */
	int64_t host_spacing;          /* ms between two starts of one host */
};

enum hosts_state { HOSTS_OUT, HOSTS_WAITING, HOSTS_IN };

/* One wish to talk to a host; a member of who wishes. All zero: out. */
struct hosts_ticket {
	enum hosts_state state;
	struct host *host;
	struct hosts_ticket *prev, *next; /* in the host's queue */
	void (*start)(void *arg);
	void *arg;
};

int hosts_new(struct loop *loop, const struct hosts_options *options, struct hosts **ret_hosts);

/* Counts from now on; who is in stays in. */
void hosts_set_options(struct hosts *hosts, const struct hosts_options *options);

/* Every ticket must be out. */
void hosts_free(struct hosts *hosts);

/*
 * Queues the ticket. start is called once, from the loop, when the host may be asked. Returns 0 or
 * -ENOMEM.
 */
int hosts_enter(struct hosts *hosts, struct hosts_ticket *ticket, const char *name,
	void (*start)(void *arg), void *arg);

/* Gives the place back, or the wish up; for a ticket that is out: nothing. */
void hosts_leave(struct hosts *hosts, struct hosts_ticket *ticket);

/* Lets nobody start, or goes on. */
void hosts_pause(struct hosts *hosts, bool pause);

#endif
