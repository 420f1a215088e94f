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
#include "daemon/keep/held.h"
#include "daemon/keep/identity.h"
#include "daemon/keep/remember.h"
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
	bool fresh; /* known, under this very content, which needs no look at its hash */
	bool seen;
	struct store_identity before; /* its row, where it was seen */
	uint64_t same;                /* spooled for this content; 0: none */
	int64_t elsewhere;            /* the feed that had this content, where another did */
};

struct run {
	struct ingest *ingest;
	const struct ingest_document *document;
	struct item *items;
	struct judgement *first_look;
	size_t n, n_new, n_revised;
	struct sha256 *hash;
	bool hold; /* what is new, and revisions to be spooled */
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
	near_begin(ingest->near);
	queue_limits_begin(ingest->queues);
	ingest->first_seq = 0;
	ingest->staged = false;
	ingest->day[0] = '\0';
}

void
ingest_committed(struct ingest *ingest)
{
	near_commit(ingest->near);
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
	struct store_hash elsewhere = { .seq = 0 };
	struct judgement judgement = { .verdict = VERDICT_KNOWN };
	enum had had = HAD_NEVER;
	int64_t feed = run->document->feed->id;
	int got = store_identity_find(store, feed, item->identity, &judgement.before);

	if (got < 0)
		return got;
	judgement.seen = got == 1;
	if (judgement.seen && memcmp(judgement.before.hash, hash, SHA256_SIZE) == 0) {
		judgement.fresh = true;
		judgement.same = judgement.before.seq;
		*ret_judgement = judgement;
		return 0;
	}
	/* what nobody has had, as most of what gets here, is looked for once */
	if ((got = store_hash_find(store, hash, &elsewhere)) == 1)
		got = store_hash_feed_has(store, hash, feed, &judgement.same);
	if (got < 0)
		return got;
	if (got) {
		had = HAD_HERE;
	} else if (elsewhere.seq != 0) {
		had = HAD_ELSEWHERE;
		judgement.same = elsewhere.seq;
		judgement.elsewhere = elsewhere.feed;
	}
	judgement.verdict = verdicts[judgement.seen][had];
	*ret_judgement = judgement;
	return 0;
}

/* What was decided, and which article the item has now and its content has. */
struct decision {
	enum store_decision decision;
	int64_t evidence;
	uint64_t seq, same; /* 0: none */
};

static int
remember(struct run *run, const struct item *item, const struct judgement *judgement,
	struct decision decision)
{
	const struct remember what = { .feed = run->document->feed->id,
		.identity = item->identity,
		.before = judgement->seen ? &judgement->before : NULL,
		.now = run->document->now,
		.decision = decision.decision,
		.evidence = decision.evidence,
		.seq = decision.seq,
		.same = decision.same,
		.hash = run->hash };

	return remember_item(run->ingest->store, &what, item->article);
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
	if (error == 0) {
		ruling->tags.rules = ruling->verdict.hits;
		ruling->tags.n_rules = ruling->verdict.n_hits;
	}
	return error;
}

/* It is known from here on, and why it never came. */
static int
drop(struct run *run, const struct item *item, const struct judgement *judgement,
	const struct ruling *ruling)
{
	const struct store_dropped dropped = { .hash = np_article_content_hash(item->article),
		.feed = run->document->feed->id,
		.rule = ruling->verdict.rule,
		.url = np_article_url(item->article),
		.title = np_article_title(item->article),
		.when = run->document->now };
	int error = store_dropped_put(run->ingest->store, &dropped);

	run->result.n_dropped++;
	return error != 0 ? error
			  : remember(run, item, judgement,
				    (struct decision){ STORE_DECISION_RULE_DROPPED, 0,
					    judgement->before.seq, 0 });
}

/* Kept until an operator says what is to become of it: as a flood, or as a rule says. */
static int
hold(struct run *run, const struct item *item, const struct judgement *judgement,
	const struct ruling *ruling, struct buf *text)
{
	const char *rule = ruling->verdict.outcome == RULES_HOLD ? ruling->verdict.rule : NULL;
	struct held_reason reason = {
		.evidence = rule == NULL ? (int64_t)(run->n_new + run->n_revised) : 0,
		.revises = judgement->before.seq,
		.before = judgement->seen ? &judgement->before : NULL,
		.tags = &ruling->tags
	};

	if (rule != NULL)
		buf_printf(text, "rule %s", rule);
	else
		buf_puts(text, HELD_FLOOD);
	reason.why = buf_str(text);
	if (rule != NULL)
		run->result.n_reserved++;
	else
		run->result.n_held++;
	return buf_error(text) != 0 ? buf_error(text)
				    : held_article(run->ingest, run->document, item, &reason);
}

static int
spool(struct run *run, const struct item *item, const struct judgement *judgement,
	const struct ruling *ruling, enum store_decision decision)
{
	uint64_t revises = judgement->before.seq, seq;
	int error = emit_new(
		run->ingest, run->document, item->article, &ruling->tags, revises, &seq);

	if (error != 0)
		return error;
	run->result.n_new++;
	return remember(
		run, item, judgement, (struct decision){ decision, (int64_t)revises, seq, seq });
}

/* Puts an article into the spool, unless it is held or a rule has other plans. */
static int
emit(struct run *run, const struct item *item, const struct judgement *judgement,
	enum store_decision decision, bool held)
{
	struct ruling ruling = { .tags = { .n = 0 } };
	struct buf text = { 0 };
	int error = ask_rules(run, item, &ruling);

