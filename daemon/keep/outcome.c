/*
 * From a finished poll to its feed's row.
 *
 * Invariants: validators are those of the last whole response whose articles are in this transaction
 * or an earlier one, all together from one response; they belong to the URL that gave them. A feed
 * that moved is asked at its configured URL again when the new one has failed for good. An archive
 * gives articles, and writes nothing else of its feed's row.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/archive.h"
#include "daemon/keep/group.h"
#include "daemon/keep/hold.h"
#include "daemon/keep/schedule.h"
#include "lib/base/url.h"

#define REASON_SIZE 256

/* What it means for a feed. */
struct part {
	const struct group_member *member;
	struct ingest_result result;
	struct store_poll row;
	bool flood;
	char reason[REASON_SIZE];
	char why[SCHEDULE_WHY_SIZE]; /* a follower's */
};

/* One poll on its way into the store. */
struct outcome {
	struct ingest *ingest;
	struct poll *poll;
	int64_t now;
	struct group group;
	struct store_archive walk; /* where it was of an archive */
	struct part *parts;        /* of each member */
	bool good, refused;        /* refused: by any of them */
};

/* The document has the new items alone (RFC 3229): what it does not list is not gone. */
static bool
is_delta(const struct outcome *outcome)
{
	return outcome->poll->done.status == MESSAGE_STATUS_DELTA;
}

static int
take_document(struct outcome *outcome, struct part *part)
{
	struct poll *poll = outcome->poll;
	struct store_feed feed = part->member->feed;
	const struct config_settings *settings = &part->member->settings;
	const struct ingest_document document = { .feed = &feed,
		.settings = settings,
		.title = poll->done.feed_title,
		.home_page_url = poll->done.feed_home_page_url,
		.articles = poll->articles,
		.n_articles = poll->n_articles,
		.now = outcome->now };
	int error = 0;

	if (poll->done.result != RESULT_OK)
		return 0;
	if (part == outcome->parts)
		error = group_tags(&outcome->group, &outcome->poll->arena, &feed.tags);
	if (error == 0)
		error = ingest_document(outcome->ingest, &document, &part->result);
	if (error != 0)
		return error;
	part->flood = part->result.n_held > 0 || part->result.n_refused > 0;
	part->row.parsed = part->result.n_refused == 0 && !is_delta(outcome);
	outcome->refused |= part->result.n_refused > 0;
	if (part->result.n_held > 0)
		snprintf(part->reason, sizeof(part->reason),
			"%u new articles at once, more than flood-limit = %lld: held until they "
			"are "
			"released or dropped, see newspool held",
			part->result.n_held, (long long)settings->flood_limit);
	else if (part->flood)
		snprintf(part->reason, sizeof(part->reason),
			"%u new articles at once, more than flood-limit = %lld, and too many are "
			"held already: asked for again until some are released or dropped",
			part->result.n_refused, (long long)settings->flood_limit);
	return 0;
}

static void
describe_document(const struct outcome *outcome, struct part *part)
{
	const struct message_done *done = &outcome->poll->done;
	const struct store_feed *feed = &part->member->feed;
	struct store_poll *row = &part->row;

	row->document_title = feed->document_title;
	row->home_page_url = feed->home_page_url;
	row->ttl = feed->ttl;
	row->skip_hours = feed->skip_hours;
	row->skip_days = feed->skip_days;
	if (!row->parsed)
		return;
	row->document_title = done->feed_title;
	row->home_page_url = done->feed_home_page_url;
	row->ttl = done->ttl > done->update_interval ? done->ttl : done->update_interval;
	row->skip_hours = done->skip_hours;
	row->skip_days = done->skip_days;
	row->self_url = done->self_url;
}

static bool
has_hash(const struct message_done *done)
{
	static const unsigned char none[SHA256_SIZE];

	return memcmp(done->body_hash, none, SHA256_SIZE) != 0;
}

static struct bytes
either(struct bytes now, struct bytes before)
{
	return now.ptr != NULL ? now : before;
}

