/*
 * Hosts and their queues. Owns the hosts, which live while somebody waits for one, talks to one, or
 * its spacing has not passed; tickets belong to their polls.
 *
 * Invariant: a host is on the ready list if and only if somebody waits for it, it has a connection
 * left and its spacing has passed; so each free place goes to the host that has been ready
 * longest, and a host that is slow takes no more than its own connections. Starts happen from the
 * loop alone. Those whose spacing runs are a list in the order of its ends, with one timer for the
 * first; who began before a reload shortened it keeps others behind itself for its own.
 *
 * Errors: -ENOMEM on entering, nothing else can fail.
 */
#include "daemon/fetch/hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024u /* a power of 2 */

struct host {
	struct hosts *hosts;
	struct host *chain; /* of its bucket */
	struct host *next_ready;
	bool ready;
	bool spacing; /* it is on the spaced list */
	struct host *next_spaced;
	int64_t spaced_until;              /* monotonic ms */
	struct hosts_ticket *first, *last; /* who waits */
	uint32_t active;
	char name[];
};

struct hosts {
	struct loop *loop;
	struct hosts_options options;
	struct loop_timer *turn; /* starts who may start */
	struct host *buckets[BUCKETS];
	struct host *first_ready, *last_ready;
	struct loop_timer *spaced; /* for the first of the spaced list */
	struct host *first_spaced, *last_spaced;
	uint32_t active;
	bool paused;
};

static void hosts_turn(void *arg);
static void hosts_spaced(void *arg);

int
hosts_new(struct loop *loop, const struct hosts_options *options, struct hosts **ret_hosts)
{
	struct hosts *hosts = calloc(1, sizeof(*hosts));
	int r;

	if (hosts == NULL)
		return -ENOMEM;
	hosts->loop = loop;
	hosts->options = *options;
	r = loop_timer_new(loop, hosts_turn, hosts, &hosts->turn);
	if (r == 0)
		r = loop_timer_new(loop, hosts_spaced, hosts, &hosts->spaced);
	if (r < 0) {
		hosts_free(hosts);
		return r;
	}
	*ret_hosts = hosts;
	return 0;
}

static struct host **
host_slot(struct hosts *hosts, const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	struct host **slot;

	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	slot = &hosts->buckets[hash & (BUCKETS - 1)];
	while (*slot != NULL && strcmp((*slot)->name, name) != 0)
		slot = &(*slot)->chain;
	return slot;
}

/* Forgets a host that has nothing left to remember. */
static void
host_release(struct host *host)
{
	if (host->active > 0 || host->first != NULL || host->spacing || host->ready)
		return;
	*host_slot(host->hosts, host->name) = host->chain;
	free(host);
}

void
hosts_free(struct hosts *hosts)
{
	if (hosts == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (hosts->buckets[i] != NULL) {
			struct host *host = hosts->buckets[i];

			hosts->buckets[i] = host->chain;
			free(host);
		}
	}
	loop_timer_free(hosts->turn);
	loop_timer_free(hosts->spaced);
	free(hosts);
}

static int
host_get(struct hosts *hosts, const char *name, struct host **ret_host)
{
	struct host **slot = host_slot(hosts, name);
	size_t size = strlen(name) + 1;
	struct host *host = *slot;

	if (host == NULL) {
		host = calloc(1, sizeof(*host) + size);
		if (host == NULL)
			return -ENOMEM;
		memcpy(host->name, name, size);
		host->hosts = hosts;
		*slot = host;
	}
	*ret_host = host;
	return 0;
}

static void
host_check_ready(struct host *host)
{
	struct hosts *hosts = host->hosts;

	if (host->ready || host->spacing || host->first == NULL ||
		host->active >= hosts->options.max_host_connections)
		return;
	host->ready = true;
	host->next_ready = NULL;
	if (hosts->last_ready != NULL)
		hosts->last_ready->next_ready = host;
	else
		hosts->first_ready = host;
	hosts->last_ready = host;
	loop_timer_start(hosts->turn, 0);
}

