/*
 * Starts. Owns nothing; polls go into the table, and leave it again where they could not be sent.
 *
 * Invariant: a feed has one poll at a time, of its own document or of an archive of it.
 *
 * Errors: -errno from below, passed on; what is wrong with one poll's own files fails that poll.
 */
#include "daemon/keep/starter.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/keep/command.h"
#include "daemon/keep/group.h"
#include "daemon/keep/hold.h"

#define KEPT_MAX 8      /* members of a group that its poll keeps */
#define PASSED_MAX 2000 /* feeds of full hosts that one look goes past */

/* One poll in the making. */
struct start {
	struct arena arena;   /* the poll's, once that is made */
	struct arena secrets; /* passwords, which the command alone has */
	struct group group;
	bool of_archive;
	struct store_archive walk; /* where it is */
};

/* The document to ask: the archive's, else the feed's own, wherever that is now. */
static const char *
asked_url(const struct start *start)
{
	const struct store_feed *feed = &start->group.members[0].feed;

	if (start->of_archive && start->walk.url[0] != '\0')
		return start->walk.url;
	return feed->moved_url != NULL ? feed->moved_url : feed->url;
}

static int
send_command(struct starter *starter, struct poll *poll, struct start *start)
{
	const struct group *group = &start->group;
	struct store_feed feed = group->members[0].feed;
	struct message_poll command;
	char reason[COMMAND_REASON_SIZE];

	if (group_is_incomplete(group) || start->of_archive) {
		feed.etag = feed.last_modified = feed.body_hash = (struct bytes){ 0 };
		feed.validators_url = NULL;
	}
	if (command_make(&feed, &group->members[0].settings, poll->number, &start->secrets,
		    &command, reason) != 0) {
		starter->failed(starter->arg, poll, reason);
		return 0;
	}
	command.url = asked_url(start);
	return pool_poll(starter->pool, &command);
}

/*
 * A host that is slow, or has a thousand feeds, may have a quarter of the places: what is due
 * elsewhere goes past its feeds.
 */
static bool
is_host_full(const struct starter *starter, uint32_t host)
{
	const struct config *config = starter->config;
	size_t share = config->max_connections / 4,
	       least = 2 * (size_t)config->max_host_connections;

	return poll_table_of_host(starter->table, host) >= (share > least ? share : least);
}

static int
load(struct starter *starter, int64_t id, struct start *start)
{
	int got = group_load(starter->store, starter->config, id, &start->arena, &start->group);

	if (got == 1 && start->of_archive)
		got = store_archive_get(starter->store, id, &start->arena, &start->walk);
	return got;
}

/* 1 where it is put off, for its host is held. */
static int
pass_hold(struct hold *hold, const struct start *start, int64_t now)
{
	const struct group_member *leader = &start->group.members[0];

	if (!start->of_archive)
		return hold_feed(hold, leader, now);
	return hold_archive(hold, &start->walk, &leader->settings, asked_url(start), now);
}

static int
send_poll(struct starter *starter, struct poll *poll, struct start *start)
{
	int error;

	if (is_host_full(starter, poll->host)) {
		poll_free(poll);
		return 1;
	}
	poll_table_add(starter->table, poll);
	error = send_command(starter, poll, start);
	if (error != 0) {
		poll_table_remove(starter->table, poll);
		poll_free(poll);
	}
	return error;
}

/*
 * It keeps what was read of its feed; not of a large group, and not of a feed whose archive it asks,
 * for the row of that may be written by another poll, of its leader.
 */
static int
make_poll(struct starter *starter, struct start *start, struct poll **ret_poll)
{
	const struct group_member *leader = &start->group.members[0];
	bool keeps = !start->of_archive && start->group.n <= KEPT_MAX;
	int error = poll_new(++starter->last_number, &leader->feed,
		start->of_archive ? start->walk.url : NULL, keeps ? &start->arena : NULL, ret_poll);

	if (error != 0)
		return error;
	(*ret_poll)->not_before = starter->monotonic + leader->settings.min_interval;
	if (keeps)
		poll_keep(*ret_poll, &start->group, store_version(starter->store));
	return 0;
}

