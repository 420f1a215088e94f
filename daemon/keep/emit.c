/*
 * From an article to its files: name, record, destinations, rows.
 *
 * Invariants: destination 0 is articles/DAY/NAME; each further one has a number that the article
 * never had. What is staged here is pending in the same transaction. A file of this transaction is
 * still at tmp/NAME, an older one in articles/.
 *
 * Errors: -errno, passed on; the caller undoes the transaction and the staging.
 */
#include "daemon/keep/emit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/keep/day.h"
#include "daemon/keep/mailing.h"
#include "lib/spool/layout.h"
#include "lib/spool/record.h"
#include "lib/spool/simhash.h"

#define TARGETS_MAX 128 /* of one article at a time: tags, queues and itself */

_Static_assert(1 + TAGS_MAX + CONFIG_QUEUES_MAX <= TARGETS_MAX, "an article has room for all");

/* Destinations that share a file. */
struct targets {
	struct delivery_target list[TARGETS_MAX];
	size_t n;
};

/* One article on its way. */
struct emission {
	struct ingest *ingest;
	const struct ingest_document *document;
	struct arena arena;
	const struct tags *tags;
	struct buf tag_list, queue_list; /* that it has, for its row */
	char name[SPOOL_NAME_SIZE];
	uint64_t seq;
	uint64_t simhash, cluster; /* 0: no cluster */
	bool has_simhash;
	const char *day;
	struct targets records;  /* links to the record */
	struct targets messages; /* to the mail message, which is a file of its own */
	unsigned int next_index;
};

static void
emission_done(struct emission *emission)
{
	arena_done(&emission->arena);
	buf_done(&emission->tag_list);
	buf_done(&emission->queue_list);
}

/* Takes over what was written into path. */
static int
add_target(struct emission *emission, struct targets *targets, struct buf *path)
{
	const char *copy;
	int error = buf_error(path);

	if (error == 0 && targets->n == TARGETS_MAX)
		error = -E2BIG;
	copy = error == 0 ? arena_strdup(&emission->arena, buf_str(path)) : NULL;
	buf_done(path);
	if (copy == NULL)
		return error != 0 ? error : -ENOMEM;
	targets->list[targets->n++] = (struct delivery_target){ copy, emission->next_index++ };
	return 0;
}

static int
add_tags(struct emission *emission)
{
	int error = 0;

	for (size_t i = 0; i < emission->tags->n && error == 0; i++) {
		const char *tag = emission->tags->slugs[i];
		struct buf path = { 0 };
		if (tags_list_has(buf_str(&emission->tag_list), tag))
			continue;
		spool_path_tag(&path, tag, emission->day, emission->name);
		error = add_target(emission, &emission->records, &path);
		tags_list_add(&emission->tag_list, tag);
	}
	return error;
}

static int
add_queues(struct emission *emission)
{
	const struct config *config = emission->ingest->config;
	int error = 0;

	for (size_t i = 0; i < config->n_queues && error == 0; i++) {
		const struct config_queue *queue = &config->queues[i];
		struct buf path = { 0 };
		if (!tags_match(queue, emission->document->feed->name, emission->tags) ||
			tags_list_has(buf_str(&emission->queue_list), queue->name))
			continue;
		if (!queue_limits_take(emission->ingest->queues, i))
			continue;
		if (queue->format == CONFIG_QUEUE_RFC5322) {
			spool_path_mail(&path, queue->name, emission->name);
			error = add_target(emission, &emission->messages, &path);
		} else {
			spool_path_queue(&path, queue->name, emission->name);
			error = add_target(emission, &emission->records, &path);
		}
		tags_list_add(&emission->queue_list, queue->name);
	}
	return error;
}

static int
put_targets(struct emission *emission, const struct targets *targets)
{
	int error = 0;

	for (size_t i = 0; i < targets->n && error == 0; i++)
		error = store_pending_put(emission->ingest->store, emission->seq,
			targets->list[i].index, emission->name, targets->list[i].path);
	return error;
}

