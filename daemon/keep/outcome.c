/*
 * From a finished poll to its feed's row.
 *
 * Invariants: validators are those of the last response whose articles are in this transaction or
 * an earlier one, all together from one response; they belong to the URL that gave them. A feed
 * that moved is asked at its configured URL again as soon as the new one fails.
 *
 * Errors: -errno from below, passed on.
 */
#include "daemon/keep/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/schedule.h"

#define REASON_SIZE 256

/* One poll on its way into the store. */
struct outcome {
	struct ingest *ingest;
	struct poll *poll;
	int64_t now;
	struct arena arena;
	struct store_feed feed;
	struct config_settings settings;
	struct store_poll row;
	char reason[REASON_SIZE];
	bool good, flood;
};

/* The document has the new items alone (RFC 3229): what it does not list is not gone. */
static bool
is_delta(const struct outcome *outcome)
{
	return outcome->poll->done.status == MESSAGE_STATUS_DELTA;
}

static int
take_document(struct outcome *outcome)
{
	struct poll *poll = outcome->poll;
	const struct ingest_document document = { .feed = &outcome->feed,
		.settings = &outcome->settings,
		.title = poll->done.feed_title,
		.home_page_url = poll->done.feed_home_page_url,
		.articles = poll->articles,
		.n_articles = poll->n_articles,
		.now = outcome->now };
	int error = 0;

	if (poll->done.result != RESULT_OK)
		return 0;
	error = ingest_document(outcome->ingest, &document, &poll->result);
	if (error != 0)
		return error;
	outcome->flood = poll->result.n_held > 0;
	outcome->row.parsed = !outcome->flood && !is_delta(outcome);
	if (outcome->flood)
		snprintf(outcome->reason, sizeof(outcome->reason),
			"%u new articles at once, more than flood-limit = %lld: held; raise the "
			"limit "
			"to have them",
			poll->result.n_held, (long long)outcome->settings.flood_limit);
	return 0;
}

static void
describe_document(struct outcome *outcome)
{
	const struct message_done *done = &outcome->poll->done;
	struct store_poll *row = &outcome->row;

	row->document_title = outcome->feed.document_title;
	row->home_page_url = outcome->feed.home_page_url;
	row->ttl = outcome->feed.ttl;
	row->skip_hours = outcome->feed.skip_hours;
	row->skip_days = outcome->feed.skip_days;
	if (!row->parsed)
		return;
	row->document_title = done->feed_title;
	row->home_page_url = done->feed_home_page_url;
	row->ttl = done->ttl > done->update_interval ? done->ttl : done->update_interval;
	row->skip_hours = done->skip_hours;
	row->skip_days = done->skip_days;
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
	const struct store_feed *feed = &outcome->feed;
	struct store_poll *row = &outcome->row;

	row->keep_validators = !outcome->good || outcome->flood;
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
	if (done->result != RESULT_NOT_MODIFIED)
		return;
	row->etag = either(done->etag, feed->etag);
	row->last_modified = either(done->last_modified, feed->last_modified);
	row->validators_url = feed->validators_url;
}

static void
set_move(struct outcome *outcome)
{
	const struct message_done *done = &outcome->poll->done;
	struct store_poll *row = &outcome->row;

	if (outcome->good && done->moved_url != NULL &&
		(outcome->feed.moved_url == NULL ||
			strcmp(done->moved_url, outcome->feed.moved_url) != 0)) {
		row->moved_url = done->moved_url;
		outcome->poll->event = POLL_EVENT_MOVED;
	} else if (!outcome->good && outcome->poll->moved && done->result != RESULT_INTERNAL) {
		row->moved_url = "";
		row->keep_validators = false;
		row->etag = row->last_modified = row->body_hash = (struct bytes){ 0 };
		row->validators_url = NULL;
		row->stop = false;
		outcome->poll->event = POLL_EVENT_MOVE_UNDONE;
	}
}

static void
set_rhythm(struct outcome *outcome)
{
	const struct ingest_result *result = &outcome->poll->result;
	int64_t watched = outcome->now - outcome->feed.last_success;
	struct store_rhythm rhythm = outcome->feed.rhythm;

	/* The first document's articles came before anybody watched. */
	if (outcome->good && outcome->feed.synced != 0)
		schedule_watch(&rhythm, watched, result->n_new + result->n_linked);
	outcome->row.rhythm = rhythm;
}

