/*
 * Messages of articles. What a record says by sequence (the article that it revises) a message says
 * by Message-ID, which is made of that article's content hash; the store has it, else nothing is
 * said.
 *
 * Errors: -errno, passed on.
 */
#include "daemon/keep/mailing.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <newspool/spool.h>

#include "lib/spool/mail.h"

/* Returns 1 with the hash, 0 where the article is none or not known any more. */
static int
find_hash(struct ingest *ingest, uint64_t seq, unsigned char ret_hash[NP_HASH_SIZE])
{
	struct store_article row;
	struct arena arena = { 0 };
	int got = seq > 0 ? store_article_get(ingest->store, seq, &arena, &row) : 0;

	if (got == 1)
		memcpy(ret_hash, row.hash, NP_HASH_SIZE);
	arena_done(&arena);
	return got;
}

int
mailing_write(struct ingest *ingest, const struct np_article *article,
	const struct record_meta *meta, struct buf *out)
{
	struct mail_context context = { .domain = ingest->config->mail_domain };
	unsigned char revised[NP_HASH_SIZE], first[NP_HASH_SIZE];
	int got = find_hash(ingest, meta->revises, revised);

	if (got < 0)
		return got;
	context.revises = got == 1 ? revised : NULL;
	if ((got = find_hash(ingest, meta->cluster, first)) < 0)
		return got;
	context.cluster = got == 1 ? first : NULL;
	mail_write(out, article, meta, &context);
	return buf_error(out);
}

int
mailing_write_again(struct ingest *ingest, const char *name, const char *from, struct buf *out)
{
	struct buf line = { .max = NP_SPOOL_RECORD_MAX };
	struct np_record *record = NULL;
	int error = delivery_read(ingest->delivery, name, from, &line);

	if (error == 0)
		error = np_record_parse(buf_str(&line), line.len, &record);
	buf_done(&line);
	if (error == -EBADMSG) /* not by newspool: no better than gone */
		error = -ENOENT;
	if (error == 0)
		error = mailing_write(
			ingest, np_record_article(record), record_meta_of(record), out);
	np_record_free(record);
	return error;
}
