/*
 * Owns nothing.
 *
 * Errors: -errno from below, passed on; the caller rolls back.
 */
#include "daemon/keep/remember.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/sha256.h"
#include "lib/base/url.h"

static int
digest_of(struct sha256 *kept, const struct buf *text, unsigned char ret_digest[SHA256_SIZE])
{
	if (kept == NULL)
		return sha256(buf_str(text), text->len, ret_digest);
	sha256_update(kept, buf_str(text), text->len);
	sha256_finish(kept, ret_digest);
	return 0;
}

int
remember_url(struct sha256 *kept, const char *url, int64_t *ret_url)
{
	unsigned char digest[SHA256_SIZE];
	struct buf text = { 0 };
	int error;

	if (url == NULL) {
		*ret_url = 0;
		return 0;
	}
	url_canonical(&text, url);
	error = buf_error(&text);
	if (error == 0)
		error = digest_of(kept, &text, digest);
	buf_done(&text);
	if (error != 0)
		return error;
	*ret_url = 0;
	for (size_t i = 0; i < sizeof(*ret_url); i++)
		*ret_url = (int64_t)((uint64_t)*ret_url << 8 | digest[i]);
	if (*ret_url == 0)
		*ret_url = 1;
	return 0;
}

static void
decide(const struct remember *what, struct store_identity *row)
{
	if (what->decision == STORE_DECISION_UNKNOWN)
		return;
	row->decision = what->decision;
	row->decided = what->now;
	row->evidence = what->evidence;
}

int
remember_item(struct store *store, const struct remember *what, const struct np_article *article)
{
	const unsigned char *hash = np_article_content_hash(article);
	struct store_identity row = { .seq = 0 };
	int error = 0;

	if (what->before != NULL)
		row = *what->before;
	if (what->before != NULL && memcmp(row.hash, hash, SHA256_SIZE) != 0)
		row.revisions++;
	memcpy(row.hash, hash, SHA256_SIZE);
	row.seq = what->seq;
	row.listed = what->now;
	decide(what, &row);
	if (what->before == NULL || row.url == 0)
		error = remember_url(what->hash, np_article_url(article), &row.url);
	if (error == 0)
		error = store_identity_put(store, what->feed, what->identity, &row);
	if (error == 0)
		error = store_hash_put(store, hash, what->feed, what->same, what->now);
	return error;
}
