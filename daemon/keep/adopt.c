/*
 * Owns nothing but the list that it reads. Most articles of a run are of few feeds, so the last one's
 * number is kept.
 *
 * Errors: -errno; what earlier transactions made known stays so. A record that cannot be read is
 * passed over: newspool fsck tells of it.
 */
#include "daemon/keep/adopt.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <newspool/spool.h>

#include "daemon/keep/tags.h"
#include "daemon/wire/log.h"
#include "lib/base/buf.h"
#include "lib/spool/layout.h"
#include "lib/spool/simhash.h"

#define TRANSACTION 1000 /* articles */
#define SAY_EVERY 100000

struct adoption {
	struct store *store;
	struct np_spool *spool;
	struct np_spool_list *list;
	struct buf queues; /* all there are */
	size_t n_queues;
	struct buf feed_name; /* the last one's, */
	int64_t feed;         /* and its number; 0: it is not configured */
	int64_t now;
	struct adopt_result result;
};

static int
find_feed(struct adoption *adoption, const char *name)
{
	int got;

	if (name == NULL)
		name = "";
	if (adoption->feed_name.len > 0 && strcmp(buf_str(&adoption->feed_name), name) == 0)
		return 0;
	buf_reset(&adoption->feed_name);
	buf_puts(&adoption->feed_name, name);
	adoption->feed = 0;
	got = store_feed_find(adoption->store, name, &adoption->feed);
	return got < 0 ? got : buf_error(&adoption->feed_name);
}

static int
put_article(struct adoption *adoption, const struct np_spool_entry *entry,
	const struct np_record *record)
{
	const struct np_article *article = np_record_article(record);
	struct buf tags = { 0 };
	size_t n_tags;
	const char *const *slugs = np_record_tags(record, &n_tags);
	uint64_t simhash;
	struct store_article row = { .seq = entry->seq,
		.hash = np_article_content_hash(article),
		.feed = adoption->feed,
		.day = entry->day,
		.queues = buf_str(&adoption->queues),
		.targets = (unsigned int)(1 + n_tags + adoption->n_queues),
		.when = np_record_fetched_at(record) * 1000,
		.simhash = np_record_simhash(record, &simhash) ? &simhash : NULL,
		.cluster = np_record_cluster(record) };
	int error;

	for (size_t i = 0; i < n_tags; i++)
		tags_list_add(&tags, slugs[i]);
	row.tags = buf_str(&tags);
	error = buf_error(&tags);
	if (error == 0)
		error = store_article_put(adoption->store, &row);
	if (error == 0 && adoption->feed != 0)
		error = store_hash_put(
			adoption->store, row.hash, adoption->feed, entry->seq, adoption->now);
	buf_done(&tags);
	return error;
}

/* Whether the record is that of the name under which it lies. */
static bool
is_its_own(const struct np_spool_entry *entry, const struct np_record *record)
{
	char name[SPOOL_NAME_SIZE];

	spool_name_format(entry->seq, np_article_content_hash(np_record_article(record)), name);
	return strcmp(name, entry->name) == 0 && np_record_fetched_at(record) != NP_TIME_NONE;
}

/* 1: known now, as configured feed's or as none's; 0: it is nothing that can be known. */
static int
adopt(struct adoption *adoption, const struct np_spool_entry *entry)
{
	struct np_record *record;
	int error = np_spool_record(adoption->spool, entry->path, &record), known = 0;

	if (error == -EBADMSG || error == -ENOENT || error == -E2BIG || error == -EINVAL)
		return 0;
	if (error != 0)
		return error;
	if (is_its_own(entry, record)) {
		error = find_feed(adoption, np_record_feed_name(record));
		if (error == 0)
			error = put_article(adoption, entry, record);
		known = 1;
	}
	np_record_free(record);
	return error != 0 ? error : known;
}

static void
count(struct adoption *adoption, int known)
{
	if (known == 1 && adoption->feed != 0)
		adoption->result.n_known++;
	else
		adoption->result.n_passed++;
}

/* A transaction's worth; 1: there is more. */
static int
adopt_some(struct adoption *adoption)
{
	const struct np_spool_entry *entry;
	uint64_t last = 0;
	bool raised;
	int got = 1, known = 0, error = 0;

	for (int i = 0; i < TRANSACTION && known >= 0; i++) {
		if ((got = np_spool_list_next(adoption->list, &entry)) != 1)
			break;
		last = entry->seq;
		known = adopt(adoption, entry);
		count(adoption, known);
	}
	if (known < 0)
		return known;
	if (last != 0)
		error = store_seq_raise(adoption->store, last, &raised);
	return error != 0 ? error : got;
}

static int
adopt_all(struct adoption *adoption)
{
	uint64_t said = 0;
	int got = 1;

	while (got == 1) {
		int error = store_begin(adoption->store);

		if (error != 0)
			return error;
		got = adopt_some(adoption);
		error = got >= 0 ? store_commit(adoption->store) : got;
		if (error != 0) {
			store_rollback(adoption->store);
			return error;
		}
		if (adoption->result.n_known / SAY_EVERY > said / SAY_EVERY)
			log_notice(NULL, "%" PRIu64 " articles of the spool are known again",
				adoption->result.n_known);
		said = adoption->result.n_known;
	}
	return 0;
}

static int
list_queues(struct adoption *adoption, const struct config *config)
{
	adoption->n_queues = config->n_queues;
	for (size_t i = 0; i < config->n_queues; i++)
		tags_list_add(&adoption->queues, config->queues[i].name);
	return buf_error(&adoption->queues);
}

static void
adoption_done(struct adoption *adoption)
{
	buf_done(&adoption->queues);
	buf_done(&adoption->feed_name);
}

int
adopt_articles(struct store *store, const char *spool, uint64_t after, const struct config *config,
	int64_t now, struct adopt_result *ret_result)
{
	struct adoption adoption = { .store = store, .now = now };
	struct np_spool_query query = { .after = after };
	int error = list_queues(&adoption, config);

	if (error == 0)
		error = np_spool_open(spool, &adoption.spool);
	if (error == 0)
		error = np_spool_list_new(adoption.spool, &query, &adoption.list);
	if (error == 0)
		error = adopt_all(&adoption);
	if (error == 0)
		*ret_result = adoption.result;
	np_spool_list_free(adoption.list);
	np_spool_close(adoption.spool);
	adoption_done(&adoption);
	return error;
}

int
adopt_article(struct store *store, struct np_spool *spool, const struct config *config,
	const struct np_spool_entry *entry, int64_t now)
{
	struct adoption adoption = { .store = store, .spool = spool, .now = now };
	int got = list_queues(&adoption, config);

	if (got == 0)
		got = adopt(&adoption, entry);
	adoption_done(&adoption);
	return got;
}