/* A 304 confirms what it does not name; a 200 replaces everything. */
static void
set_validators(struct outcome *outcome)
{
	const struct message_done *done = &outcome->poll->done;
	const struct store_feed *feed = &outcome->parts->member->feed;
	struct store_poll *row = &outcome->parts->row;

	row->keep_validators = !outcome->good || outcome->refused;
	/* A delta that cannot be read would come again and again: the next time all is asked for. */
	if (is_delta(outcome) && !outcome->good)
		row->keep_validators = false;
	row->etag = done->etag;
	row->last_modified = done->last_modified;
	row->validators_url = done->final_url;
	row->body_hash = feed->body_hash;
	if (has_hash(done))
		row->body_hash = (struct bytes){ done->body_hash, SHA256_SIZE };
	else if (done->result == RESULT_OK)
		row->body_hash = (struct bytes){ 0 };
	/*
	 * What a cut document left out must not be hidden by its validators. Where all that was
	 * sent comes once more it is the document, and they count.
	 */
	if (done->result == RESULT_OK && done->cut_off)
		row->etag = row->last_modified = (struct bytes){ 0 };
	if (done->result != RESULT_NOT_MODIFIED)
		return;
	row->etag = either(done->etag, feed->etag);
	row->last_modified = either(done->last_modified, feed->last_modified);
	row->validators_url = feed->validators_url;
}

static bool
is_move_over(const struct outcome *outcome)
{
	const struct message_done *done = &outcome->poll->done;

	if (outcome->good || !outcome->poll->moved || done->result == RESULT_INTERNAL)
		return false;
	return done->result == RESULT_GONE || done->result == RESULT_NOT_A_FEED ||
	       (done->result == RESULT_HTTP_ERROR && done->status == 404) ||
	       outcome->parts->row.failures >= OUTCOME_MOVE_FAILURES;
}

/* The feed's own URL again, after an interval: how that is, the new one's failures do not say. */
static void
undo_move(struct outcome *outcome)
{
	struct part *leader = outcome->parts;
	struct schedule_decision *decision = &outcome->poll->decision;
	struct store_poll *row = &leader->row;

	row->moved_url = "";
	row->keep_validators = false;
	row->etag = row->last_modified = row->body_hash = (struct bytes){ 0 };
	row->validators_url = NULL;
	decision->stop = row->stop = false;
	decision->next_poll = outcome->now + schedule_interval(&leader->member->settings);
	row->next_poll = decision->next_poll;
	snprintf(decision->why, sizeof(decision->why), "its own URL: where it had moved to fails");
	outcome->poll->event = POLL_EVENT_MOVE_UNDONE;
}

static void
set_move(struct outcome *outcome)
{
	const struct message_done *done = &outcome->poll->done;
	const char *before = outcome->parts->member->feed.moved_url;
	const char *undone = outcome->parts->member->feed.undone_url;

	if (is_move_over(outcome)) {
		undo_move(outcome);
	} else if (outcome->good && done->moved_url != NULL &&
		   (before == NULL || strcmp(done->moved_url, before) != 0) &&
		   (undone == NULL || strcmp(done->moved_url, undone) != 0)) {
		outcome->parts->row.moved_url = done->moved_url;
		outcome->poll->event = POLL_EVENT_MOVED;
	}
}

static void
set_rhythm(const struct outcome *outcome, struct part *part)
{
	const struct store_feed *feed = &part->member->feed;
	const struct ingest_result *result = &part->result;
	int64_t watched = outcome->now - feed->last_success;
	struct store_rhythm rhythm = feed->rhythm;

	/* The first document's articles came before anybody watched. */
	if (outcome->good && feed->synced != 0)
		schedule_watch(&rhythm, watched, result->n_new + result->n_linked);
	part->row.rhythm = rhythm;
}

static void
decide(struct outcome *outcome)
{
	struct poll *poll = outcome->poll;
	const struct store_feed *feed = &outcome->parts->member->feed;
	struct store_poll *row = &outcome->parts->row;
	const struct schedule_input input = { .now = outcome->now,
		.settings = &outcome->parts->member->settings,
		.done = &poll->done,
		.failures = outcome->walk.url != NULL ? outcome->walk.failures : feed->failures,
		.ttl = row->ttl,
		.skip_hours = row->skip_hours,
		.skip_days = row->skip_days,
		.rhythm = row->rhythm,
		.random = (uint32_t)random() };

	schedule_decide(&input, &poll->decision);
	row->crashes = poll->crashes;
	if (poll->crashes > 0 && feed->crashes + poll->crashes >= OUTCOME_QUARANTINE_CRASHES) {
		poll->decision.next_poll = outcome->now + SCHEDULE_BACKOFF_MAX;
		snprintf(poll->decision.why, sizeof(poll->decision.why),
			"quarantine: the parser died of it %lld times",
			(long long)feed->crashes + poll->crashes);
	}
	row->not_before = poll->decision.not_before;
	row->next_poll = poll->decision.next_poll;
	row->why_next = poll->decision.why;
	row->failures = poll->decision.failures;
	row->stop = poll->decision.stop;
}

