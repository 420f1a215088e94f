/*
 * Owns nothing: what is held is the store's.
 *
 * Invariants: a held article has seq 0 in its identity until it is released; its row goes in the
 * transaction that decides about it.
 *
 * Errors: -errno from below, passed on; the caller undoes the transaction and the staging.
 */
#include "daemon/keep/held.h"

#include <errno.h>
#include <string.h>

#include <newspool/spool.h>

#include "daemon/keep/emit.h"
#include "daemon/keep/remember.h"
#include "lib/spool/record.h"

int
held_has_room(struct store *store)
{
	int64_t n, bytes;
	int error = store_held_size(store, &n, &bytes);

	return error != 0 ? error : n < HELD_MAX && bytes < HELD_BYTES_MAX;
}

static void
write_record(
	const struct ingest_document *document, const struct np_article *article, struct buf *out)
{
	const struct record_meta meta = { .fetched_at = document->now / 1000,
		.feed_name = document->feed->name,
		.feed_url = document->feed->url };

	record_write(out, article, &meta);
}

int
held_article(struct ingest *ingest, const struct ingest_document *document, const struct item *item,
	const struct held_reason *reason)
{
	const struct remember what = { .feed = document->feed->id,
		.identity = item->identity,
		.before = reason->before,
		.now = document->now,
		.decision = STORE_DECISION_HELD,
		.evidence = reason->evidence,
		.seq = reason->revises };
	struct store_held held = { .feed = document->feed->id,
		.revises = reason->revises,
		.at = document->now,
		.why = reason->why };
	struct buf record = { 0 }, tags = { 0 };
	int error;

	write_record(document, item->article, &record);
	for (size_t i = 0; i < reason->tags->n; i++)
		tags_list_add(&tags, reason->tags->slugs[i]);
	error = buf_error(&record);
	if (error == 0)
		error = buf_error(&tags);
	if (error == 0) {
		held.tags = buf_str(&tags);
		memcpy(held.identity, item->identity, sizeof(held.identity));
		memcpy(held.hash, np_article_content_hash(item->article), sizeof(held.hash));
		held.record = (struct bytes){ (const unsigned char *)record.data, record.len };
		error = store_held_put(ingest->store, &held);
	}
	if (error == 0)
		error = remember_item(ingest->store, &what, item->article);
	buf_done(&record);
	buf_done(&tags);
	return error;
}

/* One article on its way out. */
struct release {
	struct ingest *ingest;
	const struct store_held *held;
	const struct np_article *article;
	struct store_feed feed;
	struct store_identity before;
	bool seen;
	int64_t now;
	struct arena *arena;
};

static int
decide(const struct release *release, enum store_decision decision, uint64_t seq, uint64_t same)
{
	const struct remember what = { .feed = release->held->feed,
		.identity = release->held->identity,
		.before = release->seen ? &release->before : NULL,
		.now = release->now,
		.decision = decision,
		.evidence = release->held->at,
		.seq = seq,
		.same = same };

	return remember_item(release->ingest->store, &what, release->article);
}

static int
spool(struct release *release)
{
	const struct ingest_document document = { .feed = &release->feed,
		.settings = &release->ingest->config->defaults,
		.now = release->now,
		.fetched_at = release->held->at };
	struct store_hash had = { .seq = 0 };
	struct tags tags;
	uint64_t seq = 0;
	int got = store_hash_find(release->ingest->store, release->held->hash, &had), error;

	if (got < 0)
		return got;
	if ((error = tags_of_list(release->held->tags, release->arena, &tags)) != 0)
		return error;
	if (had.seq != 0) {
		seq = had.seq;
		error = emit_links(release->ingest, &document, &tags, seq);
	} else {
		error = emit_new(release->ingest, &document, release->article, &tags,
			release->held->revises, &seq);
	}
	return error == 0 ? decide(release, STORE_DECISION_RELEASED, seq, seq) : error;
}

/*
 * Whether there is an article of the item already: it was forgotten, say, and came again. What is a
 * revision has the article that it revises.
 */
static bool
is_spooled(const struct release *release)
{
	return release->seen && release->before.seq != 0 &&
	       release->before.seq != release->held->revises;
}

static int
release_one(struct ingest *ingest, const struct store_held *held, int64_t now, struct arena *arena,
	struct held_result *result)
{
	struct release release = { .ingest = ingest, .held = held, .now = now, .arena = arena };
	struct np_record *record = NULL;
	int got = store_feed_get(ingest->store, held->feed, arena, &release.feed);

	if (got <= 0) {
		result->n_skipped += got == 0;
		return got;
	}
	got = store_identity_find(ingest->store, held->feed, held->identity, &release.before);
	if (got < 0)
		return got;
	release.seen = got == 1;
	result->n_done++;
	if (is_spooled(&release)) {
		result->n_known++;
		return store_held_drop(ingest->store, held->id);
	}
	got = np_record_parse((const char *)held->record.ptr, held->record.len, &record);
	if (got != 0)
		return got == -ENOMEM ? got : -EIO;
	release.article = np_record_article(record);
	got = spool(&release);
	if (got == 0)
		got = store_held_drop(ingest->store, held->id);
	np_record_free(record);
	return got;
}

/* It stays remembered, as something that is not spooled. */
static int
drop_one(struct ingest *ingest, const struct store_held *held, int64_t now, struct arena *arena,
	struct held_result *result)
{
	struct store_identity row = { .seq = 0 };
	int got = store_identity_find(ingest->store, held->feed, held->identity, &row);

	(void)arena;
	if (got < 0)
		return got;
	row.decision = STORE_DECISION_DROPPED;
	row.decided = now;
	row.evidence = held->at;
	if (got == 1)
		got = store_identity_put(ingest->store, held->feed, held->identity, &row);
	if (got == 0)
		got = store_held_drop(ingest->store, held->id);
	result->n_done += got == 0;
	return got;
}

int
held_act(struct ingest *ingest, enum held_action action, const struct held_choice *choice,
	int64_t now, size_t max, struct held_result *ret_result)
{
	struct held_result result = { .last = choice->after };
	int got = 1;

	for (size_t i = 0; i < max && got == 1; i++) {
		struct arena arena = { 0 };
		struct store_held held;

		got = store_held_next(
			ingest->store, result.last, choice->feed, choice->id, &arena, &held);
		if (got == 1) {
			int error = (action == HELD_RELEASE ? release_one : drop_one)(
				ingest, &held, now, &arena, &result);
			result.last = held.id;
			got = error != 0 ? error : 1;
		}
		arena_done(&arena);
	}
	if (got < 0)
		return got;
	result.more = got == 1;
	*ret_result = result;
	return 0;
}

int
held_act_alone(struct ingest *ingest, enum held_action action, const struct held_choice *choice,
	int64_t now, size_t max, struct held_result *ret_result)
{
	struct held_result result;
	int error = store_begin(ingest->store);

	if (error != 0)
		return error;
	ingest_begin(ingest);
	error = store_pending_clear(ingest->store);
	if (error == 0)
		error = held_act(ingest, action, choice, now, max, &result);
	if (error == 0 && ingest->staged)
		error = delivery_flush(ingest->delivery);
	if (error != 0) {
		store_rollback(ingest->store);
		delivery_abort(ingest->delivery);
		return error;
	}
	/* A commit that failed may have reached the disk: what it staged is the next start's. */
	if ((error = store_commit(ingest->store)) != 0) {
		store_rollback(ingest->store);
		return error;
	}
	ingest_committed(ingest);
	if (ingest->staged)
		error = delivery_publish(ingest->delivery);
	if (error == 0)
		*ret_result = result;
	return error;
}
