/*
 * Where a walk through archives goes next. Owns nothing: walks are rows. Errors: -errno from below,
 * passed on; what is wrong with a document or its link ends the walk in words.
 */
#include "daemon/keep/archive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/fetch/redirect.h"
#include "daemon/keep/schedule.h"

int
archive_request(struct store *store, int64_t feed, int64_t now)
{
	const struct store_archive walk = {
		.feed = feed, .url = "", .walked = "", .whole = true, .due = now
	};
	struct store_archive before;
	struct store_feed what;
	struct arena arena = { 0 };
	int got = store_feed_get(store, feed, &arena, &what);

	if (got == 1 && what.synced == 0)
		got = -EAGAIN;
	else if (got == 0)
		got = -ENOENT;
	if (got == 1)
		got = store_archive_get(store, feed, &arena, &before);
	if (got == 1 && before.whole)
		got = -EAGAIN;
	arena_done(&arena);
	return got < 0 ? got : store_archive_put(store, &walk);
}

int
archive_begin(struct store *store, const struct store_feed *feed, const struct message_done *done,
	int64_t now, bool *ret_begun)
{
	const struct store_archive walk = { .feed = feed->id,
		.url = done->prev_archive_url,
		.walked = "",
		.due = now + ARCHIVE_SPACING };
	struct store_archive before;
	struct arena arena = { 0 };
	int got;

	if (walk.url == NULL || !redirect_may_lead(done->final_url, walk.url))
		return 0;
	got = store_archive_get(store, feed->id, &arena, &before);
	arena_done(&arena);
	if (got == 0)
		got = store_archive_put(store, &walk);
	if (got >= 0)
		*ret_begun = true;
	return got < 0 ? got : 0;
}

/* The URL stands in the list of those had. */
static bool
was_had(const char *walked, const char *url)
{
	size_t size = strlen(url);

	for (const char *at = walked; *at != '\0'; at += strcspn(at, "\n") + 1)
		if (strncmp(at, url, size) == 0 && at[size] == '\n')
			return true;
	return false;
}

/* Nothing will be there the next time either. */
static bool
is_final(const struct message_done *done)
{
	static const enum message_result final[] = { RESULT_NOT_A_FEED, RESULT_GONE,
		RESULT_REDIRECT, RESULT_REFUSED, RESULT_TOO_LARGE };

	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		if (done->result == final[i])
			return true;
	return done->result == RESULT_HTTP_ERROR && done->status / 100 == 4 && done->status != 429;
}

static int
try_again(struct store *store, const struct store_archive *walk, const struct message_done *done,
	int64_t retry, struct archive_report *report)
{
	struct store_archive again = *walk;

	again.failures++;
	again.due = retry;
	if (!is_final(done) && again.failures < ARCHIVE_TRIES)
		return store_archive_put(store, &again);
	report->over = true;
	report->why = done->reason != NULL ? done->reason : message_result_name(done->result);
	return store_archive_drop(store, walk->feed);
}

/* Why a walk ends with this document; NULL where it goes on. */
static const char *
end_of(const struct store_archive *walk, const struct message_done *done,
	const struct ingest_result *result, int64_t documents, const char *walked)
{
	const char *next = done->prev_archive_url;

	if (result->n_held > 0 || result->n_refused > 0)
		return "it has more new articles than flood-limit";
	if (!walk->whole && !result->gap)
		return "it has articles that are known";
	if (next == NULL)
		return "it names no older one";
	if (was_had(walked, next))
		return "they go round in a circle";
	if (documents >= ARCHIVE_DOCUMENTS_MAX)
		return "that is as far as newspool follows at once";
	if (!redirect_may_lead(done->final_url, next))
		return "it names one that may not be followed";
	return NULL;
}

/* The list with this document's URL, and with the one that it was asked at. */
static const char *
add_walked(const struct store_archive *walk, const struct message_done *done, struct arena *arena)
{
	size_t size = strlen(walk->walked) + strlen(walk->url) + strlen(done->final_url) + 3;
	char *walked = arena_alloc(arena, size);

	if (walked != NULL)
		snprintf(walked, size, "%s%s%s%s\n", walk->walked, walk->url,
			walk->url[0] != '\0' ? "\n" : "", done->final_url);
	return walked;
}

int
archive_follow(struct store *store, const struct store_archive *walk,
	const struct message_done *done, const struct ingest_result *result, int64_t now,
	int64_t retry, struct arena *arena, struct archive_report *ret_report)
{
	struct archive_report report = { .documents = walk->documents, .found = walk->found };
	struct store_archive next = *walk;
	int error;

	if (!schedule_is_good(done->result)) {
		error = try_again(store, walk, done, retry, &report);
		goto out;
	}
	report.documents++;
	report.found += result->n_new + result->n_linked;
	next.walked = add_walked(walk, done, arena);
	if (next.walked == NULL)
		return -ENOMEM;
	report.why = end_of(walk, done, result, report.documents, next.walked);
	report.over = report.why != NULL;
	next.url = done->prev_archive_url;
	next.documents = report.documents;
	next.found = report.found;
	next.failures = 0;
	next.due = now + ARCHIVE_SPACING;
	error = report.over ? store_archive_drop(store, walk->feed)
			    : store_archive_put(store, &next);
out:
	if (error == 0)
		*ret_report = report;
	return error;
}
