/*
 * The store's articles: the identities and contents that feeds have had, what was spooled, and what
 * is on its way.
 *
 * Invariants: texts and blobs that are bound live until the statement has run, which it does before
 * a function returns.
 *
 * Errors: -errno from below, passed on; the caller rolls back.
 */
#include "daemon/keep/near.h"
#include "daemon/keep/store_rows.h"

#include <errno.h>
#include <string.h>

int
store_identity_find(struct store *store, int64_t feed,
	const unsigned char identity[STORE_IDENTITY_SIZE], struct store_identity *ret_identity)
{
	const enum store_statement s = STORE_IDENTITY_FIND;
	struct bytes hash;
	int got;

	store_bind_int(store->db, s, 1, feed);
	store_bind_blob(store->db, s, 2, identity, STORE_IDENTITY_SIZE);
	if ((got = store_step(store->db, s)) != 1)
		return got;
	hash = store_column_blob(store->db, s, 0);
	if (hash.len != SHA256_SIZE) {
		store_reset(store->db, s);
		return -EIO;
	}
	memcpy(ret_identity->hash, hash.ptr, SHA256_SIZE);
	ret_identity->seq = (uint64_t)store_column_int(store->db, s, 1);
	ret_identity->listed = store_column_int(store->db, s, 2);
	ret_identity->decision = (enum store_decision)store_column_int(store->db, s, 3);
	ret_identity->decided = store_column_int(store->db, s, 4);
	ret_identity->evidence = store_column_int(store->db, s, 5);
	ret_identity->revisions = store_column_int(store->db, s, 6);
	ret_identity->url = store_column_int(store->db, s, 7);
	store_reset(store->db, s);
	return 1;
}

int
store_identity_put(struct store *store, int64_t feed,
	const unsigned char identity[STORE_IDENTITY_SIZE], const struct store_identity *what)
{
	const enum store_statement s = STORE_IDENTITY_PUT;

	store_bind_int(store->db, s, 1, feed);
	store_bind_blob(store->db, s, 2, identity, STORE_IDENTITY_SIZE);
	store_bind_blob(store->db, s, 3, what->hash, SHA256_SIZE);
	store_bind_int(store->db, s, 4, (int64_t)what->seq);
	store_bind_int(store->db, s, 5, what->listed);
	store_bind_int(store->db, s, 6, what->decision);
	store_bind_int(store->db, s, 7, what->decided);
	store_bind_int(store->db, s, 8, what->evidence);
	store_bind_int(store->db, s, 9, what->revisions);
	store_bind_int(store->db, s, 10, what->url);
	return store_run(store->db, s);
}

int
store_hash_feed_has(
	struct store *store, const unsigned char hash[SHA256_SIZE], int64_t feed, uint64_t *ret_seq)
{
	const enum store_statement s = STORE_HASH_FEED;
	int got;

	store_bind_blob(store->db, s, 1, hash, SHA256_SIZE);
	store_bind_int(store->db, s, 2, feed);
	if ((got = store_step(store->db, s)) != 1)
		return got;
	*ret_seq = (uint64_t)store_column_int(store->db, s, 0);
	store_reset(store->db, s);
	return 1;
}

int
store_hash_find(
	struct store *store, const unsigned char hash[SHA256_SIZE], struct store_hash *ret_hash)
{
	const enum store_statement s = STORE_HASH_ANY;
	int got;

	store_bind_blob(store->db, s, 1, hash, SHA256_SIZE);
	if ((got = store_step(store->db, s)) != 1)
		return got;
	ret_hash->feed = store_column_int(store->db, s, 0);
	ret_hash->seq = (uint64_t)store_column_int(store->db, s, 1);
	store_reset(store->db, s);
	return 1;
}

int
store_hash_put(struct store *store, const unsigned char hash[SHA256_SIZE], int64_t feed,
	uint64_t seq, int64_t now)
{
	const enum store_statement s = STORE_HASH_PUT;

	store_bind_blob(store->db, s, 1, hash, SHA256_SIZE);
	store_bind_int(store->db, s, 2, feed);
	store_bind_int(store->db, s, 3, (int64_t)seq);
	store_bind_int(store->db, s, 4, now);
	return store_run(store->db, s);
}

int
store_article_put(struct store *store, const struct store_article *article)
{
	const enum store_statement s = STORE_ARTICLE_PUT;

	store_bind_int(store->db, s, 1, (int64_t)article->seq);
	store_bind_blob(store->db, s, 2, article->hash, SHA256_SIZE);
	store_bind_int(store->db, s, 3, article->feed);
	store_bind_text(store->db, s, 4, article->day);
	store_bind_text(store->db, s, 5, article->tags);
	store_bind_text(store->db, s, 6, article->queues);
	store_bind_int(store->db, s, 7, article->targets);
	store_bind_int(store->db, s, 8, article->when);
	if (article->simhash != NULL)
		store_bind_int(store->db, s, 9, (int64_t)*article->simhash);
	else
		store_bind_blob(store->db, s, 9, NULL, 0);
	store_bind_int(store->db, s, 10, (int64_t)article->cluster);
	return store_run(store->db, s);
}

