/*
 * What rules did: how often each matched, and the articles that they dropped.
 *
 * Errors: -errno from below, passed on.
 */
#include <errno.h>
#include <string.h>

#include "daemon/keep/store_rows.h"
#include "lib/base/utf8.h"

int
store_rule_hits_add(struct store *store, const struct store_rule_hits *hits)
{
	const enum store_statement s = STORE_RULE_HITS_ADD;

	store_bind_text(store->db, s, 1, hits->rule);
	store_bind_int(store->db, s, 2, (int64_t)hits->hits);
	store_bind_int(store->db, s, 3, (int64_t)hits->gave_up);
	store_bind_int(store->db, s, 4, hits->last);
	return store_run(store->db, s);
}

int
store_rule_hits(
	struct store *store, int (*rule)(void *arg, const struct store_rule_hits *hits), void *arg)
{
	const enum store_statement s = STORE_RULE_HITS;
	int got = 0, answer = 0;

	while (answer == 0 && (got = store_step(store->db, s)) == 1) {
		const struct store_rule_hits hits = {
			.rule = store_column_text(store->db, s, 0),
			.hits = (uint64_t)store_column_int(store->db, s, 1),
			.gave_up = (uint64_t)store_column_int(store->db, s, 2),
			.last = store_column_int(store->db, s, 3),
		};
		answer = rule(arg, &hits);
	}
	store_reset(store->db, s);
	return answer != 0 ? answer : got;
}

/* So much of a text as is kept for a person to know it by. */
static const char *
cut(const char *text, size_t max, struct arena *arena)
{
	size_t size = text != NULL ? strlen(text) : 0;

	return size > max ? arena_strndup(arena, text, utf8_cut(text, size, max)) : text;
}

int
store_dropped_put(struct store *store, const struct store_dropped *dropped)
{
	const enum store_statement s = STORE_DROPPED_PUT;
	struct arena arena = { 0 };
	int error;

	store_bind_blob(store->db, s, 1, dropped->hash, SHA256_SIZE);
	store_bind_int(store->db, s, 2, dropped->feed);
	store_bind_text(store->db, s, 3, dropped->rule);
	store_bind_text(store->db, s, 4, cut(dropped->url, STORE_DROPPED_URL_MAX, &arena));
	store_bind_text(store->db, s, 5, cut(dropped->title, STORE_DROPPED_TITLE_MAX, &arena));
	store_bind_int(store->db, s, 6, dropped->when);
	error = store_run(store->db, s);
	arena_done(&arena);
	return error;
}

int
store_dropped_find(struct store *store, const char *url,
	int (*found)(void *arg, const struct store_dropped *dropped), void *arg)
{
	const enum store_statement s = STORE_DROPPED_FIND;
	struct arena arena = { 0 };
	int got = 0, answer = 0;

	store_bind_text(store->db, s, 1, cut(url, STORE_DROPPED_URL_MAX, &arena));
	while (answer == 0 && (got = store_step(store->db, s)) == 1) {
		struct bytes hash = store_column_blob(store->db, s, 0);
		const struct store_dropped dropped = {
			.hash = hash.ptr,
			.feed_name = store_column_text(store->db, s, 1),
			.rule = store_column_text(store->db, s, 2),
			.url = store_column_text(store->db, s, 3),
			.title = store_column_text(store->db, s, 4),
			.when = store_column_int(store->db, s, 5),
		};
		answer = hash.len == SHA256_SIZE ? found(arg, &dropped) : -EIO;
	}
	store_reset(store->db, s);
	arena_done(&arena);
	return answer != 0 ? answer : got;
}