static int
put_pending(struct emission *emission)
{
	int error = put_targets(emission, &emission->records);

	return error == 0 ? put_targets(emission, &emission->messages) : error;
}

static void
describe(const struct emission *emission, uint64_t revises, struct record_meta *ret_meta)
{
	const struct store_feed *feed = emission->document->feed;
	const struct ingest_document *document = emission->document;
	const char *title = document->title != NULL ? document->title : feed->document_title;

	*ret_meta = (struct record_meta){
		.seq = emission->seq,
		.revises = revises,
		.fetched_at = (document->fetched_at != 0 ? document->fetched_at : document->now) /
			      1000,
		.feed_name = feed->name,
		.feed_title = feed->title != NULL ? feed->title : title,
		.feed_url = feed->url,
		.feed_home_page_url = document->home_page_url != NULL ? document->home_page_url
								      : feed->home_page_url,
		.tags = emission->tags->slugs,
		.n_tags = emission->tags->n,
		.simhash = emission->has_simhash ? &emission->simhash : NULL,
		.cluster = emission->cluster,
	};
}

/* A file of the article's, under its targets. */
static int
stage_file(struct emission *emission, const struct buf *file, const struct targets *targets)
{
	int error = buf_error(file);

	return error != 0 ? error
			  : delivery_stage(emission->ingest->delivery, emission->name, file->data,
				    file->len, targets->list, targets->n);
}

static int
stage_files(struct emission *emission, const struct np_article *article, uint64_t revises)
{
	struct record_meta meta;
	struct buf record = { 0 }, message = { 0 };
	int error;

	describe(emission, revises, &meta);
	record_write(&record, article, &meta);
	error = stage_file(emission, &record, &emission->records);
	if (error == 0 && emission->messages.n > 0)
		error = mailing_write(emission->ingest, article, &meta, &message);
	if (error == 0 && emission->messages.n > 0)
		error = stage_file(emission, &message, &emission->messages);
	buf_done(&record);
	buf_done(&message);
	return error;
}

static int
put_article(struct emission *emission, const struct np_article *article)
{
	struct store_article row = { .seq = emission->seq,
		.hash = np_article_content_hash(article),
		.feed = emission->document->feed->id,
		.day = emission->day,
		.tags = buf_str(&emission->tag_list),
		.queues = buf_str(&emission->queue_list),
		.targets = emission->next_index,
		.when = emission->document->now,
		.simhash = emission->has_simhash ? &emission->simhash : NULL,
		.cluster = emission->cluster };
	int error = buf_error(&emission->tag_list);

	if (error == 0)
		error = buf_error(&emission->queue_list);
	if (error == 0)
		error = store_article_put(emission->ingest->store, &row);
	return error;
}

/* All destinations of a new article, the first of them itself. */
static int
plan_new(struct emission *emission)
{
	struct buf path = { 0 };
	int error;

	spool_path_article(&path, emission->day, emission->name);
	error = add_target(emission, &emission->records, &path);
	if (error == 0)
		error = add_tags(emission);
	if (error == 0)
		error = add_queues(emission);
	return error;
}

/* One for the whole transaction. */
static int
find_day(struct ingest *ingest, int64_t now, struct arena *arena)
{
	const char *last = "";
	int64_t last_at = 0;
	int got;

	if (ingest->day[0] != '\0')
		return 0;
	if ((got = store_last_day(ingest->store, arena, &last, &last_at)) < 0)
		return got;
	day_choose(last, last_at, now, ingest->day);
	return 0;
}

/* Which article of late says about the same; and so will those to come find this one. */
static int
find_cluster(struct emission *emission, const struct np_article *article)
{
	const struct ingest *ingest = emission->ingest;
	int64_t distance = ingest->config->cluster_distance, now = emission->document->now;
	struct near_article near = { .seq = emission->seq, .when = now };
	int error;

	emission->has_simhash = simhash_article(article, &emission->simhash);
	if (ingest->near == NULL || !emission->has_simhash)
		return 0;
	if (distance == CONFIG_CLUSTER_OFF) {
		near_reset(ingest->near);
		return 0;
	}
	error = near_find(ingest->near, ingest->store, emission->simhash, (unsigned int)distance,
		now, &emission->cluster);
	near.simhash = emission->simhash;
	near.cluster = emission->cluster;
	return error == 0 ? near_add(ingest->near, &near) : error;
}