static void
decide(struct outcome *outcome)
{
	struct poll *poll = outcome->poll;
	const struct schedule_input input = { .now = outcome->now,
		.settings = &outcome->settings,
		.done = &poll->done,
		.failures = outcome->feed.failures,
		.ttl = outcome->row.ttl,
		.skip_hours = outcome->row.skip_hours,
		.skip_days = outcome->row.skip_days,
		.rhythm = outcome->row.rhythm,
		.random = (uint32_t)random() };

	schedule_decide(&input, &poll->decision);
	outcome->row.crashes = poll->crashes;
	if (poll->crashes > 0 &&
		outcome->feed.crashes + poll->crashes >= OUTCOME_QUARANTINE_CRASHES) {
		poll->decision.next_poll = outcome->now + SCHEDULE_BACKOFF_MAX;
		snprintf(poll->decision.why, sizeof(poll->decision.why),
			"quarantine: the parser died of it %lld times",
			(long long)outcome->feed.crashes + poll->crashes);
	}
	outcome->row.next_poll = poll->decision.next_poll;
	outcome->row.why_next = poll->decision.why;
	outcome->row.failures = poll->decision.failures;
	outcome->row.stop = poll->decision.stop;
}

/* The event that the operator should hear of, where the move is not one already. */
static void
set_event(struct outcome *outcome)
{
	struct poll *poll = outcome->poll;

	if (outcome->row.stop)
		poll->event = POLL_EVENT_STOPPED;
	else if (poll->event != POLL_EVENT_NONE)
		return;
	else if (outcome->flood)
		poll->event = outcome->feed.reason == NULL ? POLL_EVENT_FLOOD : POLL_EVENT_NONE;
	else if (!outcome->good && outcome->feed.failures == 0)
		poll->event = POLL_EVENT_FAILED;
	else if (outcome->good && outcome->feed.failures > 0)
		poll->event = POLL_EVENT_RECOVERED;
	else if (poll->result.gap && !is_delta(outcome))
		poll->event = POLL_EVENT_GAP;
}

static const char *
reason_of(const struct outcome *outcome)
{
	const struct message_done *done = &outcome->poll->done;

	if (outcome->flood)
		return outcome->reason;
	if (outcome->good)
		return NULL;
	return done->reason != NULL ? done->reason : message_result_name(done->result);
}

static int
store_row(struct outcome *outcome)
{
	struct poll *poll = outcome->poll;
	int error = take_document(outcome);

	if (error != 0)
		return error;
	describe_document(outcome);
	set_rhythm(outcome);
	decide(outcome);
	set_validators(outcome);
	set_move(outcome);
	set_event(outcome);
	outcome->row.id = outcome->feed.id;
	outcome->row.when = outcome->now;
	outcome->row.result = poll->done.result;
	outcome->row.status = poll->done.status;
	outcome->row.reason = reason_of(outcome);
	error = store_feed_polled(outcome->ingest->store, &outcome->feed, &outcome->row);
	if (error == 0 && outcome->flood) /* for the log, which comes when the row is no more */
		poll->done.reason = arena_strdup(&poll->arena, outcome->reason);
	return error;
}

int
outcome_store(struct ingest *ingest, int64_t now, struct poll *poll)
{
	struct outcome outcome = { .ingest = ingest, .poll = poll, .now = now };
	int got = store_feed_get(ingest->store, poll->feed, &outcome.arena, &outcome.feed);

	if (got < 0)
		goto out;
	memset(&poll->result, 0, sizeof(poll->result));
	poll->event = POLL_EVENT_NONE;
	if (got == 0 || strcmp(poll->url, outcome.feed.url) != 0) {
		poll->state = POLL_DROPPED;
		got = 0;
		goto out;
	}
	outcome.good = schedule_is_good(poll->done.result);
	got = config_feed_settings(
		ingest->config, outcome.feed.settings, &outcome.arena, &outcome.settings);
	if (got == 0)
		got = store_row(&outcome);
	if (got == 0)
		poll->state = POLL_STORED;
out:
	arena_done(&outcome.arena);
	return got;
}
