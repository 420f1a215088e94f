/*
 * The decision table: which article is new.
 *
 * Invariants: a document is judged twice. The first look writes nothing and counts, for first-sync
 * and the flood limit; the second judges each item again that was not known, in the order of
 * delivery, so that an item that is twice in one document, or in two documents of one transaction,
 * is met as already had. What is known costs one look-up and, rarely, a refresh.
 *
 * Errors: -errno, passed on; the caller undoes the whole transaction.
 */
#include "daemon/keep/ingest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keep/emit.h"
#include "daemon/keep/identity.h"
#include "daemon/keep/tags.h"

enum verdict {
	VERDICT_NEW,
	VERDICT_RENAMED,
	VERDICT_SECOND_FEED,
	VERDICT_KNOWN,
	VERDICT_REVISED,
	VERDICT_REVISED_ELSEWHERE, /* and another feed has had the revision */
};

/* Whether a content was had. */
enum had { HAD_NEVER, HAD_HERE, HAD_ELSEWHERE };

/* [identity seen][content had] */
static const enum verdict verdicts[2][3] = {
	{ VERDICT_NEW, VERDICT_RENAMED, VERDICT_SECOND_FEED },
	{ VERDICT_REVISED, VERDICT_KNOWN, VERDICT_REVISED_ELSEWHERE },
};

/* What is known of an item. */
struct judgement {
	enum verdict verdict;
	bool fresh;     /* known, under this very content, which needs no look at its hash */
	int64_t listed; /* of its identity */
	uint64_t seq;   /* spooled for the identity's last content; 0: none */
	uint64_t same;  /* spooled for this content; 0: none */
};

struct run {
	struct ingest *ingest;
	const struct ingest_document *document;
	struct item *items;
	struct judgement *first_look;
	size_t n, n_new;
	struct ingest_result result;
};

/* What is to become of an item: its tags, and what the rules say. */
struct ruling {
	struct arena arena; /* the tags' texts */
	struct tags tags;
	struct rules_verdict verdict;
};

void
ingest_begin(struct ingest *ingest)
{
	rules_begin(ingest->rules);
	ingest->first_seq = 0;
	ingest->staged = false;
	ingest->day[0] = '\0';
}

int
ingest_end(struct ingest *ingest, int64_t now)
{
	return rules_store(ingest->rules, ingest->store, now);
}

static int
judge(const struct run *run, const struct item *item, struct judgement *ret_judgement)
{
	struct store *store = run->ingest->store;
	const unsigned char *hash = np_article_content_hash(item->article);
	struct store_identity identity = { .seq = 0 };
	struct store_hash elsewhere = { .seq = 0 };
	struct judgement judgement = { .verdict = VERDICT_KNOWN };
	enum had had = HAD_NEVER;
	int64_t feed = run->document->feed->id;
	int seen, got;

	if ((seen = store_identity_find(store, feed, item->identity, &identity)) < 0)
		return seen;
	judgement.seq = identity.seq;
	judgement.listed = identity.listed;
	if (seen && memcmp(identity.hash, hash, SHA256_SIZE) == 0) {
		judgement.fresh = true;
		judgement.same = identity.seq;
		*ret_judgement = judgement;
		return 0;
	}
	if ((got = store_hash_feed_has(store, hash, feed, &judgement.same)) < 0)
		return got;
	if (got) {
		had = HAD_HERE;
	} else {
		if ((got = store_hash_find(store, hash, &elsewhere)) < 0)
			return got;
		if (got && elsewhere.seq != 0) {
			had = HAD_ELSEWHERE;
			judgement.same = elsewhere.seq;
		}
	}
	judgement.verdict = verdicts[seen][had];
	*ret_judgement = judgement;
	return 0;
}

/* The item's article is seq now (0: none), and for its content there is the article same. */
static int
remember(struct run *run, const struct item *item, uint64_t seq, uint64_t same)
{
	const unsigned char *hash = np_article_content_hash(item->article);
	struct store *store = run->ingest->store;
	int64_t feed = run->document->feed->id, now = run->document->now;
	struct store_identity identity = { .seq = seq, .listed = now };
	int error;

	memcpy(identity.hash, hash, SHA256_SIZE);
	error = store_identity_put(store, feed, item->identity, &identity);
	if (error == 0)
		error = store_hash_put(store, hash, feed, same, now);
	return error;
}