int
store_near(struct store *store, int64_t since,
	int (*article)(void *arg, const struct near_article *article), void *arg)
{
	const enum store_statement s = STORE_NEAR;
	int got = 0, answer = 0;

	while (answer == 0 && (got = store_step(store->db, s)) == 1) {
		const struct near_article near = {
			.seq = (uint64_t)store_column_int(store->db, s, 0),
			.when = store_column_int(store->db, s, 1),
			.simhash = (uint64_t)store_column_int(store->db, s, 2),
			.cluster = (uint64_t)store_column_int(store->db, s, 3),
		};
		if (near.when < since)
			break;
		if (store_column_text(store->db, s, 2) != NULL)
			answer = article(arg, &near);
	}
	store_reset(store->db, s);
	return answer != 0 ? answer : got < 0 ? got : 0;
}

int
store_article_get(
	struct store *store, uint64_t seq, struct arena *arena, struct store_article *ret_article)
{
	const enum store_statement s = STORE_ARTICLE_GET;
	struct store_article article = { .seq = seq };
	struct bytes hash;
	int got;

	store_bind_int(store->db, s, 1, (int64_t)seq);
	if ((got = store_step(store->db, s)) != 1)
		return got;
	hash = store_column_blob(store->db, s, 1);
	article.hash = (unsigned char *)arena_strndup(arena, (const char *)hash.ptr, hash.len);
	article.feed = store_column_int(store->db, s, 2);
	article.day = arena_strdup(arena, store_column_text(store->db, s, 3));
	article.tags = arena_strdup(arena, store_column_text(store->db, s, 4));
	article.queues = arena_strdup(arena, store_column_text(store->db, s, 5));
	article.targets = (unsigned int)store_column_int(store->db, s, 6);
	article.when = store_column_int(store->db, s, 7);
	store_reset(store->db, s);
	if (hash.len != SHA256_SIZE)
		return -EIO;
	if (article.hash == NULL || article.day == NULL || article.tags == NULL ||
		article.queues == NULL)
		return -ENOMEM;
	*ret_article = article;
	return 1;
}

int
store_article_drop(struct store *store, uint64_t seq)
{
	store_bind_int(store->db, STORE_ARTICLE_DROP, 1, (int64_t)seq);
	return store_run(store->db, STORE_ARTICLE_DROP);
}

int
store_last_day(struct store *store, struct arena *arena, const char **ret_day, int64_t *ret_at)
{
	const char *day;
	int got = store_step(store->db, STORE_ARTICLE_LAST_DAY);

	if (got != 1)
		return got;
	day = arena_strdup(arena, store_column_text(store->db, STORE_ARTICLE_LAST_DAY, 0));
	if (day != NULL)
		*ret_at = store_column_int(store->db, STORE_ARTICLE_LAST_DAY, 1);
	store_reset(store->db, STORE_ARTICLE_LAST_DAY);
	if (day == NULL)
		return -ENOMEM;
	*ret_day = day;
	return 1;
}

int
store_article_grow(struct store *store, const struct store_article *article)
{
	const enum store_statement s = STORE_ARTICLE_GROW;

	store_bind_int(store->db, s, 1, (int64_t)article->seq);
	store_bind_text(store->db, s, 2, article->tags);
	store_bind_text(store->db, s, 3, article->queues);
	store_bind_int(store->db, s, 4, article->targets);
	return store_run(store->db, s);
}

int
store_pending_put(
	struct store *store, uint64_t seq, unsigned int index, const char *name, const char *path)
{
	const enum store_statement s = STORE_PENDING_PUT;

	store_bind_int(store->db, s, 1, (int64_t)seq);
	store_bind_int(store->db, s, 2, index);
	store_bind_text(store->db, s, 3, name);
	store_bind_text(store->db, s, 4, path);
	return store_run(store->db, s);
}

int
store_pending(struct store *store,
	int (*target)(void *arg, const char *name, unsigned int index, const char *path), void *arg)
{
	const enum store_statement s = STORE_PENDING_ALL;
	int got;

	while ((got = store_step(store->db, s)) == 1) {
		int answer = target(arg, store_column_text(store->db, s, 2),
			(unsigned int)store_column_int(store->db, s, 1),
			store_column_text(store->db, s, 3));
		if (answer != 0) {
			store_reset(store->db, s);
			return answer;
		}
	}
	return got;
}

int
store_pending_clear(struct store *store)
{
	return store_run(store->db, STORE_PENDING_CLEAR);
}