/* Two URLs of one place: what stands behind "?" may change each time. */
static bool
is_same_place(const char *before, const char *now)
{
	size_t size = strcspn(now, "?#");

	return before != NULL && strcspn(before, "?#") == size && strncmp(before, now, size) == 0;
}

static bool
is_same_host(const char *before, const char *now)
{
	struct buf a = { 0 }, b = { 0 };
	bool same;

	url_host(&a, before);
	url_host(&b, now);
	same = buf_error(&a) < 0 || buf_error(&b) < 0 || strcmp(buf_str(&a), buf_str(&b)) == 0;
	buf_done(&a);
	buf_done(&b);
	return same;
}

/* What the document says of where it is, and its site: told when it is new. */
static enum poll_event
event_of_place(const struct outcome *outcome)
{
	const struct store_feed *feed = &outcome->parts->member->feed;
	const struct message_done *done = &outcome->poll->done;

	if (message_done_is_elsewhere(done) && !is_same_place(feed->self_url, done->self_url))
		return POLL_EVENT_ELSEWHERE;
	if (feed->home_page_url != NULL && done->feed_home_page_url != NULL &&
		!is_same_host(feed->home_page_url, done->feed_home_page_url))
		return POLL_EVENT_NEW_HOME;
	return POLL_EVENT_NONE;
}

/* The event that the operator should hear of, where the move is not one already. */
static enum poll_event
event_of(const struct outcome *outcome)
{
	const struct store_feed *feed = &outcome->parts->member->feed;
	const struct poll *poll = outcome->poll;

	if (outcome->parts->row.stop)
		return POLL_EVENT_STOPPED;
	if (poll->event != POLL_EVENT_NONE)
		return poll->event;
	if (outcome->parts->flood)
		return outcome->parts->result.n_held > 0 || feed->reason == NULL ? POLL_EVENT_FLOOD
										 : POLL_EVENT_NONE;
	if (!outcome->good && feed->failures == 0)
		return POLL_EVENT_FAILED;
	if (outcome->good && feed->failures > 0)
		return POLL_EVENT_RECOVERED;
	if (poll->result.gap && !is_delta(outcome))
		return POLL_EVENT_GAP;
	return outcome->parts->row.parsed ? event_of_place(outcome) : POLL_EVENT_NONE;
}

/* A new place that something else keeps from being told is told the next time. */
static void
set_event(struct outcome *outcome)
{
	struct part *leader = outcome->parts;
	enum poll_event event = event_of(outcome);

	outcome->poll->event = event;
	if (event != POLL_EVENT_NONE && event != POLL_EVENT_ELSEWHERE)
		leader->row.self_url = leader->member->feed.self_url;
}

static const char *
reason_of(const struct outcome *outcome, const struct part *part)
{
	const struct message_done *done = &outcome->poll->done;

	if (part->flood)
		return part->reason;
	if (outcome->good)
		return NULL;
	return done->reason != NULL ? done->reason : message_result_name(done->result);
}

/* A follower's row says what the leader's says, so that it can lead. */
static void
follow(const struct outcome *outcome, struct part *part)
{
	const struct store_poll *leader = &outcome->parts->row;
	struct store_poll *row = &part->row;

	snprintf(part->why, sizeof(part->why), "%.*s (with %s)", SCHEDULE_WHY_SIZE / 2,
		leader->why_next, outcome->parts->member->feed.name);
	row->next_poll = leader->next_poll;
	row->why_next = part->why;
	row->failures = leader->failures;
	row->stop = leader->stop;
	row->keep_validators = leader->keep_validators;
	row->etag = leader->etag;
	row->last_modified = leader->last_modified;
	row->body_hash = leader->body_hash;
	row->validators_url = leader->validators_url;
	row->moved_url = leader->moved_url;
	row->not_before = leader->not_before;
}

static int
take_documents(struct outcome *outcome)
{
	int error = 0;

	for (size_t i = 0; i < outcome->group.n && error == 0; i++) {
		struct part *part = &outcome->parts[i];
		part->member = &outcome->group.members[i];
		error = take_document(outcome, part);
		describe_document(outcome, part);
		set_rhythm(outcome, part);
	}
	outcome->poll->result = outcome->parts->result;
	return error;
}