/* Asked once for each article that would go somewhere. */
static int
ask_rules(const struct run *run, const struct item *item, struct ruling *ruling)
{
	const struct ingest_document *document = run->document;
	const struct store_feed *feed = document->feed;
	const struct rules_subject subject = { .article = item->article,
		.feed_name = feed->name,
		.feed_title = feed->title != NULL ? feed->title : document->title,
		.feed_url = feed->url };
	int error = tags_of(
		run->ingest->config, feed->tags, item->article, &ruling->arena, &ruling->tags);

	if (error == 0)
		error = rules_judge(run->ingest->rules, &subject, NULL, &ruling->arena,
			&ruling->tags, &ruling->verdict);
	tags_sort(&ruling->tags);
	return error;
}

/* It is known from here on, and why it never came. */
static int
drop(struct run *run, const struct item *item, const struct ruling *ruling)
{
	const struct store_dropped dropped = { .hash = np_article_content_hash(item->article),
		.feed = run->document->feed->id,
		.rule = ruling->verdict.rule,
		.url = np_article_url(item->article),
		.title = np_article_title(item->article),
		.when = run->document->now };

	run->result.n_dropped++;
	return store_dropped_put(run->ingest->store, &dropped);
}

/* Puts an article into the spool, unless a rule has other plans. */
static int
emit(struct run *run, const struct item *item, uint64_t revises)
{
	struct ruling ruling = { .tags = { .n = 0 } };
	uint64_t seq = 0;
	int error = ask_rules(run, item, &ruling);

	if (error == 0 && ruling.verdict.outcome == RULES_DROP) {
		error = drop(run, item, &ruling);
	} else if (error == 0) {
		run->result.n_new++;
		error = emit_new(
			run->ingest, run->document, item->article, &ruling.tags, revises, &seq);
	}
	arena_done(&ruling.arena);
	return error == 0 ? remember(run, item, seq != 0 ? seq : revises, seq) : error;
}

static int
take_new(struct run *run, const struct item *item, const struct judgement *judgement)
{
	(void)judgement;
	return emit(run, item, 0);
}

static int
take_renamed(struct run *run, const struct item *item, const struct judgement *judgement)
{
	run->result.n_renamed++;
	return remember(run, item, judgement->same, judgement->same);
}

/* What a rule drops is not linked, and known like the rest. */
static int
link_up(struct run *run, const struct item *item, uint64_t seq)
{
	struct ruling ruling = { .tags = { .n = 0 } };
	int error = ask_rules(run, item, &ruling);

	if (error == 0 && ruling.verdict.outcome == RULES_KEEP)
		error = emit_links(run->ingest, run->document, &ruling.tags, seq);
	arena_done(&ruling.arena);
	return error == 0 ? remember(run, item, seq, seq) : error;
}

static int
take_second_feed(struct run *run, const struct item *item, const struct judgement *judgement)
{
	run->result.n_linked++;
	return link_up(run, item, judgement->same);
}

static int
take_known(struct run *run, const struct item *item, const struct judgement *judgement)
{
	int64_t slack = store_listed_slack(run->ingest->config->remember);
	uint64_t seq = judgement->same != 0 ? judgement->same : judgement->seq;

	run->result.n_known++;
	if (judgement->fresh && judgement->listed > run->document->now - slack)
		return 0;
	return remember(run, item, seq, judgement->same);
}

static int
take_revised(struct run *run, const struct item *item, const struct judgement *judgement)
{
	run->result.n_revised++;
	if (run->document->settings->updates != CONFIG_UPDATES_EMIT)
		return remember(run, item, judgement->seq, judgement->seq);
	return emit(run, item, judgement->seq);
}

