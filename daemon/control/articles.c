/*
 * /v1/articles: what was delivered, newest first, and one record.
 *
 * Invariants: each turn reads no more than STEP records from the spool. An article that retention
 * has taken away is left out of the list, and not found by its number.
 *
 * Errors: -errno of the store.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <newspool/spool.h>

#include "daemon/control/feed_answer.h"
#include "daemon/control/handlers.h"
#include "daemon/keep/store_look.h"
#include "daemon/keep/tags.h"
#include "lib/spool/layout.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 500
#define STEP 32
#define LOOK_TIME 2000 /* ms; then a list ends where it is */

struct list {
	int64_t before, left, feed; /* feed 0: any */
	const char *tag;            /* NULL: any */
	bool end;
};

static void
path_of(const struct store_article *article, struct buf *out)
{
	char name[SPOOL_NAME_SIZE];

	spool_name_format(article->seq, article->hash, name);
	spool_path_article(out, article->day, name);
}

static void
put_article(struct call *call, const struct store_article *row, const char *feed,
	const struct np_article *article)
{
	json_write_object(&call->json, NULL);
	json_write_int(&call->json, "seq", (int64_t)row->seq);
	json_write_string(&call->json, "feed", feed);
	call_put_time(call, "delivered", row->when);
	json_write_string(&call->json, "title", np_article_title(article));
	json_write_string(&call->json, "url", np_article_url(article));
	if (np_article_published(article) != NP_TIME_NONE)
		call_put_time(call, "published", np_article_published(article) * 1000);
	feed_answer_put_tags(call, row->tags);
	json_write_object_end(&call->json);
}

/* Puts one into the list, where its file is still there. */
static int
list_one(const struct control_parts *parts, struct call *call, struct np_spool *spool,
	const struct store_article *row, struct arena *arena)
{
	struct np_record *record = NULL;
	const char *feed = NULL;
	struct buf path = { 0 };
	int got = store_look_feed(parts->store, row->feed, arena, &feed);

	path_of(row, &path);
	if (got >= 0 && buf_error(&path) == 0 &&
		np_spool_record(spool, buf_str(&path), &record) == 0) {
		put_article(call, row, feed, np_record_article(record));
		np_record_free(record);
		got = 1;
	} else if (got >= 0) {
		got = 0;
	}
	buf_done(&path);
	return got;
}

static bool
is_wanted(const struct list *list, const struct store_article *row)
{
	return (list->feed == 0 || list->feed == row->feed) &&
	       (list->tag == NULL || tags_list_has(row->tags, list->tag));
}

static int
list_on(const struct control_parts *parts, struct call *call, struct list *list,
	struct np_spool *spool)
{
	int got = 1;

	for (int i = 0; i < STEP && list->left > 0 && got >= 0 && !list->end; i++) {
		struct arena arena = { 0 };
		struct store_article row;

		got = store_article_before(parts->store, (uint64_t)list->before, &arena, &row);
		list->end = got == 0;
		if (got == 1) {
			list->before = (int64_t)row.seq;
			got = is_wanted(list, &row) ? list_one(parts, call, spool, &row, &arena)
						    : 0;
			list->left -= got == 1;
		}
		arena_done(&arena);
	}
	return got < 0 ? got : 0;
}

static int
begin(const struct control_parts *parts, struct call *call, struct list **ret_list)
{
	const char *feed = call_query(call, "feed");
	struct list *list = arena_alloc(&call->arena, sizeof(*list));
	int got;

	*ret_list = NULL;
	if (list == NULL)
		return -ENOMEM;
	list->tag = call_query(call, "tag");
	if (!call_query_number(call, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &list->left) ||
		!call_query_number(call, "before", 1, INT64_MAX, INT64_MAX, &list->before))
		return 0;
	got = feed != NULL ? store_feed_find(parts->store, feed, &list->feed) : 1;
	if (got == 0)
		return call_error(call, 404, "no-such-feed", "there is no feed %s", feed);
	if (got < 0)
		return got;
	json_write_object(&call->json, NULL);
	json_write_array(&call->json, "articles");
	*ret_list = list;
	return 0;
}

int
articles_get(const struct control_parts *parts, struct call *call)
{
	struct list *list = call->state;
	struct np_spool *spool;
	int error;

	if (list == NULL) {
		error = begin(parts, call, &list);
		if (list == NULL)
			return error;
		call->state = list;
	}
	error = np_spool_open(parts->config(parts->arg)->spool_directory, &spool);
	if (error != 0)
		return error;
	error = list_on(parts, call, list, spool);
	np_spool_close(spool);
	if (error != 0)
		return error;
	if (!list->end && list->left > 0 && loop_monotonic(parts->loop) - call->began < LOOK_TIME)
		return CALL_MORE;
	json_write_array_end(&call->json);
	if (!list->end)
		json_write_int(&call->json, "next", list->before);
	json_write_object_end(&call->json);
	return CALL_DONE;
}

static int
send_record(const struct control_parts *parts, struct call *call, const struct store_article *row)
{
	struct np_spool *spool;
	struct buf path = { 0 };
	char *line = NULL;
	size_t size = 0;
	int error = np_spool_open(parts->config(parts->arg)->spool_directory, &spool);

	if (error != 0)
		return error;
	path_of(row, &path);
	error = buf_error(&path);
	if (error == 0)
		error = np_spool_read(spool, buf_str(&path), &line, &size);
	if (error == 0)
		buf_append(&call->out, line, size > 0 ? size - 1 : 0);
	free(line);
	buf_done(&path);
	np_spool_close(spool);
	return error;
}

int
article_get(const struct control_parts *parts, struct call *call)
{
	const char *text = call->params[0];
	struct store_article row;
	char *end;
	unsigned long long seq;
	int got = 0;

	errno = 0;
	seq = strtoull(text, &end, 10);
	if (*end == '\0' && text[0] >= '0' && text[0] <= '9' && errno == 0)
		got = store_article_get(parts->store, seq, &call->arena, &row);
	if (got == 1)
		got = send_record(parts, call, &row) == 0;
	if (got == 0)
		call_error(call, 404, "no-such-article",
			"there is no article %s in the spool (any more)", text);
	return got < 0 ? got : CALL_DONE;
}