/* The spacing is the same for all, so who began first is first to be over with it. */
static void
host_space(struct host *host, int64_t spacing)
{
	struct hosts *hosts = host->hosts;

	host->spacing = true;
	host->spaced_until = loop_monotonic(hosts->loop) + spacing;
	host->next_spaced = NULL;
	if (hosts->first_spaced != NULL) {
		hosts->last_spaced->next_spaced = host;
	} else {
		hosts->first_spaced = host;
		loop_timer_start(hosts->spaced, spacing);
	}
	hosts->last_spaced = host;
}

static void
hosts_spaced(void *arg)
{
	struct hosts *hosts = arg;
	int64_t now = loop_monotonic(hosts->loop);
	struct host *host;

	while ((host = hosts->first_spaced) != NULL && host->spaced_until <= now) {
		hosts->first_spaced = host->next_spaced;
		host->spacing = false;
		host_check_ready(host);
		host_release(host);
	}
	if (host != NULL)
		loop_timer_start(hosts->spaced, host->spaced_until - now);
}

int
hosts_enter(struct hosts *hosts, struct hosts_ticket *ticket, const char *name,
	void (*start)(void *arg), void *arg)
{
	struct host *host;
	int r = host_get(hosts, name, &host);

	if (r < 0)
		return r;
	*ticket = (struct hosts_ticket){
		.state = HOSTS_WAITING, .host = host, .prev = host->last, .start = start, .arg = arg
	};
	if (host->last != NULL)
		host->last->next = ticket;
	else
		host->first = ticket;
	host->last = ticket;
	host_check_ready(host);
	return 0;
}

static void
host_unqueue(struct host *host, struct hosts_ticket *ticket)
{
	if (ticket->prev != NULL)
		ticket->prev->next = ticket->next;
	else
		host->first = ticket->next;
	if (ticket->next != NULL)
		ticket->next->prev = ticket->prev;
	else
		host->last = ticket->prev;
	ticket->prev = ticket->next = NULL;
}

void
hosts_leave(struct hosts *hosts, struct hosts_ticket *ticket)
{
	struct host *host = ticket->host;
	enum hosts_state state = ticket->state;

	ticket->state = HOSTS_OUT;
	ticket->host = NULL;
	if (state == HOSTS_OUT)
		return;
	if (state == HOSTS_WAITING) {
		host_unqueue(host, ticket);
	} else {
		host->active--;
		hosts->active--;
		host_check_ready(host);
		if (hosts->first_ready != NULL)
			loop_timer_start(hosts->turn, 0);
	}
	host_release(host);
}

/* Takes the first that waits for a ready host in. */
static void
host_start(struct host *host)
{
	struct hosts *hosts = host->hosts;
	struct hosts_ticket *ticket = host->first;

	host_unqueue(host, ticket);
	ticket->state = HOSTS_IN;
	host->active++;
	hosts->active++;
	if (hosts->options.host_spacing > 0)
		host_space(host, hosts->options.host_spacing);
	host_check_ready(host);
	ticket->start(ticket->arg);
}

void
hosts_set_options(struct hosts *hosts, const struct hosts_options *options)
{
	hosts->options = *options;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct host *host = hosts->buckets[i]; host != NULL; host = host->chain)
			host_check_ready(host);
	}
	loop_timer_start(hosts->turn, 0);
}

static void
hosts_turn(void *arg)
{
	struct hosts *hosts = arg;

	while (!hosts->paused && hosts->first_ready != NULL &&
		hosts->active < hosts->options.max_connections) {
		struct host *host = hosts->first_ready;

		hosts->first_ready = host->next_ready;
		if (hosts->first_ready == NULL)
			hosts->last_ready = NULL;
		host->ready = false;
		/* Those who waited may have given up meanwhile, and the limit been lowered. */
		if (host->first != NULL && host->active < hosts->options.max_host_connections)
			host_start(host);
		else
			host_release(host);
	}
}

void
hosts_pause(struct hosts *hosts, bool pause)
{
	hosts->paused = pause;
	if (!pause)
		loop_timer_start(hosts->turn, 0);
}