	if (error == 0 && ruling.verdict.outcome == RULES_DROP)
		error = drop(run, item, judgement, &ruling);
	else if (error == 0 && (held || ruling.verdict.outcome == RULES_HOLD))
		error = hold(run, item, judgement, &ruling, &text);
	else if (error == 0)
		error = spool(run, item, judgement, &ruling, decision);
	buf_done(&text);
	arena_done(&ruling.arena);
	return error;
}

static int
take_new(struct run *run, const struct item *item, const struct judgement *judgement)
{
	return emit(run, item, judgement, STORE_DECISION_NEW, run->hold);
}

static int
take_renamed(struct run *run, const struct item *item, const struct judgement *judgement)
{
	uint64_t same = judgement->same;

	run->result.n_renamed++;
	return remember(run, item, judgement,
		(struct decision){ STORE_DECISION_RENAMED, (int64_t)same, same, same });
}

/* What a rule drops is not linked, and known like the rest. */
static int
link_up(struct run *run, const struct item *item, const struct judgement *judgement,
	enum store_decision decision)
{
	struct ruling ruling = { .tags = { .n = 0 } };
	uint64_t same = judgement->same;
	int error = ask_rules(run, item, &ruling);

	if (error == 0 && ruling.verdict.outcome == RULES_KEEP)
		error = emit_links(run->ingest, run->document, &ruling.tags, same);
	arena_done(&ruling.arena);
	run->result.n_linked++;
	return error != 0
		       ? error
		       : remember(run, item, judgement,
				 (struct decision){ decision, judgement->elsewhere, same, same });
}

static int
take_second_feed(struct run *run, const struct item *item, const struct judgement *judgement)
{
	return link_up(run, item, judgement, STORE_DECISION_LINKED);
}

static int
take_known(struct run *run, const struct item *item, const struct judgement *judgement)
{
	int64_t slack = store_listed_slack(run->ingest->config->remember);
	uint64_t seq = judgement->same != 0 ? judgement->same : judgement->before.seq;

	run->result.n_known++;
	if (judgement->fresh && judgement->before.listed > run->document->now - slack)
		return 0;
	return remember(run, item, judgement,
		(struct decision){
			judgement->fresh ? STORE_DECISION_UNKNOWN : STORE_DECISION_RETURNED,
			(int64_t)seq, seq, judgement->same });
}

static int
ignore_revision(
	struct run *run, const struct item *item, const struct judgement *judgement, uint64_t same)
{
	uint64_t seq = judgement->before.seq;

	return remember(run, item, judgement,
		(struct decision){ STORE_DECISION_REVISION_IGNORED, (int64_t)seq, seq, same });
}

/* What is held of an item that changes is its last content, whatever becomes of it. */
static int
is_held(const struct run *run, const struct item *item, const struct judgement *judgement)
{
	if (judgement->before.decision != STORE_DECISION_HELD)
		return 0;
	return store_held_has(run->ingest->store, run->document->feed->id, item->identity);
}

static int
take_revised(struct run *run, const struct item *item, const struct judgement *judgement)
{
	bool wanted = run->document->settings->updates == CONFIG_UPDATES_EMIT;
	int held = is_held(run, item, judgement);

	if (held < 0)
		return held;
	run->result.n_revised++;
	if (!held && !wanted)
		return ignore_revision(run, item, judgement, judgement->before.seq);
	return emit(run, item, judgement, STORE_DECISION_REVISION_EMITTED, held || run->hold);
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
		return ignore_revision(run, item, judgement, judgement->same);
	}
	if ((got = has_content(run, judgement->same, item)) <= 0)
		return got < 0 ? got : take_revised(run, item, judgement);
	run->result.n_revised++;
	return link_up(run, item, judgement, STORE_DECISION_REVISION_LINKED);
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
	bool emits = run->document->settings->updates == CONFIG_UPDATES_EMIT;

	for (size_t i = 0; i < run->n; i++) {
		int error = judge(run, &run->items[i], &run->first_look[i]);
		if (error != 0)
			return error;
		run->n_new += run->first_look[i].verdict == VERDICT_NEW;
		run->n_revised += run->first_look[i].verdict == VERDICT_REVISED && emits;
	}
	return 0;
}

static bool
is_flood(const struct run *run)
{
	int64_t limit = run->document->settings->flood_limit;

	return run->document->feed->synced != 0 && limit > 0 &&
	       run->n_new + run->n_revised > (uint64_t)limit;
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
	return judgement.verdict != VERDICT_NEW
		       ? 0
		       : remember(run, item, &judgement,
				 (struct decision){ STORE_DECISION_LEFT_OUT,
					 run->document->settings->first_sync, 0, 0 });
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
	if ((error = sha256_new(&run.hash)) != 0)
		goto out;
	error = identity_items(run.hash, document->articles, run.n, run.items);
	if (error == 0)
		error = look(&run);
	if (error != 0)
		goto out;
	run.result.gap = document->feed->synced != 0 && run.n > 0 && run.n_new == run.n;
	if (is_flood(&run) && (error = held_has_room(ingest->store)) == 1)
		run.hold = true;
	else if (error == 0 && is_flood(&run))
		run.result.n_refused = (uint32_t)(run.n_new + run.n_revised);
	if (error >= 0)
		error = run.result.n_refused > 0 ? 0 : take_all(&run);
	if (error == 0)
		*ret_result = run.result;
out:
	sha256_free(run.hash);
	free(run.items);
	free(run.first_look);
	return error;
}