/* Whether the article was spooled with this content, or stands for a revision that was ignored. */
static int
has_content(const struct run *run, uint64_t seq, const struct item *item)
{
	struct arena arena = { 0 };
	struct store_article row;
	int got = store_article_get(run->ingest->store, seq, &arena, &row);

	if (got == 1)
		got = memcmp(row.hash, np_article_content_hash(item->article), SHA256_SIZE) == 0;
	arena_done(&arena);
	return got;
}

static int
take_revised_elsewhere(struct run *run, const struct item *item, const struct judgement *judgement)
{
	int got;

	if (run->document->settings->updates != CONFIG_UPDATES_EMIT) {
		run->result.n_revised++;
		return remember(run, item, judgement->seq, judgement->same);
	}
	if ((got = has_content(run, judgement->same, item)) <= 0)
		return got < 0 ? got : take_revised(run, item, judgement);
	run->result.n_revised++;
	run->result.n_linked++;
	return link_up(run, item, judgement->same);
}

static int (*const takers[])(struct run *, const struct item *, const struct judgement *) = {
	[VERDICT_NEW] = take_new,
	[VERDICT_RENAMED] = take_renamed,
	[VERDICT_SECOND_FEED] = take_second_feed,
	[VERDICT_KNOWN] = take_known,
	[VERDICT_REVISED] = take_revised,
	[VERDICT_REVISED_ELSEWHERE] = take_revised_elsewhere,
};

static int
look(struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		int error = judge(run, &run->items[i], &run->first_look[i]);
		if (error != 0)
			return error;
		run->n_new += run->first_look[i].verdict == VERDICT_NEW;
	}
	return 0;
}

static bool
is_flood(const struct run *run)
{
	int64_t limit = run->document->settings->flood_limit;

	return run->document->feed->synced != 0 && limit > 0 && run->n_new > (uint64_t)limit;
}

/* How many of the new ones, the oldest, a first document leaves out. */
static size_t
left_out(const struct run *run)
{
	int64_t wanted = run->document->settings->first_sync;

	if (run->document->feed->synced != 0 || wanted == CONFIG_FIRST_SYNC_ALL ||
		(uint64_t)wanted >= run->n_new)
		return 0;
	return run->n_new - (size_t)wanted;
}

/* The second look at an item; leave: how many new ones are still to be left out. */
static int
take(struct run *run, size_t i, size_t *leave)
{
	struct judgement judgement = run->first_look[i];
	const struct item *item = &run->items[i];
	bool was_new = judgement.verdict == VERDICT_NEW;
	int error = 0;

	if (!judgement.fresh)
		error = judge(run, item, &judgement);
	if (error != 0)
		return error;
	if (!was_new || *leave == 0)
		return takers[judgement.verdict](run, item, &judgement);
	--*leave;
	run->result.n_left_out++;
	return judgement.verdict == VERDICT_NEW ? remember(run, item, 0, 0) : 0;
}

static int
take_all(struct run *run)
{
	size_t leave = left_out(run);
	int error = 0;

	for (size_t i = 0; i < run->n && error == 0; i++)
		error = take(run, i, &leave);
	return error;
}

int
ingest_document(struct ingest *ingest, const struct ingest_document *document,
	struct ingest_result *ret_result)
{
	struct run run = { .ingest = ingest, .document = document, .n = document->n_articles };
	int error = -ENOMEM;

	rules_document(ingest->rules);
	run.items = calloc(run.n + 1, sizeof(*run.items));
	run.first_look = calloc(run.n + 1, sizeof(*run.first_look));
	if (run.items == NULL || run.first_look == NULL)
		goto out;
	error = identity_items(document->articles, run.n, run.items);
	if (error == 0)
		error = look(&run);
	if (error != 0)
		goto out;
	run.result.gap = document->feed->synced != 0 && run.n > 0 && run.n_new == run.n;
	if (is_flood(&run))
		run.result.n_held = (uint32_t)run.n_new;
	else
		error = take_all(&run);
	if (error == 0)
		*ret_result = run.result;
out:
	free(run.items);
	free(run.first_look);
	return error;
}