/*
 * Returns 0; 1 where the feed has to wait, for others of its host or because that is held; -EAGAIN
 * where the fetchers have no room now; or -errno.
 */
static int
start_poll(struct starter *starter, struct hold *hold, int64_t id, int64_t now, bool of_archive)
{
	struct start start = { .of_archive = of_archive };
	struct poll *poll;
	int got = load(starter, id, &start);

	if (got != 1)
		goto out;
	got = pass_hold(hold, &start, now);
	if (got == 0)
		got = make_poll(starter, &start, &poll);
	if (got == 0)
		got = send_poll(starter, poll, &start);
out:
	arena_done(&start.arena);
	arena_done(&start.secrets);
	return got;
}

/* Clears *whole where one is gone past, or is not reached any more. */
static int
start_all(struct starter *starter, struct hold *hold, int64_t now, const int64_t *due, size_t n_due,
	bool of_archive, size_t *left, bool *whole)
{
	int error = 0;
	size_t i;

	for (i = 0; i<n_due && * left> 0 && error == 0; i++) {
		if (poll_table_by_feed(starter->table, due[i]) != NULL)
			continue;
		if (unstored_waits(starter->unstored, due[i], starter->monotonic)) {
			*whole = false;
			continue;
		}
		error = start_poll(starter, hold, due[i], now, of_archive);
		*left -= error != 1;
		*whole = *whole && error != 1;
		error = error == 1 ? 0 : error;
	}
	*whole = *whole && i == n_due && error == 0;
	return error;
}

/* What has been due since before the last look that went past nothing is under way. */
static int
start_feeds(struct starter *starter, struct hold *hold, int64_t now, int64_t *due, size_t max,
	size_t *left)
{
	uint64_t version = store_version(starter->store);
	bool whole = true;
	size_t n_due = 0;
	int error;

	if (version != starter->version)
		starter->seen = INT64_MIN;
	starter->version = version;
	error = store_due(starter->store, starter->seen, now, max, due, &n_due);
	if (error == 0)
		error = start_all(starter, hold, now, due, n_due, false, left, &whole);
	if (error == 0 && whole && n_due < max)
		starter->seen = now;
	return error;
}

static int
start_archives(struct starter *starter, struct hold *hold, int64_t now, int64_t *due, size_t max,
	size_t *left)
{
	bool whole = true;
	size_t n_due = 0;
	int error = store_archives_due(starter->store, now, max, due, &n_due);

	return error != 0 ? error : start_all(starter, hold, now, due, n_due, true, left, &whole);
}

int
starter_run(struct starter *starter, int64_t now, size_t n, bool *ret_held)
{
	struct hold hold = { .store = starter->store };
	size_t max = starter->table->n + starter->unstored->n + n + PASSED_MAX, left = n;
	int64_t *due = reallocarray(NULL, max, sizeof(*due));
	int error = due == NULL ? -ENOMEM : 0;

	if (error == 0)
		error = hold_begin(&hold);
	if (error == 0)
		error = start_feeds(starter, &hold, now, due, max, &left);
	if (error == 0 && left > 0)
		error = start_archives(starter, &hold, now, due, max, &left);
	free(due);
	starter_look(starter, now);
	*ret_held = hold.writing;
	return hold_end(&hold, error);
}

void
starter_look(struct starter *starter, int64_t now)
{
	int64_t feed, archive;

	if (store_next_due(starter->store, now, &feed) != 0)
		feed = INT64_MAX;
	if (store_archives_next(starter->store, now, &archive) != 0)
		archive = INT64_MAX;
	starter->next = feed < archive ? feed : archive;
}

void
starter_ended(struct starter *starter, const struct poll *poll)
{
	if (poll->state != POLL_STORED || poll->decision.next_poll <= starter->seen)
		starter->seen = INT64_MIN;
}