static int
store_row(struct outcome *outcome, struct part *part)
{
	struct poll *poll = outcome->poll;

	part->row.id = part->member->feed.id;
	part->row.when = outcome->now;
	part->row.result = poll->done.result;
	part->row.status = poll->done.status;
	part->row.reason = reason_of(outcome, part);
	part->row.history = outcome->ingest->config->history;
	part->row.bytes_wire = poll->done.bytes_wire;
	part->row.bytes_body = poll->done.bytes_body;
	part->row.elapsed = poll->done.elapsed;
	part->row.n_new = part->result.n_new + part->result.n_linked + part->result.n_revised;
	part->row.n_known = part->result.n_known + part->result.n_renamed;
	return store_feed_polled(outcome->ingest->store, &part->member->feed, &part->row);
}

/* What is missing between the last document and this one may stand in archives. */
static int
fill_gap(struct outcome *outcome)
{
	struct poll *poll = outcome->poll;
	const struct part *leader = outcome->parts;

	if (!poll->result.gap || !leader->row.parsed)
		return 0;
	return archive_begin(outcome->ingest->store, &leader->member->feed, &poll->done,
		outcome->now, &poll->follows);
}

/* A document of the feed's archives: its articles, and where it leads; nothing else of the feed. */
static int
store_archive(struct outcome *outcome)
{
	struct store *store = outcome->ingest->store;
	struct store_archive *walk = &outcome->walk;
	struct poll *poll = outcome->poll;
	int64_t retry;
	int got = store_archive_get(store, poll->feed, &outcome->poll->arena, walk);

	if (got < 0)
		return got;
	if (got == 0 || strcmp(walk->url, poll->archive) != 0) {
		poll->state = POLL_DROPPED; /* taken back, or begun anew */
		return 0;
	}
	got = take_documents(outcome);
	if (got != 0)
		return got;
	decide(outcome);
	retry = poll->decision.next_poll;
	if (poll->crashes >= OUTCOME_QUARANTINE_CRASHES)
		walk->failures = ARCHIVE_TRIES;
	got = hold_host(store, &poll->done, poll->url, retry);
	if (got == 0)
		got = archive_follow(store, walk, &poll->done, &poll->result, outcome->now, retry,
			&poll->arena, &poll->walk);
	if (got == 0)
		poll->state = POLL_STORED;
	return got;
}

static int
store_rows(struct outcome *outcome)
{
	struct poll *poll = outcome->poll;
	int error = take_documents(outcome);

	if (error != 0)
		return error;
	decide(outcome);
	error = hold_host(outcome->ingest->store, &poll->done, poll->url, poll->decision.next_poll);
	set_validators(outcome);
	set_move(outcome);
	set_event(outcome);
	if (error == 0)
		error = fill_gap(outcome);
	for (size_t i = 0; i < outcome->group.n && error == 0; i++) {
		if (i > 0)
			follow(outcome, &outcome->parts[i]);
		error = store_row(outcome, &outcome->parts[i]);
	}
	if (error == 0 &&
		outcome->parts->flood) /* for the log, which comes when the row is no more */
		poll->done.reason = arena_strdup(&poll->arena, outcome->parts->reason);
	if (error == 0)
		poll->state = POLL_STORED;
	return error;
}

/* As it was read when the poll began, where no more than polls has changed since then. */
static int
load_group(struct ingest *ingest, struct poll *poll, struct group *ret_group)
{
	if (poll->group.n == 0 || poll->version != store_version(ingest->store))
		return group_load(
			ingest->store, ingest->config, poll->feed, &poll->arena, ret_group);
	*ret_group = poll->group;
	return 1;
}

int
outcome_store(struct ingest *ingest, int64_t now, struct poll *poll)
{
	struct outcome outcome = { .ingest = ingest, .poll = poll, .now = now };
	int got = load_group(ingest, poll, &outcome.group);
	struct part one = { .member = outcome.group.members };

	if (got < 0)
		return got;
	memset(&poll->result, 0, sizeof(poll->result));
	poll->event = POLL_EVENT_NONE;
	poll->follows = false;
	if (got == 0 || strcmp(poll->url, outcome.group.members[0].feed.url) != 0) {
		poll->state = POLL_DROPPED;
		return 0;
	}
	outcome.good = schedule_is_good(poll->done.result);
	outcome.parts = &one;
	if (outcome.group.n > 1)
		outcome.parts = arena_alloc_array(
			&poll->arena, outcome.group.n, sizeof(*outcome.parts));
	if (outcome.parts == NULL)
		return -ENOMEM;
	return poll->archive != NULL ? store_archive(&outcome) : store_rows(&outcome);
}