int
emit_new(struct ingest *ingest, const struct ingest_document *document,
	const struct np_article *article, const struct tags *tags, uint64_t revises,
	uint64_t *ret_seq)
{
	struct emission emission = { .ingest = ingest, .document = document, .tags = tags };
	int error = store_next_seq(ingest->store, &emission.seq);

	if (error != 0)
		return error;
	if (ingest->first_seq == 0)
		ingest->first_seq = emission.seq;
	ingest->staged = true;
	emission.day = ingest->day;
	spool_name_format(emission.seq, np_article_content_hash(article), emission.name);
	error = find_day(ingest, document->now, &emission.arena);
	if (error == 0)
		error = find_cluster(&emission, article);
	if (error == 0)
		error = plan_new(&emission);
	if (error == 0)
		error = stage_files(&emission, article, revises);
	if (error == 0)
		error = put_article(&emission, article);
	if (error == 0)
		error = put_pending(&emission);
	if (error == 0)
		*ret_seq = emission.seq;
	emission_done(&emission);
	return error;
}

/* Where the article's file is now. */
static void
put_source(const struct emission *emission, struct buf *out)
{
	const struct ingest *ingest = emission->ingest;

	if (ingest->first_seq != 0 && emission->seq >= ingest->first_seq)
		buf_printf(out, "%s/%s", SPOOL_TMP, emission->name);
	else
		spool_path_article(out, emission->day, emission->name);
}

static int
stage_links(struct emission *emission)
{
	const struct targets *records = &emission->records, *messages = &emission->messages;
	struct buf from = { 0 }, message = { 0 };
	int error;

	put_source(emission, &from);
	error = buf_error(&from);
	if (error == 0 && messages->n > 0)
		error = mailing_write_again(
			emission->ingest, emission->name, buf_str(&from), &message);
	if (error == 0 && records->n > 0)
		error = delivery_stage_link(emission->ingest->delivery, emission->name,
			buf_str(&from), records->list, records->n);
	if (error == 0 && messages->n > 0)
		error = stage_file(emission, &message, messages);
	buf_done(&from);
	buf_done(&message);
	return error;
}

/* Stages what was planned and writes it down; -ENOENT where the file has gone. */
static int
grow(struct emission *emission, struct store_article *row)
{
	int error = stage_links(emission);

	if (error == 0)
		error = put_pending(emission);
	if (error != 0)
		return error;
	emission->ingest->staged = true;
	row->tags = buf_str(&emission->tag_list);
	row->queues = buf_str(&emission->queue_list);
	row->targets = emission->next_index;
	if ((error = buf_error(&emission->tag_list)) == 0)
		error = buf_error(&emission->queue_list);
	return error == 0 ? store_article_grow(emission->ingest->store, row) : error;
}

int
emit_links(struct ingest *ingest, const struct ingest_document *document, const struct tags *tags,
	uint64_t seq)
{
	struct emission emission = {
		.ingest = ingest, .document = document, .tags = tags, .seq = seq
	};
	struct store_article row;
	int error = store_article_get(ingest->store, seq, &emission.arena, &row);

	if (error != 1)
		goto out;
	emission.day = row.day;
	emission.next_index = row.targets;
	buf_puts(&emission.tag_list, row.tags);
	buf_puts(&emission.queue_list, row.queues);
	spool_name_format(seq, row.hash, emission.name);
	error = add_tags(&emission);
	if (error == 0)
		error = add_queues(&emission);
	if (error == 0 && emission.records.n + emission.messages.n > 0)
		error = grow(&emission, &row);
	if (error == -ENOENT)
		error = 0; /* retention has taken it, or an operator */
out:
	emission_done(&emission);
	return error;
}
